"""Finding what the school calendar says."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Select, select

from portal.core.db import db

from .planning_models import SchoolDay


def school_days(community_id: int, first: date, last: date) -> list[SchoolDay]:
    """What is said of the days from `first` to `last`, of the community and of its districts, by day."""
    chosen = days_noted(community_id).where(SchoolDay.from_date <= last, SchoolDay.to_date >= first)
    return list(db.session.scalars(chosen))


def days_noted(community_id: int) -> Select[SchoolDay]:
    """All rows of the calendar, by day."""
    chosen = select(SchoolDay).where(SchoolDay.community_id == community_id)
    return chosen.order_by(SchoolDay.from_date, SchoolDay.id)


def find_school_day(community_id: int, day_id: int) -> SchoolDay | None:
    """The row with this number; another community's is not found."""
    return db.session.scalar(select(SchoolDay).where(SchoolDay.id == day_id, SchoolDay.community_id == community_id))
