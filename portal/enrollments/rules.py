"""Who may have a seat, and in which words the portal says no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from portal.agenda.rules import Dated, Meant, Person, is_meant, registration_state
from portal.core.filters import moment_text, until_text

NO_LINE = "All seats are taken, and there is no waitlist here. The agenda shows what else has seats."
ORDINALS = {1: "st", 2: "nd", 3: "rd"}


class Asked(Dated, Meant, Protocol):
    """The experience that a seat is asked for, or a row with the same columns."""


@dataclass(frozen=True)
class Asking:
    """What the law looks at: the moment, when the thing begins, and who asks."""

    now: datetime
    starts_at: datetime
    zone: str
    person: Person  # of a visitor nothing is known


@dataclass(frozen=True)
class Seats:
    """How full one mode is."""

    mode: str
    taken: int
    capacity: int

    @property
    def left(self) -> int:
        return max(0, self.capacity - self.taken)


def refusal_of(experience: Asked, asking: Asking) -> str:
    """The sentence that refuses a seat and says what would work; empty when nothing stands in the way."""
    return _wrong_time(experience, asking) or _wrong_person(experience, asking.person)


def offer_state(mine: str | None, refusal: str, is_visitor: bool, is_full: bool, has_waitlist: bool) -> str:
    """What a page offers: seated or waiting (what one has), else refused, visitor (sign in first), open, full, or
    none_left where no line is kept.
    """
    if mine:
        return mine
    if refusal:
        return "refused"
    if is_visitor:
        return "visitor"
    if not is_full:
        return "open"
    return "full" if has_waitlist else "none_left"


def tightest(sessions: Sequence[Sequence[Seats]]) -> tuple[Seats, ...]:
    """The seats of several sessions as one: for each mode the session that has fewest left."""
    by_mode: dict[str, Seats] = {}
    for seats in (one for session in sessions for one in session):
        mode = seats.mode if len(sessions[0]) > 1 else sessions[0][0].mode
        if mode not in by_mode or seats.left < by_mode[mode].left:
            by_mode[mode] = seats
    return tuple(by_mode.values())


def district_for(audience: Sequence[str] | None, jobs: Sequence[tuple[int, str]]) -> int | None:
    """The district a person comes from: that of the first of the `jobs` (district, role) that the audience names.

    None for whoever needs no job to come.
    """
    return next((district for district, role in jobs if audience is None or role in audience), None)


def has_room(pools: Sequence[tuple[int, int]]) -> bool:
    """Whether every pool, given as taken and capacity, has a seat left: all sessions or none."""
    return all(taken < capacity for taken, capacity in pools)


def ordinal(number: int) -> str:
    """“1st”, “2nd”, “11th”."""
    tail = "th" if 10 < number % 100 < 14 else ORDINALS.get(number % 10, "th")
    return f"{number}{tail}"


def _wrong_time(experience: Asked, asking: Asking) -> str:
    state = registration_state(experience, asking.now, asking.starts_at)
    if state == "cancelled":
        return "This was cancelled. The agenda shows what else is coming up."
    if state == "started":
        return "This has started, so sign-up is over. The agenda shows what is coming up next."
    if state == "not_yet" and experience.opens_at:
        return f"Sign-up opens on {moment_text(experience.opens_at, asking.zone)}. Come back then."
    if state == "closed" and experience.closes_at:
        ended = until_text(experience.closes_at, asking.zone)
        return f"Sign-up was open until {ended}. If you need to come, write to your community’s staff."
    return ""


def _wrong_person(experience: Asked, person: Person) -> str:
    if not person.is_signed_in or is_meant(experience, person):
        return ""
    if experience.reach == "invited" and experience.id not in person.invited:
        return "Seats here are for people who were invited. The agenda shows what is open to you."
    if experience.reach == "cohorts" and not any(number == experience.id for number, _ in person.cohorts):
        return "Seats here are for the districts of some cohorts. The agenda shows what is open to you."
    if experience.reach == "members" and not person.roles:
        return "Seats are for people who work in a member district. Ask your district’s lead to add you to its team."
    return "Seats here are for other roles: see “Who comes”. The agenda shows what is open to you."
