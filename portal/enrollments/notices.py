"""What a person should know of days on which their district is closed, or has school after all: one query for all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import aliased

from portal.agenda.models import Experience, Pool, Session
from portal.agenda.planning_models import SchoolDay
from portal.agenda.school_rules import said_of
from portal.communities.models import Community
from portal.core.clock import local
from portal.core.db import look_up
from portal.districts.models import District

from .attending_models import Excuse
from .change_rules import is_excused
from .models import Enrollment, Seat

MINE = (
    select(
        Enrollment.id.label("enrollment_id"), Enrollment.experience_id, Enrollment.session_id, Session.id.label("at"),
        Session.starts_at, Session.ends_at, Pool.mode.label("how"), Experience.slug, Experience.title,
        Community.slug.label("community"), Community.time_zone.label("zone"), District.name.label("district"),
        SchoolDay.id, SchoolDay.district_id, SchoolDay.from_date, SchoolDay.to_date, SchoolDay.kind, SchoolDay.minutes,
        Excuse.id.label("excuse_id"),
    )
    .join(Seat, Seat.enrollment_id == Enrollment.id)
    .join(Pool, Pool.id == Seat.pool_id)
    .join(Session, Session.id == Pool.session_id)
    .join(Experience, Experience.id == Enrollment.experience_id)
    .join(Community, Community.id == Enrollment.community_id)
    .join(SchoolDay, and_(
        SchoolDay.community_id == Enrollment.community_id, SchoolDay.district_id == Enrollment.district_id,
        SchoolDay.to_date >= bindparam("from_day"),
    ))
    .join(District, District.id == SchoolDay.district_id)
    .outerjoin(Excuse, and_(Excuse.enrollment_id == Enrollment.id, Excuse.session_id == Session.id))
    .where(Enrollment.account_id == bindparam("account_id"), Enrollment.state == "seated")
    .where(Session.ends_at > bindparam("now"), Session.cancelled_at.is_(None), Experience.cancelled_at.is_(None))
    .order_by(Session.starts_at, Session.id, Enrollment.id, SchoolDay.id)
)  # fmt: skip


HAS_NEWS = (  # whether anything of the kind was ever noted of the district: seldom, and only then it is worth asking
    select(SchoolDay.id)
    .where(SchoolDay.district_id == Enrollment.district_id, SchoolDay.kind.in_(("closed", "delayed", "school_day")))
    .correlate(Enrollment)
    .exists()
)
own = aliased(Enrollment)
HAS_NEWS_HERE = (  # the same for the reader of an experience's page
    select(SchoolDay.id)
    .join(own, own.district_id == SchoolDay.district_id)
    .where(own.experience_id == Experience.id, own.account_id == bindparam("account_id"))
    .where(SchoolDay.kind.in_(("closed", "delayed", "school_day")))
    .correlate(Experience)
    .exists()
)


@dataclass(frozen=True)
class Notice:
    """A session that is optional for a person ("excused"), or on a day that became a school day ("school_day")."""

    kind: str
    row: Any


def notices_of(account_id: int, now: datetime, experience_id: int | None = None) -> list[Notice]:
    """Everything of that kind which is still to come, by time; of one experience when it is named."""
    asked = {"account_id": account_id, "now": now, "from_day": now.date() - timedelta(days=1)}
    rows = [row for row in look_up(MINE, asked) if experience_id in {None, row.experience_id}]
    seats = groupby(rows, key=lambda row: (row.at, row.enrollment_id))
    return [notice for _, days in seats for notice in _noticed(list(days))]


def _noticed(days: Sequence[Any]) -> Iterable[Notice]:
    """What counts of all that is noted of one district, for one session."""
    row = days[0]
    starts = local(row.starts_at, row.zone)
    said = said_of(starts.date(), days, row.district_id)
    # Whoever got the seat after the closing was noted has no excuse of their own, and need not come either.
    if row.excuse_id is not None or (said is not None and is_excused(said.kind, said.minutes, starts)):
        yield Notice("excused", row)
    elif said is not None and said.kind == "school_day":
        yield Notice("school_day", said)
