"""Taking a seat and giving it up. The experience's row is the lock: whoever holds it counts and writes alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, cast

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.orm.attributes import set_committed_value

from portal.agenda.models import Experience, Pool, Session
from portal.agenda.rules import registration_state
from portal.communities.operations import refresh_public
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.outbox import post

from .models import Enrollment, Seat
from .queries import Place, count_waiting, find_enrollment, heads_of_lines, jobs_for, person_for, places_of
from .rules import NO_LINE, Asking, district_for, has_room, refusal_of

WHICH_MEETING = "This meets often, and each meeting has its own seats. Choose the meeting that you can come to."
OVER = "This is over, so there is no seat to give up any more."
NOT_ON = "This is not on the agenda."
POOLS, SEATS = cast("Table", Pool.__table__), cast("Table", Seat.__table__)
COUNTED = (
    update(POOLS)
    .where(POOLS.c.id.in_(bindparam("pool_ids", expanding=True)))
    .values(taken=POOLS.c.taken + bindparam("by"))
)
SEATED = insert(SEATS)


class Learner(Protocol):
    """Whoever a seat is for: an account, or the person at the door."""

    @property
    def account_id(self) -> int: ...

    @property
    def email(self) -> str: ...


@dataclass(frozen=True)
class Wish:
    """What one person asks for: a pool in each session, or in the one session of `session_id`."""

    experience: Experience
    session_id: int | None
    mode: str
    places: Sequence[Place]

    @property
    def starts_at(self) -> datetime:
        return self.places[0].starts_at

    @property
    def has_room(self) -> bool:
        return has_room([(place.taken, place.capacity) for place in self.places])


def take_seat(
    experience: Experience, account: Learner, *, by: Doer, session: Session | None = None, mode: str = ""
) -> Enrollment:
    """Give this person a seat in all sessions (or in the one `session` of a space), or the last place in line.

    Asking twice gives the same enrollment and changes nothing. `mode` matters where people in the room and online sit
    side by side. Raises RuleBroken, with what would work, for the wrong person or time and where no line is kept.
    """
    session_id = session.id if session else None
    with transaction():
        # Everything below is read under this lock. Two who ask for the last seat take turns, on both databases.
        wish = _wish(lock(experience), session_id, mode)
        found = find_enrollment(experience.id, wish.session_id, account.account_id)
        enrollment = found if found is not None and found.state != "given_up" else _enroll(found, wish, account, by)
        state = enrollment.state
    # A commit forgets what was read. This is known, and the page that tells it need not ask for it again.
    set_committed_value(enrollment, "state", state)
    return enrollment


def give_up_seat(enrollment: Enrollment, *, by: Doer) -> None:
    """Give back the seat, or leave the line. A freed seat goes to the next in line at once, until the first session
    starts. Asking twice changes nothing. Raises RuleBroken once it is over.
    """
    with transaction():
        experience = lock(db.session.get_one(Experience, enrollment.experience_id))
        db.session.refresh(enrollment)
        if enrollment.state == "given_up":
            return
        # Until the end and not only until the beginning: whoever had to leave a series early frees the seat in the
        # count.
        if max(place.ends_at for place in places_of(experience, enrollment.session_id)) <= clock.now():
            raise RuleBroken(OVER)
        was_seated = enrollment.state == "seated"
        enrollment.state, enrollment.given_up_at, enrollment.waits_for = "given_up", clock.now(), None
        verb, mail = ("give up seat", "seat_given_up") if was_seated else ("leave waitlist", "waitlist_left")
        _tell(enrollment, verb, mail, enrollment.account.email, by)
        if was_seated:
            _free(enrollment)
            _promote(experience, enrollment.session_id)


def _wish(experience: Experience, session_id: int | None, mode: str) -> Wish:
    if experience.published_at is None:
        raise RuleBroken(NOT_ON)
    is_joined_by_session = experience.joined_by == "session"
    if is_joined_by_session and session_id is None:
        raise RuleBroken(WHICH_MEETING)
    places = places_of(experience, session_id if is_joined_by_session else None)
    if not places:
        raise RuleBroken(NOT_ON)
    wished = _wished_mode(places, mode)
    return Wish(experience, session_id if is_joined_by_session else None, wished, _chosen(places, wished))


def _wished_mode(places: Sequence[Place], mode: str) -> str:
    """The mode that tells apart pools side by side; empty where each session has one pool: then there is one line."""
    if len({place.session_id for place in places}) == len(places):
        return ""
    return mode if mode in {place.mode for place in places} else places[0].mode


def _chosen(places: Sequence[Place], wished: str) -> list[Place]:
    chosen: dict[int, Place] = {}
    for place in places:
        if place.session_id not in chosen or place.mode == wished:
            chosen[place.session_id] = place
    return list(chosen.values())


def _enroll(found: Enrollment | None, wish: Wish, account: Learner, by: Doer) -> Enrollment:
    """The enrollment that is now seated or waiting: a new one, or the one that was given up."""
    experience, district_id = wish.experience, _check(wish, account)
    # Whoever waits goes first: a seat that has just come free is not for the one who happens to ask now.
    in_line = count_waiting(experience.id, wish.session_id, wish.mode)
    is_full = in_line > 0 or not wish.has_room
    if is_full and not experience.has_waitlist:
        raise RuleBroken(NO_LINE)
    enrollment = _ask(found or Enrollment(account_id=account.account_id), wish, district_id)
    if is_full:
        _wait(enrollment)
        _tell(enrollment, "join waitlist", "waitlist_joined", account.email, by, place=in_line + 1)
    else:
        _seat(enrollment, wish)
        _tell(enrollment, "take seat", "seat_taken", account.email, by)
    return enrollment


def _check(wish: Wish, account: Learner) -> int | None:
    """The district that the person comes from, if any; refuses the wrong person and the wrong time."""
    jobs = jobs_for(wish.experience, account.account_id)
    person = person_for(wish.experience, account.account_id, jobs)
    asking = Asking(clock.now(), wish.starts_at, wish.places[0].zone, person)
    refusal = refusal_of(wish.experience, asking)
    if refusal:
        raise RuleBroken(refusal)
    return district_for(wish.experience.audience, jobs)


def _ask(enrollment: Enrollment, wish: Wish, district_id: int | None) -> Enrollment:
    """The enrollment with the number of this asking: whoever asks again after giving up asks anew."""
    experience = wish.experience
    experience.last_queue_number += 1
    enrollment.community_id, enrollment.experience_id = experience.community_id, experience.id
    enrollment.session_id, enrollment.mode, enrollment.district_id = wish.session_id, wish.mode, district_id
    enrollment.queue_number, enrollment.asked_at = experience.last_queue_number, clock.now()
    enrollment.seated_at, enrollment.given_up_at = None, None
    db.session.add(enrollment)
    return enrollment


def _wait(enrollment: Enrollment) -> None:
    enrollment.state, enrollment.waits_for = "waiting", enrollment.mode
    db.session.flush()


def _seat(enrollment: Enrollment, wish: Wish) -> None:
    enrollment.state, enrollment.seated_at, enrollment.waits_for = "seated", clock.now(), None
    db.session.flush()
    pool_ids = [place.pool_id for place in wish.places]
    db.session.execute(SEATED, [{"enrollment_id": enrollment.id, "pool_id": number} for number in pool_ids])
    _move_taken(pool_ids, 1)


def _free(enrollment: Enrollment) -> None:
    pool_ids = list(db.session.scalars(select(Seat.pool_id).where(Seat.enrollment_id == enrollment.id)))
    db.session.execute(delete(Seat).where(Seat.enrollment_id == enrollment.id))
    _move_taken(pool_ids, -1)


def _move_taken(pool_ids: Sequence[int], by: int) -> None:
    """The one place where pools.taken is written; whoever calls holds the experience's lock."""
    db.session.execute(COUNTED, {"pool_ids": pool_ids, "by": by})


def _promote(experience: Experience, session_id: int | None) -> None:
    """Seat whoever is next in line and fits, one after the other, while there is room and nothing has started."""
    while True:
        heads = heads_of_lines(experience.id, session_id)
        wishes = [(head, _wish(experience, session_id, head.mode)) for head in heads]
        # With seats side by side, in the room and online, there are two lines: the first who fits, not only the first.
        fitting = [(head, wish) for head, wish in wishes if wish.has_room and _may_promote(wish)]
        if not fitting:
            return
        head, wish = fitting[0]
        _seat(head, wish)
        _tell(head, "move up", "seat_freed", head.account.email, None)


def _may_promote(wish: Wish) -> bool:
    return registration_state(wish.experience, clock.now(), wish.starts_at) not in {"cancelled", "started"}


def _tell(enrollment: Enrollment, verb: str, mail: str, address: str, by: Doer | None, **data: Any) -> None:
    """Note what happened, owe the mail about it, and let visitors see the new count: under the lock, so once."""
    record(enrollment, verb, by, community_id=enrollment.community_id, **data)
    post(mail, to=address, community_id=enrollment.community_id, enrollment_id=enrollment.id)
    refresh_public(enrollment.community_id)
