"""The line: who is next and fits, when seats are given or offered, and until when an offer is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from portal.agenda.school_rules import Noted, is_away, is_school_day
from portal.core.clock import local

MORNING, NIGHT = time(7), time(21)  # between them people read their mail
FIRST_BELL, LAST_BELL = time(8), time(15)  # between them, on school days, they teach
DAY = timedelta(days=1)


class Timed(Protocol):
    """What says how its line moves when the start comes near: an experience, or a row with the same columns."""

    @property
    def offer_within_hours(self) -> int: ...

    @property
    def offer_hold_hours(self) -> int: ...

    @property
    def cutoff_hours(self) -> int: ...


@dataclass(frozen=True)
class Standing:
    """Somebody who stands in line or has just come: the pools in which a seat is missing, and what a share looks at."""

    enrollment_id: int
    mode: str
    pool_ids: frozenset[int]
    district_id: int | None = None
    roles: frozenset[str] = frozenset()
    team_id: int | None = None
    takes_shares: bool = True


@dataclass
class Kept:
    """A share of the seats with what remains of it."""

    id: int
    mode: str
    district_id: int | None
    role: str
    remaining: int

    def fits(self, one: Standing) -> bool:
        """Whether this person may take a seat out of it."""
        if self.remaining < 1 or self.mode != one.mode or not one.takes_shares:
            return False
        return self.role in one.roles if self.district_id is None else self.district_id == one.district_id


@dataclass
class Room:
    """What is left in each pool, and what is kept as shares: districts' before roles', the older before the newer."""

    left: dict[int, int]
    kept: list[Kept]

    def copy(self) -> Room:
        return Room(dict(self.left), [Kept(**vars(one)) for one in self.kept])

    def share_for(self, one: Standing) -> int | None:
        return next((share.id for share in self.kept if share.fits(one)), None)

    def has(self, one: Standing) -> bool:
        return all(self.left[number] > 0 for number in one.pool_ids)

    def take(self, one: Standing, share_id: int | None) -> None:
        for share in self.kept:
            share.remaining -= share.id == share_id
        if share_id is None:
            for number in one.pool_ids:
                self.left[number] -= 1


def ways_for(group: Sequence[Standing], room: Room) -> list[int | None] | None:
    """How all of the group get a seat: for each the share it comes out of (None: what is left to all). None: not all
    of them do.
    """
    trial, ways = room.copy(), list[int | None]()
    for one in group:
        share_id = trial.share_for(one)
        if share_id is None and not trial.has(one):
            return None
        trial.take(one, share_id)
        ways.append(share_id)
    return ways


def ways_past(
    group: Sequence[Standing], line: Iterable[Sequence[Standing]], room: Room
) -> list[int | None] | None:  # fmt: skip
    """The same for people who have just come: they pass nobody in `line` who could have the very seat."""
    ways = ways_for(group, room)
    if ways is None:
        return None
    for waiting in line:
        theirs = ways_for(waiting, room)
        if theirs is not None and _want_the_same(group, ways, waiting, theirs):
            return None
    return ways


def groups_of(line: Iterable[Standing]) -> list[list[Standing]]:
    """The line by whom it moves up together: a team stands where its last member does, so that nobody is passed by
    those who came later and joined somebody with an older number.
    """
    groups = dict[tuple[str, int], list[Standing]]()
    for one in line:
        key = ("one", one.enrollment_id) if one.team_id is None else ("team", one.team_id)
        groups[key] = [*groups.pop(key, []), one]
    return list(groups.values())


def phase(experience: Timed, now: datetime, starts_at: datetime) -> str:
    """How the line moves at `now`: a freed seat is given (`given`), offered (`offered`), or nobody is moved up any
    more and whoever waits may take it (`open`); `started` when it has begun.
    """
    if now >= starts_at:
        return "started"
    if now >= cut_off(experience, starts_at):
        return "open"
    is_near = now >= starts_at - timedelta(hours=experience.offer_within_hours)
    return "offered" if is_near and experience.offer_hold_hours > 0 else "given"


class Running(Timed, Protocol):
    """A line that knows when its thing starts."""

    @property
    def starts_at(self) -> datetime: ...


def is_moving(line: Running, now: datetime) -> bool:
    """Whether anybody is still moved up in it."""
    return phase(line, now, line.starts_at) in {"given", "offered"}


def cut_off(experience: Timed, starts_at: datetime) -> datetime:
    """From when on nobody is moved up any more."""
    return starts_at - timedelta(hours=experience.cutoff_hours)


def offer_until(
    now: datetime, starts_at: datetime, hold: int, cutoff: int, zone: str, school_days: Sequence[Noted],
    district_id: int | None = None,
) -> datetime:  # fmt: skip
    """Until when a seat is kept that is offered at `now`: `hold` hours, or to the next moment when somebody can answer,
    which is not at night, not while people teach, and on no weekend, holiday or vacation; but never longer than to
    `cutoff` hours before the start.
    """
    until, last = now + timedelta(hours=hold), starts_at - timedelta(hours=cutoff)
    while until < last:
        later = _later(until, zone, school_days, district_id)
        if later == until:
            return until
        until = later
    return last


def may_offer(
    now: datetime, last: datetime, zone: str, school_days: Sequence[Noted], district_id: int | None = None
) -> bool:
    """Whether an offer is made at `now`: not in quiet hours, unless the cut-off (`last`) comes before they end."""
    end = quiet_end(now, zone, school_days, district_id)
    return end == now or last <= end


def quiet_end(moment: datetime, zone: str, school_days: Sequence[Noted], district_id: int | None = None) -> datetime:
    """When the quiet hours are over in which `moment` lies; the moment itself when it lies in none."""
    wall = local(moment, zone)
    clock, day = wall.time(), wall.date()
    if clock < MORNING:
        return _at(day, MORNING, zone)
    if clock >= NIGHT:
        return _at(day + DAY, MORNING, zone)
    if FIRST_BELL <= clock < LAST_BELL and is_school_day(day, school_days, district_id):
        return _at(day, LAST_BELL, zone)
    return moment


def _later(moment: datetime, zone: str, school_days: Sequence[Noted], district_id: int | None) -> datetime:
    day = local(moment, zone).date()
    if is_away(day, school_days, district_id):
        return _at(day + DAY, MORNING, zone)
    return quiet_end(moment, zone, school_days, district_id)


def _at(day: date, clock: time, zone: str) -> datetime:
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)


def _want_the_same(
    group: Sequence[Standing], ways: Sequence[int | None], others: Sequence[Standing], theirs: Sequence[int | None]
) -> bool:
    shares = {way for way in ways if way is not None}
    if shares.intersection(theirs):
        return True
    return bool(_pools_of(group, ways) & _pools_of(others, theirs))


def _pools_of(group: Sequence[Standing], ways: Sequence[int | None]) -> set[int]:
    return {number for one, way in zip(group, ways, strict=True) if way is None for number in one.pool_ids}
