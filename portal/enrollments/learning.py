"""A person's own page: what is next, what else they have or wait for, what is behind them. Plain answers about rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from portal.agenda.rules import MODE_WORDS

from .joining_rules import Way, is_open, joins_online, way_of
from .rules import ordinal

COMING = {"seated", "holding", "offered", "pending", "waiting"}
SOON = timedelta(days=1)  # so long before the start the page says when one can join


@dataclass(frozen=True)
class Held:
    """One enrollment, at its next session (the last one when all are over)."""

    row: Any
    number: int
    of: int
    is_over: bool
    stands: str  # off, over, offered, pending, waiting, holding (an online seat, and in line for the room), seated
    way: Way | None = None  # the way into its session, where one joins online and it is near

    @property
    def where(self) -> str:
        """“Online, 2 of 4, Town hall”: how, which session, and the place of who comes there."""
        way = way_of(self.row.mode, self.row.seat_mode)
        parts = [MODE_WORDS[way], f"{self.number} of {self.of}" if self.of > 1 else ""]
        return ", ".join(part for part in [*parts, "" if way == "online" else self.row.place] if part)

    @property
    def asks(self) -> bool:
        """Whether something waits for the person's answer: an offer, a changed date, questions."""
        return self.stands == "offered" or (self.stands in COMING and bool(self.row.change_id or self.row.owed))

    @property
    def nth(self) -> str:
        return ordinal(self.row.position)


@dataclass(frozen=True)
class Learning:
    """What `/my` shows."""

    asking: Sequence[Held]
    next_up: Held | None
    coming: Sequence[Held]
    past: Sequence[Held]
    names_communities: bool


def learning_of(rows: Iterable[Any], now: datetime) -> Learning:
    """The page of `rows` (one per enrollment and session, as my_queries.my_enrollments gives them) at `now`."""
    grouped = groupby(sorted(rows, key=lambda row: (row.id, row.starts_at)), key=lambda row: row.id)
    held = sorted((_held(list(group), now) for _, group in grouped), key=lambda one: (one.row.starts_at, one.row.id))
    coming = [one for one in held if not one.is_over]
    next_up = next((one for one in coming if one.row.state == "seated" and one.stands in COMING), None)
    return Learning(
        asking=[one for one in coming if one.asks],
        next_up=next_up,
        coming=[one for one in coming if one is not next_up],
        past=[one for one in reversed(held) if one.is_over and one.row.state == "seated"],
        names_communities=len({one.row.community for one in held}) > 1,
    )


def _held(sessions: Sequence[Any], now: datetime) -> Held:
    number = next((n for n, one in enumerate(sessions) if one.ends_at > now and not one.off_at), None)
    shown = len(sessions) - 1 if number is None else number
    row = sessions[shown]
    return Held(row, shown + 1, len(sessions), row.ends_at <= now, _stands(row, now), _way(row, now))


def _stands(row: Any, now: datetime) -> str:
    if row.cancelled_at or row.off_at:
        return "off"
    if row.ends_at <= now:
        return "over"
    if row.offer_until is not None and now < row.offer_until:
        return "offered"
    return "holding" if row.state == "seated" and row.waits_for is not None else str(row.state)


def _way(row: Any, now: datetime) -> Way | None:
    if row.state != "seated" or not row.has_link or not joins_online(row.mode, row.seat_mode):
        return None
    is_near = now < row.ends_at and row.starts_at - now <= SOON and not (row.cancelled_at or row.off_at)
    is_now = is_open(row, row.join_minutes, now)
    return Way(row.meeting_id, row.starts_at, row.join_minutes, is_now) if is_near else None
