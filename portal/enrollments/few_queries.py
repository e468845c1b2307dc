"""Which experiences may have too few people to run while there is still time to do something about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, case, func, or_, select

from portal.agenda.models import Experience, Session
from portal.core.db import db
from portal.core.history import History

from .models import Enrollment

NOTICE = timedelta(days=3)
TOLD = "warn of too few"
SEATED = (
    select(func.count())
    .where(Enrollment.experience_id == Experience.id, Enrollment.state == "seated")
    .correlate(Experience)
    .scalar_subquery()
)
STARTS = (
    select(func.min(Session.starts_at, type_=Session.starts_at.type))
    .where(Session.experience_id == Experience.id, Session.cancelled_at.is_(None))
    .correlate(Experience)
    .scalar_subquery()
)
ENDS = case((or_(Experience.closes_at.is_(None), Experience.closes_at > STARTS), STARTS), else_=Experience.closes_at)


class Few(NamedTuple):
    """An experience whose sign-up ends soon, with too few people."""

    id: int
    ends_at: datetime
    seated: int
    needed: int


def too_few(now: datetime, experience_id: int | None = None) -> list[Few]:
    """Those whose sign-up ends within three days and of which nobody was told yet, the nearest first."""
    chosen = (
        select(Experience.id, ENDS, SEATED, Experience.min_to_run)
        .where(Experience.published_at.is_not(None), Experience.cancelled_at.is_(None))
        .where(Experience.joined_by == "whole", Experience.min_to_run > SEATED)
        .where(now < ENDS, now + NOTICE >= ENDS)
        # Told in these days: of a date that moved away and came near again, people hear anew.
        .where(
            ~select(History.id)
            .where(and_(History.subject_table == "experiences", History.subject_id == Experience.id))
            .where(History.verb == TOLD, History.at > now - NOTICE)
            .correlate(Experience)
            .exists()
        )
        .order_by(ENDS, Experience.id)
    )
    if experience_id is not None:
        chosen = chosen.where(Experience.id == experience_id)
    return [Few(*row) for row in db.session.execute(chosen)]
