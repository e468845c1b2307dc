"""Two at one instant around one seat: freed and moved up, accepted and run out, resized and taken. With the lock, each
ends as if one had come after the other; with the lock out, each goes wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.agenda.models import Experience
from portal.core.db import db
from portal.enrollments.line import serve_waiting
from portal.enrollments.models import Enrollment, SeatOffer
from portal.enrollments.operations import give_up_seat, take_seat
from portal.enrollments.running_out import end_what_ran_out
from portal.enrollments.sizing import set_capacity
from tests.cohorts.rush import meet_at, meet_between, no_lock
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
)
from tests.enrollments.presses import accept, decline, give_up, offered, resize, switch, take

At = Callable[[str], Any]
Rush = Callable[..., list[Any]]
OPERATIONS, LINE = "portal.enrollments.operations", "portal.enrollments.line"
SEATING, SIZING = "portal.enrollments.seating", "portal.enrollments.sizing"
RUNNING_OUT = "portal.enrollments.running_out"


@pytest.fixture(autouse=True)
def in_november(app: Flask, at: At) -> None:
    at("2026-11-02 09:00")


def a_full_room() -> tuple[Experience, int, list[int]]:
    """One seat, which the first of two has."""
    community = a_community()
    experience, everyone = an_experience(community, capacity=1, starts=[STARTS]), people(community, 2)
    return experience, seat(experience, everyone[0])[0].id, [one.id for one in everyone]


def freed_and_asked_for(two_at_once: Rush, experience: Experience, first: int, ids: list[int]) -> list[str]:
    """The first gives the seat up; the second asks at the same instant, and finds it taken or free."""
    number = experience.id
    two_at_once(lambda n: give_up(first, ids[0]) if n else take(number, ids[1]))
    return states(experience)


def test_a_seat_freed_while_somebody_asks_is_theirs(two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    room = a_full_room()
    meet_between(monkeypatch, (OPERATIONS, "way_in"), (OPERATIONS, "places_of"), seconds=0.5)
    assert freed_and_asked_for(two_at_once, *room) == ["given_up", "seated"]
    assert miscounted() == []


def test_without_the_lock_they_wait_for_a_seat_that_stands_free(
    two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = a_full_room()
    meet_between(monkeypatch, (OPERATIONS, "way_in"), (OPERATIONS, "places_of"))
    meet_between(monkeypatch, (OPERATIONS, "_ask"), (OPERATIONS, "serve"))
    with no_lock(monkeypatch, RUNNING_OUT):
        assert freed_and_asked_for(two_at_once, *room) == ["given_up", "waiting"]


def test_a_seat_freed_while_a_third_asks_is_for_the_one_who_waited(two_at_once: Rush) -> None:
    community = a_community()
    experience, everyone = an_experience(community, capacity=1, starts=[STARTS]), people(community, 3)
    first = seat(experience, *everyone[:2])[0].id
    number, ids = experience.id, [one.id for one in everyone]
    two_at_once(lambda n: give_up(first, ids[0]) if n else take(number, ids[2]))
    assert (states(experience), miscounted()) == (["given_up", "seated", "waiting"], [])


def a_seat_added_while_somebody_asks(two_at_once: Rush) -> list[str]:
    community = a_community()
    experience, [asker] = an_experience(community, capacity=0, starts=[STARTS]), people(community, 1)
    number, who = experience.id, asker.id
    two_at_once(lambda n: resize(number, 1) if n else take(number, who))
    db.session.rollback()
    return states(experience)


def test_a_seat_added_while_somebody_asks_is_theirs(two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    meet_between(monkeypatch, (OPERATIONS, "way_in"), (SIZING, "_pools"), seconds=0.5)
    assert (a_seat_added_while_somebody_asks(two_at_once), miscounted()) == (["seated"], [])


def test_without_the_lock_they_wait_beside_a_new_seat(two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    meet_between(monkeypatch, (OPERATIONS, "way_in"), (SIZING, "_pools"))
    meet_between(monkeypatch, (OPERATIONS, "_ask"), (SIZING, "meetings_waited_for"))
    with no_lock(monkeypatch, RUNNING_OUT):
        assert a_seat_added_while_somebody_asks(two_at_once) == ["waiting"]


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


def test_without_the_lock_both_are_told_that_it_is_done(
    at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, mine, ids = offered(at)
    meet_at(monkeypatch, LINE, "open_offer", seconds=10)
    with no_lock(monkeypatch, RUNNING_OUT):
        assert answered_at_once(two_at_once, mine, ids[1], decline) == ["NoneType", "NoneType"]


def test_an_offer_accepted_twice_at_once_is_one_seat_and_one_mail(
    at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    experience, mine, ids = offered(at)
    meet_at(monkeypatch, LINE, "open_offer")
    assert answered_at_once(two_at_once, mine, ids[1], accept) == ["NoneType", "NoneType"]
    assert (states(experience), counted(experience)) == (["given_up", "seated", "waiting"], [(1, 0)])
    assert ([mail for mail, _ in owed()].count("seat_taken"), miscounted()) == (2, [])


def test_two_workers_at_once_pass_an_offer_on_once(at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    experience, _, _ = offered(at)
    at("2026-11-18 07:00")
    meet_at(monkeypatch, RUNNING_OUT, "experiences_run_out")
    two_at_once(lambda n: end_what_ran_out())
    assert (states(experience), counted(experience)) == (["given_up", "given_up", "waiting"], [(0, 1)])
    assert ([mail for mail, _ in owed()].count("offer_expired"), miscounted()) == (1, [])


def test_without_the_lock_two_workers_pass_it_on_twice(
    at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    offered(at)
    at("2026-11-18 07:00")
    meet_at(monkeypatch, RUNNING_OUT, "open_offer", seconds=10)
    with no_lock(monkeypatch, RUNNING_OUT):
        two_at_once(lambda n: end_what_ran_out())
    # The person is told twice, or the table itself stops the second worker, where it lets nobody have two offers.
    assert [mail for mail, _ in owed()].count("offer_expired") == 2 or caplog.records


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


def test_without_the_lock_two_workers_offer_one_seat_twice(
    at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    experience = a_seat_freed_at_night(at)
    meet_between(monkeypatch, (SEATING, "in_line"), seconds=3)
    with no_lock(monkeypatch, RUNNING_OUT):
        two_at_once(lambda n: serve_waiting())
    # The table itself lets nobody have two open offers: the second worker fails over it, instead of finding nothing,
    # and notes that.
    assert caplog.records or went_wrong(experience, seats=1)


def a_form_sent_twice(two_at_once: Rush) -> Experience:
    community = a_community()
    experience, [person] = an_experience(community, capacity=2, starts=[STARTS]), people(community, 1)
    number, who = experience.id, person.id
    two_at_once(lambda n: take(number, who))
    db.session.rollback()
    return experience


def test_a_form_sent_twice_at_once_is_one_seat_and_one_mail(two_at_once: Rush) -> None:
    experience = a_form_sent_twice(two_at_once)
    assert (states(experience), counted(experience), len(owed()), miscounted()) == (["seated"], [(1, 0)], 1, [])


def two_who_sit_online() -> tuple[Experience, list[int], list[int]]:
    """One seat in the room is free."""
    community = a_community()
    experience = an_experience(community, capacity=1, session_mode="blended", starts=[STARTS])
    set_capacity(experience, {"online": 2}, by=None)
    everyone = people(community, 2)
    mine = [take_seat(experience, one, by=one, mode="online").id for one in everyone]
    return experience, mine, [one.id for one in everyone]


def test_of_two_who_switch_to_the_last_seat_in_the_room_one_does(
    two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    experience, mine, ids = two_who_sit_online()
    meet_at(monkeypatch, OPERATIONS, "way_past")
    two_at_once(lambda n: switch(mine[n], ids[n]))
    assert (counted(experience), miscounted()) == ([(1, 0), (1, 0)], [])


def test_without_the_lock_both_switch_to_it(two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    experience, mine, ids = two_who_sit_online()
    meet_at(monkeypatch, OPERATIONS, "way_past", seconds=10)
    with no_lock(monkeypatch, RUNNING_OUT):
        two_at_once(lambda n: switch(mine[n], ids[n]))
    db.session.rollback()
    assert went_wrong(experience, seats=1)


def went_wrong(experience: Experience, seats: int) -> bool:
    """More people than seats, a wrong count, or both halves of a choice: what the lock is there to prevent."""
    taken, held = counted(experience)[0]
    return bool(miscounted()) or taken + held > seats


def open_offers(experience: Experience) -> int:
    mine = select(SeatOffer).join(Enrollment).where(Enrollment.experience_id == experience.id)
    return len(db.session.scalars(mine.where(SeatOffer.status == "open")).all())
