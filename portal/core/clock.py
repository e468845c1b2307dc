"""The one clock of the portal: stored in UTC, shown in a community's zone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .errors import RuleBroken


class NoSuchTime(RuleBroken):
    """A wall clock never shows this: the clocks skip it in spring."""


class Ambiguous(RuleBroken):
    """A wall clock shows this twice, in autumn: somebody has to say which one is meant."""


# Of the context, not of the module: loading a demo in one thread must not move the clock of a request in another.
_told: ContextVar[datetime | None] = ContextVar("told", default=None)


def now() -> datetime:
    """This moment in UTC, always aware. Everything that asks for the time asks here."""
    return _told.get() or datetime.now(UTC)


@contextmanager
def told(moment: datetime) -> Iterator[None]:
    """Do something as if it were `moment`: for loading what happened earlier through the same operations."""
    before = _told.set(moment)
    try:
        yield
    finally:
        _told.reset(before)


def local(moment: datetime, zone: str) -> datetime:
    """The same moment as people in `zone` (an IANA name) read it off the wall."""
    return moment.astimezone(ZoneInfo(zone))


def to_utc(wall: datetime, zone: str, fold: int | None = None) -> datetime:
    """The moment at which clocks in `zone` show `wall` (no zone of its own).

    Raises NoSuchTime for a time that the clocks skip in spring, and Ambiguous for one that they show twice
    in autumn unless `fold` says which (0 the first, 1 the second). Source: PEP 495.
    """
    info = ZoneInfo(zone)
    first, second = (wall.replace(tzinfo=info, fold=n) for n in (0, 1))
    # An hour that does not exist still converts, silently, to another one: only the way there and back shows it.
    if _skipped(wall, first):
        raise NoSuchTime(
            f"{wall:%B %-d, %Y, %-I:%M %p} does not exist: the clocks go forward then. Choose another time."
        )
    if first.utcoffset() != second.utcoffset() and fold is None:
        raise Ambiguous(f"{wall:%B %-d, %Y, %-I:%M %p} comes twice: the clocks go back then. Say which one is meant.")
    return (second if fold else first).astimezone(UTC)


def moment_from(day: date, at: time, zone: str, fold: int | None = None) -> datetime:
    """The moment that somebody means who types a day and a time in `zone`: the one way from what is typed to UTC.

    Raises NoSuchTime, and Ambiguous unless `fold` says which of the two (0 the first, 1 the second).
    """
    return to_utc(datetime.combine(day, at), zone, fold)


def end_of_day(day: date, zone: str) -> datetime:
    """The first moment that is no longer `day` in `zone`: a date without a time lasts until then."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)


def _skipped(wall: datetime, aware: datetime) -> bool:
    return aware.astimezone(UTC).astimezone(aware.tzinfo).replace(tzinfo=None) != wall
