"""Finding seats, lines and the person's place in them.

Statements are put together once, at the start: on a page that many open at the same time, composing a statement costs
more than running it. A whole experience is asked for as session 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import aliased

from portal.accounts.models import Account
from portal.agenda.models import Experience, Pool, Session, cohorts_meant
from portal.agenda.planning_models import ExperienceInvitee
from portal.agenda.rules import Person
from portal.cohorts.models import CohortPlace
from portal.communities.models import Community
from portal.communities.queries import today_in
from portal.core.db import db, look_up
from portal.districts.models import Affiliation, Membership
from portal.districts.queries import covers

from .models import Enrollment, SeatOffer

OF_LINE = (
    Enrollment.experience_id == bindparam("experience_id"),
    func.coalesce(Enrollment.session_id, 0) == bindparam("session_id"),
    Enrollment.waits_for.is_not(None),
)
PLACES = (
    select(
        Pool.id, Pool.mode, Pool.taken, Pool.held, Pool.capacity,
        Session.id, Session.starts_at, Session.ends_at, Community.time_zone,
    )
    .join(Session, Session.id == Pool.session_id)
    .join(Community, Community.id == bindparam("community_id"))
    .where(Pool.experience_id == bindparam("experience_id"), Session.cancelled_at.is_(None))
    .order_by(Session.starts_at, Pool.id)
)  # fmt: skip
OWN = select(Enrollment).where(
    Enrollment.account_id == bindparam("account_id"),
    Enrollment.experience_id == bindparam("experience_id"),
    func.coalesce(Enrollment.session_id, 0) == bindparam("session_id"),
)
WAITING_AT_ALL = select(func.count()).where(*OF_LINE)
WAITING = WAITING_AT_ALL.where(Enrollment.waits_for == bindparam("mode"))
JOBS = (
    select(Affiliation.district_id, Affiliation.role)
    .join(
        Membership,
        and_(Membership.community_id == Affiliation.community_id, Membership.district_id == Affiliation.district_id),
    )
    .where(Affiliation.account_id == bindparam("account_id"), Affiliation.community_id == bindparam("community_id"))
    .where(covers(Affiliation, bindparam("today")), covers(Membership, bindparam("today")))
    .order_by(Affiliation.id)
)
JOBS_OF_ALL = (
    select(Affiliation.account_id, Affiliation.district_id, Affiliation.role)
    .join(
        Membership,
        and_(Membership.community_id == Affiliation.community_id, Membership.district_id == Affiliation.district_id),
    )
    .where(Affiliation.account_id.in_(bindparam("account_ids", expanding=True)))
    .where(Affiliation.community_id == bindparam("community_id"))
    .where(covers(Affiliation, bindparam("today")), covers(Membership, bindparam("today")))
    .order_by(Affiliation.id)
)
MEANT_BY_COHORT = (  # the jobs of JOBS that are in districts of the cohorts for which something is
    JOBS.add_columns(cohorts_meant.c.experience_id)
    .join(CohortPlace, CohortPlace.membership_id == Membership.id)
    .join(cohorts_meant, cohorts_meant.c.cohort_id == CohortPlace.cohort_id)
)
INVITED = (
    select(ExperienceInvitee.experience_id)
    .join(Account, func.lower(Account.email) == ExperienceInvitee.email)
    .join(Experience, Experience.id == ExperienceInvitee.experience_id)
    .where(Account.id == bindparam("account_id"), Experience.community_id == bindparam("community_id"))
    .order_by(ExperienceInvitee.experience_id)
)
ahead = aliased(Enrollment)
POSITION = (  # each waiting enrollment's place in its line, from 1
    select(func.count())
    .where(
        ahead.experience_id == Enrollment.experience_id,
        func.coalesce(ahead.session_id, 0) == func.coalesce(Enrollment.session_id, 0),
        ahead.waits_for == Enrollment.waits_for,
        ahead.queue_number <= Enrollment.queue_number,
    )
    .correlate(Enrollment)
    .scalar_subquery()
)
IS_OFFERED = select(SeatOffer.id).where(SeatOffer.enrollment_id == Enrollment.id, SeatOffer.status == "open").exists()
STATE = case((IS_OFFERED, "offered"), else_=Enrollment.state)
POSITIONS = (
    select(Enrollment.experience_id, Enrollment.session_id, STATE, POSITION)
    .where(Enrollment.account_id == bindparam("account_id"), Enrollment.community_id == bindparam("community_id"))
    .where(Enrollment.state.in_(("seated", "waiting", "pending")))
    .order_by(Enrollment.id)
)


class Place(NamedTuple):
    """A pool of one session as a seat is counted from it."""

    pool_id: int
    mode: str
    taken: int
    held: int
    capacity: int
    session_id: int
    starts_at: datetime
    ends_at: datetime
    zone: str


def meant_for_district(community_id: int, district_id: int) -> ColumnElement[bool]:
    """The condition that an experience can be for somebody of the district: not where only some cohorts, or invited
    people, are meant and none of them is of it.
    """
    in_cohort = (
        select(cohorts_meant.c.cohort_id)
        .join(CohortPlace, CohortPlace.cohort_id == cohorts_meant.c.cohort_id)
        .join(Membership, Membership.id == CohortPlace.membership_id)
        .where(cohorts_meant.c.experience_id == Experience.id, Membership.district_id == district_id)
        .where(covers(Membership, today_in(community_id)))
        .correlate(Experience)
        .exists()
    )
    invited = (
        select(ExperienceInvitee.id)
        .join(Account, func.lower(Account.email) == ExperienceInvitee.email)
        .join(Affiliation, Affiliation.account_id == Account.id)
        .where(ExperienceInvitee.experience_id == Experience.id, Affiliation.district_id == district_id)
        .where(Affiliation.community_id == community_id, covers(Affiliation, today_in(community_id)))
        .correlate(Experience)
        .exists()
    )
    return or_(
        Experience.reach.in_(("members", "anyone")), and_(Experience.reach == "cohorts", in_cohort),
        and_(Experience.reach == "invited", invited),
    )  # fmt: skip


def is_for_district(experience: Experience, district_id: int) -> bool:
    """Whether the experience can be for somebody of the district."""
    meant = meant_for_district(experience.community_id, district_id)
    return db.session.scalar(select(Experience.id).where(Experience.id == experience.id, meant)) is not None


def places_of(experience: Experience, session_id: int | None) -> list[Place]:
    """The pools of all the experience's sessions that are not cancelled, or of the one, by start; each with its
    community's zone.
    """
    asked = {"experience_id": experience.id, "community_id": experience.community_id}
    places = [Place(*row) for row in db.session.execute(PLACES, asked)]
    return [place for place in places if session_id in {None, place.session_id}]


def find_enrollment(experience_id: int, session_id: int | None, account_id: int) -> Enrollment | None:
    """This person's enrollment in the experience, or in its one session; given-up ones too."""
    asked = {"experience_id": experience_id, "session_id": session_id or 0, "account_id": account_id}
    return db.session.scalar(OWN, asked)


def count_waiting(experience_id: int, session_id: int | None, mode: str | None) -> int:
    """How many wait in this line; without a mode: in all lines of it together."""
    asked = {"experience_id": experience_id, "session_id": session_id or 0}
    if mode is None:
        return db.session.scalar(WAITING_AT_ALL, asked) or 0
    return db.session.scalar(WAITING, asked | {"mode": mode}) or 0


def jobs_at_members(account_id: int, community_id: int) -> list[tuple[int, str]]:
    """The person's jobs today in districts that are members today: district and role, the longest first."""
    return [(district, role) for district, role in db.session.execute(JOBS, _today(account_id, community_id))]


def jobs_of_all(account_ids: Sequence[int], community_id: int) -> dict[int, list[tuple[int, str]]]:
    """The same of several people at once, by account."""
    asked = {"account_ids": list(account_ids), "community_id": community_id, "today": today_in(community_id)}
    jobs: dict[int, list[tuple[int, str]]] = {number: [] for number in account_ids}
    for number, district, role in db.session.execute(JOBS_OF_ALL, asked):
        jobs[number].append((district, role))
    return jobs


def jobs_for(experience: Experience, account_id: int) -> list[tuple[int, str]]:
    """The same, of those in whose districts the experience is meant: all of them unless it is for some cohorts."""
    if experience.reach != "cohorts":
        return jobs_at_members(account_id, experience.community_id)
    rows = db.session.execute(MEANT_BY_COHORT, _today(account_id, experience.community_id))
    return [(district, role) for district, role, meant in rows if meant == experience.id]


def person_for(experience: Experience, account_id: int, jobs: Sequence[tuple[int, str]]) -> Person:
    """Who asks for a seat in this one experience, with the `jobs` of jobs_for; reads no more than its reach needs."""
    roles = frozenset(role for _, role in jobs)
    by_cohort = frozenset((experience.id, role) for role in roles) if experience.reach == "cohorts" else frozenset()
    invited = invited_to(account_id, experience.community_id) if experience.reach == "invited" else frozenset()
    return Person(roles, by_cohort, invited, True)


def person_of(account_id: int, community_id: int) -> Person:
    """Whoever looks at the agenda of a community with this account: what tells which experiences are meant for them."""
    roles = frozenset(role for _, role in jobs_at_members(account_id, community_id))
    return Person(roles, cohort_roles(account_id, community_id), invited_to(account_id, community_id), True)


def cohort_roles(account_id: int, community_id: int) -> frozenset[tuple[int, str]]:
    """The experiences for cohorts in which the person's districts are, each with the person's roles there."""
    rows = db.session.execute(MEANT_BY_COHORT, _today(account_id, community_id))
    return frozenset((experience_id, role) for _, role, experience_id in rows)


def invited_to(account_id: int, community_id: int) -> frozenset[int]:
    """The experiences of the community to which the person is invited, by the account's mail address."""
    asked = {"account_id": account_id, "community_id": community_id}
    return frozenset(db.session.scalars(INVITED, asked))


def positions(community_id: int, account_id: int) -> dict[tuple[int, int | None], tuple[str, int]]:
    """What the person has in the community: state (`offered` while a seat is kept) and place in line, by experience
    and session.
    """
    rows = look_up(POSITIONS, {"community_id": community_id, "account_id": account_id})
    return {(experience, session): (state, place) for experience, session, state, place in rows}


def place_in_line(enrollment_id: int) -> int:
    """This waiting enrollment's place in its line, from 1."""
    return db.session.scalar(select(POSITION).where(Enrollment.id == enrollment_id)) or 0


def sessions_of(experience_id: int, session_id: int | None) -> list[Session]:
    """The sessions that a seat is for, by start."""
    chosen = select(Session).where(Session.experience_id == experience_id)
    if session_id is not None:
        chosen = chosen.where(Session.id == session_id)
    return list(db.session.scalars(chosen.order_by(Session.starts_at, Session.id)))


def _today(account_id: int, community_id: int) -> dict[str, Any]:
    return {"account_id": account_id, "community_id": community_id, "today": today_in(community_id)}
