"""Whom it would concern that a district is closed on a day, or has school: session by session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from portal.agenda.planning_models import SchoolDay

from .closing_queries import Attending, attending_on, said_on


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


def in_force(rows: Iterable[tuple[SchoolDay, str]]) -> list[tuple[SchoolDay, str, bool]]:
    """Of what was noted of single districts what counts, with whether it can be taken back: a day that is closed or
    late. What somebody noted anew for the same day has taken its place.
    """
    newest: dict[tuple[int | None, date], tuple[SchoolDay, str]] = {}
    for day, label in rows:
        known = newest.get((day.district_id, day.from_date))
        if known is None or known[0].id < day.id:
            newest[day.district_id, day.from_date] = day, label
    return [
        (day, label, day.kind in {"closed", "delayed"} and day.from_date == day.to_date)
        for day, label in newest.values()
    ]
