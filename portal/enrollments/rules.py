"""Who may have a seat, and in which words the portal says no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from portal.agenda.rules import Dated, Meant, Person, is_meant, registration_state
from portal.core.errors import RuleBroken
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


class Counted(Protocol):
    """A pool, or a row with the same columns."""

    @property
    def capacity(self) -> int: ...

    @property
    def taken(self) -> int: ...

    @property
    def held(self) -> int: ...


class Move(NamedTuple):
    """From which states (None: nothing yet) a verb leads to which, and who may do it."""

    sources: tuple[str | None, ...]
    targets: tuple[str, ...]
    who: tuple[str, ...]


# verb: what it does to an enrollment. Every operation that changes a state asks this table first, and buttons beside
# other people's names are drawn by it. Who: the person, the lead of their district, staff, the facilitator, and the
# portal itself.
MOVES = {
    "ask": Move((None, "given_up"), ("pending", "waiting", "seated"), ("person", "lead")),
    "approve": Move(("pending", "refused"), ("waiting", "seated"), ("lead", "staff")),
    "refuse": Move(("pending",), ("refused",), ("lead", "staff")),
    "move_up": Move(("waiting",), ("seated",), ("portal", "person")),
    "switch": Move(("seated",), ("seated",), ("portal", "person", "staff", "facilitator")),
    "accept": Move(("waiting", "seated"), ("seated",), ("person", "lead")),
    "decline": Move(("waiting", "seated"), ("given_up", "seated"), ("person", "lead", "portal")),
    "give_up": Move(
        ("pending", "waiting", "seated"), ("given_up",), ("person", "lead", "staff", "facilitator", "portal")
    ),
    "wait_for_room": Move(("seated",), ("seated",), ("person", "lead")),
    "take_online": Move(("waiting",), ("seated",), ("person", "lead")),
    "stop_waiting": Move(("seated",), ("seated",), ("person", "lead")),
    "change_mode": Move(("waiting", "seated"), ("waiting", "seated"), ("person", "lead")),
    "substitute": Move(("seated",), ("given_up",), ("lead", "staff")),
    "add": Move((None, "given_up", "refused", "pending", "waiting"), ("seated",), ("staff", "facilitator")),
    "name": Move((None, "given_up", "refused", "pending", "waiting"), ("seated",), ("lead",)),
}
STANDS = {  # why something is not possible, by the state in which it is not
    None: "There is no seat and no request here. The agenda shows what is open.",
    "pending": "A lead of the district, or the community’s staff, is asked first. When they answer, there is a mail.",
    "waiting": "There is no seat yet, only a place in line. When a seat comes free, there is a mail about it.",
    "seated": "There is a seat already.",
    "given_up": "The seat was given up. Ask for a new one: the page of the agenda shows whether one is free.",
    "refused": "A lead of the district said no to this request. Talk with them: they can still say yes.",
}


def may(verb: str, state: str | None, who: str) -> bool:
    """Whether `who` can do `verb` (a key of MOVES) to an enrollment in this state; buttons are drawn by it."""
    return state in MOVES[verb].sources and who in MOVES[verb].who


def check_move(verb: str, state: str | None, instead: str = "") -> None:
    """Refuse `verb` in a state that it does not begin in; `instead`: the words, where it is about somebody else."""
    if state not in MOVES[verb].sources:
        raise RuleBroken(instead or STANDS[state])


@dataclass(frozen=True)
class Seats:
    """How full one mode is, and how many wait in its line."""

    mode: str
    taken: int
    capacity: int
    held: int = 0
    waiting: int = 0
    kept: int = 0  # of those held: in shares out of which the reader can have one

    @property
    def left(self) -> int:
        return left_of(self)


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


def left_of(place: Counted) -> int:
    """How many seats anybody can still have: neither taken nor held. Never below 0, however many staff added."""
    return max(0, place.capacity - place.taken - place.held)


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
