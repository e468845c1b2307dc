"""A person's own page: what is next, what else they have or wait for, what is behind them. Plain answers about rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from portal.agenda.rules import MODE_WORDS

from .rules import ordinal


@dataclass(frozen=True)
class Held:
    """One enrollment, at its next session (the last one when all are over)."""

    row: Any
    number: int
    of: int
    is_over: bool

    @property
    def where(self) -> str:
        """“Online, 2 of 4, Town hall”: how, which session, and the place."""
        parts = [MODE_WORDS[self.row.mode], f"{self.number} of {self.of}" if self.of > 1 else "", self.row.place]
        return ", ".join(part for part in parts if part)

    @property
    def nth(self) -> str:
        return ordinal(self.row.position)


@dataclass(frozen=True)
class Learning:
    """What `/my` shows."""

    next_up: Held | None
    coming: Sequence[Held]
    past: Sequence[Held]
    names_communities: bool


def learning_of(rows: Iterable[Any], now: datetime) -> Learning:
    """The page of `rows` (one per enrollment and session, as queries.my_enrollments gives them) at `now`."""
    grouped = groupby(sorted(rows, key=lambda row: (row.id, row.starts_at)), key=lambda row: row.id)
    held = sorted((_held(list(group), now) for _, group in grouped), key=lambda one: (one.row.starts_at, one.row.id))
    coming = [one for one in held if not one.is_over]
    next_up = next((one for one in coming if one.row.state == "seated" and not one.row.cancelled_at), None)
    return Learning(
        next_up=next_up,
        coming=[one for one in coming if one is not next_up],
        past=[one for one in reversed(held) if one.is_over and one.row.state == "seated"],
        names_communities=len({one.row.community for one in held}) > 1,
    )


def _held(sessions: Sequence[Any], now: datetime) -> Held:
    number = next((n for n, one in enumerate(sessions) if one.ends_at > now), None)
    shown = len(sessions) - 1 if number is None else number
    return Held(sessions[shown], shown + 1, len(sessions), number is None)
