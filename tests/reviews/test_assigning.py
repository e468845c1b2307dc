from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import History
from portal.districts.operations import affiliate
from portal.letters.models import Letter
from portal.reviews.assigning import assign, assign_evenly, drop_out, tell_readers, unassign
from portal.reviews.conflicts import declare_conflict
from portal.reviews.queries import Asker
from portal.reviews.reading_models import Assignment
from portal.reviews.reading_queries import assignments_of, queue_of
from tests.cohorts.builders import (
    DECIDING,
    a_district,
    a_letter,
    a_staff_member,
    decided,
    everything,
    owed,
)
from tests.reviews.builders import Desk, a_desk, a_reader, given, handed_in, readers_of, running


@pytest.fixture(autouse=True)
def december(app: Flask, at: Callable[[str], Any]) -> None:
    at(DECIDING)


def loads(desk: Desk) -> list[int]:
    """How many letters each reader has, the fewest first."""
    held = [one.account_id for one in assignments_of(desk.round)]
    return sorted(held.count(number) for number in set(held))


def test_a_letter_given_to_a_reader_stands_in_their_queue_and_on_record() -> None:
    desk = a_desk()
    reader = a_reader(desk.community)
    assign(desk.letters[0], reader, by=desk.staff)
    assert [one.label for one in queue_of(Asker(reader.id), desk.round)] == ["Harbor"]
    rows = db.session.query(History).filter_by(subject_table="assignments").all()
    assert [(row.verb, row.by_account_id, row.data["account_id"]) for row in rows] == [
        ("assign", desk.staff.id, reader.id)
    ]


def test_a_letter_given_twice_is_given_once() -> None:
    desk = a_desk()
    reader = a_reader(desk.community)
    first = assign(desk.letters[0], reader, by=desk.staff).id
    before = everything()
    assert assign(desk.letters[0], reader, by=desk.staff).id == first
    assert everything() == before


def a_draft(desk: Desk) -> Letter:
    return a_letter(desk.round, a_district("Draft"), status="draft")


def a_withdrawn_letter(desk: Desk) -> Letter:
    letter = desk.letters[0]
    db.session.execute(db.update(Letter).where(Letter.id == letter.id).values(status="withdrawn"))
    db.session.commit()
    return letter


@pytest.mark.parametrize(
    "prepared, sentence",
    [
        (a_draft, "Only a letter that was submitted"),
        (a_withdrawn_letter, "Only a letter that was submitted"),
        (lambda desk: decided(desk.letters[0], "decline", desk.staff), "The decision about this letter was sent"),
    ],
)
def test_a_letter_that_nobody_needs_to_read_is_not_given_out(prepared: Callable[[Desk], Letter], sentence: str) -> None:
    desk = a_desk()
    letter, reader = prepared(desk), a_reader(desk.community)
    before = everything()
    with pytest.raises(RuleBroken, match=sentence):
        assign(letter, reader, by=desk.staff)
    assert everything() == before


def test_a_letter_is_not_given_to_who_works_there_or_declared_a_conflict_or_does_not_read() -> None:
    desk = a_desk()
    worker, declarer = readers_of(desk.community, 2)
    affiliate(worker, desk.community.id, desk.letters[0].district, "teacher-sped", desk.round.opens_at.date(), None)
    declare_conflict(desk.letters[0], "My sister teaches there.", by=declarer)
    stranger = desk.round.community and a_staff_member(desk.community, "reviewer", email="gone@example.org")
    db.session.execute(db.text("delete from permissions where account_id = :who"), {"who": stranger.id})
    db.session.commit()
    before = everything()
    for person, sentence in ((worker, "has a conflict"), (declarer, "has a conflict"), (stranger, "does not read")):
        with pytest.raises(RuleBroken, match=sentence):
            assign(desk.letters[0], person, by=desk.staff)
    assert everything() == before


def test_letters_are_given_out_evenly_and_nobody_has_two_more_than_another() -> None:
    desk = a_desk(7)
    found = assign_evenly(desk.round, 2, readers_of(desk.community, 3), by=desk.staff)
    assert (len(found.assignments), found.missing, loads(desk)) == (14, {}, [4, 5, 5])
    assert {len(running(letter)) for letter in desk.letters} == {2}


def test_what_a_reader_has_already_counts() -> None:
    desk = a_desk(4)
    a, b, c = readers_of(desk.community, 3)
    for letter in desk.letters:
        given(letter, a)
    assign_evenly(desk.round, 2, [a, b, c], by=desk.staff)
    assert loads(desk) == [2, 2, 4]


def test_giving_out_evenly_again_changes_nothing() -> None:
    desk = a_desk(3)
    people = readers_of(desk.community, 3)
    assign_evenly(desk.round, 2, people, by=desk.staff)
    before = everything()
    assert assign_evenly(desk.round, 2, people, by=desk.staff).assignments == []
    assert everything() == before


def test_nobody_is_given_evenly_what_they_have_a_conflict_with_and_what_lacks_readers_is_said() -> None:
    desk = a_desk(2)
    a, b = readers_of(desk.community, 2)
    declare_conflict(desk.letters[0], "", by=a)
    found = assign_evenly(desk.round, 2, [a, b], by=desk.staff)
    assert (running(desk.letters[0]), running(desk.letters[1])) == (["Reader B"], ["Reader A", "Reader B"])
    assert found.missing == {desk.letters[0].id: 1}


def test_whoever_gives_letters_out_leaves_those_of_their_own_conflict_to_a_colleague() -> None:
    desk = a_desk(2)
    declare_conflict(desk.letters[0], "", by=desk.staff)
    people = readers_of(desk.community, 2)
    assign_evenly(desk.round, 2, people, by=desk.staff)
    assert (running(desk.letters[0]), len(running(desk.letters[1]))) == ([], 2)
    assign_evenly(desk.round, 2, people, by=a_staff_member(desk.community, "admin"))
    assert len(running(desk.letters[0])) == 2


def test_fewer_readers_than_each_letter_is_to_have_are_refused() -> None:
    desk = a_desk()
    before = everything()
    with pytest.raises(RuleBroken, match="Choose at least one reader"):
        assign_evenly(desk.round, 1, [], by=desk.staff)
    people = readers_of(desk.community, 2)
    before = everything()
    with pytest.raises(RuleBroken, match="3 readers per letter need at least 3 readers"):
        assign_evenly(desk.round, 3, people, by=desk.staff)
    assert everything() == before


def test_a_letter_taken_away_leaves_the_queue_once() -> None:
    desk = a_desk()
    reader = a_reader(desk.community)
    assignment = assign(desk.letters[0], reader, by=desk.staff)
    unassign(assignment, "reassigned", by=desk.staff)
    before = everything()
    unassign(assignment, "reassigned", by=desk.staff)
    assert (queue_of(Asker(reader.id), desk.round), everything()) == ([], before)
    assert db.session.get_one(Assignment, assignment.id).ended_reason == "reassigned"


def test_a_letter_is_not_taken_away_without_a_reason() -> None:
    desk = a_desk()
    assignment = assign(desk.letters[0], a_reader(desk.community), by=desk.staff)
    with pytest.raises(RuleBroken, match="Say why"):
        unassign(assignment, "because", by=desk.staff)
    assert running(desk.letters[0]) == ["Reader A"]


def test_the_open_letters_of_a_reader_who_drops_out_are_spread_and_what_is_handed_in_stays() -> None:
    desk = a_desk(5)
    a, b, c = readers_of(desk.community, 3)
    for letter in desk.letters:
        given(letter, a)
    handed_in(desk.letters[0], a)
    declare_conflict(desk.letters[1], "", by=b)
    found = drop_out(desk.round, a, [b, c], by=desk.staff)
    assert (len(found.assignments), found.missing) == (4, {})
    assert (running(desk.letters[0]), running(desk.letters[1])) == (["Reader A"], ["Reader C"])
    assert loads(desk) == [1, 2, 2]


def test_a_reader_who_dropped_out_is_not_given_the_same_letters_again_by_themselves() -> None:
    desk = a_desk(2)
    a, b = readers_of(desk.community, 2)
    given(desk.letters[0], a)
    drop_out(desk.round, a, [b], by=desk.staff)
    found = assign_evenly(desk.round, 2, [a, b], by=desk.staff)
    assert (running(desk.letters[0]), found.missing) == (["Reader B"], {desk.letters[0].id: 1})


def test_each_reader_is_told_once_and_later_only_of_what_is_new() -> None:
    desk = a_desk(2)
    a, b = readers_of(desk.community, 2)
    given(desk.letters[0], a, b)
    assert tell_readers(desk.round, by=desk.staff) == ["reader-a@example.org", "reader-b@example.org"]
    assert tell_readers(desk.round, by=desk.staff) == []
    given(desk.letters[1], b)
    assert tell_readers(desk.round, by=desk.staff) == ["reader-b@example.org"]
    addresses = ["reader-a@example.org", "reader-b@example.org", "reader-b@example.org"]
    assert owed("reader_queue") == [("reader_queue", address) for address in addresses]


def test_the_mail_marks_what_no_earlier_one_named(mailbox: Callable[[], list[Any]], at: Callable[[str], Any]) -> None:
    desk = a_desk(2)
    reader = a_reader(desk.community)
    given(desk.letters[0], reader)
    tell_readers(desk.round, by=desk.staff)
    [first] = mailbox()
    at("2026-12-16 10:00")
    given(desk.letters[1], reader)
    tell_readers(desk.round, by=desk.staff)
    second = mailbox()[-1]
    lines = [line for line in (first.text + second.text).splitlines() if line.startswith("- ")]
    names = [letter.district.label for letter in desk.letters]
    assert sorted(lines) == sorted([f"- {names[0]}", f"- {names[0]}", f"- {names[1]} (new)"])


def test_the_mail_names_the_queue_and_the_date_and_nothing_in_conflict(mailbox: Callable[[], list[Any]]) -> None:
    desk = a_desk(3)
    reader = a_reader(desk.community)
    for letter in desk.letters:
        given(letter, reader)
    handed_in(desk.letters[2], reader)
    tell_readers(desk.round, by=desk.staff)
    declare_conflict(desk.letters[0], "", by=reader)
    [mail] = [one for one in mailbox() if one.to == "reader-a@example.org"]
    words = ("River", "Fri, Nov 20, 2026", "/eclc/staff/queue?round=round-2026", "Harbor", "Hill")
    assert [word in mail.text.replace("\xa0", " ") for word in words] == [True, True, True, False, False]
