"""What the school calendar says of a day: whose word counts, and whether there is school."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Protocol, TypeVar

DAY_WORDS = {
    "holiday": "Holiday",
    "vacation": "Vacation",
    "staff_day": "Staff day, no classes",
    "closed": "Closed",
    "delayed": "Late start",
    "school_day": "School after all",
}
NO_SCHOOL = frozenset({"holiday", "vacation", "staff_day", "closed"})  # nobody teaches
AWAY = frozenset({"holiday", "vacation", "closed"})  # and nobody is at work either
WEEKEND = 5  # the first weekday of it
LONGEST = 120  # days that one row can say something of


class Noted(Protocol):
    """A row of the school calendar, or one with the same columns."""

    @property
    def id(self) -> Any: ...

    @property
    def district_id(self) -> Any: ...

    @property
    def from_date(self) -> Any: ...

    @property
    def to_date(self) -> Any: ...

    @property
    def kind(self) -> Any: ...


Row = TypeVar("Row", bound=Noted)


def said_of(day: date, rows: Iterable[Row], district_id: int | None = None) -> Row | None:
    """The row that counts on `day`, for a district or (None) for the whole community; nothing is said of most days.

    A district's own row counts before the community's, the newer before the older.
    """
    told = [row for row in rows if row.from_date <= day <= row.to_date and row.district_id in (None, district_id)]
    return max(told, key=lambda row: (row.district_id is not None, row.id), default=None)


def is_school_day(day: date, rows: Iterable[Noted], district_id: int | None = None) -> bool:
    """Whether there are classes: a weekday of which nothing else is said, or one that is a school day after all."""
    row = said_of(day, rows, district_id)
    if row is not None and row.kind == "school_day":
        return True
    return day.weekday() < WEEKEND and (row is None or row.kind not in NO_SCHOOL)


def is_away(day: date, rows: Iterable[Noted], district_id: int | None = None) -> bool:
    """Whether people are not at work: a weekend, a holiday, a vacation, or closed."""
    row = said_of(day, rows, district_id)
    if row is not None and row.kind == "school_day":
        return False
    return day.weekday() >= WEEKEND or (row is not None and row.kind in AWAY)


def day_faults(values: dict[str, Any]) -> list[tuple[str, str]]:
    """What does not fit in a row of the calendar: the field, and a sentence."""
    first, last, faults = values["from_date"], values["to_date"], []
    if last < first:
        faults.append(("to_date", "The last day comes after the first one, or is the same."))
    elif (last - first).days >= LONGEST:
        faults.append(("to_date", f"Keep it to {LONGEST} days. Split a longer time in two."))
    if values["kind"] == "delayed" and not values.get("minutes"):
        faults.append(("minutes", "Say how many minutes later school starts."))
    return faults


def in_words(row: Any) -> str:
    """“February vacation”, or the words of its kind where it has no name."""
    return str(row.label or DAY_WORDS[row.kind])


def covering(rows: Sequence[Row], first: date, last: date) -> list[Row]:
    """The rows that say something of the days from `first` to `last`."""
    return [row for row in rows if row.from_date <= last and row.to_date >= first]
