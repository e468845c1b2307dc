"""What a copy of an experience, or of a year, would look like before it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from portal.core.access import community
from portal.core.clock import local

from .clash_queries import member_names
from .models import Experience, Session
from .repeat_rules import Proposal, copied_day, moved_by
from .school_queries import school_days


@dataclass(frozen=True)
class Line:
    """A date of the original, the moment it would have in the copy, and what the school calendar says of it."""

    session: Session
    starts_at: datetime
    proposal: Proposal


@dataclass(frozen=True)
class Lines:
    """The dates that a copy would have, and its snow date, which moves along; none where there is none."""

    dates: Sequence[Line]
    snow: Proposal | None


def lines_of(experiences: Sequence[Experience], weeks: int) -> dict[int, Lines]:
    """The dates of each experience some weeks later, with what the school calendar says of them then. One look at the
    calendar serves all of them.
    """
    zone = community().time_zone
    # All that is moved first, so that one look at the calendar spans it.
    moved = {one.id: _moved(one, weeks, zone) for one in experiences}
    snow = {one.id: moved_by(one.snow_date, weeks, zone) for one in experiences}
    # In the community’s zone, not the date’s own: the school calendar is that of the districts.
    days = [local(at, zone).date() for rows in moved.values() for _, at in rows] + [day for day in snow.values() if day]
    noted = school_days(community().id, min(days), max(days)) if days else []
    names = member_names(community().id)

    def said(day: date, *, is_one_of_many: bool) -> Proposal:
        return copied_day(day, is_one_of_many, noted, names)

    def line(row: Session, at: datetime, *, is_one_of_many: bool) -> Line:
        return Line(row, at, said(local(at, zone).date(), is_one_of_many=is_one_of_many))

    return {
        one.id: Lines(
            [line(row, at, is_one_of_many=one.joined_by == "session") for row, at in moved[one.id]],
            said(day, is_one_of_many=False) if (day := snow[one.id]) else None,
        )
        for one in experiences
    }


def _moved(one: Experience, weeks: int, zone: str) -> list[tuple[Session, datetime]]:
    """Each date that is held, with the moment at which it would be so many weeks later."""
    held = [row for row in one.sessions if row.cancelled_at is None]
    return [(row, moved_by(row.starts_at, weeks, row.time_zone or zone)) for row in held]
