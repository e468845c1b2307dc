"""Finding cohorts with all who were ever in them, and member districts with what staff look at."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import contains_eager

from portal.accounts.models import Account
from portal.core.db import db
from portal.districts.models import Affiliation, District, DistrictPermission, Membership
from portal.districts.queries import covers

from .models import Cohort, CohortPlace, JoinRequest, TeamSeat
from .promise_queries import kept_promises


@dataclass
class Overview:
    """What staff see of one member district in the list."""

    cohorts: list[str] = field(default_factory=list)
    leads: list[str] = field(default_factory=list)
    seats: int = 0
    joined: int = 0
    kept: int = 0
    waiting: int = 0


def all_memberships(community_id: int) -> list[Membership]:
    """Every membership there ever was, the oldest first."""
    chosen = select(Membership).where(Membership.community_id == community_id)
    return list(db.session.scalars(chosen.order_by(Membership.from_date, Membership.id)))


def cohorts_of(community_id: int) -> list[tuple[Cohort, int]]:
    """The community's cohorts, the newest first, each with how many districts were ever placed in it."""
    placed = func.count(CohortPlace.id)
    chosen = select(Cohort, placed).outerjoin(CohortPlace, CohortPlace.cohort_id == Cohort.id)
    chosen = chosen.where(Cohort.community_id == community_id).group_by(Cohort.id)
    return [(row[0], row[1]) for row in db.session.execute(chosen.order_by(Cohort.starts_on.desc(), Cohort.id.desc()))]


def find_cohort(community_id: int, slug: str) -> Cohort | None:
    """The community's cohort of this short name."""
    return db.session.scalar(select(Cohort).where(Cohort.community_id == community_id, Cohort.slug == slug))


def placed_in(cohort: Cohort) -> list[Membership]:
    """Every membership that was ever placed in the cohort, by the district's name; ended ones too."""
    chosen = (
        select(Membership)
        .join(CohortPlace, CohortPlace.membership_id == Membership.id)
        .join(Membership.district)
        .options(contains_eager(Membership.district))
        .where(CohortPlace.cohort_id == cohort.id)
        .order_by(District.name, Membership.id)
    )
    return list(db.session.scalars(chosen))


def people_by_team(memberships: Collection[int], today: date) -> dict[int, list[TeamSeat]]:
    """Who is on each of these teams today, by membership."""
    chosen = (
        select(TeamSeat)
        .join(TeamSeat.affiliation)
        .where(TeamSeat.membership_id.in_(memberships), covers(TeamSeat, today), covers(Affiliation, today))
        .order_by(TeamSeat.membership_id, TeamSeat.id)
    )
    teams: dict[int, list[TeamSeat]] = {number: [] for number in memberships}
    for seat in db.session.scalars(chosen):
        teams[seat.membership_id].append(seat)
    return teams


def members_shown(community_id: int, today: date, show: str = "") -> Select[Membership]:
    """The memberships that staff look at, by the district's name: those of today and to come, or the “past” ones."""
    is_over = Membership.to_date < today
    chosen = select(Membership).join(Membership.district).options(contains_eager(Membership.district))
    chosen = chosen.where(Membership.community_id == community_id)
    chosen = chosen.where(is_over if show == "past" else or_(Membership.to_date.is_(None), ~is_over))
    return chosen.order_by(District.name, Membership.id)


def count_members(community_id: int, today: date) -> dict[str, int]:
    """How many memberships hold or are to come, and how many have ended."""
    ended = func.count().filter(Membership.to_date < today)
    chosen = select(func.count(), ended).where(Membership.community_id == community_id)
    every, past = db.session.execute(chosen).one()
    return {"": every - past, "past": past}


def find_membership(community_id: int, membership_id: int) -> Membership | None:
    """The community's membership of this number, ended or not."""
    chosen = select(Membership).join(Membership.district).options(contains_eager(Membership.district))
    return db.session.scalar(chosen.where(Membership.community_id == community_id, Membership.id == membership_id))


def overviews(community_id: int, memberships: Sequence[Membership]) -> dict[int, Overview]:
    """What staff see of these member districts, by membership: as many questions for one as for all of them."""
    shown = {one.id: Overview() for one in memberships}
    for number, name in _cohort_names(shown):
        shown[number].cohorts.append(name)
    for number, seats, joined in _seats(shown):
        shown[number].seats, shown[number].joined = seats, joined
    for number, waiting in _waiting(shown):
        shown[number].waiting = waiting
    for number, kept in kept_promises(shown).items():
        shown[number].kept = kept
    leads = leads_by_district(community_id, {one.district_id for one in memberships})
    for one in memberships:
        shown[one.id].leads = [lead.name for lead in leads.get(one.district_id, [])]
    return shown


def leads_by_district(community_id: int, districts: Collection[int]) -> dict[int, list[Account]]:
    """Who acts for each of these districts, the longest first; closed accounts left out."""
    rows = db.session.execute(
        select(DistrictPermission.district_id, Account)
        .join(DistrictPermission.account)
        .where(DistrictPermission.community_id == community_id, DistrictPermission.district_id.in_(districts))
        .where(Account.disabled_at.is_(None))
        .order_by(DistrictPermission.id)
    )
    found: dict[int, list[Account]] = {}
    for district_id, account in rows:
        found.setdefault(district_id, []).append(account)
    return found


def _cohort_names(memberships: Collection[int]) -> Sequence[tuple[int, str]]:
    chosen = select(CohortPlace.membership_id, Cohort.name).join(CohortPlace.cohort)
    chosen = chosen.where(CohortPlace.membership_id.in_(memberships)).order_by(Cohort.starts_on, Cohort.id)
    return [(row[0], row[1]) for row in db.session.execute(chosen)]


def _seats(memberships: Collection[int]) -> Sequence[tuple[int, int, int]]:
    chosen = select(TeamSeat.membership_id, func.count(), func.count(TeamSeat.affiliation_id))
    chosen = chosen.where(TeamSeat.membership_id.in_(memberships), TeamSeat.to_date.is_(None))
    return [(row[0], row[1], row[2]) for row in db.session.execute(chosen.group_by(TeamSeat.membership_id))]


def _waiting(memberships: Collection[int]) -> Sequence[tuple[int, int]]:
    chosen = select(JoinRequest.membership_id, func.count()).where(
        JoinRequest.membership_id.in_(memberships), JoinRequest.confirmed_at.is_not(None), JoinRequest.outcome == ""
    )
    return [(row[0], row[1]) for row in db.session.execute(chosen.group_by(JoinRequest.membership_id))]
