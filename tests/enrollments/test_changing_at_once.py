"""A date changes while somebody takes a seat, or while a colleague changes it: nobody is left untold, by the lock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
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
from tests.cohorts.rush import meet_at, no_lock
from tests.enrollments.builders import FALL, a_community, an_experience, miscounted, owed, people, seat, states
from tests.enrollments.overtaking import Overtaking

Rush = Callable[..., list[Any]]
CHANGING = "portal.enrollments.changing"
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


def test_of_two_who_move_a_session_at_once_the_second_is_told_of_the_first(
    two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, CHANGING, "newest_change", 0.5)
    experience, answers = both_move(two_at_once)
    assert sorted(type(answer).__name__ for answer in answers) == ["RuleBroken", "str"]
    assert [isinstance(answer, RuleBroken) for answer in answers].count(True) == 1
    assert (experience.sessions[0].sequence, changes()) == (1, 1)
    assert [template for template, _ in owed()].count("session_moved") == 1


def test_without_the_lock_both_move_it_and_people_get_two_mails(
    two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, CHANGING, "check_times", 20)
    with no_lock(monkeypatch, CHANGING):
        experience, answers = both_move(two_at_once)
    assert answers == ["moved", "moved"]
    assert (experience.sessions[0].sequence, changes()) == (1, 2)


def test_the_same_form_sent_twice_at_once_moves_it_once(two_at_once: Rush) -> None:
    experience, answers = both_move(two_at_once, [SNOW_DATE, SNOW_DATE])
    assert answers == ["moved", "moved"]
    assert (experience.sessions[0].sequence, changes()) == (1, 1)


def both_move(two_at_once: Rush, dates: list[datetime] | None = None) -> tuple[Experience, list[Any]]:
    """Two of staff move the same session, both of whom saw it as it was."""
    community = a_community()
    experience, everyone = an_experience(community), people(community, 2)
    seat(experience, everyone[0])
    session_id, ids = experience.sessions[0].id, [one.id for one in everyone]
    to = dates or [SNOW_DATE, SNOW_DATE + timedelta(days=1)]
    return experience, two_at_once(lambda n: moving(session_id, ids[n], to[n]))


def moving(session_id: int, by: int, to: datetime) -> str:
    person, session = db.session.get_one(Account, by), db.session.get_one(Session, session_id)
    move_session(session, to, to + timedelta(hours=6), reason=WHY, by=person, seen=0)
    return "moved"


def changes() -> int:
    return len(db.session.scalars(select(SessionChange)).all())
