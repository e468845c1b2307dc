"""Finding the member districts that a person leads or works for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import contains_eager

from portal.communities.queries import today_in
from portal.core.db import db
from portal.districts.models import District, Membership
from portal.districts.queries import covers


def find_led_membership(person: Any, community_id: int, district_id: int) -> Membership | None:
    """The membership today of this district, if the person leads it."""
    return _find(community_id, district_id, Membership.district_id.in_(person.led_districts(community_id)))


def find_own_membership(person: Any, community_id: int, district_id: int) -> Membership | None:
    """The membership today of this district, if the person leads it or works for it."""
    own = person.led_districts(community_id) | person.districts_in(community_id)
    return _find(community_id, district_id, Membership.district_id.in_(own))


def _find(community_id: int, district_id: int, allowed: ColumnElement[bool]) -> Membership | None:
    chosen = (
        select(Membership)
        .join(Membership.district)
        .options(contains_eager(Membership.district))
        .where(Membership.community_id == community_id, District.id == district_id, allowed)
        .where(covers(Membership, today_in(community_id)))
    )
    return db.session.scalar(chosen)
