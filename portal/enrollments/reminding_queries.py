"""Whom to remind of which session: sessions that come up, and the seats in them whose people do not know yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, false, func, or_, select

from portal.accounts.models import Account
from portal.agenda.models import Experience, Pool, Session
from portal.agenda.planning_models import SessionChange
from portal.communities.models import Community
from portal.core.db import db

from .attending_models import Excuse, Reminder
from .models import Enrollment, Seat
from .reminding_rules import LONGEST, Due, nearest_due

TOLD_AT = (
    select(func.max(SessionChange.at))
    .where(SessionChange.session_id == Session.id)
    .correlate(Session)
    .scalar_subquery()
)
ASKED_AT_ONCE = 100  # sessions in one statement
EXCUSED = exists().where(Excuse.enrollment_id == Enrollment.id, Excuse.session_id == Session.id)


def sessions_due(now: datetime, experience_id: int | None = None) -> list[Due]:
    """The sessions (of one experience, or of all) of which people are to be reminded at `now`, the soonest first."""
    chosen = (
        select(
            Session.id, Session.experience_id, Session.starts_at, Session.time_zone,
            Community.time_zone.label("home_zone"), Experience.reminder_days, TOLD_AT.label("told_at"),
        )
        .join(Experience, Experience.id == Session.experience_id)
        .join(Community, Community.id == Experience.community_id)
        .where(Session.starts_at > now, Session.starts_at <= now + timedelta(days=LONGEST + 1))
        .where(*_stands())
        .order_by(Session.starts_at, Session.id)
    )  # fmt: skip
    if experience_id is not None:
        chosen = chosen.where(Session.experience_id == experience_id)
    found = []
    for row in db.session.execute(chosen):
        zone = row.time_zone or row.home_zone
        due = nearest_due(row.reminder_days, row.starts_at, zone, now, row.told_at)
        if due:
            found.append(Due(row.id, *due))
    return found


def experiences_to_remind(dues: Sequence[Due]) -> list[int]:
    """The experiences of these sessions in which somebody is not reminded yet."""
    found: set[int] = set()
    for start in range(0, len(dues), ASKED_AT_ONCE):
        some = dues[start : start + ASKED_AT_ONCE]
        chosen = _unreminded(select(Enrollment.experience_id).distinct(), some)
        found.update(db.session.scalars(chosen.order_by(Enrollment.experience_id)))
    return sorted(found)


def seats_to_remind(dues: Sequence[Due], size: int) -> Sequence[Row[Any]]:
    """Up to `size` seats in these sessions whose people are not reminded yet, with their addresses."""
    wanted = select(
        Enrollment.id, Enrollment.community_id, Account.email, Session.id.label("session_id"), Session.sequence
    )
    chosen = _unreminded(wanted.join(Account, Account.id == Enrollment.account_id), dues)
    return db.session.execute(chosen.order_by(Session.id, Enrollment.id).limit(size)).all()


def _stands() -> tuple[ColumnElement[bool], ...]:
    return Session.cancelled_at.is_(None), Experience.cancelled_at.is_(None), Experience.published_at.is_not(None)


def _unreminded(chosen: Any, dues: Sequence[Due]) -> Any:
    return (
        chosen.join(Seat, Seat.enrollment_id == Enrollment.id)
        .join(Pool, Pool.id == Seat.pool_id)
        .join(Session, Session.id == Pool.session_id)
        .join(Experience, Experience.id == Session.experience_id)
        .where(Enrollment.state == "seated", *_stands(), ~EXCUSED)
        .where(or_(false(), *(_owes(due) for due in dues)))
    )


def _owes(due: Due) -> ColumnElement[bool]:
    """Whoever had the seat when the moment came. After it, the confirmation was reminder enough."""
    # A session that moves gets another sequence, and its moment comes again; but somebody who was reminded since the
    # new moment knows, whatever else was changed.
    known = exists().where(
        Reminder.enrollment_id == Enrollment.id,
        Reminder.session_id == due.session_id,
        Reminder.days == due.days,
        or_(Reminder.reminded_at >= due.since, Reminder.sequence == Session.sequence),
    )
    return and_(Session.id == due.session_id, Enrollment.seated_at <= due.since, ~known)
