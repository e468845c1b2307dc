"""What the front doors show, read in few queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, false, func, or_, select

from portal.agenda.models import Experience, Pool, Session
from portal.cohorts.queries import cohorts_with_members
from portal.communities.models import Belief, Community, Figure
from portal.communities.queries import all_communities
from portal.core import clock
from portal.core.db import db
from portal.districts.models import DistrictFact, Membership
from portal.districts.queries import covers, latest_facts, members_of
from portal.rounds.queries import shown_round
from portal.rounds.rules import stage_of

from .rules import Member, Total, growth, open_places, totals

Facts = dict[int, dict[str, DistrictFact]]  # by district and name


@dataclass(frozen=True)
class Gathering:
    """A coming gathering or convening: its next session and how many of its seats are taken."""

    slug: str
    title: str
    note: str
    mode: str
    place: str
    starts_at: datetime
    ends_at: datetime
    taken: int
    capacity: int


@dataclass(frozen=True)
class Door:
    """A community on the portal's front page, with one number that tells its size; empty when none is known."""

    community: Community
    number: str = ""
    words: str = ""


def front_doors() -> list[Door]:
    """Every community by name: how many districts belong to it today, or else the first figure it gives itself."""
    communities, now = all_communities(), clock.now()
    days = {one.id: clock.local(now, one.time_zone).date() for one in communities}
    there = [and_(Membership.community_id == number, covers(Membership, day)) for number, day in days.items()]
    members = select(Membership.community_id, func.count()).where(or_(false(), *there))
    counts = {row[0]: row[1] for row in db.session.execute(members.group_by(Membership.community_id))}
    figures = db.session.scalars(select(Figure).order_by(Figure.position.desc(), Figure.id.desc()))
    first = {figure.community_id: figure for figure in figures}
    return [_door(one, counts.get(one.id, 0), first.get(one.id)) for one in communities]


def front_page(community: Community) -> dict[str, Any]:
    """Everything on a community's front page."""
    memberships, round_ = members_of(community.id), shown_round(community.id)
    facts = latest_facts([membership.district_id for membership in memberships])
    stage = stage_of(round_, clock.now()) if round_ else ""
    return {
        "round": round_, "stage": stage, "gatherings": next_gatherings(community.id), "beliefs": _beliefs(community.id),
        "figures": _figures(community.id), "growth": growth(_members(memberships, facts)),
        "totals": _totals(facts), "count": len(memberships),
        "open_places": open_places(round_.capacity) if round_ and stage == "open" else None,
    }  # fmt: skip


def members_page(community: Community) -> dict[str, Any]:
    """Everything on the page of members: the districts by cohort, each with what is known of it, and who is in none."""
    memberships = members_of(community.id)
    cohorts = cohorts_with_members(community.id)
    placed = {membership.district_id for _, group in cohorts for membership in group}
    return {
        "cohorts": cohorts,
        "others": [membership for membership in memberships if membership.district_id not in placed],
        "facts": latest_facts([membership.district_id for membership in memberships]),
        "count": len(memberships),
    }


def next_gatherings(community_id: int, limit: int = 3) -> list[Gathering]:
    """The next gatherings and convenings that visitors may see, the soonest first."""
    coming = (
        select(
            Session.experience_id,
            func.min(Session.starts_at).label("starts_at"),
            func.min(Session.ends_at).label("ends_at"),
        )
        .where(Session.starts_at > clock.now())
        .group_by(Session.experience_id)
        .subquery()
    )
    seats = (
        select(Pool.experience_id, func.max(Pool.taken).label("taken"), func.min(Pool.capacity).label("capacity"))
        .group_by(Pool.experience_id)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Experience.slug, Experience.title, Experience.note, Experience.mode, Experience.place,
            coming.c.starts_at, coming.c.ends_at, seats.c.taken, seats.c.capacity,
        )
        .join(coming, coming.c.experience_id == Experience.id)
        .join(seats, seats.c.experience_id == Experience.id)
        .where(Experience.community_id == community_id, Experience.kind.in_(("gathering", "convening")))
        .where(Experience.published_at.is_not(None), Experience.cancelled_at.is_(None))
        .order_by(coming.c.starts_at, Experience.id)
        .limit(limit)
    )  # fmt: skip
    return [Gathering(*row) for row in rows]


def _door(community: Community, members: int, figure: Figure | None) -> Door:
    if members:
        return Door(community, f"{members:,}", "member district" if members == 1 else "member districts")
    return Door(community, figure.value, figure.words) if figure else Door(community)


def _beliefs(community_id: int) -> list[str]:
    return list(
        db.session.scalars(select(Belief.text).where(Belief.community_id == community_id).order_by(Belief.position))
    )


def _figures(community_id: int) -> list[Figure]:
    return list(db.session.scalars(select(Figure).where(Figure.community_id == community_id).order_by(Figure.position)))


def _members(memberships: Sequence[Membership], facts: Facts) -> list[Member]:
    return [Member(row.district.label, row.from_date, _students(facts[row.district_id])) for row in memberships]


def _students(facts: dict[str, DistrictFact]) -> int | None:
    value = facts["students"].value if "students" in facts else ""
    return int(value) if value.isascii() and value.isdigit() else None


def _totals(facts: Facts) -> list[Total]:
    rows = [(fact.name, fact.value, fact.source, fact.year) for known in facts.values() for fact in known.values()]
    return totals(rows, len(facts))
