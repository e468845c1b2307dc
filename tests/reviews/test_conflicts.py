"""Whoever has a conflict with a district knows nothing of its letter: not by any door, in any list, file or mail."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import literal, select

from portal.accounts.models import Account
from portal.cohorts.offer_queries import staff_to_tell
from portal.cohorts.operations import accept_offer
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken
from portal.core.history import History
from portal.core.jobs import sweep
from portal.districts.operations import affiliate, grant_lead
from portal.letters.models import Letter
from portal.reviews.assigning import assign, unassign
from portal.reviews.conflict_queries import (
    asked_in,
    conflicted_districts,
    conflicts_between,
    has_standing_tie,
    people_tied_to,
    sources_of_conflicts,
)
from portal.reviews.conflicts import declare_conflict, lift_conflict, set_conflict
from portal.reviews.jobs import end_conflicted_readings
from portal.reviews.queries import Asker, find_readable
from portal.reviews.reading_models import Assignment, Conflict
from portal.reviews.reading_queries import queue_of
from portal.reviews.scoring_queries import summaries
from portal.rounds.models import Round
from tests.cohorts.builders import (
    DECIDING,
    a_closing_round,
    a_letter,
    a_staff_member,
    an_offer,
    decided,
    everything,
)
from tests.reviews.builders import Desk, a_desk, a_reader, given, handed_in, running

SignIn = Callable[..., FlaskClient]
PART = re.compile(r"<([^>]+)>")


@pytest.fixture(autouse=True)
def december(app: Flask, at: Callable[[str], Any]) -> None:
    at(DECIDING)


def by_job(desk: Desk, person: Account, letter: Letter) -> None:
    affiliate(person, desk.community.id, letter.district, "teacher-sped", date(2024, 7, 1), None)


def by_lead(desk: Desk, person: Account, letter: Letter) -> None:
    grant_lead(person, desk.community.id, letter.district, None)


def by_own_word(desk: Desk, person: Account, letter: Letter) -> None:
    declare_conflict(letter, "My sister teaches there.", by=person)


def by_staff(desk: Desk, person: Account, letter: Letter) -> None:
    set_conflict(desk.round, person, letter.district, "Their sister teaches there.", by=a_reader(desk.community, "z"))


WAYS = [by_job, by_lead, by_own_word, by_staff]


def doors(app: Flask, letter: Letter) -> list[tuple[str, str]]:
    """Every door of reviews and cohorts that names a letter, or lists or exports those of a round."""
    values = {"community": "eclc", "letter_id": letter.id, "round_id": letter.round_id}
    found = []
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith(("reviews.", "cohorts.", "reports.")) or "/staff/" not in rule.rule:
            continue
        path = PART.sub(lambda part: str(values.get(part[1].rpartition(":")[2], other(part[1]))), rule.rule)
        found += [(method, path) for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"})]
    return sorted(found)


def other(part: str) -> str:
    """What stands in a door for anything but the letter and its round."""
    return "csv" if part.startswith("any") else "1"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["reviewer", "staff"])
def test_no_door_leads_to_a_letter_in_conflict(
    app: Flask,
    client: FlaskClient,
    sign_in: SignIn,
    mailbox: Callable[[], list[Any]],
    kind: str,
    way: Callable[..., None],
) -> None:
    desk = a_desk(2)
    mine, theirs = desk.letters
    with transaction():
        mine.district.name, mine.district.short_name = "Zephyr Public Schools", "Zephyr"
    person = a_staff_member(desk.community, kind, email="reader-a@example.org")
    for letter in desk.letters:
        given(letter, person)
    way(desk, person, mine)
    sign_in(client, person)
    before = everything()
    for method, path in doors(app, mine):
        answer = client.open(path, method=method)
        if f"/letters/{mine.id}" in path:
            assert (path, answer.status_code in (403, 404)) == (path, True)
        if method == "GET":
            assert (path, [word for word in told_of(mine) if word in answer.get_data(as_text=True)]) == (path, [])
    for words in ("Zephyr", f"XX-2026-{mine.id:04d}", theirs.district.short_name):
        page = client.get("/eclc/staff/letters", query_string={"q": words}).text
        found = [f'href="/eclc/staff/letters/{letter.id}"' in page for letter in desk.letters]
        assert (words, found) == (words, [False, words == theirs.district.short_name])
    mails = [mail for mail in mailbox() if mail.to == person.email]
    assert [mail for mail in mails if "Zephyr" in mail.subject + mail.text] == []
    left = set(before) - {"letter_exports", "history", "outbox", "releases"}
    assert {name: count for name, count in everything().items() if name in left} == {
        name: before[name] for name in left
    }
    assert client.get(f"/eclc/staff/letters/{theirs.id}").status_code == 200


def told_of(letter: Letter) -> tuple[str, ...]:
    """What a page would say of the letter."""
    return "Zephyr", f"XX-2026-{letter.id:04d}", f'/letters/{letter.id}"', f"/letters/{letter.id}/"


@pytest.mark.parametrize("way", WAYS)
def test_a_conflict_that_is_noted_ends_the_reading_at_once_or_with_the_next_round_of_the_worker(
    way: Callable[..., None],
) -> None:
    desk = a_desk()
    reader = a_reader(desk.community)
    given(desk.letters[0], reader)
    way(desk, reader, desk.letters[0])
    assert queue_of(Asker(reader.id), desk.round) == []
    sweep()
    [ended] = db.session.query(Assignment).all()
    assert (ended.ended_reason, running(desk.letters[0])) == ("conflict", [])
    assert end_conflicted_readings() == 0


@pytest.mark.parametrize("way", [by_job, by_lead])
def test_a_job_taken_after_the_decision_undoes_no_scores_that_counted_then(way: Callable[..., None]) -> None:
    desk = a_desk(2)
    reader = a_reader(desk.community)
    for letter in desk.letters:
        handed_in(given(letter, reader), reader)
        way(desk, reader, letter)
    decided(desk.letters[0], "decline", desk.staff)
    assert (end_conflicted_readings(), end_conflicted_readings()) == (1, 0)
    assert [running(letter) for letter in desk.letters] == [["Reader A"], []]
    assert queue_of(Asker(reader.id), desk.round) == []


def test_once_decided_no_letter_is_taken_from_its_reader_nor_by_a_conflict_that_is_noted_later() -> None:
    desk = a_desk()
    reader = a_reader(desk.community)
    handed_in(given(desk.letters[0], reader), reader)
    decided(desk.letters[0], "decline", desk.staff)
    assignment, before = db.session.query(Assignment).one(), everything()
    with pytest.raises(RuleBroken, match="so what it rests on stays as it was"):
        unassign(assignment, "reassigned", by=desk.staff)
    assert everything() == before
    declare_conflict(desk.letters[0], "", by=reader)
    assert (running(desk.letters[0]), queue_of(Asker(reader.id), desk.round)) == (["Reader A"], [])


@pytest.mark.parametrize("way", [by_job, by_lead])
def test_a_job_taken_after_the_round_was_archived_undoes_no_scores(way: Callable[..., None]) -> None:
    desk = a_desk()
    reader = a_reader(desk.community)
    handed_in(given(desk.letters[0], reader), reader)
    with transaction():
        desk.round.archived_at = clock.now()
    way(desk, reader, desk.letters[0])
    assert (end_conflicted_readings(), running(desk.letters[0])) == (0, ["Reader A"])


def test_a_conflict_is_noted_once_and_kept_with_who_and_why() -> None:
    desk = a_desk()
    reader = a_reader(desk.community)
    first = declare_conflict(desk.letters[0], "  My sister\r\nteaches there. ", by=reader).id
    before = everything()
    assert declare_conflict(desk.letters[0], "Again.", by=reader).id == first
    assert everything() == before
    kept = db.session.get_one(Conflict, first)
    assert (kept.source, kept.note, kept.noted_by_id) == ("declared", "My sister\nteaches there.", reader.id)
    [row] = db.session.query(History).filter_by(subject_table="conflicts")
    assert (row.verb, row.by_account_id) == ("declared", reader.id)


def test_staff_hear_of_a_declared_conflict_once_and_who_shares_it_does_not(mailbox: Callable[[], list[Any]]) -> None:
    desk = a_desk()
    a_staff_member(desk.community, "admin")
    by_job(desk, desk.staff, desk.letters[0])
    reader = a_reader(desk.community)
    for _ in range(2):
        declare_conflict(desk.letters[0], "My sister teaches there.", by=reader)
    [mail] = mailbox()
    assert (mail.to, mail.subject) == ("admin@example.org", "Reader A does not read the letter of Harbor")
    assert ["My sister teaches there." in mail.text, mail.paths] == [
        True, [f"/eclc/staff/letters/{desk.letters[0].id}/readers"],
    ]  # fmt: skip


def test_a_conflict_holds_for_its_round_only() -> None:
    desk = a_desk()
    reader = a_reader(desk.community)
    declare_conflict(desk.letters[0], "", by=reader)
    later = {"slug": "later", "opens_at": desk.round.opens_at.replace(day=15)}
    letter = a_letter(a_closing_round(desk.community, **later), desk.letters[0].district)
    assign(letter, reader, by=desk.staff)
    assert find_readable(Asker(reader.id), desk.community.id, letter.id) is not None
    assert find_readable(Asker(reader.id), desk.community.id, desk.letters[0].id) is None


def test_a_lifted_conflict_lets_the_letter_be_given_again_but_gives_nothing_back() -> None:
    desk = a_desk()
    reader = a_reader(desk.community)
    given(desk.letters[0], reader)
    conflict = declare_conflict(desk.letters[0], "", by=reader)
    lift_conflict(conflict, by=desk.staff)
    before = everything()
    lift_conflict(conflict, by=desk.staff)
    assert (everything(), running(desk.letters[0])) == (before, [])
    assign(desk.letters[0], reader, by=desk.staff)
    assert running(desk.letters[0]) == ["Reader A"]


def test_nobody_lifts_a_conflict_of_their_own() -> None:
    desk = a_desk()
    conflict = declare_conflict(desk.letters[0], "", by=desk.staff)
    before = everything()
    with pytest.raises(RuleBroken, match="Ask a colleague"):
        lift_conflict(conflict, by=desk.staff)
    assert everything() == before


def test_a_conflict_is_set_only_for_who_reads_here() -> None:
    desk = a_desk()
    lead = db.session.query(Account).filter_by(email="lead.harbor@example.org").one()
    before = everything()
    with pytest.raises(RuleBroken, match="does not read letters"):
        set_conflict(desk.round, lead, desk.letters[0].district, "Why not.", by=desk.staff)
    assert everything() == before


def test_staff_in_conflict_get_no_mail_about_the_letter(mailbox: Callable[[], list[Any]]) -> None:
    desk = a_desk(2)
    director = a_staff_member(desk.community, "admin")
    lead = db.session.query(Account).filter_by(email="lead.river@example.org").one()
    declare_conflict(desk.letters[0], "", by=desk.staff)
    mailbox()
    accept_offer(an_offer(desk.letters[0], director), director)
    accept_offer(an_offer(desk.letters[1], director), lead)
    told = [
        (mail.to, "Harbor" in mail.subject)
        for mail in mailbox()
        if mail.to in ("staff@example.org", "admin@example.org")
    ]
    assert sorted(told) == [("admin@example.org", False), ("admin@example.org", True), ("staff@example.org", False)]


def test_a_review_that_was_handed_in_before_a_conflict_counts_no_more() -> None:
    desk = a_desk()
    reader = a_reader(desk.community)
    handed_in(given(desk.letters[0], reader), reader)
    declare_conflict(desk.letters[0], "", by=reader)
    assert summaries(desk.round)[desk.letters[0].id].handed_in == 0


def lifted(desk: Desk, person: Account, letter: Letter) -> None:
    lift_conflict(declare_conflict(letter, "", by=person), by=desk.staff)


def long_ago(desk: Desk, person: Account, letter: Letter) -> None:
    job = affiliate(person, desk.community.id, letter.district, "teacher-sped", date(2019, 7, 1), None)
    with transaction():
        job.to_date = date(2022, 6, 30)


def of_late(desk: Desk, person: Account, letter: Letter) -> None:
    job = affiliate(person, desk.community.id, letter.district, "teacher-sped", date(2019, 7, 1), None)
    with transaction():
        job.to_date = date(2024, 6, 30)


@pytest.mark.parametrize(
    ("way", "sources", "stands"),
    [
        (by_job, ["job"], True), (of_late, ["job"], True), (by_lead, ["lead"], True),
        (by_own_word, ["declared"], False),
        (by_staff, ["staff"], False), (lifted, [], False), (long_ago, [], False),
    ],
)  # fmt: skip
def test_from_whichever_side_it_is_asked_the_same_people_have_a_conflict(
    way: Callable[..., None], sources: list[str], stands: bool
) -> None:
    desk = a_desk(2)
    mine, person = desk.letters[0], a_reader(desk.community)
    way(desk, person, mine)
    colleague = a_staff_member(desk.community, "admin")
    assert colleague.email in staff_to_tell(mine)
    way(desk, colleague, mine)
    assert (colleague.email in staff_to_tell(mine)) == (not sources)
    asked, district = asked_in(desk.round.id), mine.district_id
    found = {district} if sources else set()
    assert conflicted_districts(person.id, desk.round.id) == found
    assert conflicts_between([person.id], desk.round) == {person.id: found}
    assert sources_of_conflicts([person.id], desk.round) == [(person.id, district, source) for source in sources]
    assert (person.id in set(db.session.scalars(people_tied_to(district), asked))) == bool(sources)
    tied = select(Account.id).where(has_standing_tie(Account.id, literal(district)), Account.id == person.id)
    assert (db.session.scalar(tied, asked) == person.id) == stands
    assert [conflicted_districts(person.id, later_than(desk).id), stands] in ([found, True], [set(), False])


def later_than(desk: Desk) -> Round:
    """Another round of the community: what was said in the first does not hold there."""
    return a_closing_round(desk.community, slug="later", opens_at=desk.round.opens_at.replace(day=15))
