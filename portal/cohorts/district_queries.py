"""Finding the member districts that a person leads or works for, and who is on its team."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from portal.communities.models import Role
from portal.communities.queries import today_in
from portal.core.db import db
from portal.districts.models import District, Membership
from portal.districts.queries import covers

from .models import TeamSeat


def find_led_membership(person: Any, community_id: int, district_id: int) -> Membership | None:
    """The membership today of this district, if the person leads it."""
    return _find(community_id, district_id, Membership.district_id.in_(person.led_districts(community_id)))


def find_own_membership(person: Any, community_id: int, district_id: int) -> Membership | None:
    """The membership today of this district, if the person leads it or works for it."""
    own = person.led_districts(community_id) | person.districts_in(community_id)
    return _find(community_id, district_id, Membership.district_id.in_(own))


def team_with_roles(membership: Membership) -> list[tuple[TeamSeat, str]]:
    """The seats of the district's team in their order, each with its invitations and the words for its job; one that
    goes back too, until its last day is over.
    """
    rows = db.session.execute(
        select(TeamSeat, Role.label)
        .outerjoin(Role, and_(Role.slug == TeamSeat.role, Role.community_id == membership.community_id))
        .options(joinedload(TeamSeat.invitations))
        .where(TeamSeat.membership_id == membership.id)
        .where(or_(TeamSeat.to_date.is_(None), TeamSeat.to_date >= today_in(membership.community_id)))
        .order_by(TeamSeat.id)
    ).unique()
    return [(seat, label or seat.role) for seat, label in rows]


def _find(community_id: int, district_id: int, allowed: ColumnElement[bool]) -> Membership | None:
    chosen = (
        select(Membership)
        .join(Membership.district)
        .options(contains_eager(Membership.district))
        .where(Membership.community_id == community_id, District.id == district_id, allowed)
        .where(covers(Membership, today_in(community_id)))
    )
    return db.session.scalar(chosen)
