"""What goes along when a date changes: offers, shares and holds, and the seats in the room of what goes online.

Whoever calls has the experience's lock; the line is served after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select, update

from portal.agenda.models import Experience, Pool, Session
from portal.agenda.planning_models import ExperienceQuestion
from portal.communities.queries import zone_of
from portal.core import clock
from portal.core.db import db
from portal.core.history import record

from .change_rules import follows
from .line_rules import cut_off
from .models import Enrollment, SeatHold, SeatOffer
from .seating import end_offer, let_go, merge

OPEN = "open"


def unit_of(experience: Experience, session: Session) -> int | None:
    """What one has a seat in: this meeting of a space, or (None) all of it."""
    return session.id if experience.joined_by == "session" else None


def follow_date(experience: Experience, session: Session, old_start: datetime) -> None:
    """Let shares and holds keep their distance from the new first date, also where the old one was cancelled. A seat
    that was offered for the old one is not kept any more, and whom it was for keeps the place in line; how the line
    moves now is for whoever serves it.
    """
    others = _other_starts(experience, session)
    held = others if session.cancelled_at is not None else [session.starts_at, *others]
    before, after = min([old_start, *others]), min(held, default=old_start)
    if before == after:
        return
    for hold in _holds(experience, session):
        # Never past the cut-off: what is left of it then could be had by nobody.
        hold.until = min(follows(hold.until, before, after), cut_off(experience, after))
    for offer in _offers(experience, session):
        end_offer(offer.enrollment, "taken_back")


def follow_questions(experience: Experience, old_last: datetime) -> None:
    """Keep answers as long after the new last date as they were to be kept after the old one: no less than until it."""
    zone = zone_of(experience.community_id)
    last = clock.local(last_end(experience), zone).date()
    early = (
        select(ExperienceQuestion)
        .where(ExperienceQuestion.experience_id == experience.id, ExperienceQuestion.erased_at.is_(None))
        .where(ExperienceQuestion.erase_on < last)
    )
    for question in db.session.scalars(early.order_by(ExperienceQuestion.id)):
        question.erase_on = max(last, question.erase_on + (last - clock.local(old_last, zone).date()))


def last_end(experience: Experience) -> datetime:
    """When the last session that is held ends."""
    return max(one.ends_at for one in experience.sessions if one.cancelled_at is None)


def let_go_of(experience: Experience, sessions: Sequence[Session]) -> None:
    """Keep nothing any more in what is cancelled: with its last session, or a meeting, offers and holds end too."""
    for session in sessions:
        if unit_of(experience, session) is not None or experience.cancelled_at is not None:
            for offer in _offers(experience, session):
                end_offer(offer.enrollment, "taken_back")
            for hold in _holds(experience, session):
                hold.released_at = clock.now()
        db.session.flush()
        for pool in _pools(session):
            if pool.held:
                let_go([pool.id], pool.held)


def forget_lost_modes(experience: Experience, session: Session) -> None:
    """After the last date was cancelled on which people in the room and online sat side by side: there is one kind of
    seat and one line from now on, and nobody waits for another seat than they have.
    """
    if len(_pools(session)) > 1 and not _others_side_by_side(experience, session):
        _end_waiting_for_room(experience, session)
        _forget_modes(experience, session)


def go_online(experience: Experience, session: Session, capacity: int | None) -> None:
    """Give everyone with a seat in the room one online, also where there are fewer: nobody loses a seat by it."""
    pools = {pool.mode: pool for pool in _pools(session)}
    room, screen = pools["in_person"], pools.get("online")
    planned = experience.fallback_capacity if capacity is None else capacity
    if screen is None:
        room.mode, room.capacity = "online", room.capacity if planned is None else planned
        return
    is_alone = not _others_side_by_side(experience, session)
    if is_alone:
        _end_waiting_for_room(experience, session)
    _keep_one_seat(experience, session, room)
    db.session.flush()
    for pool in (room, screen):
        db.session.refresh(pool)
    merge(room, screen)
    screen.capacity = screen.capacity if planned is None else planned
    db.session.delete(room)
    if is_alone:
        _forget_modes(experience, session)


def go_to_room(session: Session, capacity: int) -> None:
    """Give everyone with a seat online one in the room. What is online has one pool, so it alone changes its name."""
    [pool] = _pools(session)
    pool.mode, pool.capacity = "in_person", capacity
    db.session.flush()


def seats_in_room(session: Session) -> int:
    """How many seats what is online would have in the room. How many the room had is not known any more: those it has
    now, and no more than are planned for a room of this experience, so that nobody gets one that is not there.
    """
    return min(sum(pool.capacity for pool in session.pools), session.experience.capacity)


def _keep_one_seat(experience: Experience, session: Session, room: Pool) -> None:
    """Whoever is seated online and is offered the room has a seat here in what is one now: no second one is kept."""
    for offer in _offers(experience, session):
        if offer.enrollment.state == "seated":
            let_go([room.id])


def _other_starts(experience: Experience, session: Session) -> list[datetime]:
    """When the other sessions of the same seat begin that are held."""
    if unit_of(experience, session) is not None:
        return []
    return [one.starts_at for one in experience.sessions if one.cancelled_at is None and one.id != session.id]


def _pools(session: Session) -> list[Pool]:
    chosen = select(Pool).where(Pool.session_id == session.id).order_by(Pool.id)
    return list(db.session.scalars(chosen.execution_options(populate_existing=True)))


def _holds(experience: Experience, session: Session) -> list[SeatHold]:
    chosen = (
        select(SeatHold)
        .where(SeatHold.experience_id == experience.id, SeatHold.released_at.is_(None))
        .where(func.coalesce(SeatHold.session_id, 0) == (unit_of(experience, session) or 0))
        .order_by(SeatHold.id)
    )
    return list(db.session.scalars(chosen.execution_options(populate_existing=True)))


def _offers(experience: Experience, session: Session) -> list[SeatOffer]:
    chosen = (
        select(SeatOffer)
        .join(Enrollment, Enrollment.id == SeatOffer.enrollment_id)
        .where(Enrollment.experience_id == experience.id, SeatOffer.status == OPEN)
        .where(func.coalesce(Enrollment.session_id, 0) == (unit_of(experience, session) or 0))
        .order_by(SeatOffer.id)
    )
    return list(db.session.scalars(chosen.execution_options(populate_existing=True)))


def _others_side_by_side(experience: Experience, session: Session) -> bool:
    """Whether people in the room and online still sit side by side in another session of the same seat."""
    if unit_of(experience, session) is not None:
        return False
    two = (
        select(Pool.session_id)
        .join(Session, Session.id == Pool.session_id)
        .where(Pool.experience_id == experience.id, Pool.session_id != session.id, Session.cancelled_at.is_(None))
        .group_by(Pool.session_id)
        .having(func.count() > 1)
    )
    return db.session.scalar(two.limit(1)) is not None


def _end_waiting_for_room(experience: Experience, session: Session) -> None:
    """Whoever has an online seat and waits for one in the room waits no more: there is no room."""
    waiting = select(Enrollment).where(_in_unit(experience, session), Enrollment.waits_for == "in_person")
    for one in db.session.scalars(waiting.where(Enrollment.state == "seated").order_by(Enrollment.id)):
        end_offer(one, "taken_back")
        one.waits_for = None
        record(one, "leave waitlist", None, community_id=one.community_id, note="It is held online.")


def _forget_modes(experience: Experience, session: Session) -> None:
    """With one pool a session there is one line and one kind of seat: nobody's mode tells anything apart any more."""
    mine = _in_unit(experience, session)
    offers = select(Enrollment.id).where(mine)
    db.session.execute(update(Enrollment).where(mine).values(mode=""))
    db.session.execute(update(Enrollment).where(mine, Enrollment.waits_for.is_not(None)).values(waits_for=""))
    db.session.execute(update(SeatOffer).where(SeatOffer.enrollment_id.in_(offers)).values(mode=""))
    for hold in _holds(experience, session):
        hold.mode = ""
    db.session.flush()
    db.session.expire_all()


def _in_unit(experience: Experience, session: Session) -> ColumnElement[bool]:
    unit = unit_of(experience, session) or 0
    return and_(Enrollment.experience_id == experience.id, func.coalesce(Enrollment.session_id, 0) == unit)
