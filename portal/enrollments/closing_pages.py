"""Whom it would concern that a district is closed on a day, or has school: session by session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from portal.agenda.planning_models import SchoolDay
from portal.agenda.school_queries import school_days
from portal.agenda.school_rules import covering, said_of

from .closing_queries import Attending, attending_on, closings_of, said_on


@dataclass(frozen=True)
class Concerned:
    """The sessions of that day with people of the district, and what its calendar says until now."""

    says: SchoolDay | None
    sessions: Sequence[tuple[Attending, int]]  # one of its people's seats, and how many there are

    @property
    def people(self) -> int:
        return sum(count for _, count in self.sessions)


def concerned(community_id: int, district_id: int, day: date) -> Concerned:
    """What stands in the way of whom that day."""
    rows = attending_on(community_id, district_id, day)
    sessions = [list(group) for _, group in groupby(rows, key=lambda row: row.session_id)]
    return Concerned(said_on(community_id, district_id, day), [(group[0], len(group)) for group in sessions])


def in_force(community_id: int, from_day: date) -> list[tuple[SchoolDay, str, bool]]:
    """Of what was noted of single districts for days from then on what counts on one of them at least, with whether it
    can be taken back: one day that is closed or late. What was noted anew has taken the place of what it covers.
    """
    noted = closings_of(community_id, from_day)
    last = max((row.to_date for row, _ in noted), default=from_day)
    days = school_days(community_id, from_day, last)
    return [
        (row, label, row.kind in {"closed", "delayed"} and row.from_date == row.to_date)
        for row, label in noted
        if _counts(row, from_day, covering(days, row.from_date, row.to_date))
    ]


def _counts(row: SchoolDay, from_day: date, days: Sequence[SchoolDay]) -> bool:
    """Whether it is what counts for its district on one of its days from then on."""
    first = max(row.from_date, from_day)
    coming = (first + timedelta(days=number) for number in range((row.to_date - first).days + 1))
    return any(
        said is not None and said.id == row.id for said in (said_of(day, days, row.district_id) for day in coming)
    )
