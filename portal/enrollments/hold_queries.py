"""Finding shares and seats that leads keep."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from portal.agenda.models import Experience
from portal.core.db import db
from portal.core.outbox import Outgoing
from portal.districts.models import District

from .hold_rules import REMIND_DAYS
from .models import SeatHold


def holds_of(experience_id: int) -> list[tuple[SeatHold, str]]:
    """Every share and hold of the experience that has not ended, each with the name of its district, if it has one."""
    name = func.coalesce(func.nullif(District.short_name, ""), District.name, "")
    chosen = select(SeatHold, name).outerjoin(District, District.id == SeatHold.district_id)
    chosen = chosen.where(SeatHold.experience_id == experience_id, SeatHold.released_at.is_(None))
    return [(hold, named) for hold, named in db.session.execute(chosen.order_by(SeatHold.until, SeatHold.id))]


def holds_of_leads(community_id: int, district_ids: Collection[int]) -> list[SeatHold]:
    """What the leads of these districts keep, each with its experience, the first to end first."""
    chosen = (
        select(SeatHold)
        .join(SeatHold.experience)
        .options(contains_eager(SeatHold.experience))
        .where(SeatHold.community_id == community_id, SeatHold.district_id.in_(district_ids), SeatHold.kind == "lead")
        .where(SeatHold.released_at.is_(None), Experience.cancelled_at.is_(None))
    )
    return list(db.session.scalars(chosen.order_by(SeatHold.until, SeatHold.id)))


def find_share(experience_id: int, hold_id: int) -> SeatHold | None:
    """The share or hold of this number in the experience."""
    return db.session.scalar(select(SeatHold).where(SeatHold.id == hold_id, SeatHold.experience_id == experience_id))


def find_led_hold(community_id: int, district_id: int, hold_id: int) -> SeatHold | None:
    """The seats that leads of this district keep under this number; another district's are not found."""
    chosen = select(SeatHold).where(SeatHold.id == hold_id, SeatHold.kind == "lead")
    return db.session.scalar(
        chosen.where(SeatHold.community_id == community_id, SeatHold.district_id == district_id)
    )  # fmt: skip


def kept_by_district(experience_id: int, session_id: int | None, district_id: int, now: datetime) -> int:
    """How many seats the leads of the district keep in the experience (or its one meeting) now, taken ones too."""
    chosen = select(func.coalesce(func.sum(SeatHold.seats), 0)).where(
        SeatHold.experience_id == experience_id, SeatHold.district_id == district_id, SeatHold.kind == "lead",
        func.coalesce(SeatHold.session_id, 0) == (session_id or 0), SeatHold.released_at.is_(None),
        SeatHold.until > now,
    )  # fmt: skip
    return int(db.session.scalar(chosen) or 0)


def holds_to_remind(now: datetime) -> list[SeatHold]:
    """What leads keep that ends within the days of a reminder, where seats have no name yet."""
    chosen = select(SeatHold).where(
        SeatHold.kind == "lead", SeatHold.released_at.is_(None), SeatHold.remaining > 0, SeatHold.until > now,
        SeatHold.until <= now + timedelta(days=max(REMIND_DAYS)),
    )  # fmt: skip
    return list(db.session.scalars(chosen.order_by(SeatHold.until, SeatHold.id)))


def posted(keys: Iterable[str]) -> set[str]:
    """Which of these mails, told by what they are sent once for, were posted already."""
    return set(db.session.scalars(select(Outgoing.once).where(Outgoing.once.in_(list(keys))).order_by(Outgoing.id)))
