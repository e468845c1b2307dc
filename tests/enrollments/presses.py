"""What one press does, by the numbers of rows: rows themselves belong to the session of the test, not to a thread."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.core.db import db
from portal.enrollments.line import accept_seat, decline_seat
from portal.enrollments.models import Enrollment
from portal.enrollments.operations import change_mode, give_up_seat, take_seat
from portal.enrollments.sizing import set_capacity
from tests.enrollments.builders import STARTS, a_community, an_experience, people, seat


def offered(at: Callable[[str], datetime]) -> tuple[Experience, int, list[int]]:
    """One seat, given up the afternoon before: it is offered to the second of three until 7 AM."""
    community = a_community()
    experience, everyone = an_experience(community, capacity=1, starts=[STARTS]), people(community, 3)
    mine = seat(experience, *everyone)
    at("2026-11-17 16:00")
    give_up_seat(mine[0], by=everyone[0])
    return experience, mine[1].id, [one.id for one in everyone]


def person(number: int) -> Account:
    return db.session.get_one(Account, number)


def take(experience: int, who: int) -> str:
    return take_seat(db.session.get_one(Experience, experience), person(who), by=person(who)).state


def give_up(enrollment: int, who: int) -> None:
    give_up_seat(db.session.get_one(Enrollment, enrollment), by=person(who))


def accept(enrollment: int, who: int) -> None:
    accept_seat(db.session.get_one(Enrollment, enrollment), by=person(who))


def decline(enrollment: int, who: int) -> None:
    decline_seat(db.session.get_one(Enrollment, enrollment), by=person(who))


def switch(enrollment: int, who: int) -> None:
    change_mode(db.session.get_one(Enrollment, enrollment), "in_person", by=person(who))


def resize(experience: int, seats: int, knows: Collection[str] | None = None) -> None:
    set_capacity(db.session.get_one(Experience, experience), {"in_person": seats}, by=None, knows=knows)
