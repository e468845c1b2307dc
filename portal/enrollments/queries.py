"""Finding seats, lines and the person's place in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, ScalarSelect, and_, func, select
from sqlalchemy.orm import aliased, joinedload

from portal.agenda.models import Experience, Pool, Session
from portal.communities.models import Community
from portal.core.db import db
from portal.districts.models import Affiliation, Membership
from portal.districts.queries import covers

from .models import Enrollment


class Place(NamedTuple):
    """A pool of one session as a seat is counted from it."""

    pool_id: int
    mode: str
    taken: int
    capacity: int
    session_id: int
    starts_at: datetime
    ends_at: datetime
    zone: str


def places_of(experience: Experience, session_id: int | None) -> list[Place]:
    """The pools of all the experience's sessions, or of the one, by start; each with its community's zone."""
    chosen = (
        select(
            Pool.id, Pool.mode, Pool.taken, Pool.capacity,
            Session.id, Session.starts_at, Session.ends_at, Community.time_zone,
        )
        .join(Session, Session.id == Pool.session_id)
        .join(Community, Community.id == experience.community_id)
        .where(Pool.experience_id == experience.id)
        .order_by(Session.starts_at, Pool.id)
    )  # fmt: skip
    if session_id is not None:
        chosen = chosen.where(Pool.session_id == session_id)
    return [Place(*row) for row in db.session.execute(chosen)]


def find_enrollment(experience_id: int, session_id: int | None, account_id: int) -> Enrollment | None:
    """This person's enrollment in the experience, or in its one session; given-up ones too."""
    chosen = select(Enrollment).where(
        Enrollment.experience_id == experience_id,
        Enrollment.account_id == account_id,
    )
    return db.session.scalar(chosen.where(_in(session_id)))


def heads_of_lines(experience_id: int, session_id: int | None) -> list[Enrollment]:
    """Who is next: the first of each line (there is one for each mode that stands side by side), first come first."""
    in_line = (Enrollment.experience_id == experience_id, Enrollment.state == "waiting", _in(session_id))
    first = select(func.min(Enrollment.queue_number)).where(*in_line).group_by(Enrollment.mode)
    chosen = select(Enrollment).where(*in_line, Enrollment.queue_number.in_(first))
    return list(db.session.scalars(chosen.options(joinedload(Enrollment.account)).order_by(Enrollment.queue_number)))


def count_waiting(experience_id: int, session_id: int | None, mode: str) -> int:
    """How many wait in this line."""
    chosen = select(func.count()).where(
        Enrollment.experience_id == experience_id, Enrollment.state == "waiting", Enrollment.mode == mode
    )
    return db.session.scalar(chosen.where(_in(session_id))) or 0


def jobs_at_members(account_id: int, community_id: int) -> list[tuple[int, str]]:
    """The person's jobs today in districts that are members today: district and role, the longest first."""
    chosen = (
        select(Affiliation.district_id, Affiliation.role)
        .join(Membership, _same_district())
        .where(Affiliation.account_id == account_id, Affiliation.community_id == community_id)
        .where(covers(Affiliation), covers(Membership))
        .order_by(Affiliation.id)
    )
    return [(district, role) for district, role in db.session.execute(chosen)]


def position() -> ScalarSelect[Any]:
    """Each waiting enrollment's place in its line, from 1; a column of a select from enrollments."""
    other = aliased(Enrollment)
    ahead = select(func.count()).where(
        other.experience_id == Enrollment.experience_id,
        func.coalesce(other.session_id, 0) == func.coalesce(Enrollment.session_id, 0),
        other.state == "waiting",
        other.mode == Enrollment.mode,
        other.queue_number <= Enrollment.queue_number,
    )
    return ahead.correlate(Enrollment).scalar_subquery()


def positions(community_id: int, account_id: int) -> dict[tuple[int, int | None], tuple[str, int]]:
    """What the person has in the community: state and place in line, by experience and session."""
    chosen = (
        select(Enrollment.experience_id, Enrollment.session_id, Enrollment.state, position())
        .where(Enrollment.account_id == account_id, Enrollment.state.in_(("seated", "waiting")))
        .where(Enrollment.community_id == community_id)
        .order_by(Enrollment.id)
    )
    return {(experience, session): (state, place) for experience, session, state, place in db.session.execute(chosen)}


def place_in_line(enrollment_id: int) -> int:
    """This waiting enrollment's place in its line, from 1."""
    return db.session.scalar(select(position()).where(Enrollment.id == enrollment_id)) or 0


def sessions_of(experience_id: int, session_id: int | None) -> list[Session]:
    """The sessions that a seat is for, by start."""
    chosen = select(Session).where(Session.experience_id == experience_id)
    if session_id is not None:
        chosen = chosen.where(Session.id == session_id)
    return list(db.session.scalars(chosen.order_by(Session.starts_at, Session.id)))


def my_enrollments(account_id: int) -> list[Row[Any]]:
    """What this person has or waits for, in every community: one row per enrollment and session, by time."""
    of_it = and_(
        Session.experience_id == Enrollment.experience_id,
        func.coalesce(Enrollment.session_id, Session.id) == Session.id,
    )
    chosen = (
        select(
            Enrollment.id, Enrollment.state, Enrollment.session_id, position().label("position"),
            Experience.slug, Experience.title, Experience.kind, Experience.place, Experience.cancelled_at,
            Session.id.label("meeting_id"), Session.starts_at, Session.ends_at, Session.mode,
            Community.slug.label("community"), Community.name.label("community_name"),
            Community.time_zone.label("zone"),
        )
        .join(Experience, Experience.id == Enrollment.experience_id)
        .join(Community, Community.id == Enrollment.community_id)
        .join(Session, of_it)
        .where(Enrollment.account_id == account_id, Enrollment.state.in_(("seated", "waiting")))
        .order_by(Session.starts_at, Session.id, Enrollment.id)
    )  # fmt: skip
    return list(db.session.execute(chosen))


def _same_district() -> ColumnElement[bool]:
    return and_(Membership.community_id == Affiliation.community_id, Membership.district_id == Affiliation.district_id)


def _in(session_id: int | None) -> ColumnElement[bool]:
    return Enrollment.session_id.is_(None) if session_id is None else Enrollment.session_id == session_id
