from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account
from portal.communities.models import Community
from portal.core import clock
from portal.core.audit import Audit
from portal.core.db import db, transaction
from portal.districts.operations import affiliate, end_affiliation, record_fact
from portal.letters.models import Letter, Submission
from portal.reviews.operations import prepare_decision
from portal.rounds.models import Round
from tests.cohorts.builders import (
    DECIDING,
    a_closing_round,
    a_community,
    a_district,
    a_lead,
    a_led_letter,
    a_letter,
    a_staff_member,
    everything,
)
from tests.reviews.builders import given

At = Callable[[str], Any]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
LIST = "/eclc/staff/letters"
Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def community(app: Flask, at: At) -> Community:
    at(DECIDING)
    return a_community()


@pytest.fixture
def round(community: Community) -> Round:
    return a_closing_round(community)


def page_of(letter: Letter) -> str:
    return f"{LIST}/{letter.id}"


def test_staff_see_every_letter_of_the_round_and_what_was_decided(
    community: Community, round: Round, client: FlaskClient, sign_in: SignIn
) -> None:
    staff, sent = a_staff_member(community), a_led_letter(round)
    a_letter(round, a_district("Cove"), status="draft")
    prepare_decision(sent, "waitlist", "", staff)
    page = sign_in(client, staff).get(LIST).text
    assert [
        word in page for word in ("Harbor", "Cove", f"XX-2026-{sent.id:04d}", "Waitlist, not sent", "Not submitted")
    ] == [True] * 5


def test_staff_find_from_the_letters_what_else_is_done_in_the_round_and_reviewers_do_not(
    community: Community, round: Round, client: FlaskClient, sign_in: SignIn
) -> None:
    chores = [f"/eclc/staff/rounds/{round.id}/{name}" for name in ("readers", "agenda", "offers", "funnel")]
    for permission, is_led in (("staff", True), ("reviewer", False)):
        page = sign_in(client, a_staff_member(community, permission)).get(LIST).text
        assert [f'href="{chore}"' in page for chore in chores] == [is_led] * 4
    for chore in chores:
        page = sign_in(client, a_staff_member(community)).get(chore).text
        assert [f'href="{LIST}?round={round.slug}"' in page, f"/staff/board?round={round.slug}" in page] == [True, True]


def test_reviewers_see_the_letters_they_were_given_and_no_decision(
    community: Community, round: Round, client: FlaskClient, sign_in: SignIn
) -> None:
    sent, draft = a_led_letter(round), a_letter(round, a_district("Cove"), status="draft")
    prepare_decision(sent, "waitlist", "Secret reason.", a_staff_member(community))
    other, reader = a_led_letter(round, "River"), a_staff_member(community, "reviewer")
    sign_in(client, given(sent, reader) and reader)
    pages = client.get(LIST).text + client.get(page_of(sent)).text
    words = ("Harbor", "River", "Cove", "Waitlist", "Secret reason", "The decision")
    assert [word in pages for word in words] == [True] + [False] * 5
    assert [client.get(page_of(one)).status_code for one in (draft, other)] == [404, 404]


def test_a_letter_stands_beside_the_rubric_as_it_was_sent_and_each_reading_is_noted(
    community: Community, round: Round, client: FlaskClient, sign_in: SignIn
) -> None:
    letter, reader = a_led_letter(round), a_staff_member(community, "reviewer")
    page = sign_in(client, reader).get(page_of(given(letter, reader))).text
    assert "Because our schools merged &lt;b&gt;last&lt;/b&gt; year." in page
    assert [word in page for word in ("Superintendent Harbor", "Harbor Middle", "weight 60", 'href="#rubric"')] == [
        True
    ] * 4
    lines = db.session.query(Audit).filter_by(action="read letter").all()
    assert [(line.account_id, line.subject_id, line.note) for line in lines] == [
        (reader.id, letter.id, f"XX-2026-{letter.id:04d}")
    ]


def test_looking_changes_nothing(community: Community, round: Round, client: FlaskClient, sign_in: SignIn) -> None:
    letter = a_led_letter(round)
    sign_in(client, a_staff_member(community))
    before = everything()
    assert [client.get(path).status_code for path in (LIST, page_of(letter))] == [200, 200]
    assert everything() == before


def test_a_draft_is_a_row_for_staff_without_its_text(
    community: Community, round: Round, client: FlaskClient, sign_in: SignIn
) -> None:
    letter = a_letter(round, a_district("Cove"), status="draft")
    page = sign_in(client, a_staff_member(community)).get(page_of(letter)).text
    assert "stays its own until it submits" in page
    assert db.session.query(Audit).filter_by(action="read letter").count() == 0


@pytest.mark.parametrize("kind", ["reviewer", "staff", "admin"])
def test_nobody_reads_the_letter_of_a_district_they_work_for(
    community: Community, round: Round, client: FlaskClient, sign_in: SignIn, kind: str
) -> None:
    letter, reader = a_led_letter(round), a_staff_member(community, kind)
    given(letter, reader)
    affiliate(reader, community.id, letter.district, "teacher-sped", round.opens_at.date(), None)
    sign_in(client, reader)
    assert (client.get(page_of(letter)).status_code, "Harbor" in client.get(LIST).text) == (404, False)


@pytest.mark.parametrize("last_day, status", [("2023-12-20", 404), ("2023-12-01", 200)])
def test_a_job_of_the_last_three_years_is_a_conflict_too(
    community: Community, round: Round, client: FlaskClient, sign_in: SignIn, last_day: str, status: int
) -> None:
    letter, reader = a_led_letter(round), a_staff_member(community, "reviewer")
    given(letter, reader)
    job = affiliate(reader, community.id, letter.district, "teacher-sped", type(round.review_to)(2015, 1, 1), None)  # type: ignore[misc]
    end_affiliation(job, type(job.from_date).fromisoformat(last_day), None)
    assert sign_in(client, reader).get(page_of(letter)).status_code == status


def test_a_reviewer_who_leads_a_district_does_not_see_its_letter(
    community: Community, round: Round, client: FlaskClient, sign_in: SignIn
) -> None:
    letter = a_led_letter(round)
    reader = a_staff_member(community, "reviewer", email="lead.harbor@example.org")
    assert sign_in(client, reader).get(page_of(letter)).status_code == 404


def test_leads_and_strangers_do_not_get_in(
    community: Community, round: Round, client: FlaskClient, sign_in: SignIn, app: Flask
) -> None:
    letter = a_led_letter(round)
    stranger = find_or_open_account(email="stranger@example.org")
    for person in (a_lead(community, letter.district), stranger):
        visitor = sign_in(app.test_client(), person)
        assert [visitor.get(path).status_code for path in (LIST, page_of(letter))] == [403, 403]
    assert [client.get(path).status_code for path in (LIST, page_of(letter))] == [303, 303]


def test_another_community_s_letter_does_not_exist_here(
    community: Community, round: Round, client: FlaskClient, sign_in: SignIn
) -> None:
    letter, other = a_led_letter(round), a_community("other")
    sign_in(client, a_staff_member(other))
    assert [client.get(f"/other/staff/letters/{letter.id}").status_code, client.get(page_of(letter)).status_code] == [
        404,
        403,
    ]


def test_letters_are_shown_by_state_and_by_round(
    community: Community, round: Round, client: FlaskClient, sign_in: SignIn
) -> None:
    a_led_letter(round)
    a_letter(round, a_district("Cove"), status="draft")
    earlier = {"slug": "earlier", "opens_at": round.opens_at.replace(month=8), "closes_at": round.opens_at}
    a_closing_round(community, **earlier, intent_by=None, questions_until=None)
    sign_in(client, a_staff_member(community))
    found = [
        client.get(f"{LIST}?{query}").text
        for query in ("state=writing", "state=submitted", "round=earlier", "state=nonsense")
    ]
    assert [("Harbor" in page, "Cove" in page) for page in found] == [
        (False, True),
        (True, False),
        (False, False),
        (True, True),
    ]
    assert client.get(f"{LIST}?round=unknown").status_code == 404


def test_a_row_shows_the_last_version_and_the_newest_number_of_students(
    community: Community, round: Round, client: FlaskClient, sign_in: SignIn
) -> None:
    letter = a_led_letter(round)
    for value, year in (("4525", "2016-17"), ("1200", "2014-15")):
        record_fact(letter.district, "students", value, "DESE", year)
    again = {"number": 2, "reference": "XX-2026-second", "is_late": True, "submitted_at": clock.now()}
    with transaction():
        db.session.add(Submission(letter_id=letter.id, content={}, content_hash="1" * 64, **again))
    page = sign_in(client, a_staff_member(community)).get(LIST).text
    shown = [word in page for word in ("4,525", "1,200", "XX-2026-second", f"XX-2026-{letter.id:04d}", "Late")]
    assert shown == [True, False, True, False, True]


def test_without_a_round_the_page_says_so(community: Community, client: FlaskClient, sign_in: SignIn) -> None:
    assert "There is no Letter of Invitation yet." in sign_in(client, a_staff_member(community)).get(LIST).text


def test_the_list_asks_as_often_for_one_letter_as_for_five(
    community: Community, round: Round, client: FlaskClient, sign_in: SignIn, count_queries: Counting
) -> None:
    sign_in(client, a_staff_member(community))
    a_led_letter(round)
    client.get(LIST)
    with count_queries() as few:
        client.get(LIST)
    for name in ("River", "Hill", "Cove", "Valley"):
        a_led_letter(round, name)
    with count_queries() as many:
        client.get(LIST)
    assert len(many) == len(few)
