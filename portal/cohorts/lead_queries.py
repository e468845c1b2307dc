"""Finding who hands the lead of a district to whom."""

from __future__ import annotations

from sqlalchemy import select

from portal.core import tokens
from portal.core.db import db

from .models import LeadHandOver

PURPOSE = "hand-over"


def find_hand_over(token: str, community_id: int) -> LeadHandOver | None:
    """The hand-over that a mailed link leads to, in its own community only."""
    found = tokens.find(LeadHandOver, PURPOSE, token)
    return found if found is not None and found.community_id == community_id else None


def open_hand_overs(community_id: int, district_id: int) -> list[LeadHandOver]:
    """The hand-overs of the district that were neither accepted nor taken back, the oldest first."""
    chosen = select(LeadHandOver).where(
        LeadHandOver.community_id == community_id, LeadHandOver.district_id == district_id,
        LeadHandOver.accepted_at.is_(None), LeadHandOver.taken_back_at.is_(None),
    )  # fmt: skip
    return list(db.session.scalars(chosen.order_by(LeadHandOver.id)))
