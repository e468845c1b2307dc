"""Finding people with a seat in something to come whose jobs in member districts do not all go on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select

from portal.agenda.models import Experience, Session
from portal.communities.models import Community
from portal.core.db import db
from portal.districts.models import Affiliation, Membership

from .leaver_rules import Job, job_at_member
from .models import Enrollment

HAVING = ("seated", "waiting", "pending")
SAME_DISTRICT = and_(
    Membership.community_id == Affiliation.community_id, Membership.district_id == Affiliation.district_id
)
GOES_ON = (
    select(Affiliation.id)
    .join(Membership, SAME_DISTRICT)
    .where(Affiliation.account_id == Enrollment.account_id, Affiliation.community_id == Enrollment.community_id)
    .where(Affiliation.to_date.is_(None), Membership.to_date.is_(None))
    .correlate(Enrollment)
    .exists()
)
COLUMNS: tuple[Any, ...] = (
    Enrollment.id, Enrollment.account_id, Enrollment.community_id, Enrollment.experience_id, Community.time_zone,
)  # fmt: skip


def leaving_soon(now: datetime) -> list[Any]:
    """Who has a seat, waits or asks in what is not over or cancelled and for member districts, and no job there that
    goes on for good: each with the last session to come. Whom staff added keeps the seat in any case.
    """
    last = func.max(Session.starts_at).label("last_at")
    chosen = (
        select(*COLUMNS, last)
        .join(Experience, Experience.id == Enrollment.experience_id)
        .join(Community, Community.id == Enrollment.community_id)
        .join(
            Session,
            and_(
                Session.experience_id == Experience.id, Session.ends_at > now, Session.cancelled_at.is_(None),
                func.coalesce(Enrollment.session_id, Session.id) == Session.id,
            ),
        )
        .where(Enrollment.state.in_(HAVING), Enrollment.extra_reason == "", ~GOES_ON)
        .where(Experience.cancelled_at.is_(None), Experience.reach.in_(("members", "cohorts")))
        .group_by(Enrollment.id, Community.id)
        .order_by(Enrollment.id)
    )  # fmt: skip
    return list(db.session.execute(chosen))


def moved_away(now: datetime) -> list[int]:
    """The seats, places in line and requests, in what is not over, of people who do not work any more in the district
    that they are noted with: on the day that it is anywhere on earth.
    """
    works_there = (
        select(Affiliation.id)
        .where(Affiliation.account_id == Enrollment.account_id, Affiliation.community_id == Enrollment.community_id)
        .where(Affiliation.district_id == Enrollment.district_id)
        .where(Affiliation.from_date <= (now + timedelta(hours=14)).date())
        .where(or_(Affiliation.to_date.is_(None), Affiliation.to_date >= (now - timedelta(hours=12)).date()))
        .correlate(Enrollment)
        .exists()
    )
    is_to_come = (
        select(Session.id)
        .where(Session.experience_id == Enrollment.experience_id, Session.ends_at > now, Session.cancelled_at.is_(None))
        .where(func.coalesce(Enrollment.session_id, Session.id) == Session.id)
        .correlate(Enrollment)
        .exists()
    )
    chosen = select(Enrollment.id).where(Enrollment.state.in_(HAVING), Enrollment.district_id.is_not(None))
    return list(db.session.scalars(chosen.where(~works_there, is_to_come).order_by(Enrollment.id)))


def jobs_of_people(account_ids: Collection[int]) -> list[tuple[int, int, Job]]:
    """Every job that these people have, had or will have in member districts: account, community, from when to when."""
    chosen = (
        select(
            Affiliation.account_id, Affiliation.community_id, Affiliation.from_date, Affiliation.to_date,
            Membership.from_date, Membership.to_date,
        )
        .join(Membership, SAME_DISTRICT)
        .where(Affiliation.account_id.in_(account_ids))
        .order_by(Affiliation.id, Membership.id)
    )  # fmt: skip
    rows = db.session.execute(chosen)
    return [(row[0], row[1], job_at_member(row[2], row[3], row[4], row[5])) for row in rows]
