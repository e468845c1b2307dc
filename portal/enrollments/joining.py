"""Going through the join link of an online session: it stands on no page, and is told to whoever joins."""

from __future__ import annotations

from sqlalchemy import select

from portal.agenda.models import Experience, Pool, Session
from portal.communities.queries import zone_of
from portal.core import clock
from portal.core.db import db, insert, lock, transaction
from portal.core.errors import RuleBroken

from .attending_models import Joining
from .joining_rules import CANCELLED, NO_LINK, is_web_address, refusal_of_moment, refusal_of_person
from .models import Enrollment, Seat
from .operations import Learner


def join_session(session: Session, account: Learner) -> str:
    """Note that this person joins, and give the address to go to. The first time counts; joining again changes nothing.

    Whoever leads the experience gets the address too. Raises RuleBroken, with what would work, for somebody without
    an online seat, before the link opens, after the end, when it was cancelled, and where there is no link.
    """
    with transaction():
        # Under the lock of all seats: whoever has just given theirs up does not come in any more.
        experience = lock(db.session.get_one(Experience, session.experience_id))
        db.session.refresh(session)
        enrollment_id, mode = _seat_in(session, account)
        _check(experience, session, mode, leads=experience.facilitator_id == account.account_id)
        if mode == "online":
            _note(enrollment_id, session.id)
        return session.join_url


def _seat_in(session: Session, account: Learner) -> tuple[int | None, str | None]:
    """The person's enrollment with a seat in this session, and how they come to it."""
    chosen = (
        select(Enrollment.id, Pool.mode)
        .join(Seat, Seat.enrollment_id == Enrollment.id)
        .join(Pool, Pool.id == Seat.pool_id)
        .where(Pool.session_id == session.id, Enrollment.account_id == account.account_id)
        .where(Enrollment.state == "seated")
    )
    row = db.session.execute(chosen.order_by(Enrollment.id)).first()
    return (row.id, row.mode) if row else (None, None)


def _check(experience: Experience, session: Session, mode: str | None, *, leads: bool) -> None:
    refusal = refusal_of_person(mode, leads)
    if not refusal and (experience.cancelled_at or session.cancelled_at):
        refusal = CANCELLED
    zone = session.time_zone or zone_of(experience.community_id)
    refusal = refusal or refusal_of_moment(session, experience.join_minutes, clock.now(), zone)
    if not refusal and not is_web_address(session.join_url):
        refusal = NO_LINK
    if refusal:
        raise RuleBroken(refusal)


def _note(enrollment_id: int | None, session_id: int) -> None:
    joined = {"enrollment_id": enrollment_id, "session_id": session_id, "joined_at": clock.now()}
    once = insert(Joining).on_conflict_do_nothing(index_elements=["enrollment_id", "session_id"])
    db.session.execute(once, joined)
