"""Two people at one instant around readers, with the lock and, in each twin, without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.core.db import db
from portal.letters.models import Letter
from portal.reviews.assigning import assign, assign_evenly, tell_readers
from portal.reviews.conflicts import declare_conflict
from portal.reviews.reading_models import Assignment, Conflict
from portal.rounds.models import Round
from tests.cohorts.builders import DECIDING, owed
from tests.cohorts.rush import meet_at, no_lock
from tests.reviews.builders import a_desk, a_reader, given, readers_of

At = Callable[[str], Any]
Rush = Callable[..., list[Any]]
ASSIGNING, CONFLICTS = "portal.reviews.assigning", "portal.reviews.conflicts"


@pytest.fixture(autouse=True)
def december(app: Flask, at: At) -> None:
    at(DECIDING)


def a_letter_given_and_declared(two_at_once: Rush) -> list[Any]:
    """Staff give a letter to a reader at the instant at which that reader declares a conflict."""
    desk = a_desk()
    number, reader, staff = desk.letters[0].id, a_reader(desk.community).id, desk.staff.id

    def act(n: int) -> int:
        letter, person = db.session.get_one(Letter, number), db.session.get_one(Account, reader)
        if n:
            return declare_conflict(letter, "", by=person).id
        return assign(letter, person, by=db.session.get_one(Account, staff)).id

    return two_at_once(act)


def in_conflict_and_reading() -> bool:
    """Whether somebody has a letter that they have a conflict with."""
    return bool(db.session.query(Conflict).count() and db.session.query(Assignment).filter_by(ended_at=None).count())


def test_whoever_is_first_nobody_reads_in_conflict(two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    meet_at(monkeypatch, ASSIGNING, "running_assignment")
    a_letter_given_and_declared(two_at_once)
    assert (db.session.query(Conflict).count(), in_conflict_and_reading()) == (1, False)


def test_without_the_lock_somebody_reads_in_conflict(two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    meet_at(monkeypatch, ASSIGNING, "running_assignment", seconds=10)
    meet_at(monkeypatch, ASSIGNING, "is_conflicted", seconds=1)
    with no_lock(monkeypatch, ASSIGNING):
        monkeypatch.setattr(f"{CONFLICTS}.lock", lambda row: row)
        answers = a_letter_given_and_declared(two_at_once)
    assert in_conflict_and_reading() or any(isinstance(answer, Exception) for answer in answers)


def two_give_out_evenly(two_at_once: Rush) -> tuple[list[Any], list[int]]:
    desk = a_desk(4)
    people, number, staff = [one.id for one in readers_of(desk.community, 4)], desk.round.id, desk.staff.id

    def act(n: int) -> int:
        readers = [db.session.get_one(Account, person) for person in people]
        round, by = db.session.get_one(Round, number), db.session.get_one(Account, staff)
        return len(assign_evenly(round, 2, readers, by=by).assignments)

    answers = two_at_once(act)
    letters = [one.letter_id for one in db.session.query(Assignment)]
    return answers, sorted(letters.count(letter) for letter in set(letters))


def test_two_who_give_out_at_once_give_each_letter_its_readers_once(
    two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, ASSIGNING, "letters_to_read")
    answers, counts = two_give_out_evenly(two_at_once)
    assert (sorted(answers), counts) == ([0, 8], [2, 2, 2, 2])


def test_without_the_lock_two_who_give_out_at_once_do_not(two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    meet_at(monkeypatch, ASSIGNING, "ever_assigned", seconds=10)
    with no_lock(monkeypatch, ASSIGNING):
        answers, counts = two_give_out_evenly(two_at_once)
    # More readers than were asked for, or an error for one of the two.
    assert any(isinstance(answer, Exception) for answer in answers) or counts != [2, 2, 2, 2]


def two_tell_readers(two_at_once: Rush) -> list[Any]:
    desk = a_desk()
    given(desk.letters[0], *readers_of(desk.community, 2))
    number, staff = desk.round.id, desk.staff.id
    return two_at_once(lambda n: tell_readers(db.session.get_one(Round, number), by=db.session.get_one(Account, staff)))


def test_two_who_tell_readers_at_once_tell_each_once(two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    meet_at(monkeypatch, ASSIGNING, "untold_assignments")
    answers = two_tell_readers(two_at_once)
    assert sorted(map(len, answers)) == [0, 2]
    assert len(owed("reader_queue")) == 2


def test_without_the_lock_both_say_that_they_told_them(two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    meet_at(monkeypatch, ASSIGNING, "untold_assignments", seconds=10)
    with no_lock(monkeypatch, ASSIGNING):
        answers = two_tell_readers(two_at_once)
    assert [len(answer) if isinstance(answer, list) else answer for answer in answers] != [0, 2]
    assert answers[0] == answers[1] or any(isinstance(answer, Exception) for answer in answers)
