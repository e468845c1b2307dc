from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.cohorts.models import PlaceOffer
from portal.cohorts.operations import accept_offer, claim_team_seat, release_decision, turn_down_offer
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import History
from portal.districts.models import Membership
from portal.letters.models import Letter
from portal.reviews.operations import prepare_decision
from tests.cohorts.builders import (
    DECIDING,
    a_closing_round,
    a_community,
    a_led_letter,
    a_staff_member,
    an_offer,
    link_to,
    owed,
    seats_of,
)
from tests.cohorts.rush import meet_at, no_lock

At = Callable[[str], Any]
Rush = Callable[..., list[Any]]
OFFERING, TEAMS = "portal.cohorts.offering", "portal.cohorts.teams"
RELEASING = "portal.cohorts.releasing"


def two_offers_for_one_place(two_at_once: Rush) -> list[Any]:
    community = a_community()
    staff, round = a_staff_member(community), a_closing_round(community, capacity=1)
    letters = [a_led_letter(round, name) for name in ("Harbor", "River")]
    for letter in letters:
        prepare_decision(letter, "accept", "", staff)
    numbers, who = [letter.id for letter in letters], staff.id

    def release(n: int) -> str:
        return release_decision(db.session.get_one(Letter, numbers[n]), db.session.get_one(Account, who)).status

    return two_at_once(release)


def test_two_offers_for_the_last_place_make_one(
    app: Flask, at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(DECIDING)
    meet_at(monkeypatch, OFFERING, "places_left")
    answers = two_offers_for_one_place(two_at_once)
    assert sorted(type(answer).__name__ for answer in answers) == ["RuleBroken", "str"]
    assert (db.session.query(PlaceOffer).count(), len(owed("decision_accept"))) == (1, 1)


def test_without_the_lock_the_last_place_is_offered_twice(
    app: Flask, at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(DECIDING)
    meet_at(monkeypatch, OFFERING, "places_left", seconds=10)
    monkeypatch.setattr(f"{RELEASING}.lock", lambda row: row)
    with no_lock(monkeypatch, OFFERING):
        two_offers_for_one_place(two_at_once)
    assert db.session.query(PlaceOffer).count() == 2


def two_presses_on_accept(two_at_once: Rush) -> tuple[list[Any], int]:
    community = a_community()
    number = an_offer(a_led_letter(a_closing_round(community)), a_staff_member(community)).id
    answers = two_at_once(lambda n: accept_offer(db.session.get_one(PlaceOffer, number), None).id)
    db.session.rollback()
    return answers, len(seats_of(db.session.query(Membership).one().id))


def test_two_presses_on_accept_make_one_team(
    app: Flask, at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(DECIDING)
    meet_at(monkeypatch, OFFERING, "check_answer")
    answers, seats = two_presses_on_accept(two_at_once)
    assert (answers[0], seats) == (answers[1], 3)
    assert (len(owed("team_invitation")), len(owed("place_accepted"))) == (1, 1)


def test_without_the_lock_two_presses_do_not_make_one_team(
    app: Flask, at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(DECIDING)
    meet_at(monkeypatch, OFFERING, "check_answer", seconds=10)
    with no_lock(monkeypatch, OFFERING):
        answers, seats = two_presses_on_accept(two_at_once)
    assert (answers[0] == answers[1], seats) != (True, 3)  # two teams, or an error for one of the two


def two_presses_on_join(two_at_once: Rush) -> int:
    community = a_community()
    offer = an_offer(a_led_letter(a_closing_round(community)), a_staff_member(community))
    token = link_to(seats_of(accept_offer(offer, None).id)[1])
    assert two_at_once(lambda n: claim_team_seat(token, "Teacher")) == [None, None]
    db.session.rollback()
    return db.session.query(History).filter_by(subject_table="team_seats", verb="claim").count()


def test_two_presses_on_join_take_one_seat(
    app: Flask, at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(DECIDING)
    meet_at(monkeypatch, TEAMS, "check_claim")
    assert (two_presses_on_join(two_at_once), len(owed("sign_in_link"))) == (1, 1)


def test_without_the_lock_two_presses_join_twice(
    app: Flask, at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(DECIDING)
    meet_at(monkeypatch, TEAMS, "check_claim", seconds=10)
    with no_lock(monkeypatch, TEAMS), pytest.raises(AssertionError):
        assert two_presses_on_join(two_at_once) == 1


def accepted_and_turned_down(two_at_once: Rush) -> tuple[list[Any], str, int]:
    """The answers to two presses on one offer, what became of it, and how many members there are."""
    community = a_community()
    number = an_offer(a_led_letter(a_closing_round(community)), a_staff_member(community)).id

    def answer(n: int) -> str:
        offer = db.session.get_one(PlaceOffer, number)
        _ = accept_offer(offer, None) if n else turn_down_offer(offer, None)
        return "done"

    answers = two_at_once(answer)
    db.session.rollback()
    return answers, db.session.get_one(PlaceOffer, number).status, db.session.query(Membership).count()


def test_an_offer_that_is_accepted_and_turned_down_at_once_is_answered_once(
    app: Flask, at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(DECIDING)
    meet_at(monkeypatch, OFFERING, "check_answer")
    answers, status, members = accepted_and_turned_down(two_at_once)
    assert sorted(type(found) for found in answers if found != "done") == [RuleBroken]
    assert members == (1 if status == "accepted" else 0)


def test_without_the_lock_it_is_answered_twice(
    app: Flask, at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(DECIDING)
    meet_at(monkeypatch, OFFERING, "check_answer", seconds=10)
    with no_lock(monkeypatch, OFFERING):
        answers, _, _ = accepted_and_turned_down(two_at_once)
    assert answers == ["done", "done"]
