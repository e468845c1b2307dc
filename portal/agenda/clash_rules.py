"""What stands in the way of a date: one leader or one room taken twice, people wanted twice, no school."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from portal.core.clock import local

from .repeat_rules import away_words
from .school_rules import AWAY, covering, in_words, said_of

FEW = 3  # names; beyond that they are counted


@dataclass(frozen=True)
class Held:
    """One dated part of an experience, with what can be wanted twice."""

    experience_id: int | None
    session_id: int | None
    title: str
    slug: str
    starts_at: datetime
    ends_at: datetime
    place: str = ""
    leaders: frozenset[str] = frozenset()  # faculty by "f" and number, a facilitator by "a" and number
    reach: str = "members"
    cohorts: frozenset[int] = frozenset()
    roles: frozenset[str] | None = None

    def is_at_once_with(self, other: Held) -> bool:
        """Whether the two are at the same time; what only touches is not."""
        # Two dates that are not made yet have no number, and are not one and the same for that.
        is_itself = self.session_id is not None and self.session_id == other.session_id
        return not is_itself and self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True)
class Clash:
    """Something in the way: of which sort, and in one sentence. `slug`: the other experience, if it is one."""

    sort: str  # leader, room, people, school
    sentence: str
    slug: str = ""
    title: str = ""

    @property
    def is_grave(self) -> bool:
        """Whether it cannot be so: nobody can be in two rooms, and no room holds two groups."""
        return self.sort in {"leader", "room"}


def clashes_of(
    one: Held, others: Iterable[Held], days: Sequence[Any], districts: Mapping[int, str], names: Mapping[str, str],
    zone: str,
) -> list[Clash]:  # fmt: skip
    """What stands in the way of `one`. `days`: the school calendar; `districts`: member districts; `names`: leaders."""
    # What cannot be comes first; what is only inconvenient, and what the calendar says, after it.
    found = [clash for other in others if one.is_at_once_with(other) for clash in _between(one, other, names)]
    return sorted(found, key=lambda clash: not clash.is_grave) + _of_school(one, days, districts, zone)


def _between(one: Held, other: Held, names: Mapping[str, str]) -> list[Clash]:
    found = [
        Clash("leader", f"{names.get(key, 'Whoever leads it')} leads “{other.title}” at the same time.",
              other.slug, other.title)
        for key in sorted(one.leaders & other.leaders)
    ]  # fmt: skip
    if _is_same_room(one, other):
        found.append(Clash("room", f"“{other.title}” is in {other.place} at the same time.", other.slug, other.title))
    if other.experience_id != one.experience_id and has_people_in_common(one, other):
        sentence = f"“{other.title}” is for some of the same people at the same time."
        found.append(Clash("people", sentence, other.slug, other.title))
    return found


def has_people_in_common(one: Held, other: Held) -> bool:
    """Whether somebody can be meant by both. Who is invited one by one is not compared."""
    # To compare them would take the list of each; and staff who invite one by one know whom they ask.
    if "invited" in (one.reach, other.reach):
        return False
    if one.reach == other.reach == "cohorts" and not one.cohorts & other.cohorts:
        return False
    return one.roles is None or other.roles is None or bool(one.roles & other.roles)


def _is_same_room(one: Held, other: Held) -> bool:
    return bool(one.place) and one.place.casefold() == other.place.casefold()


def _of_school(one: Held, days: Sequence[Any], districts: Mapping[int, str], zone: str) -> list[Clash]:
    found = []
    for day in days_of(one.starts_at, one.ends_at, zone):
        rows = covering(days, day, day)
        row, words = said_of(day, rows), f"{day:%A, %B %-d}"
        if row is not None and row.kind in AWAY:
            found.append(Clash("school", f"{words} is {in_words(row)}: schools are closed."))
        away = away_words(day, rows, districts)
        if away:
            found.append(Clash("school", f"No school on {words} in {_some(away)}."))
    return found


def days_of(starts_at: datetime, ends_at: datetime, zone: str) -> list[date]:
    """The days on which something is, as people in `zone` count them."""
    # A minute less: what ends at midnight is not on the next day.
    first, last = local(starts_at, zone).date(), local(ends_at - timedelta(minutes=1), zone).date()
    return [first + timedelta(days=count) for count in range((last - first).days + 1)]


def _some(words: Sequence[str]) -> str:
    more = len(words) - FEW
    return f"{'; '.join(words[:FEW])}; and {more} more" if more > 0 else "; ".join(words)
