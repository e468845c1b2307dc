"""Two at one instant around one seat: freed and moved up, accepted and run out, resized and taken. With the lock, each
ends as if one had come after the other; with the lock out, each goes wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.agenda.models import Experience
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.enrollments.line import serve_waiting
from portal.enrollments.models import Enrollment, SeatOffer
from portal.enrollments.operations import give_up_seat, take_seat
from portal.enrollments.running_out import end_what_ran_out
from portal.enrollments.sizing import set_capacity
from tests.cohorts.rush import meet_at
from tests.enrollments.builders import (
    STARTS,
    a_community,
    an_experience,
    counted,
    miscounted,
    owed,
    people,
    seat,
    states,
    told,
)
from tests.enrollments.overtaking import Overtaking
from tests.enrollments.presses import accept, decline, give_up, offered, resize, switch, take

At = Callable[[str], Any]
Rush = Callable[..., list[Any]]
Pair = tuple[Experience, Callable[[], Any], Callable[[], Any]]
OPERATIONS, LINE = "portal.enrollments.operations", "portal.enrollments.line"
SEATING, SIZING = "portal.enrollments.seating", "portal.enrollments.sizing"
RUNNING_OUT = "portal.enrollments.running_out"


@pytest.fixture(autouse=True)
def in_november(app: Flask, at: At) -> None:
    at("2026-11-02 09:00")


def freed_and_asked_for() -> Pair:
    """Somebody asks for the only seat and has found it taken, when it is given up."""
    community = a_community()
    experience, everyone = an_experience(community, capacity=1, starts=[STARTS]), people(community, 2)
    first, number, ids = seat(experience, everyone[0])[0].id, experience.id, [one.id for one in everyone]
    return experience, lambda: take(number, ids[1]), lambda: give_up(first, ids[0])


def test_a_seat_freed_while_somebody_asks_is_theirs(overtaking: Overtaking) -> None:
    experience, ask, free = freed_and_asked_for()
    assert overtaking.locked(f"{OPERATIONS}.way_in", ask, free) == ["waiting", None]
    assert (states(experience), miscounted()) == (["given_up", "seated"], [])


def test_without_the_lock_they_wait_for_a_seat_that_stands_free(overtaking: Overtaking) -> None:
    experience, ask, free = freed_and_asked_for()
    assert overtaking.unlocked(f"{OPERATIONS}.way_in", ask, free) == ["waiting", None]
    assert (states(experience), counted(experience)) == (["given_up", "waiting"], [(0, 0)])


def test_a_seat_freed_while_a_third_asks_is_for_the_one_who_waited(two_at_once: Rush) -> None:
    community = a_community()
    experience, everyone = an_experience(community, capacity=1, starts=[STARTS]), people(community, 3)
    first = seat(experience, *everyone[:2])[0].id
    number, ids = experience.id, [one.id for one in everyone]
    two_at_once(lambda n: give_up(first, ids[0]) if n else take(number, ids[2]))
    assert (states(experience), miscounted()) == (["given_up", "seated", "waiting"], [])


def added_and_asked_for() -> Pair:
    """Somebody asks and has found no seat, when staff add one."""
    community = a_community()
    experience, [asker] = an_experience(community, capacity=0, starts=[STARTS]), people(community, 1)
    number, who = experience.id, asker.id
    return experience, lambda: take(number, who), lambda: resize(number, 1)


def test_a_seat_added_while_somebody_asks_is_theirs(overtaking: Overtaking) -> None:
    experience, ask, add = added_and_asked_for()
    assert overtaking.locked(f"{OPERATIONS}.way_in", ask, add) == ["waiting", None]
    assert (states(experience), miscounted()) == (["seated"], [])


def test_without_the_lock_they_wait_beside_a_new_seat(overtaking: Overtaking) -> None:
    experience, ask, add = added_and_asked_for()
    assert overtaking.unlocked(f"{OPERATIONS}.way_in", ask, add) == ["waiting", None]
    assert (states(experience), counted(experience)) == (["waiting"], [(0, 0)])


def taken_out_and_asked_for() -> Pair:
    """Staff take a free seat away and have seen that nobody sits in it, when somebody asks for it."""
    community = a_community()
    experience, everyone = an_experience(community, capacity=2, starts=[STARTS]), people(community, 2)
    seat(experience, everyone[0])
    number, who = experience.id, everyone[1].id
    return experience, lambda: resize(number, 1, knows=()), lambda: take(number, who)


def test_whoever_asks_for_a_seat_that_is_taken_away_waits(overtaking: Overtaking) -> None:
    experience, take_out, ask = taken_out_and_asked_for()
    assert overtaking.locked(f"{SIZING}.tight_in", take_out, ask) == [None, "waiting"]
    assert (counted(experience), miscounted()) == ([(1, 0)], [])


def test_without_the_lock_they_sit_where_there_is_no_seat_and_nobody_was_asked(overtaking: Overtaking) -> None:
    experience, take_out, ask = taken_out_and_asked_for()
    assert overtaking.unlocked(f"{SIZING}.tight_in", take_out, ask) == [None, "seated"]
    assert (counted(experience), experience.sessions[0].pools[0].capacity) == ([(2, 0)], 1)


def test_seats_added_and_freed_at_once_are_each_given_once(two_at_once: Rush) -> None:
    community = a_community()
    experience, everyone = an_experience(community, capacity=1, starts=[STARTS]), people(community, 5)
    first = seat(experience, *everyone)[0].id
    number, who = experience.id, everyone[0].id
    two_at_once(lambda n: resize(number, 3) if n else give_up(first, who))
    db.session.rollback()
    assert (states(experience), counted(experience)) == (["given_up", *["seated"] * 3, "waiting"], [(3, 0)])
    assert (miscounted(), len([mail for mail, _ in owed() if mail == "seat_freed"])) == ([], 3)


def answered_at_once(two_at_once: Rush, mine: int, who: int, other: Callable[[int, int], Any]) -> list[str]:
    """The offer is accepted, while something `other` happens to it. Gives what became of both, as kinds of answers."""
    answers = two_at_once(lambda n: other(mine, who) if n else accept(mine, who))
    db.session.rollback()
    return sorted(type(answer).__name__ for answer in answers)


@pytest.mark.parametrize("when", ["2026-11-18 06:59", "2026-11-18 07:00"])
def test_an_offer_accepted_as_it_runs_out_is_had_in_time_or_passed_on(at: At, two_at_once: Rush, when: str) -> None:
    experience, mine, ids = offered(at)
    at(when)
    answered_at_once(two_at_once, mine, ids[1], lambda *_: end_what_ran_out())
    in_time = ["given_up", "seated", "waiting"], [(1, 0)]
    too_late = ["given_up", "given_up", "waiting"], [(0, 1)]
    assert (states(experience), counted(experience)) == (in_time if when.endswith("06:59") else too_late)
    assert miscounted() == []


def test_an_offer_accepted_and_declined_at_once_is_one_of_both(
    at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    experience, mine, ids = offered(at)
    meet_at(monkeypatch, LINE, "open_offer")
    assert answered_at_once(two_at_once, mine, ids[1], decline) == ["NoneType", "RuleBroken"]
    assert states(experience) in (["given_up", "seated", "waiting"], ["given_up", "given_up", "waiting"])
    assert (miscounted(), sum(counted(experience)[0])) == ([], 1)


def test_without_the_lock_both_are_told_that_it_is_done(at: At, overtaking: Overtaking) -> None:
    _, mine, ids = offered(at)
    presses = (lambda: accept(mine, ids[1]), lambda: decline(mine, ids[1]))
    assert overtaking.unlocked(f"{LINE}.open_offer", *presses) == [None, None]


def test_two_workers_at_once_pass_an_offer_on_once(at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    experience, _, _ = offered(at)
    at("2026-11-18 07:00")
    meet_at(monkeypatch, RUNNING_OUT, "experiences_run_out")
    two_at_once(lambda n: end_what_ran_out())
    assert (states(experience), counted(experience)) == (["given_up", "given_up", "waiting"], [(0, 1)])
    assert ([mail for mail, _ in owed()].count("offer_expired"), miscounted()) == (1, [])


def test_without_the_lock_two_workers_tell_the_person_twice(at: At, overtaking: Overtaking) -> None:
    offered(at)
    at("2026-11-18 07:00")
    assert overtaking.unlocked(f"{RUNNING_OUT}.open_offer", end_what_ran_out, end_what_ran_out) == [1, 1]
    assert len(told("offer_expired")) == 2


def a_seat_freed_at_night(at: At) -> Experience:
    """It is 7 AM, and no worker was here yet."""
    community = a_community()
    experience, everyone = an_experience(community, capacity=1, starts=[STARTS]), people(community, 3)
    mine = seat(experience, *everyone)
    at("2026-11-17 23:00")
    give_up_seat(mine[0], by=everyone[0])
    at("2026-11-18 07:00")
    return experience


def test_two_workers_at_once_make_one_offer_of_one_seat(
    at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    experience = a_seat_freed_at_night(at)
    meet_at(monkeypatch, LINE, "lines_with_seats")
    two_at_once(lambda n: serve_waiting())
    assert (counted(experience), miscounted(), open_offers(experience)) == ([(0, 1)], [], 1)


def test_without_the_lock_the_second_worker_trips_over_the_first(
    at: At, overtaking: Overtaking, caplog: pytest.LogCaptureFixture
) -> None:
    """The table lets nobody have two open offers: that wall holds, and one worker fails, instead of finding nothing."""
    a_seat_freed_at_night(at)
    assert overtaking.unlocked(f"{SEATING}.in_line", serve_waiting, serve_waiting) == [0, 1]
    assert "uq_seat_offers_open" in caplog.text or "seat_offers.enrollment_id" in caplog.text


def two_who_switch() -> Pair:
    """Both sit online; one seat in the room is free."""
    community = a_community()
    experience = an_experience(community, capacity=1, session_mode="blended", starts=[STARTS])
    set_capacity(experience, {"online": 2}, by=None)
    first, second = (
        partial(switch, take_seat(experience, one, by=one, mode="online").id, one.id) for one in people(community, 2)
    )
    return experience, first, second


def test_of_two_who_switch_to_the_last_seat_in_the_room_one_does(overtaking: Overtaking) -> None:
    experience, first, second = two_who_switch()
    [done, refused] = overtaking.locked(f"{OPERATIONS}.way_past", first, second)
    assert (done, type(refused)) == (None, RuleBroken)
    assert (counted(experience), miscounted()) == ([(1, 0), (1, 0)], [])


def test_without_the_lock_both_switch_to_it(overtaking: Overtaking) -> None:
    experience, first, second = two_who_switch()
    assert overtaking.unlocked(f"{OPERATIONS}.way_past", first, second) == [None, None]
    assert counted(experience) == [(2, 0), (0, 0)]


def open_offers(experience: Experience) -> int:
    mine = select(SeatOffer).join(Enrollment).where(Enrollment.experience_id == experience.id)
    return len(db.session.scalars(mine.where(SeatOffer.status == "open")).all())
