"""Finding what a person leads that is still to come, in every community."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from portal.agenda.models import Experience, Session
from portal.communities.models import Community
from portal.core.db import look_up

NEXT = func.min(Session.starts_at)
LEADING = (
    select(
        Experience.slug, Experience.title, NEXT.label("starts_at"), Community.slug.label("community"),
        Community.time_zone.label("zone"),
    )
    .join(Session, Session.experience_id == Experience.id)
    .join(Community, Community.id == Experience.community_id)
    .where(Experience.facilitator_id == bindparam("account_id"), Experience.published_at.is_not(None))
    .where(Experience.cancelled_at.is_(None), Session.cancelled_at.is_(None), Session.ends_at > bindparam("now"))
    .group_by(Experience.id, Community.id)
    .order_by(NEXT, Experience.id)
)  # fmt: skip


def led_by(account_id: int, now: datetime) -> Sequence[Row[Any]]:
    """What this person leads and when it meets next, the soonest first."""
    return look_up(LEADING, {"account_id": account_id, "now": now})
