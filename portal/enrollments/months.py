"""A month as a calendar has it: weeks of seven days, from Sunday on, with what is on each day."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.core.clock import end_of_day, local

from .listing import Date, Listed, hours_words

SUNDAY = 6
BACK, AHEAD = 12, 24  # months that a calendar reaches from today: pages without end are for nobody
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


@dataclass(frozen=True)
class Entry:
    """One line of a day. `moved_to`: where the date is now, on a day that it was moved away from."""

    row: Listed
    date: Date
    hours: str
    moved_to: datetime | None = None

    @property
    def is_off(self) -> bool:
        return self.date.is_off

    @property
    def key(self) -> str:
        """By which one finds what a reader has on this date; empty where it is not held."""
        return "" if self.is_off or self.moved_to or self.row.cancelled_at else self.row.key_of(self.date)


@dataclass(frozen=True)
class Day:
    """A day of a week; those of the months before and after stay empty."""

    day: date
    is_inside: bool
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Month:
    """A month of a year."""

    year: int
    number: int

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def name(self) -> str:
        return f"{self.first:%B %Y}"

    @property
    def slug(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def index(self) -> int:
        return self.year * 12 + self.number - 1

    def start(self, zone: str) -> datetime:
        """Its first moment where the community lives."""
        return datetime.combine(self.first, time(), ZoneInfo(zone))

    def end(self, zone: str) -> datetime:
        """The first moment after it."""
        last = calendar.monthrange(self.year, self.number)[1]
        return end_of_day(self.first.replace(day=last), zone)

    def moved(self, by: int) -> Month:
        """The month so many months later."""
        year, number = divmod(self.index + by, 12)
        return Month(year, number + 1)

    def near(self, by: int, now: datetime, zone: str) -> Month | None:
        """The month so many months later, as far as calendars reach."""
        other = self.moved(by)
        return other if other.is_reached(now, zone) else None

    def is_reached(self, now: datetime, zone: str) -> bool:
        """Whether calendars reach as far as this month."""
        return -BACK <= self.index - _now(now, zone).index <= AHEAD

    def weeks(self, entries: Mapping[date, Sequence[Entry]]) -> list[list[Day]]:
        """Its weeks, with what is on each day."""
        weeks = calendar.Calendar(SUNDAY).monthdatescalendar(self.year, self.number)
        return [[Day(day, day.month == self.number, entries.get(day, ())) for day in week] for week in weeks]


def month_of(text: str, now: datetime, zone: str) -> Month:
    """The month that an address names as 2027-01; this one when it is too far away."""
    return _reached(Month(int(text[:4]), int(text[5:])), now, zone)


def month_at(moment: datetime, now: datetime, zone: str) -> Month:
    """The month in which this moment is; this one when it is too far away."""
    return _reached(_now(moment, zone), now, zone)


def is_in_reach(text: str, now: datetime, zone: str) -> bool:
    """Whether calendars reach as far as the month that an address names as 2027-01."""
    return Month(int(text[:4]), int(text[5:])).is_reached(now, zone)


def next_date(rows: Iterable[Listed], now: datetime) -> datetime | None:
    """When the next session of any of these begins, or began if it is on; None where nothing is to come."""
    coming = (date.starts_at for row in rows if not row.cancelled_at for date in row.dates if _is_ahead(date, now))
    return min(coming, default=None)


def entries_of(rows: Iterable[Listed], month: Month, zone: str) -> dict[date, list[Entry]]:
    """What is on each day of the month, by the hour; a date that was moved stays on its old day, as moved."""
    found = defaultdict[date, list[tuple[datetime, Entry]]](list)
    for row in rows:
        for one in row.dates:
            for at, entry in _entries(row, one, zone):
                found[local(at, zone).date()].append((at, entry))
    return {
        day: [entry for _, entry in sorted(lines, key=lambda line: (line[0], line[1].row.id))]
        for day, lines in found.items()
        if (day.year, day.month) == (month.year, month.number)
    }


def _entries(row: Listed, one: Date, zone: str) -> Iterator[tuple[datetime, Entry]]:
    yield one.starts_at, Entry(row, one, hours_words(one, zone))
    length = one.ends_at - one.starts_at
    for old in one.moved:
        if local(old, zone).date() != local(one.starts_at, zone).date():
            before = Date(one.session_id, old, old + max(length, timedelta(minutes=1)), one.mode, one.label, False)
            yield old, Entry(row, before, hours_words(before, zone), one.starts_at)


def _is_ahead(one: Date, now: datetime) -> bool:
    return not one.is_off and one.ends_at > now


def _reached(month: Month, now: datetime, zone: str) -> Month:
    return month if month.is_reached(now, zone) else _now(now, zone)


def _now(now: datetime, zone: str) -> Month:
    there = local(now, zone)
    return Month(there.year, there.month)
