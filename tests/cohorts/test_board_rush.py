"""Two people on the board, or over the same feedback, at one instant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.cohorts.advising import draft_feedback
from portal.cohorts.boarding import move_in_line, prepare_many
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.letters.models import Letter
from portal.reviews.models import Decision
from portal.reviews.operations import prepare_decision
from portal.reviews.reading_models import Feedback
from portal.rounds.models import Criterion, Round
from tests.cohorts.builders import DECIDING, a_closing_round, a_community, a_led_letter, a_staff_member
from tests.cohorts.rush import meet_at, no_lock

At = Callable[[str], Any]
Rush = Callable[..., list[Any]]
BOARDING, ADVISING, PREPARING = "portal.cohorts.boarding", "portal.cohorts.advising", "portal.reviews.operations"


@pytest.fixture
def round(app: Flask, at: At) -> Round:
    """A closed round with three letters, and two people on staff."""
    at(DECIDING)
    community = a_community()
    for kind in ("staff", "admin"):
        a_staff_member(community, kind)
    round = a_closing_round(community)
    db.session.add(Criterion(round_id=round.id, position=90, code="k9", label="Need", weight=100))
    db.session.commit()
    for name in ("Harbor", "River", "Hill"):
        a_led_letter(round, name)
    return round


def person(number: int) -> Account:
    address = ("staff@example.org", "admin@example.org")[number]
    return db.session.query(Account).filter_by(email=address).one()


def letters() -> list[Letter]:
    return db.session.query(Letter).order_by(Letter.id).all()


def two_deciders(round: Round, two_at_once: Rush) -> list[Any]:
    number = round.id

    def press(n: int) -> int:
        chosen = [(letter, "") for letter in letters()]
        return prepare_many(db.session.get_one(Round, number), chosen, ("accept", "decline")[n], by=person(n))

    return two_at_once(press)


def test_the_second_of_two_who_decide_is_told_and_changes_nothing(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, PREPARING, "decision_of")
    answers = two_deciders(round, two_at_once)
    assert sorted(type(answer).__name__ for answer in answers) == ["RuleBroken", "int"]
    assert len({row.outcome for row in db.session.query(Decision)}) == 1


def test_without_the_lock_nobody_is_told(round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    meet_at(monkeypatch, PREPARING, "decision_of", seconds=10)
    monkeypatch.setattr(f"{PREPARING}.lock", lambda row: row)
    with no_lock(monkeypatch, BOARDING):
        answers = two_deciders(round, two_at_once)
    # Nobody hears of the other: both succeed, or the database itself stops one at the unique row.
    assert not any(isinstance(answer, RuleBroken) for answer in answers)


def two_moves(two_at_once: Rush) -> list[int]:
    """The last of three moves up while the first moves down; gives the places that are then taken."""
    for letter in letters():
        prepare_decision(letter, "waitlist", "", person(0))
    first, _, last = (letter.id for letter in letters())

    def press(n: int) -> None:
        move_in_line(db.session.get_one(Letter, last if n else first), -1 if n else 1, by=person(n))

    assert two_at_once(press) == [None, None]
    return sorted(row.waitlist_position or 0 for row in db.session.query(Decision))


def test_two_who_order_the_waitlist_leave_everybody_a_place_of_their_own(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, BOARDING, "prepared_in")
    assert two_moves(two_at_once) == [1, 2, 3]


def test_without_the_lock_two_get_the_same_place(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, BOARDING, "prepared_in", seconds=10)
    with no_lock(monkeypatch, BOARDING):
        assert two_moves(two_at_once) != [1, 2, 3]


def two_writers(two_at_once: Rush) -> list[Any]:
    number = letters()[0].id

    def write(n: int) -> str:
        letter = db.session.get_one(Letter, number)
        draft_feedback(letter, {letter.round.criteria[-1].id: f"Text {n}."}, by=person(n), seen={})
        return "kept"

    return two_at_once(write)


def test_the_second_of_two_who_write_feedback_is_told(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, ADVISING, "feedback_of")
    answers = two_writers(two_at_once)
    assert sorted(type(answer).__name__ for answer in answers) == ["RuleBroken", "str"]
    assert db.session.query(Feedback).count() == 1


def test_without_the_lock_the_database_has_to_stop_one(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, ADVISING, "feedback_of", seconds=10)
    with no_lock(monkeypatch, ADVISING):
        answers = two_writers(two_at_once)
    assert not any(isinstance(answer, RuleBroken) for answer in answers)
