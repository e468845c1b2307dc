"""Dates that repeat weekly: which days, which of them to leave out, and why; said before anything is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from portal.core.clock import local

from .school_rules import AWAY, NO_SCHOOL, Row, covering, in_words, said_of

SNOW_TOO_EARLY = "it would not come after the first date"  # why snow_date_left leaves it out
COPY, LONGEST_TITLE = " (copy)", 160
WEEKS = 60  # so far a row of dates reaches at most


@dataclass(frozen=True)
class Proposal:
    """A day of the row: whether it is proposed, and what speaks against it."""

    day: date
    is_proposed: bool
    reasons: tuple[str, ...] = ()


def proposed_days(
    first: date, how_many: int, every: int, rows: Sequence[Row], districts: Mapping[int, str]
) -> list[Proposal]:
    """Days a number of weeks apart until `how_many` of them have school. Days without school are told and left out;
    where single member districts have none, that is told beside the day. `districts`: the members' names.
    """
    found: list[Proposal] = []
    # An end to it: a first day in a calendar full of days off must not search for ever.
    for week in range(0, WEEKS, every):
        if sum(one.is_proposed for one in found) == how_many:
            break
        day = first + timedelta(weeks=week)
        found.append(_proposal(day, covering(rows, day, day), districts))
    return found


def copied_day(day: date, is_one_of_many: bool, rows: Sequence[Row], districts: Mapping[int, str]) -> Proposal:
    """A day of a copy: told what is said of it. A meeting that stands for itself is left out on a day off; a part of
    something whole is kept, so that nobody loses it by a copy.
    """
    own = covering(rows, day, day)
    row = said_of(day, own)
    reasons = ((in_words(row),) if row is not None and row.kind in NO_SCHOOL else ()) + away_words(day, own, districts)
    return Proposal(day, is_proposed=not (is_one_of_many and row is not None and row.kind in AWAY), reasons=reasons)


def copied_title(title: str, original: str, *, is_same_year: bool) -> str:
    """What a copy is called: two of one title cannot be told apart where both stand in the same year."""
    is_alike = title.casefold() == original.casefold()
    return f"{title[: LONGEST_TITLE - len(COPY)]}{COPY}" if is_alike and is_same_year else title


def snow_date_left(day: date | None, sessions: Sequence[Any], zone: str) -> date | None:
    """The snow date of a copy with these dates; none where it would come before the first of them, or on its day."""
    first = min(sessions, key=lambda one: one.starts_at, default=None)
    if day is None or first is None:
        return day
    return day if day > local(first.starts_at, first.time_zone or zone).date() else None


def moved_by(at: Any, weeks: int, zone: str) -> Any:
    """The same weekday and the same time on the wall some weeks later, for a moment or a day; None stays None.

    Where the clocks skip that time it is an hour later; where they show it twice, the first of the two.
    """
    if at is None or not isinstance(at, datetime):
        return at and at + timedelta(weeks=weeks)
    # On the wall clock, not in hours: 8:30 stays 8:30 although a change of clocks lies between.
    wall = local(at, zone).replace(tzinfo=None, fold=0) + timedelta(weeks=weeks)
    # A wall clock that does not exist becomes, there and back, the hour after: just what is wanted here.
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))


def away_words(day: date, rows: Sequence[Row], districts: Mapping[int, str]) -> tuple[str, ...]:
    """Which of the member districts have no school that day where the community has, and why."""
    # Where nobody has school that is said once, of the community, and not sixteen times.
    if not _has_school(said_of(day, rows)):
        return ()
    own = {number: said_of(day, rows, number) for number in districts}
    return tuple(f"{districts[number]}: {in_words(row)}" for number, row in own.items() if not _has_school(row))


def _proposal(day: date, rows: Sequence[Row], districts: Mapping[int, str]) -> Proposal:
    row = said_of(day, rows)
    if row is not None and row.kind in NO_SCHOOL:
        return Proposal(day, is_proposed=False, reasons=(in_words(row),))
    return Proposal(day, is_proposed=True, reasons=away_words(day, rows, districts))


def _has_school(row: Row | None) -> bool:
    return row is None or row.kind not in NO_SCHOOL
