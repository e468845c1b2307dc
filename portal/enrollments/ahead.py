"""What the people of a district have ahead of them: for the page of the district."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from portal.agenda.models import Experience, Pool, Session
from portal.core import clock
from portal.core.db import db
from portal.districts.models import Membership

from .models import Enrollment, Seat

MOST = 4


class Ahead(NamedTuple):
    """A coming session and how many people of the district have a seat in it."""

    slug: str
    title: str
    starts_at: datetime
    people: int


def team_ahead(membership: Membership) -> list[Ahead]:
    """The next sessions in which people of the district have seats, the soonest first."""
    rows = db.session.execute(
        select(Experience.slug, Experience.title, Session.starts_at, func.count(Enrollment.account_id.distinct()))
        .join(Pool, Pool.experience_id == Experience.id)
        .join(Session, Session.id == Pool.session_id)
        .join(Seat, Seat.pool_id == Pool.id)
        .join(Enrollment, Enrollment.id == Seat.enrollment_id)
        .where(Enrollment.community_id == membership.community_id, Enrollment.district_id == membership.district_id)
        .where(Enrollment.state == "seated", Session.ends_at > clock.now(), Experience.cancelled_at.is_(None))
        .group_by(Experience.id, Session.id)
        .order_by(Session.starts_at, Session.id)
        .limit(MOST)
    )
    return [Ahead(*row) for row in rows]
