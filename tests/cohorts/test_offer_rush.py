"""Offers at one instant: an answer beside the end of its time, two workers, staff beside the district, places that
change while they are offered. Each with the lock, and without it, where it goes wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.cohorts.models import PlaceOffer
from portal.cohorts.offer_queries import places_unclaimed
from portal.cohorts.offer_rules import ANSWERED, SETTLED
from portal.cohorts.offering import (
    accept_offer,
    change_places,
    defer_offer,
    expire_offers,
    offer_next,
    remind_silent,
    take_back_offer,
    turn_down_offer,
)
from portal.cohorts.queries import places_left
from portal.cohorts.releasing import release_decision
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import History
from portal.districts.models import Membership
from portal.letters.models import Letter
from portal.reviews.operations import prepare_decision
from portal.rounds.models import Round
from tests.cohorts.builders import (
    DECIDING,
    a_closing_round,
    a_community,
    a_led_letter,
    a_staff_member,
    an_offer,
    decided,
    owed,
)
from tests.cohorts.rush import meet_at, meet_between, no_lock
from tests.conftest import moment_of

At = Callable[[str], Any]
Rush = Callable[..., list[Any]]
OFFERING = "portal.cohorts.offering"
END, LATE = moment_of("2027-01-15 17:00"), moment_of("2027-01-15 17:00:01")


@pytest.fixture
def round(app: Flask, at: At) -> Round:
    """A round with one place, offered to Harbor; River and Hill wait in line, and Late has a decision to be sent."""
    at(DECIDING)
    community = a_community()
    staff, round = a_staff_member(community), a_closing_round(community, capacity=1)
    an_offer(a_led_letter(round), staff)
    for name in ("River", "Hill"):
        decided(a_led_letter(round, name), "waitlist", staff)
    prepare_decision(a_led_letter(round, "Late"), "accept", "", staff)
    return round


def a_person() -> Account:
    return db.session.query(Account).filter_by(email="staff@example.org").one()


def the_offer(number: int = 0) -> PlaceOffer:
    return db.session.query(PlaceOffer).order_by(PlaceOffer.id).all()[number]


def letter_of(name: str) -> Letter:
    found = [letter for letter in db.session.query(Letter) if letter.district.short_name == name]
    return found[0]


def live() -> int:
    """How many places are offered or taken."""
    db.session.rollback()
    return db.session.query(PlaceOffer).filter(PlaceOffer.status.in_(("open", "accepted"))).count()


def without_locks(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("portal.cohorts.releasing.lock", lambda row: row)
    return no_lock(monkeypatch, OFFERING)


def answer_and_expire(two_at_once: Rush) -> list[Any]:
    number = the_offer().id

    def press(n: int) -> Any:
        with clock.told(LATE if n else END):
            return expire_offers() if n else accept_offer(db.session.get_one(PlaceOffer, number), None).id

    return two_at_once(press)


def test_of_an_answer_in_the_last_second_and_the_end_of_time_one_wins(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_between(monkeypatch, (OFFERING, "check_answer"), (OFFERING, "may_expire"), seconds=0.5)
    answers = answer_and_expire(two_at_once)
    is_member = db.session.query(Membership).count() == 1
    assert (live(), isinstance(answers[0], RuleBroken), answers[1]) == (1, not is_member, 0 if is_member else 1)


def test_without_the_lock_a_place_is_taken_and_passed_on(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_between(monkeypatch, (OFFERING, "check_answer"), (OFFERING, "may_expire"))
    with without_locks(monkeypatch):
        answers = answer_and_expire(two_at_once)
    assert [isinstance(answers[0], RuleBroken), answers[1]] not in ([True, 1], [False, 0])


def two_workers(two_at_once: Rush, job: Callable[[], int], moment: Any) -> list[Any]:
    def work(n: int) -> int:
        with clock.told(moment):
            return job()

    return two_at_once(work)


def test_two_workers_end_an_offer_once_and_pass_it_on_once(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, OFFERING, "may_expire")
    assert (sorted(two_workers(two_at_once, expire_offers, LATE)), live()) == ([0, 1], 1)
    assert (len(owed("place_expired")), len(owed("place_offered"))) == (1, 1)


def test_without_the_lock_two_workers_both_end_it_or_fail(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, OFFERING, "may_expire", seconds=10)
    with without_locks(monkeypatch):
        answers = two_workers(two_at_once, expire_offers, LATE)
    assert sorted(map(str, answers)) != ["0", "1"]


def test_two_workers_remind_once(round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    meet_at(monkeypatch, OFFERING, "is_to_be_reminded")
    assert sorted(two_workers(two_at_once, remind_silent, moment_of("2027-01-13 09:00"))) == [0, 1]
    assert len(owed("offer_reminder")) == 1


def test_without_the_lock_two_workers_both_remind_or_fail(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, OFFERING, "is_to_be_reminded", seconds=10)
    with without_locks(monkeypatch):
        answers = two_workers(two_at_once, remind_silent, moment_of("2027-01-13 09:00"))
    assert sorted(map(str, answers)) != ["0", "1"]


def both_sides(two_at_once: Rush, verb: Callable[..., Any]) -> list[Any]:
    number, who = the_offer().id, a_person().id

    def press(n: int) -> str:
        offer = db.session.get_one(PlaceOffer, number)
        _ = take_back_offer(offer, "Because.", db.session.get_one(Account, who)) if n else verb(offer, None)
        return "done"

    return two_at_once(press)


def refusals(answers: list[Any]) -> list[str]:
    """The answers that say that the other side was quicker."""
    sentences = [answer.sentence for answer in answers if isinstance(answer, RuleBroken)]
    return [said for said in sentences if said in {*ANSWERED.values(), *SETTLED.values()}]


@pytest.mark.parametrize("verb", [turn_down_offer, defer_offer, accept_offer])
def test_of_a_district_that_answers_and_staff_who_take_back_one_wins(
    round: Round, verb: Callable[..., Any], two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_between(monkeypatch, (OFFERING, "check_answer"), (OFFERING, "check_staff"), seconds=0.5)
    answers = both_sides(two_at_once, verb)
    assert (len(refusals(answers)), answers.count("done")) == (1, 1)
    assert (live(), db.session.query(PlaceOffer).count() <= 2) == (1, True)


@pytest.mark.parametrize("verb", [turn_down_offer, defer_offer, accept_offer])
def test_without_the_lock_both_win_or_fail(
    round: Round, verb: Callable[..., Any], two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_between(monkeypatch, (OFFERING, "check_answer"), (OFFERING, "check_staff"))
    with without_locks(monkeypatch):
        answers = both_sides(two_at_once, verb)
    assert refusals(answers) == []


def give_back_and_release(two_at_once: Rush) -> list[Any]:
    number, letter_id, who = the_offer().id, letter_of("Late").id, a_person().id

    def press(n: int) -> str:
        if n:
            return release_decision(db.session.get_one(Letter, letter_id), db.session.get_one(Account, who)).status
        turn_down_offer(db.session.get_one(PlaceOffer, number), None)
        return "done"

    return two_at_once(press)


def test_a_place_that_comes_back_is_not_given_to_somebody_else_meanwhile(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_once(monkeypatch, (OFFERING, "_end"), (OFFERING, "cohort_of_round"), seconds=0.5)
    answers = give_back_and_release(two_at_once)
    assert (live(), answers[0], isinstance(answers[1], RuleBroken)) == (1, "done", True)
    assert the_offer(-1).letter.district.short_name == "River"


def next_and_release(round: Round, two_at_once: Rush) -> list[Any]:
    """One member of staff offers the free place to the next in line, another sends a decision that offers one."""
    a_free_place(round)
    number, letter_id = round.id, letter_of("Late").id

    def press(n: int) -> str:
        if n:
            return release_decision(db.session.get_one(Letter, letter_id), a_person()).status
        return offer_next(db.session.get_one(Round, number), a_person()).status

    return two_at_once(press)


def a_free_place(round: Round) -> None:
    with transaction():
        lock(round).capacity = 2


def test_the_last_place_goes_to_the_next_in_line_or_elsewhere(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, OFFERING, "check_places")
    answers = next_and_release(round, two_at_once)
    assert (live(), [isinstance(answer, RuleBroken) for answer in answers].count(True)) == (2, 1)


def test_without_the_lock_the_last_place_goes_to_both(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, OFFERING, "check_places", seconds=10)
    with without_locks(monkeypatch):
        next_and_release(round, two_at_once)
    assert live() == 3


def next_and_next(round: Round, two_at_once: Rush) -> list[Any]:
    """The button that offers a free place to the next in line is pressed twice at once; two places are free."""
    with transaction():
        lock(round).capacity = 3
    number, seen = round.id, letter_of("River").id

    def press(_: int) -> str:
        return offer_next(db.session.get_one(Round, number), a_person(), seen=seen).letter.district.label

    return two_at_once(press)


def test_a_button_pressed_twice_at_once_offers_one_place(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, OFFERING, "check_next")
    assert next_and_next(round, two_at_once) == ["River", "River"]
    assert (live(), len(owed("place_offered"))) == (2, 1)


def test_without_the_lock_the_second_press_fails(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, OFFERING, "check_next", seconds=10)
    with without_locks(monkeypatch):
        assert next_and_next(round, two_at_once) != ["River", "River"]


def two_who_give_back(round: Round, two_at_once: Rush) -> list[Any]:
    """Two places come back at once, and only River waits."""
    staff = a_person()
    change_places(round, 4, "A gift.", staff, seen=1)  # River and Hill are served, and a place is left
    numbers = [the_offer(1).id, the_offer(2).id]
    waits = decided(a_led_letter(round, "Meadow"), "waitlist", staff)
    assert (places_left(round), places_unclaimed(round), waits.status) == (1, 0, "submitted")
    return two_at_once(lambda n: turn_down_offer(db.session.get_one(PlaceOffer, numbers[n]), None))


def test_two_places_that_come_back_at_once_give_who_waits_one(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, OFFERING, "next_reached")
    assert two_who_give_back(round, two_at_once) == [None, None]
    assert (live(), len(owed("place_offered")), places_unclaimed(round)) == (2, 3, 1)


def test_without_the_lock_one_of_the_two_fails(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_once(monkeypatch, (OFFERING, "next_reached"))
    with without_locks(monkeypatch):
        answers = two_who_give_back(round, two_at_once)
    assert answers != [None, None]


def fewer_and_release(round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """One person makes it one place less while another offers the last one, having seen that it is free."""
    change_places(round, 4, "A gift.", a_person(), seen=1)
    number, letter_id, is_seen, is_less = round.id, letter_of("Late").id, threading.Event(), threading.Event()
    real = import_module(OFFERING).check_places

    def seen_free(left: int) -> None:
        real(left)
        is_seen.set()
        is_less.wait(seconds)

    monkeypatch.setattr(f"{OFFERING}.check_places", seen_free)

    def press(n: int) -> Any:
        if n:
            return release_decision(db.session.get_one(Letter, letter_id), a_person()).status
        is_seen.wait(10)
        change_places(db.session.get_one(Round, number), 3, "Less.", a_person(), seen=4)
        is_less.set()
        return "done"

    two_at_once(press)


def last_two() -> list[str]:
    rows = db.session.query(History).filter(History.verb.in_(("offer", "change places"))).order_by(History.id)
    return [row.verb for row in rows][-2:]


def test_no_place_is_offered_after_it_was_taken_away(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer_and_release(round, two_at_once, monkeypatch, 0.5)
    assert (last_two(), live()) == (["offer", "change places"], 4)


def test_without_the_lock_a_place_that_is_gone_is_offered(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    with without_locks(monkeypatch):
        fewer_and_release(round, two_at_once, monkeypatch, 10)
    assert (last_two(), live()) == (["change places", "offer"], 4)


def more_and_release(round: Round, two_at_once: Rush) -> list[Any]:
    number, letter_id = round.id, letter_of("Late").id

    def press(n: int) -> Any:
        if n:
            return release_decision(db.session.get_one(Letter, letter_id), a_person()).status
        return len(change_places(db.session.get_one(Round, number), 2, "A gift.", a_person(), seen=1))

    return two_at_once(press)


def test_a_new_place_goes_to_who_waits_whoever_is_quick(round: Round, two_at_once: Rush) -> None:
    answers = more_and_release(round, two_at_once)
    assert (answers[0], isinstance(answers[1], RuleBroken), live()) == (1, True, 2)
    assert the_offer(-1).letter.district.short_name == "River"


def meet_once(monkeypatch: pytest.MonkeyPatch, *names: tuple[str, str], seconds: float = 10) -> None:
    """Let two threads wait for each other once, when the first of these names has answered each of them."""
    door, met = threading.Barrier(2), threading.local()
    for module, name in names:
        monkeypatch.setattr(f"{module}.{name}", _once(getattr(import_module(module), name), door, met, seconds))


def _once(real: Callable[..., Any], door: threading.Barrier, met: threading.local, seconds: float) -> Any:
    def once(*args: Any, **kwargs: Any) -> Any:
        answer = real(*args, **kwargs)
        if threading.current_thread() is not threading.main_thread() and not getattr(met, "is_done", False):
            met.is_done = True
            try:
                door.wait(seconds)
            except threading.BrokenBarrierError:
                if seconds > 1:
                    raise
        return answer

    return once
