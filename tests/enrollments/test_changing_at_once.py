"""A date changes while somebody takes a seat, or while a colleague changes it: nobody is left untold, by the lock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import Account
from portal.agenda.models import Experience, Session
from portal.agenda.planning_models import SessionChange
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.enrollments.changing import cancel_experience, move_session, take_online
from portal.enrollments.models import Enrollment
from portal.enrollments.operations import take_seat
from tests.enrollments.builders import FALL, a_community, an_experience, miscounted, owed, people, seat, states, told
from tests.enrollments.overtaking import Overtaking

Rush = Callable[..., list[Any]]
SEEN = "portal.enrollments.changing.newest_change"
LOOKED = "portal.enrollments.operations.find_enrollment"
SNOW_DATE = FALL + timedelta(weeks=1)
WHY = "Snow is coming."


pytestmark = pytest.mark.usefixtures("in_october")


def taken_and_called_off() -> tuple[Experience, str, Callable[[], str], Callable[[], None]]:
    """One more takes a seat while all is called off: what, the address of who comes late, and both presses."""
    community = a_community()
    experience, everyone = an_experience(community), people(community, 2)
    seat(experience, everyone[0])
    number, ids, late = experience.id, [one.id for one in everyone], everyone[1].email

    def take() -> str:
        person = db.session.get_one(Account, ids[1])
        return take_seat(db.session.get_one(Experience, number), person, by=person).state

    def call_off() -> None:
        cancel_experience(db.session.get_one(Experience, number), reason=WHY, by=db.session.get_one(Account, ids[0]))

    return experience, late, take, call_off


def test_whoever_takes_a_seat_while_all_is_called_off_is_told_of_it(overtaking: Overtaking) -> None:
    experience, late, take, call_off = taken_and_called_off()
    assert overtaking.locked(LOOKED, take, call_off) == ["seated", None]
    assert states(experience) == ["seated", "seated"]
    assert ("experience_cancelled", late) in owed()


def test_without_the_lock_somebody_has_a_seat_in_what_is_called_off_and_is_never_told(overtaking: Overtaking) -> None:
    experience, late, take, call_off = taken_and_called_off()
    assert overtaking.unlocked(LOOKED, take, call_off) == ["seated", None]
    assert states(experience) == ["seated", "seated"]
    assert ("experience_cancelled", late) not in owed()


def test_whoever_takes_a_seat_while_the_date_moves_is_told_or_comes_after_it(two_at_once: Rush) -> None:
    community = a_community()
    experience, everyone = an_experience(community, capacity=20), people(community, 8)
    seat(experience, everyone[0])
    session_id, number, ids = experience.sessions[0].id, experience.id, [one.id for one in everyone]

    def work(n: int) -> str:
        person = db.session.get_one(Account, ids[n])
        if n:
            return str(take_seat(db.session.get_one(Experience, number), person, by=person).state)
        return moving(session_id, ids[0], SNOW_DATE)

    assert two_at_once(work, 8) == ["moved"] + ["seated"] * 7
    mails = owed()
    at = mails.index(("session_moved", everyone[0].email))
    for one in everyone[1:]:
        assert ("session_moved", one.email) in mails or mails.index(("seat_taken", one.email)) > at
    assert (experience.sessions[0].starts_at, miscounted()) == (SNOW_DATE, [])


def test_whoever_takes_a_seat_while_it_goes_online_has_one_there(two_at_once: Rush) -> None:
    community = a_community()
    experience = an_experience(community, mode="blended", capacity=20, online_capacity=1)
    everyone = people(community, 8)
    session_id, number, ids = experience.sessions[0].id, experience.id, [one.id for one in everyone]

    def work(n: int) -> str:
        person = db.session.get_one(Account, ids[n])
        if n:
            found = db.session.get_one(Experience, number)
            return str(take_seat(found, person, by=person, mode="in_person").state)
        take_online(db.session.get_one(Session, session_id), reason=WHY, by=person, capacity=20)
        return "online"

    assert two_at_once(work, 8) == ["online"] + ["seated"] * 7
    [pool] = experience.sessions[0].pools
    assert (pool.mode, pool.taken, miscounted()) == ("online", 7, [])
    assert set(db.session.scalars(select(Enrollment.mode))) == {""}


def both_move(dates: list[datetime]) -> tuple[Experience, Callable[[], str], Callable[[], str]]:
    """Two of staff move the same session, both of whom saw it as it was: what, and the press of each."""
    community = a_community()
    experience, everyone = an_experience(community), people(community, 2)
    seat(experience, everyone[0])
    session_id, ids = experience.sessions[0].id, [one.id for one in everyone]
    presses = [partial(moving, session_id, who, to) for who, to in zip(ids, dates, strict=True)]
    return experience, presses[0], presses[1]


def test_of_two_who_move_a_session_at_once_the_second_is_told_of_the_first(overtaking: Overtaking) -> None:
    experience, first, second = both_move([SNOW_DATE, SNOW_DATE + timedelta(days=1)])
    [moved, refused] = overtaking.locked(SEEN, first, second)
    assert (moved, type(refused)) == ("moved", RuleBroken)
    assert (experience.sessions[0].starts_at, experience.sessions[0].sequence, changes()) == (SNOW_DATE, 1, 1)
    assert len(told("session_moved")) == 1


def test_without_the_lock_both_move_it_and_people_get_two_mails(overtaking: Overtaking) -> None:
    experience, first, second = both_move([SNOW_DATE, SNOW_DATE + timedelta(days=1)])
    assert overtaking.unlocked(SEEN, first, second) == ["moved", "moved"]
    assert (experience.sessions[0].sequence, changes(), len(told("session_moved"))) == (1, 2, 2)


def test_the_same_form_sent_twice_at_once_moves_it_once(overtaking: Overtaking) -> None:
    experience, first, second = both_move([SNOW_DATE, SNOW_DATE])
    assert overtaking.locked(SEEN, first, second) == ["moved", "moved"]
    assert (experience.sessions[0].sequence, changes(), len(told("session_moved"))) == (1, 1, 1)


def test_without_the_lock_it_is_moved_twice(overtaking: Overtaking) -> None:
    _, first, second = both_move([SNOW_DATE, SNOW_DATE])
    assert overtaking.unlocked(SEEN, first, second) == ["moved", "moved"]
    assert (changes(), len(told("session_moved"))) == (2, 2)


def moving(session_id: int, by: int, to: datetime) -> str:
    person, session = db.session.get_one(Account, by), db.session.get_one(Session, session_id)
    move_session(session, to, to + timedelta(hours=6), reason=WHY, by=person, seen=0)
    return "moved"


def changes() -> int:
    return len(db.session.scalars(select(SessionChange)).all())
