"""What the people of a district have ahead of them: for the page of the district."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import func, or_, select

from portal.agenda.models import Experience, Pool, Session
from portal.communities.queries import today_in, zone_of
from portal.core import clock
from portal.core.db import db
from portal.districts.models import Affiliation, Membership
from portal.districts.rules import is_on

from .models import Enrollment, Seat

MOST = 4


class Ahead(NamedTuple):
    """A coming session and how many people of the district have a seat in it."""

    slug: str
    title: str
    starts_at: datetime
    people: int


def team_ahead(membership: Membership) -> list[Ahead]:
    """The next sessions in which people have seats who work for the district on that day, the soonest first.

    Whoever moves mid-year takes coming seats along to the new district; what is over stays with the old one.
    """
    zone = zone_of(membership.community_id)
    rows = db.session.execute(
        select(
            Session.id, Experience.slug, Experience.title, Session.starts_at,
            Enrollment.account_id, Affiliation.from_date, Affiliation.to_date,
        )
        .join(Pool, Pool.session_id == Session.id)
        .join(Experience, Experience.id == Pool.experience_id)
        .join(Seat, Seat.pool_id == Pool.id)
        .join(Enrollment, Enrollment.id == Seat.enrollment_id)
        .join(Affiliation, Affiliation.account_id == Enrollment.account_id)
        .where(Session.ends_at > clock.now(), Experience.cancelled_at.is_(None), Enrollment.state == "seated")
        .where(Enrollment.community_id == membership.community_id, Affiliation.district_id == membership.district_id)
        .where(Affiliation.community_id == membership.community_id)
        .where(or_(Affiliation.to_date.is_(None), Affiliation.to_date >= today_in(membership.community_id)))
        .order_by(Session.starts_at, Session.id, Enrollment.id)
    )  # fmt: skip
    found = []
    for _, group in groupby(rows, key=lambda row: row.id):
        seats = [row for row in group if is_on(clock.local(row.starts_at, zone).date(), row.from_date, row.to_date)]
        if seats:
            people = len({row.account_id for row in seats})
            found.append(Ahead(seats[0].slug, seats[0].title, seats[0].starts_at, people))
    return found[:MOST]


def seats_asked(membership: Membership) -> int:
    """How many requests for a seat wait for a yes or a no of the district's lead, in what is not over or cancelled."""
    coming = select(Session.id).where(
        Session.experience_id == Enrollment.experience_id, Session.ends_at > clock.now(),
        Session.cancelled_at.is_(None), func.coalesce(Enrollment.session_id, Session.id) == Session.id,
    )  # fmt: skip
    chosen = select(func.count()).select_from(Enrollment).join(Enrollment.experience)
    chosen = chosen.where(Enrollment.community_id == membership.community_id, Enrollment.state == "pending")
    chosen = chosen.where(Enrollment.district_id == membership.district_id, Experience.cancelled_at.is_(None))
    return db.session.scalar(chosen.where(coming.exists())) or 0
