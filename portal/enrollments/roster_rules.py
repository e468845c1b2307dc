"""How a list of people is read: which tab, which filters, and how full a thing is in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from portal.agenda.models import MODES, Experience, Session
from portal.core.clock import local
from portal.core.filters import plural

STATE_WORDS = {
    "seated": "Has a seat",
    "waiting": "In line",
    "pending": "The district’s lead is asked",
    "given_up": "Gave the seat up",
    "refused": "The district’s lead said no",
}
STATE_MARKS = {  # icon and tone
    "seated": ("check", "good"), "waiting": ("line", "now"), "pending": ("clock", "now"), "given_up": ("off", ""),
    "refused": ("off", ""),
}  # fmt: skip
TABS = {"": "Seats", "line": "In line", "asked": "Lead is asked", "gone": "Gone"}


ROWS = {  # what a row of each tab is, where one person can have several
    "": ("seat", "seats"), "line": ("place in line", "places in line"), "asked": ("request", "requests"),
    "gone": ("seat that is gone", "seats that are gone"),
}  # fmt: skip


class Pool(Protocol):
    """The seats of one session in one mode."""

    @property
    def mode(self) -> str: ...

    @property
    def taken(self) -> int: ...

    @property
    def held(self) -> int: ...

    @property
    def capacity(self) -> int: ...


@dataclass(frozen=True)
class Room:
    """How full one mode is, in the session that has fewest seats left."""

    mode: str
    taken: int
    held: int
    capacity: int

    @property
    def left(self) -> int:
        return max(0, self.capacity - self.taken - self.held)

    @property
    def words(self) -> str:
        """“31 of 36 seats taken, 3 kept, 2 left”; past the capacity it says by how many."""
        told = [f"{self.taken} of {plural(self.capacity, 'seat')} taken"]
        if self.held:
            told.append(f"{self.held} kept")
        over = self.taken - self.capacity
        told.append(f"{over} more than there are seats" if over > 0 else f"{self.left} left")
        return ", ".join(told)


def people_words(stand: str, rows: int, people: int) -> str:
    """“12 people, 30 seats”: what a tab of a space holds, whose meetings are joined one by one."""
    return f"{plural(people, 'person', 'people')}, {plural(rows, *ROWS[stand])}"


def rooms_in(sessions: Iterable[Session], now: datetime) -> list[Room]:
    """How full a thing is: each way to come in the session that has fewest seats left, of those that count."""
    rooms = rooms_of(pool for one in counted_of(sessions, now) for pool in one.pools)
    return sorted(rooms, key=lambda room: MODES.index(room.mode))


def counted_of(sessions: Iterable[Session], now: datetime) -> Sequence[Session]:
    """The sessions that say how full a thing is: those to come, for what is over has no seats left to give. Only where
    all of it is over do those that were held tell how it was; what was cancelled never counts.
    """
    held = [one for one in sessions if one.cancelled_at is None]
    return [one for one in held if one.ends_at > now] or held


def rooms_of(pools: Iterable[Pool]) -> list[Room]:
    """The pools of several sessions as one: for each mode the one with fewest seats left."""
    tightest: dict[str, Room] = {}
    for pool in pools:
        room = Room(pool.mode, pool.taken, pool.held, pool.capacity)
        known = tightest.get(pool.mode)
        if known is None or _spare(room) < _spare(known):
            tightest[pool.mode] = room
    return list(tightest.values())


def why_not_yet(experience: Experience, unpublished: str, zone: str) -> str:
    """Why nobody is added to it and nothing kept in it: it is cancelled, or (`unpublished`) a draft. Empty: nothing."""
    if experience.cancelled_at is not None:
        return f"This was cancelled on {local(experience.cancelled_at, zone):%A, %B %-d}."
    return "" if experience.published_at is not None else unpublished


def stand_of(state: str, waits_for: str | None) -> set[str]:
    """In which tabs an enrollment stands: whoever has an online seat and waits for one in the room, in two."""
    tabs = {"seated": {""}, "pending": {"asked"}, "given_up": {"gone"}, "refused": {"gone"}}.get(state, set())
    return tabs | ({"line"} if waits_for is not None else set())


def _spare(room: Room) -> int:
    return room.capacity - room.taken - room.held
