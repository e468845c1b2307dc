"""What a released decision forbids, and which of two at one instant wins: the decision or the move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.cohorts.operations import release_decision
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.letters.models import Letter
from portal.letters.returning import Wanted
from portal.reviews.models import Decision
from portal.reviews.moving import extend, reopen, return_sections, undo_withdrawal, withdraw
from portal.reviews.operations import prepare_decision
from portal.reviews.rules import ANSWERED, DECIDED
from tests.cohorts.builders import decided, everything
from tests.cohorts.rush import meet_between, no_lock
from tests.conftest import moment_of
from tests.letters.builders import Place
from tests.letters.lives import LATER, a_sent_letter, staff_of
from tests.letters.pages import Stop

Rush = Callable[..., list[Any]]
READING = "2026-11-09 10:00"
ASKED = Wanted(["time"], "Say how many days.", moment_of("2026-12-01 17:00"))
MOVES: dict[str, Callable[[Letter, Account, Account], object]] = {
    "reopen": lambda letter, lead, staff: reopen(letter, by=lead),
    "withdraw": lambda letter, lead, staff: withdraw(letter, by=lead),
    "return": lambda letter, lead, staff: return_sections(letter, ASKED, by=staff),
    "extend": lambda letter, lead, staff: extend(letter.round, letter.district, LATER, "Illness.", by=staff),
}
AFTERWARDS = {"reopen": "draft", "withdraw": "withdrawn", "return": "returned", "extend": "submitted"}


@pytest.fixture
def letter(place: Place, at: Stop) -> Letter:
    """A letter that is read after closing. Its round lets districts withdraw, and this one change, for weeks."""
    sent = a_sent_letter(place)
    at(READING)
    place.round.withdraw_until = moment_of("2026-12-10 17:00")
    db.session.commit()
    extend(place.round, place.district, LATER - timedelta(days=1), "Snow.", by=staff_of(place))
    return sent


@pytest.mark.parametrize("verb", MOVES)
def test_until_a_decision_goes_out_the_letter_moves(place: Place, letter: Letter, verb: str) -> None:
    prepare_decision(letter, "decline", "", staff_of(place))
    MOVES[verb](letter, place.lead, staff_of(place))
    assert letter.status == AFTERWARDS[verb]


@pytest.mark.parametrize("verb", MOVES)
def test_once_it_went_out_nothing_moves_and_no_trace_is_left(place: Place, letter: Letter, verb: str) -> None:
    decided(letter, "decline", staff_of(place))
    before = everything()
    with pytest.raises(RuleBroken) as refused:
        MOVES[verb](letter, place.lead, staff_of(place))
    assert refused.value.sentence == (ANSWERED if verb in ("reopen", "withdraw") else DECIDED)
    assert (letter.status, everything()) == ("submitted", before)


@pytest.mark.parametrize("verb", ["reopen", "withdraw", "return"])
def test_a_decision_waits_until_the_letter_is_back(place: Place, letter: Letter, verb: str) -> None:
    prepare_decision(letter, "decline", "", staff_of(place))
    MOVES[verb](letter, place.lead, staff_of(place))
    with pytest.raises(RuleBroken, match="Only a letter that was submitted can be decided"):
        release_decision(letter, staff_of(place))


def test_a_withdrawal_is_undone_while_nothing_went_out(place: Place, letter: Letter) -> None:
    withdraw(letter, by=place.lead)
    undo_withdrawal(letter, by=place.lead)
    assert letter.status == "submitted"


@pytest.mark.parametrize("verb", ["reopen", "withdraw", "return"])
def test_of_a_move_and_a_decision_at_one_instant_one_wins(
    place: Place, letter: Letter, verb: str, two_at_once: Rush
) -> None:  # fmt: skip
    answers = two_at_once(a_press(place, letter, verb))
    [refused] = [answer for answer in answers if isinstance(answer, RuleBroken)]
    db.session.expire_all()
    is_released = db.session.query(Decision).one().status == "released"
    assert (letter.status == "submitted") == is_released
    assert (refused.sentence in (ANSWERED, DECIDED)) == is_released


def test_without_the_lock_both_win(
    place: Place, letter: Letter, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    press = a_press(place, letter, "withdraw")
    meet_between(monkeypatch, ("portal.reviews.moving", "is_released"), ("portal.cohorts.releasing", "check"))
    for module in ("portal.letters.withdrawing", "portal.cohorts.releasing"):
        monkeypatch.setattr(f"{module}.lock", lambda row: row)
    with no_lock(monkeypatch, "portal.reviews.moving"):
        answers = two_at_once(press)
    db.session.expire_all()
    assert answers == [None, None]
    assert (letter.status, db.session.query(Decision).one().status) == ("withdrawn", "released")


def a_press(place: Place, letter: Letter, verb: str) -> Callable[[int], None]:
    """One person sends the decision, the other moves the letter."""
    staff = staff_of(place)
    prepare_decision(letter, "decline", "", staff)
    numbers = letter.id, place.lead.id, staff.id

    def press(n: int) -> None:
        found, lead, coordinator = (
            db.session.get_one(model, number) for model, number in zip((Letter, Account, Account), numbers, strict=True)
        )
        if n:
            MOVES[verb](found, lead, coordinator)
        else:
            release_decision(found, coordinator)

    return press
