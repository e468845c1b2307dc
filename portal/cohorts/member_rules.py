"""How a community grew: how many districts joined, left and belonged to it, year by year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.districts.rules import Period, is_on


@dataclass(frozen=True)
class Year:
    """A calendar year: how many districts joined and left in it, and how many belonged on its last day (or today)."""

    year: int
    joined: int
    left: int
    members: int


def growth_of(memberships: Sequence[Period], today: date) -> list[Year]:
    """Every year from the first that a district joined to this one. A membership counts on its last day too, and the
    district has left the day after.
    """
    known = [one for one in memberships if one.from_date <= today]
    if not known:
        return []
    first = min(one.from_date.year for one in known)
    return [_year(year, known, today) for year in range(first, today.year + 1)]


def _year(year: int, known: Sequence[Period], today: date) -> Year:
    last_day = min(date(year, 12, 31), today)
    ended = [one.to_date for one in known if one.to_date is not None and one.to_date < today]
    return Year(
        year,
        joined=sum(one.from_date.year == year for one in known),
        left=sum(day.year == year for day in ended),
        members=sum(is_on(last_day, one.from_date, one.to_date) for one in known),
    )


def tallest(years: Sequence[Year]) -> int:
    """The most members of any year: what the highest bar stands for."""
    return max((one.members for one in years), default=0)
