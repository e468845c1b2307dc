from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.cohorts.queries import offer_of
from portal.communities.models import Community
from portal.core.db import db
from portal.districts.models import DistrictPermission
from portal.letters.models import Letter
from portal.reviews.models import Decision
from portal.reviews.operations import prepare_decision
from portal.reviews.queries import decision_of
from tests.cohorts.builders import (
    a_closing_round,
    a_community,
    a_district,
    a_lead,
    a_led_letter,
    a_letter,
    a_staff_member,
    an_offer,
    everything,
    owed,
)
from tests.cohorts.pages import hidden
from tests.postbox import Mail

At = Callable[[str], Any]
SignIn = Callable[[FlaskClient, Account], FlaskClient]


@pytest.fixture
def letter(community: Community) -> Letter:
    return a_led_letter(a_closing_round(community, capacity=1))


def at_letter(letter: Letter, rest: str) -> str:
    return f"/eclc/staff/letters/{letter.id}/{rest}"


def test_the_whole_way_of_a_decision_by_buttons(
    desk: FlaskClient, letter: Letter, mailbox: Callable[[], list[Mail]]
) -> None:
    first = desk.get(at_letter(letter, "decision")).text
    assert ["Prepare the decision" in first, "The mail that" in first] == [True, False]
    typed = {"outcome": "accept", "rationale": "Clear.", "seen": hidden(first)}
    answer = desk.post(at_letter(letter, "decision"), data=typed)
    assert (answer.status_code, answer.location) == (303, at_letter(letter, "decision"))
    shown = desk.get(answer.location).text
    assert ["Offer a place, not sent" in shown, "A place for Harbor" in shown, "Send this decision" in shown] == [
        True
    ] * 3
    sure = desk.get(at_letter(letter, "release")).text
    assert "lead.harbor@example.org" in sure
    sent = desk.post(at_letter(letter, "release"), data={"seen": hidden(sure)})
    assert (sent.status_code, sent.location) == (303, at_letter(letter, "decision"))
    last = desk.get(sent.location).text
    assert ["The decision is sent." in last, "Waits for an answer" in last, "Prepare the decision" in last] == [
        True,
        True,
        False,
    ]
    assert [mail.subject for mail in mailbox()] == ["A place for Harbor in Example Learning Community"]


def test_after_the_release_the_page_says_to_whom_the_mail_went_and_when(
    desk: FlaskClient, community: Community, letter: Letter, staff: Account, mailbox: Callable[[], list[Mail]], at: At
) -> None:
    an_offer(letter, staff)
    waits = desk.get(at_letter(letter, "decision")).text
    assert "To lead.harbor@example.org: waits to leave since" in waits
    mailbox()
    # Who leads the district changes afterwards: what was sent does not.
    db.session.query(DistrictPermission).delete()
    db.session.commit()
    at("2026-12-16 10:00")
    a_lead(community, letter.district, "new.harbor@example.org")
    page = desk.get(at_letter(letter, "decision")).text
    assert re.search(r"To lead.harbor@example.org: left <time[^>]*2026-12-15", page)
    assert ["The words of the mail today" in page, "The mail that was sent" in page, "(new.harbor@" in page] == [
        True,
        False,
        False,
    ]


def test_looking_at_a_decision_and_its_mail_changes_nothing(desk: FlaskClient, letter: Letter, staff: Account) -> None:
    prepare_decision(letter, "accept", "", staff)
    before = everything()
    assert [desk.get(at_letter(letter, page)).status_code for page in ("decision", "release")] == [200, 200]
    assert everything() == before


@pytest.mark.parametrize(
    "typed", [{}, {"outcome": "maybe"}, {"outcome": ""}, {"outcome": "accept", "rationale": "x" * 5001}]
)
def test_what_is_no_decision_comes_back_with_what_to_mend(
    desk: FlaskClient, letter: Letter, typed: dict[str, str]
) -> None:
    before = everything()
    answer = desk.post(at_letter(letter, "decision"), data=typed)
    assert (answer.status_code, "another look" in answer.text, everything()) == (422, True, before)


def test_a_colleague_s_quicker_decision_is_named_and_what_was_typed_stays(
    desk: FlaskClient, letter: Letter, community: Community
) -> None:
    prepare_decision(letter, "decline", "", a_staff_member(community, "admin"))
    answer = desk.post(
        at_letter(letter, "decision"), data={"outcome": "accept", "rationale": "My reasons.", "seen": ""}
    )
    words = ["Already decided by Program admin: not this time", "My reasons.", "as it stands now"]
    assert (answer.status_code, [word in answer.text for word in words]) == (409, [True] * 3)
    assert decision_of(letter).outcome == "decline"  # type: ignore[union-attr]


def test_a_second_sender_is_told_who_sent_it(
    desk: FlaskClient, letter: Letter, app: Flask, community: Community, sign_in: SignIn
) -> None:
    staff = db.session.query(Account).filter_by(email="staff@example.org").one()
    prepare_decision(letter, "decline", "", staff)
    seen = hidden(desk.get(at_letter(letter, "release")).text)
    other = sign_in(app.test_client(), a_staff_member(community, "admin"))
    assert [who.post(at_letter(letter, "release"), data={"seen": seen}).status_code for who in (desk, other)] == [
        303,
        303,
    ]
    told = other.get(at_letter(letter, "decision")).text
    assert ["Already decided by Program staff" in told, len(owed("decision_decline"))] == [True, 1]


def test_without_a_place_left_an_offer_is_prepared_and_not_sent(
    desk: FlaskClient, letter: Letter, staff: Account
) -> None:
    second = a_led_letter(letter.round, "River")
    an_offer(letter, staff)
    page = desk.get(at_letter(second, "decision")).text
    words = ["0 of 1 places left", 'value="accept"', "it can be sent when a place comes back"]
    assert [word in page for word in words] == [True] * 3
    answer = desk.post(at_letter(second, "decision"), data={"outcome": "accept", "rationale": "", "seen": ""})
    assert (answer.status_code, decision_of(second).status) == (303, "prepared")  # type: ignore[union-attr]
    seen = hidden(desk.get(at_letter(second, "release")).text)
    refused = desk.post(at_letter(second, "release"), data={"seen": seen})
    assert (refused.status_code, decision_of(second).status, offer_of(second)) == (  # type: ignore[union-attr]
        303, "prepared", None
    )  # fmt: skip
    assert "All places of this round" in desk.get(refused.location).text


def test_an_open_round_is_read_and_not_decided(
    letter: Letter, staff: Account, client: FlaskClient, sign_in: SignIn, at: At
) -> None:
    at("2026-10-20 10:00")
    desk = sign_in(client, staff)
    page = desk.get(at_letter(letter, "decision"))
    assert (page.status_code, "Prepare the decision" in page.text) == (200, False)
    answer = desk.post(at_letter(letter, "decision"), data={"outcome": "decline", "rationale": "", "seen": ""})
    assert (answer.status_code, db.session.query(Decision).count()) == (409, 0)
    assert desk.get(at_letter(letter, "release")).location == at_letter(letter, "decision")


def test_a_district_without_a_lead_is_pointed_out_before_sending(
    desk: FlaskClient, letter: Letter, staff: Account
) -> None:
    prepare_decision(letter, "accept", "", staff)
    db.session.query(DistrictPermission).delete()
    db.session.commit()
    page = desk.get(at_letter(letter, "decision")).text
    assert ["Nobody whom a mail reaches leads this district" in page, 'id="lead-form"' in page] == [True, True]
    desk.post(at_letter(letter, "release"), data={"seen": ""})
    assert (offer_of(letter), owed()) == (None, [])


def test_staff_name_a_lead_where_nobody_is_reached_and_then_look_at_the_mail(
    desk: FlaskClient, letter: Letter, staff: Account
) -> None:
    prepare_decision(letter, "accept", "", staff)
    db.session.query(DistrictPermission).delete()
    db.session.commit()
    rehearsal = desk.get(f"/eclc/staff/rounds/{letter.round_id}/rehearsal").text
    assert f'href="{at_letter(letter, "decision")}#lead">Name a lead for Harbor' in rehearsal
    slip = desk.post(at_letter(letter, "leads"), data={"name": "New Lead", "email": "no address"})
    assert (slip.status_code, "another look" in slip.text, 'value="New Lead"' in slip.text) == (422, True, True)
    typed = {"name": "New Lead", "email": "new.harbor@example.org"}
    answer = desk.post(at_letter(letter, "leads"), data=typed)
    assert (answer.status_code, answer.location) == (303, at_letter(letter, "decision"))
    page = desk.get(answer.location).text
    assert ["New Lead acts for the district" in page, "The mail that would be sent" in page] == [True, True]
    assert ['id="lead-form"' in page, owed()] == [False, [("lead_named", "new.harbor@example.org")]]
    again, before = desk.post(at_letter(letter, "leads"), data=typed), everything()
    assert (again.status_code, "acts for Harbor already" in again.text, everything()) == (409, True, before)
    seen = hidden(desk.get(at_letter(letter, "release")).text)
    desk.post(at_letter(letter, "release"), data={"seen": seen})
    assert owed("decision_accept") == [("decision_accept", "new.harbor@example.org")]


def test_a_draft_has_no_decision_page(desk: FlaskClient, letter: Letter) -> None:
    draft = a_letter(letter.round, a_district("Cove"), status="draft")
    assert [desk.get(at_letter(draft, page)).status_code for page in ("decision", "release")] == [404, 404]


@pytest.mark.parametrize("who", ["reviewer", "lead"])
def test_only_staff_decide(
    letter: Letter, client: FlaskClient, sign_in: SignIn, community: Community, who: str
) -> None:
    person = a_staff_member(community, "reviewer") if who == "reviewer" else a_lead(community, letter.district)
    sign_in(client, person)
    before = everything()
    gets = [client.get(at_letter(letter, page)).status_code for page in ("decision", "release")]
    doors, typed = ("decision", "release", "leads"), {"outcome": "accept", "name": "X", "email": "x@example.org"}
    posts = [client.post(at_letter(letter, door), data=typed).status_code for door in doors]
    assert (gets, posts, everything()) == ([403, 403], [403, 403, 403], before)


def test_staff_of_another_community_find_nothing(letter: Letter, client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, a_staff_member(a_community("other"), email="elsewhere@example.org"))
    path = f"/other/staff/letters/{letter.id}/decision"
    assert [client.get(path).status_code, client.post(path, data={"outcome": "accept"}).status_code] == [404, 404]
