"""Who has a seat in something on a day when their district is closed, late, or has school after all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, select

from portal.accounts.models import Account
from portal.agenda.models import Experience, Pool, Session
from portal.agenda.planning_models import SchoolDay
from portal.agenda.school_queries import school_days
from portal.agenda.school_rules import said_of
from portal.communities.queries import zone_of
from portal.core import clock
from portal.core.clock import end_of_day
from portal.core.db import db
from portal.districts.models import District, Membership

from .attending_models import Excuse
from .models import Enrollment, Seat


class Attending(NamedTuple):
    """A person's seat in a session of that day."""

    enrollment_id: int
    account_id: int
    email: str
    name: str
    session_id: int
    starts_at: datetime
    ends_at: datetime
    how: str
    experience_id: int
    title: str
    slug: str


def experiences_on(community_id: int, day: date) -> list[Experience]:
    """What has a session on that day and is neither a draft nor cancelled, by number: the order of their locks."""
    chosen = select(Session.experience_id).where(_on(community_id, day), Session.cancelled_at.is_(None))
    return list(
        db.session.scalars(
            select(Experience)
            .where(Experience.id.in_(chosen), Experience.community_id == community_id)
            .where(Experience.published_at.is_not(None), Experience.cancelled_at.is_(None))
            .order_by(Experience.id)
        )
    )


def attending_on(community_id: int, district_id: int, day: date) -> list[Attending]:
    """The seats of people of the district in sessions of that day that are not over yet, by time."""
    rows = db.session.execute(
        select(
            Enrollment.id, Enrollment.account_id, Account.email, Account.name, Session.id, Session.starts_at,
            Session.ends_at, Pool.mode, Experience.id, Experience.title, Experience.slug,
        )
        .join(Seat, Seat.enrollment_id == Enrollment.id)
        .join(Pool, Pool.id == Seat.pool_id)
        .join(Session, Session.id == Pool.session_id)
        .join(Experience, Experience.id == Pool.experience_id)
        .join(Account, Account.id == Enrollment.account_id)
        .where(Enrollment.community_id == community_id, Enrollment.district_id == district_id)
        .where(Enrollment.state == "seated", _on(community_id, day), Session.cancelled_at.is_(None))
        .where(Session.ends_at > clock.now(), Experience.published_at.is_not(None), Experience.cancelled_at.is_(None))
        .order_by(Session.starts_at, Session.id, Enrollment.queue_number, Enrollment.id)
    )  # fmt: skip
    return [Attending(*row) for row in rows]


def said_on(community_id: int, district_id: int, day: date) -> SchoolDay | None:
    """What the school calendar says of the district on that day."""
    return said_of(day, school_days(community_id, day, day), district_id)


def member_on(community_id: int, district_id: int, day: date) -> Membership | None:
    """The membership that the district has on that day."""
    return db.session.scalar(
        select(Membership)
        .where(Membership.community_id == community_id, Membership.district_id == district_id)
        .where(Membership.from_date <= day, (Membership.to_date.is_(None)) | (Membership.to_date >= day))
        .order_by(Membership.id)
        .limit(1)
    )


def closings_of(community_id: int, from_day: date) -> list[tuple[SchoolDay, str]]:
    """What was noted of single districts for days from then on, with what each is called: the nearest first."""
    rows = db.session.execute(
        select(SchoolDay, District)
        .join(District, District.id == SchoolDay.district_id)
        .where(SchoolDay.community_id == community_id, SchoolDay.to_date >= from_day)
        .where(SchoolDay.kind.in_(("closed", "delayed", "school_day")))
        .order_by(SchoolDay.from_date, SchoolDay.id)
    )
    return [(day, district.label) for day, district in rows]


def find_closing(community_id: int, day_id: int, from_day: date) -> tuple[SchoolDay, District] | None:
    """What was noted of one district for one day from then on, that it is closed or late, with the district; also what
    something newer has taken the place of.
    """
    row = db.session.execute(
        select(SchoolDay, District)
        .join(District, District.id == SchoolDay.district_id)
        .where(SchoolDay.id == day_id, SchoolDay.community_id == community_id, SchoolDay.from_date >= from_day)
        .where(SchoolDay.to_date == SchoolDay.from_date, SchoolDay.kind.in_(("closed", "delayed")))
    ).first()
    return (row[0], row[1]) if row else None


def find_attending(enrollment_id: int, session_id: int) -> Any:
    """One seat with its session and experience, for a mail; None when it was given up."""
    return db.session.execute(
        select(Enrollment, Session, Pool.mode.label("how"))
        .join(Seat, Seat.enrollment_id == Enrollment.id)
        .join(Pool, Pool.id == Seat.pool_id)
        .join(Session, Session.id == Pool.session_id)
        .where(Enrollment.id == enrollment_id, Session.id == session_id, Enrollment.state == "seated")
    ).first()


def own_days(community_id: int, district_id: int, day: date) -> Iterable[int]:
    """The numbers of what was noted of this district for that day."""
    days = school_days(community_id, day, day)
    return [one.id for one in days if one.district_id == district_id]


def excused_by(day_ids: Iterable[int]) -> set[tuple[int, int]]:
    """The enrollments and sessions that are excused because of one of these rows of the calendar."""
    chosen = select(Excuse.enrollment_id, Excuse.session_id).where(Excuse.school_day_id.in_(day_ids))
    return {(row.enrollment_id, row.session_id) for row in db.session.execute(chosen.order_by(Excuse.id))}


def _on(community_id: int, day: date) -> ColumnElement[bool]:
    zone = zone_of(community_id)
    # From midnight to midnight where the community lives: a day of changed clocks has 23 or 25 hours.
    begins, ends = end_of_day(day - timedelta(days=1), zone), end_of_day(day, zone)
    return and_(Session.starts_at >= begins, Session.starts_at < ends)
