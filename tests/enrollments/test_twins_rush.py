"""Two on two ways around one seat, in either order: with the lock, each ends as if one had come after the other; with
the lock out, the same goes wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from portal.agenda.models import Experience, Session
from portal.core import clock
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import History
from portal.districts.models import Affiliation
from portal.districts.operations import end_affiliation
from portal.enrollments.changing import cancel_experience, cancel_session, move_session
from portal.enrollments.jobs import pass_seats_on
from portal.enrollments.leavers import seats_of_leavers
from portal.enrollments.models import Enrollment
from portal.enrollments.operations import take_online_meanwhile, take_seat
from portal.enrollments.sizing import set_capacity
from tests.cohorts.rush import meet_at
from tests.conftest import moment_of
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
    weekly,
)
from tests.enrollments.overtaking import Overtaking
from tests.enrollments.presses import accept, give_up, offered, person, resize, take

At = Callable[[str], datetime]
Rush = Callable[..., list[Any]]
Done = Callable[[], Any]
Pair = tuple[Experience, Done, Done]
ROOMS = "portal.enrollments."
IN_TIME, RUN_OUT = moment_of("2026-11-18 06:59"), moment_of("2026-11-18 07:00")
WHY = "Snow is coming."


@pytest.fixture(autouse=True)
def in_november(app: Flask, at: At) -> At:
    at("2026-11-02 09:00")
    return at


def accepted_and_run_out(at: At) -> Pair:
    """The next in line accepts in the last minute; the worker comes by as the clock strikes seven."""
    experience, mine, ids = offered(at)

    def answer() -> None:
        with clock.told(IN_TIME):
            accept(mine, ids[1])

    def run_out() -> int:
        with clock.told(RUN_OUT):
            return pass_seats_on()

    return experience, answer, run_out


def test_an_offer_that_is_being_accepted_does_not_run_out(in_november: At, overtaking: Overtaking) -> None:
    experience, answer, run_out = accepted_and_run_out(in_november)
    assert overtaking.locked(f"{ROOMS}line.open_offer", answer, run_out) == [None, 0]
    assert (states(experience), counted(experience)) == (["given_up", "seated", "waiting"], [(1, 0)])
    assert (told("seat_taken"), told("offer_expired"), miscounted()) == (2, 0, [])


def test_without_the_lock_it_is_accepted_and_given_to_the_next_as_well(in_november: At, overtaking: Overtaking) -> None:
    experience, answer, run_out = accepted_and_run_out(in_november)
    assert overtaking.unlocked(f"{ROOMS}line.open_offer", answer, run_out) == [None, 1]
    assert (counted(experience), told("seat_taken"), told("offer_expired")) == ([(1, 1)], 2, 1)


def test_an_offer_that_is_running_out_is_not_accepted_any_more(in_november: At, overtaking: Overtaking) -> None:
    experience, answer, run_out = accepted_and_run_out(in_november)
    [passed_on, answered] = overtaking.locked(f"{ROOMS}seating.open_offer", run_out, answer)
    assert (passed_on, type(answered)) == (1, RuleBroken)
    assert (states(experience), counted(experience)) == (["given_up", "given_up", "waiting"], [(0, 1)])
    assert (told("seat_taken"), told("offer_expired"), miscounted()) == (1, 1, [])


def test_without_the_lock_whoever_accepted_it_has_the_seat_and_is_out(in_november: At, overtaking: Overtaking) -> None:
    experience, answer, run_out = accepted_and_run_out(in_november)
    assert overtaking.unlocked(f"{ROOMS}seating.open_offer", run_out, answer) == [1, None]
    assert (states(experience)[1], told("seat_taken"), told("offer_expired")) == ("given_up", 2, 1)
    assert miscounted() != []


def accepted_twice(at: At) -> Pair:
    experience, mine, ids = offered(at)
    return experience, lambda: accept(mine, ids[1]), lambda: accept(mine, ids[1])


def test_an_offer_that_is_accepted_twice_is_one_seat_and_one_mail(in_november: At, overtaking: Overtaking) -> None:
    experience, answer, again = accepted_twice(in_november)
    assert overtaking.locked(f"{ROOMS}line.open_offer", answer, again) == [None, None]
    assert (counted(experience), told("seat_taken"), verbs("accept"), miscounted()) == ([(1, 0)], 2, 1, [])


def test_without_the_lock_the_second_press_meets_an_error(in_november: At, overtaking: Overtaking) -> None:
    """The table lets nobody sit twice in one place: that wall holds, and the person sees an error instead of a seat."""
    _, answer, again = accepted_twice(in_november)
    answers = overtaking.unlocked(f"{ROOMS}line.open_offer", answer, again)
    assert [type(one) for one in answers] == [IntegrityError, type(None)]


def lowered_and_taken() -> Pair:
    """One seat is free; staff take it out of the room while somebody asks for it."""
    community = a_community()
    experience, [asker] = an_experience(community, capacity=1, starts=[STARTS]), people(community, 1)
    number, who = experience.id, asker.id
    return experience, lambda: take(number, who), lambda: resize(number, 0)


def test_a_seat_that_is_being_taken_is_kept_though_there_are_fewer_then(overtaking: Overtaking) -> None:
    experience, ask, lower = lowered_and_taken()
    assert overtaking.locked(f"{ROOMS}operations.way_in", ask, lower) == ["seated", None]
    assert (experience.capacity, counted(experience), miscounted()) == (0, [(1, 0)], [])
    assert steps() == ["take seat", "change seats"]


def test_without_the_lock_a_seat_is_taken_when_there_is_none_any_more(overtaking: Overtaking) -> None:
    """A seat that was had before is kept when there are fewer, so the numbers look alike. What came after what is in
    history: staff were told that there is no seat, and after that somebody took it.
    """
    experience, ask, lower = lowered_and_taken()
    assert overtaking.unlocked(f"{ROOMS}operations.way_in", ask, lower) == ["seated", None]
    assert (counted(experience), steps()) == ([(1, 0)], ["change seats", "take seat"])


def test_whoever_asks_while_seats_are_made_fewer_waits(overtaking: Overtaking) -> None:
    experience, ask, lower = lowered_and_taken()
    assert overtaking.locked(f"{ROOMS}sizing._pools", lower, ask) == [None, "waiting"]
    assert (counted(experience), steps(), miscounted()) == ([(0, 0)], ["change seats", "join waitlist"], [])


def test_without_the_lock_they_have_a_seat_that_staff_did_not_see(overtaking: Overtaking) -> None:
    """As if they had come first, which does no harm: what distinguishes is only that nobody is held up."""
    experience, ask, lower = lowered_and_taken()
    assert overtaking.unlocked(f"{ROOMS}sizing._pools", lower, ask) == [None, "seated"]
    assert (counted(experience), steps()) == ([(1, 0)], ["take seat", "change seats"])


def the_last_online_seat() -> Pair:
    """One waits for the room and takes the last online seat meanwhile, another asks for it at the same instant."""
    community = a_community()
    experience = an_experience(community, capacity=1, session_mode="blended", starts=[STARTS])
    set_capacity(experience, {"online": 1}, by=None)
    everyone = people(community, 3)
    mine = [take_seat(experience, one, by=one, mode="in_person").id for one in everyone[:2]][1]
    number, ids = experience.id, [one.id for one in everyone]

    def meanwhile() -> str:
        take_online_meanwhile(db.session.get_one(Enrollment, mine), by=person(ids[1]))
        return "online"

    def ask() -> str:
        return take_seat(db.session.get_one(Experience, number), person(ids[2]), by=person(ids[2]), mode="online").state

    return experience, meanwhile, ask


def test_whoever_takes_the_last_online_seat_meanwhile_has_it_alone(overtaking: Overtaking) -> None:
    experience, meanwhile, ask = the_last_online_seat()
    assert overtaking.locked(f"{ROOMS}operations.way_past", meanwhile, ask) == ["online", "waiting"]
    assert (states(experience), counted(experience)) == (["seated", "seated", "waiting"], [(1, 0), (1, 0)])
    assert miscounted() == []


def test_without_the_lock_the_one_who_asks_has_it_too(overtaking: Overtaking) -> None:
    experience, meanwhile, ask = the_last_online_seat()
    assert overtaking.unlocked(f"{ROOMS}operations.way_past", meanwhile, ask) == ["online", "seated"]
    assert counted(experience) == [(1, 0), (2, 0)]


def test_whoever_asks_first_has_it_and_the_other_keeps_their_place_in_line(overtaking: Overtaking) -> None:
    experience, meanwhile, ask = the_last_online_seat()
    [asked, refused] = overtaking.locked(f"{ROOMS}operations.way_in", ask, meanwhile)
    assert (asked, type(refused)) == ("seated", RuleBroken)
    assert (states(experience), counted(experience)) == (["seated", "waiting", "seated"], [(1, 0), (1, 0)])
    assert miscounted() == []


def test_without_the_lock_both_have_it(overtaking: Overtaking) -> None:
    experience, meanwhile, ask = the_last_online_seat()
    assert overtaking.unlocked(f"{ROOMS}operations.way_in", ask, meanwhile) == ["seated", "online"]
    assert counted(experience) == [(1, 0), (2, 0)]


def freed_and_left() -> Pair:
    """The first of three gives the only seat up while the second, whose it would be, leaves the line."""
    community = a_community()
    experience, everyone = an_experience(community, capacity=1, starts=[STARTS]), people(community, 3)
    mine = [(one.id, one.account_id) for one in seat(experience, *everyone)]
    return experience, lambda: give_up(*mine[0]), lambda: give_up(*mine[1])


def test_whoever_leaves_as_they_move_up_gives_the_seat_to_the_next(overtaking: Overtaking) -> None:
    experience, free, leave = freed_and_left()
    assert overtaking.locked(f"{ROOMS}seating.in_line", free, leave) == [None, None]
    assert (states(experience), counted(experience)) == (["given_up", "given_up", "seated"], [(1, 0)])
    assert (told("seat_freed"), told("seat_given_up"), told("waitlist_left"), miscounted()) == (2, 2, 0, [])


def test_without_the_lock_the_seat_is_for_somebody_who_left(overtaking: Overtaking) -> None:
    """They have it, or whoever gave it up is refused because of them: either way it is not with the next in line."""
    experience, free, leave = freed_and_left()
    answers = overtaking.unlocked(f"{ROOMS}seating.in_line", free, leave)
    assert (answers, states(experience)) != ([None, None], ["given_up", "given_up", "seated"])
    assert told("waitlist_left") == 1


def test_whoever_is_leaving_the_line_is_passed_over(overtaking: Overtaking) -> None:
    experience, free, leave = freed_and_left()
    assert overtaking.locked(f"{ROOMS}operations.check_move", leave, free) == [None, None]
    assert (states(experience), counted(experience)) == (["given_up", "given_up", "seated"], [(1, 0)])
    assert (told("seat_freed"), told("waitlist_left"), miscounted()) == (1, 1, [])


def test_without_the_lock_the_seat_stands_empty_and_the_next_waits(overtaking: Overtaking) -> None:
    experience, free, leave = freed_and_left()
    assert overtaking.unlocked(f"{ROOMS}operations.check_move", leave, free) == [None, None]
    assert (states(experience), counted(experience)) == (["given_up", "given_up", "waiting"], [(1, 0)])


def freed_and_called_off() -> tuple[Pair, str]:
    """The only seat is given up while all is called off; gives also the address of the one who waits."""
    community = a_community()
    experience, everyone = an_experience(community, capacity=1, starts=[STARTS]), people(community, 2)
    first, number, ids = seat(experience, *everyone)[0].id, experience.id, [one.id for one in everyone]

    def call_off() -> None:
        cancel_experience(db.session.get_one(Experience, number), reason=WHY, by=person(ids[0]))

    return (experience, lambda: give_up(first, ids[0]), call_off), everyone[1].email


def test_whoever_moves_up_while_all_is_called_off_is_told_of_that_last(overtaking: Overtaking) -> None:
    (_, free, call_off), waiting = freed_and_called_off()
    assert overtaking.locked(f"{ROOMS}seating.in_line", free, call_off) == [None, None]
    assert mails_to(waiting) == ["waitlist_joined", "seat_freed", "experience_cancelled"]


def test_without_the_lock_a_seat_is_promised_in_what_is_called_off(overtaking: Overtaking) -> None:
    (_, free, call_off), waiting = freed_and_called_off()
    assert overtaking.unlocked(f"{ROOMS}seating.in_line", free, call_off) == [None, None]
    assert mails_to(waiting) == ["waitlist_joined", "experience_cancelled", "seat_freed"]


def moved_and_cancelled() -> Pair:
    """One of staff moves the first of two dates while another takes it out."""
    community = a_community()
    experience, [asker] = an_experience(community, starts=weekly(2)), people(community, 1)
    seat(experience, asker)
    session, who = experience.sessions[0], asker.id
    number, to = session.id, session.starts_at + timedelta(days=2)

    def move() -> str:
        found = db.session.get_one(Session, number)
        return move_session(found, to, to + timedelta(hours=6), reason=WHY, by=person(who), seen=0).kind

    def cancel() -> str:
        return cancel_session(db.session.get_one(Session, number), reason=WHY, by=person(who), seen=0).kind

    return experience, move, cancel


@pytest.mark.parametrize("is_moved", [True, False], ids=["moved first", "cancelled first"])
def test_of_a_move_and_a_cancellation_of_one_date_the_second_is_told_of_the_first(
    overtaking: Overtaking, is_moved: bool
) -> None:
    experience, move, cancel = moved_and_cancelled()
    way = (move, cancel) if is_moved else (cancel, move)
    [done, refused] = overtaking.locked(f"{ROOMS}changing.newest_change", *way)
    assert (done, type(refused)) == ("moved" if is_moved else "cancelled", RuleBroken)
    assert (experience.sessions[0].sequence, told("session_moved") + told("session_cancelled")) == (1, 1)


@pytest.mark.parametrize("is_moved", [True, False], ids=["moved first", "cancelled first"])
def test_without_the_lock_people_read_both(overtaking: Overtaking, is_moved: bool) -> None:
    _, move, cancel = moved_and_cancelled()
    way = (move, cancel) if is_moved else (cancel, move)
    assert set(overtaking.unlocked(f"{ROOMS}changing.newest_change", *way)) == {"moved", "cancelled"}
    assert (told("session_moved"), told("session_cancelled")) == (1, 1)


def somebody_who_left(in_november: At) -> tuple[Experience, str]:
    """Their job is over since yesterday, they have the only seat, and the next waits. Gives the address too."""
    community = a_community()
    experience = an_experience(community, capacity=1, starts=[STARTS])
    [gone], [stays] = people(community, 1), people(community, 1)
    seat(experience, gone, stays)
    job = db.session.scalars(select(Affiliation).filter_by(account_id=gone.id)).one()
    end_affiliation(job, date(2026, 11, 3), None)
    in_november("2026-11-04 09:00")
    return experience, gone.email


def test_two_workers_give_the_seat_of_somebody_who_left_up_once(
    in_november: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    experience, gone = somebody_who_left(in_november)
    meet_at(monkeypatch, f"{ROOMS}leavers", "leaving_soon")
    assert sorted(two_at_once(lambda n: seats_of_leavers())) == [0, 1]
    assert (states(experience), counted(experience), miscounted()) == (["given_up", "seated"], [(1, 0)], [])
    assert (mails_to(gone), told("seat_freed")) == (["seat_taken", "seat_ended"], 1)


def test_without_the_lock_they_are_told_twice(in_november: At, overtaking: Overtaking) -> None:
    _, gone = somebody_who_left(in_november)
    assert overtaking.unlocked(f"{ROOMS}adding.check_not_over", seats_of_leavers, seats_of_leavers) == [1, 1]
    assert mails_to(gone) == ["seat_taken", "seat_ended", "seat_ended"]


def told(mail: str) -> int:
    """How many of these mails are owed."""
    return [template for template, _ in owed()].count(mail)


def mails_to(address: str) -> list[str]:
    return [template for template, to in owed() if to == address]


def steps() -> list[str]:
    """What happened to seats and to how many there are, in the order in which it was noted."""
    is_about_seats = or_(History.subject_table == "enrollments", History.verb == "change seats")
    return list(db.session.scalars(select(History.verb).where(is_about_seats).order_by(History.id)))


def verbs(verb: str) -> int:
    return steps().count(verb)
