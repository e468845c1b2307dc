from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.cohorts.offer_queries import place_in_line
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.letters.models import Letter
from portal.reviews.operations import prepare_decision
from portal.reviews.queries import decision_of
from portal.reviews.rules import stamp_of
from tests.cohorts.builders import (
    DECIDING,
    a_closing_round,
    a_community,
    a_district,
    a_led_letter,
    a_letter,
    a_staff_member,
    decided,
    everything,
    owed,
)
from tests.cohorts.rush import meet_at, no_lock

At = Callable[[str], Any]
OPERATIONS = "portal.reviews.operations"


def test_a_prepared_decision_is_kept_with_who_and_when_and_tells_nobody(app: Flask, at: At) -> None:
    now = at(DECIDING)
    community = a_community()
    staff, letter = a_staff_member(community), a_led_letter(a_closing_round(community))
    prepare_decision(letter, "accept", "Clear reasons.", staff)
    decision = decision_of(letter)
    assert decision is not None
    assert (decision.outcome, decision.status, decision.rationale) == ("accept", "prepared", "Clear reasons.")
    assert (decision.prepared_at, decision.prepared_by_id, decision.released_at) == (now, staff.id, None)
    told = [(row.verb, row.by_name, row.note) for row in history_of(decision)]
    assert told == [("prepare", "Program staff", "Clear reasons.")]
    assert owed() == []


def test_the_history_of_the_letter_says_nothing_of_a_prepared_decision(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    letter = a_led_letter(a_closing_round(community))
    prepare_decision(letter, "decline", "Too early.", a_staff_member(community))
    assert history_of(letter) == []


def test_preparing_the_same_again_changes_nothing(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    staff, letter = a_staff_member(community), a_led_letter(a_closing_round(community))
    prepare_decision(letter, "accept", "", staff)
    before = everything()
    prepare_decision(letter, "accept", "", staff)
    assert everything() == before


def test_a_prepared_decision_can_be_changed_by_who_has_seen_it(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    staff, letter = a_staff_member(community), a_led_letter(a_closing_round(community))
    first = prepare_decision(letter, "waitlist", "", staff)
    changed = prepare_decision(letter, "decline", "", staff, seen=stamp_of(first))
    assert (changed.id, changed.outcome, changed.waitlist_position) == (first.id, "decline", None)


def test_who_has_not_seen_the_other_decision_is_told_who_was_quicker(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    letter = a_led_letter(a_closing_round(community))
    prepare_decision(letter, "accept", "", a_staff_member(community))
    other, before = a_staff_member(community, "admin"), everything()
    with pytest.raises(RuleBroken, match="Already decided by Program staff: offer a place"):
        prepare_decision(letter, "decline", "", other)
    assert (everything(), decision_of(letter).outcome) == (before, "accept")  # type: ignore[union-attr]


@pytest.mark.parametrize("moment", ["2026-10-20 09:00", "2026-10-30 17:30"])
def test_nothing_is_decided_before_the_round_has_closed(app: Flask, at: At, moment: str) -> None:
    at(moment)
    community = a_community()
    staff, letter = a_staff_member(community), a_led_letter(a_closing_round(community))
    before = everything()
    with pytest.raises(RuleBroken, match="after their round has closed"):
        prepare_decision(letter, "accept", "", staff)
    assert everything() == before


def test_a_draft_cannot_be_decided(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    letter = a_letter(a_closing_round(community), a_district(), status="draft")
    with pytest.raises(RuleBroken, match="submitted"):
        prepare_decision(letter, "accept", "", a_staff_member(community))
    assert decision_of(letter) is None


def test_a_released_decision_cannot_be_changed(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    staff, letter = a_staff_member(community), a_led_letter(a_closing_round(community))
    decided(letter, "decline", staff)
    before = everything()
    with pytest.raises(RuleBroken, match="Change it on the letter’s own page"):
        prepare_decision(letter, "accept", "", staff, seen=stamp_of(decision_of(letter)))
    assert everything() == before


def test_a_round_without_a_waitlist_puts_nobody_on_it(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    letter = a_led_letter(a_closing_round(community, has_waitlist=False))
    with pytest.raises(RuleBroken, match="no waitlist"):
        prepare_decision(letter, "waitlist", "", a_staff_member(community))
    assert decision_of(letter) is None


def test_the_waitlist_is_in_the_order_of_decisions_and_closes_its_gaps(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    staff, round = a_staff_member(community), a_closing_round(community)
    letters = [a_led_letter(round, name) for name in ("Harbor", "River", "Hill")]
    waiting = [prepare_decision(letter, "waitlist", "", staff) for letter in letters]
    assert [place_in_line(decision) for decision in waiting] == [1, 2, 3]
    prepare_decision(letters[0], "accept", "", staff, seen=stamp_of(waiting[0]))
    assert [place_in_line(decision) for decision in waiting[1:]] == [1, 2]


def two_decide(two_at_once: Callable[..., list[Any]], outcomes: tuple[str, str]) -> tuple[list[Any], str]:
    community = a_community()
    number = a_led_letter(a_closing_round(community)).id
    ids = [a_staff_member(community, kind).id for kind in ("staff", "admin")]

    def decide(n: int) -> str:
        person, found = db.session.get_one(Account, ids[n]), db.session.get_one(Letter, number)
        return prepare_decision(found, outcomes[n], "", person).outcome

    answers = two_at_once(decide)
    kept = decision_of(db.session.get_one(Letter, number))
    return answers, kept.outcome if kept else ""


@pytest.mark.parametrize("outcomes", [("accept", "decline"), ("decline", "waitlist")])
def test_two_people_who_decide_at_once_make_one_decision(
    app: Flask,
    at: At,
    two_at_once: Callable[..., list[Any]],
    outcomes: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at(DECIDING)
    meet_at(monkeypatch, OPERATIONS, "check_outcome")
    answers, kept = two_decide(two_at_once, outcomes)
    assert [answer for answer in answers if isinstance(answer, str)] == [kept]
    assert sum("Already decided by" in str(answer) for answer in answers) == 1


def test_without_the_lock_the_second_is_not_told_who_was_quicker(
    app: Flask, at: At, two_at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    at(DECIDING)
    meet_at(monkeypatch, OPERATIONS, "check_outcome", seconds=10)
    with no_lock(monkeypatch, OPERATIONS):
        answers, _ = two_decide(two_at_once, ("accept", "decline"))
    assert sum("Already decided by" in str(answer) for answer in answers) == 0
