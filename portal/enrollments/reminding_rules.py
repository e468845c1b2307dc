"""When somebody is reminded of a session: so many days before it, at the same hour on the wall."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from portal.core.clock import local

LONGEST = 60  # days: nobody is reminded earlier than that


@dataclass(frozen=True)
class Due:
    """That people are to be reminded of a session now: so many `days` before it, which began at `since`."""

    session_id: int
    days: int
    since: datetime


def moment_before(starts_at: datetime, days: int, zone: str) -> datetime:
    """The same hour so many days earlier, as clocks in `zone` show it."""
    # Arithmetic on local time counts days of the calendar: a change of clocks between the two moves nothing.
    return (local(starts_at, zone) - timedelta(days=days)).astimezone(UTC)


def nearest_due(
    offsets: Iterable[int], starts_at: datetime, zone: str, now: datetime, told_at: datetime | None
) -> tuple[int, datetime] | None:
    """The offset, in days, of which people are to be reminded at `now`, and since when; None when of none.

    When several have come, because nobody looked for days, only the nearest counts. `told_at` is when people last
    heard of the session because it changed: what had come before that needs no reminder any more.
    """
    if now >= starts_at:
        return None
    moments = [(days, moment_before(starts_at, days, zone)) for days in offsets if 0 < days <= LONGEST]
    come = [(days, moment) for days, moment in moments if moment <= now]
    if not come:
        return None
    nearest = min(come)
    return nearest if told_at is None or told_at <= nearest[1] else None


def is_in_time(starts_at: datetime, days: int, zone: str, now: datetime) -> bool:
    """Whether a reminder that was owed still says what is so: the session is not over, nor moved further away."""
    return moment_before(starts_at, days, zone) <= now < starts_at
