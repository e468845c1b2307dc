"""A release beside another press, another worker, a decision that is changed, a letter that is moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.cohorts.release_queries import outgoings
from portal.cohorts.release_rules import digest
from portal.cohorts.releasing import ask_release, carry_out
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import History
from portal.districts.queries import leads_of
from portal.letters.models import Letter
from portal.letters.returning import Wanted
from portal.reviews.models import Decision, Release
from portal.reviews.moving import return_sections, withdraw
from portal.reviews.operations import prepare_decision
from portal.reviews.queries import decision_of
from portal.reviews.rules import stamp_of
from portal.rounds.models import Round
from tests.cohorts.builders import DECIDING, a_closing_round, a_community, a_led_letter, a_staff_member, owed
from tests.cohorts.rush import meet_at, meet_between, no_lock
from tests.conftest import moment_of

At = Callable[[str], Any]
Rush = Callable[..., list[Any]]
RELEASING, MOVING = "portal.cohorts.releasing", "portal.reviews.moving"


@pytest.fixture
def round(app: Flask, at: At) -> Round:
    """A round with two prepared decisions, of which districts may take their letters back until the end of the year."""
    at(DECIDING)
    community = a_community()
    round = a_closing_round(community, withdraw_until=moment_of("2026-12-31 17:00"))
    staff = a_staff_member(community)
    for name, outcome in (("Harbor", "accept"), ("River", "decline")):
        prepare_decision(a_led_letter(round, name), outcome, "", staff)
    return round


def a_person() -> Account:
    return db.session.query(Account).filter_by(email="staff@example.org").one()


def the_letter() -> Letter:
    return db.session.query(Letter).order_by(Letter.id).first() or pytest.fail("no letter")


def asked(round: Round) -> int:
    return ask_release(round, digest(outgoings(round, a_person().id)), by=a_person()).id


def two_asks(round: Round, two_at_once: Rush) -> int:
    number, seen = round.id, digest(outgoings(round, a_person().id))
    two_at_once(lambda n: ask_release(db.session.get_one(Round, number), seen, by=a_person()).id)
    return db.session.query(Release).count()


def test_two_presses_ask_for_one_release(round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    meet_at(monkeypatch, RELEASING, "running_release")
    assert two_asks(round, two_at_once) == 1


def test_without_the_lock_two_presses_ask_for_two(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, RELEASING, "running_release", seconds=10)
    with no_lock(monkeypatch, RELEASING):
        assert two_asks(round, two_at_once) == 2


def test_two_workers_carry_a_release_out_once(round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    number = asked(round)
    meet_at(monkeypatch, RELEASING, "outgoings")
    answers = two_at_once(lambda n: carry_out(number))
    told = db.session.query(History).filter_by(subject_table="decisions", verb="release").count()
    assert (sorted(answers), told, len(owed())) == ([0, 2], 2, 2)


def test_without_the_lock_two_workers_do_it_twice_or_fail(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = asked(round)
    meet_at(monkeypatch, RELEASING, "outgoings", seconds=10)
    with no_lock(monkeypatch, RELEASING):
        answers = two_at_once(lambda n: carry_out(number))
    assert Counter(map(str, answers)) != Counter(["0", "2"])


def release_and_change(round: Round, two_at_once: Rush) -> tuple[list[Any], bool]:
    """One person’s release is carried out while another changes a decision; whether mails say what is decided."""
    number, letter_id = asked(round), the_letter().id
    stamp = stamp_of(decision_of(the_letter()))

    def press(n: int) -> Any:
        if n:
            return carry_out(number)
        return prepare_decision(db.session.get_one(Letter, letter_id), "decline", "", a_person(), seen=stamp).outcome

    answers = two_at_once(press)
    rows = db.session.query(Decision).filter_by(status="released").order_by(Decision.id)
    return answers, Counter(f"decision_{row.outcome}" for row in rows) == Counter(template for template, _ in owed())


def test_of_a_release_and_a_change_the_second_is_told(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_between(
        monkeypatch, (RELEASING, "_check_still"), ("portal.reviews.operations", "check_seen"), seconds=0.5
    )  # fmt: skip
    answers, is_true = release_and_change(round, two_at_once)
    assert is_true
    assert answers == ["decline", 0] or (isinstance(answers[0], RuleBroken) and answers[1] == 2)


def test_without_the_lock_a_mail_says_what_is_not_decided(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_between(monkeypatch, (RELEASING, "_check_still"), ("portal.reviews.operations", "check_seen"))
    monkeypatch.setattr("portal.reviews.operations.lock", lambda row: row)
    with no_lock(monkeypatch, RELEASING):
        answers, is_true = release_and_change(round, two_at_once)
    assert (answers, is_true) == (["decline", 2], False)


MOVES: dict[str, Callable[[Letter], object]] = {
    "withdraw": lambda letter: withdraw(letter, by=leads_of(letter.community_id, letter.district_id)[0]),
    "return": lambda letter: return_sections(letter, _wanted(letter), by=a_person()),
}
BACK = {"withdraw": "withdrawn", "return": "returned"}


def release_and_move(round: Round, verb: str, two_at_once: Rush) -> tuple[list[Any], str, str]:
    number, letter_id = asked(round), the_letter().id
    answers = two_at_once(lambda n: carry_out(number) if n else MOVES[verb](db.session.get_one(Letter, letter_id)))
    decision = decision_of(the_letter())
    return answers, the_letter().status, decision.status if decision else ""


@pytest.mark.parametrize("verb", MOVES)
def test_of_a_release_and_a_move_one_wins(
    round: Round, verb: str, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_between(monkeypatch, (RELEASING, "_check_still"), (MOVING, "is_released"), seconds=0.5)
    answers, letter, decision = release_and_move(round, verb, two_at_once)
    assert {(letter, decision, answers[1])} <= {("submitted", "released", 2), (BACK[verb], "prepared", 0)}
    assert isinstance(answers[0], RuleBroken) == (letter == "submitted")


@pytest.mark.parametrize("verb", MOVES)
def test_without_the_lock_a_letter_that_left_is_decided(
    round: Round, verb: str, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_between(monkeypatch, (RELEASING, "_check_still"), (MOVING, "is_released"))
    for module in ("portal.letters.withdrawing", "portal.letters.returning", MOVING):
        monkeypatch.setattr(f"{module}.lock", lambda row: row)
    with no_lock(monkeypatch, RELEASING):
        answers, letter, decision = release_and_move(round, verb, two_at_once)
    assert (answers[1], letter, decision) == (2, BACK[verb], "released")


def _wanted(letter: Letter) -> Wanted:
    return Wanted([letter.round.sections[0].slug], "Say how many days.", moment_of("2027-01-05 17:00"))
