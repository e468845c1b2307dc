"""What the page says about a seat: where the reader stands, how full it is, how the line moves, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from portal.agenda.rules import MODE_WORDS
from portal.core.filters import moment_text, plural

from .line_rules import Timed, cut_off
from .rules import Seats

IN_IT = {"pending", "waiting", "seated"}
GIVEN = "A seat that comes free goes to the next in line at once. We write to you when one is yours."
OFFERED = (
    "A seat that comes free is offered to the next in line. When it is your turn, we write to you. You get about "
    "{hold} to answer; the mail says until when."
)
FROM_THEN = (
    "From {since} on it is offered to you instead: you get about {hold} to answer, and the mail says until when."
)
OPEN = (
    "It starts soon, so nobody is moved up any more. If a seat comes free now, whoever of the line takes it first on "
    "this page has it."
)
TITLES = {
    "open": "Take a seat",
    "full": "All seats are taken",
    "seated": "You have a seat",
    "holding": "You have an online seat",
    "over": "You had a seat",
    "past": "This is over",
    "waiting": "You are {place} in line",
    "last_seats": "You are {place} in line",
    "offered": "A seat is kept for you",
    "offer_over": "The time to answer is over",
    "pending": "You asked for a seat",
    "turned_down": "Your lead said no",
}
MARKS = {
    "seated": ("check", "You have a seat", "good"),
    "over": ("check", "You had a seat", ""),
    "offered": ("clock", "A seat is kept for you", "now"),
    "pending": ("clock", "A lead of your district is asked, or the community’s staff", "now"),
    "waiting": ("line", "You are {place} in line", "now"),
}
TOGETHER = (
    "You wait together with your colleagues: a seat for each of you, or for none. A single seat that comes free goes "
    "to the next in line who waits alone."
)


BACK_TO = {  # where a seat goes that came out of kept ones, by for whom they are kept
    "lead": "goes back to the seats kept for your district",
    "district": "goes back to the seats kept for your district",
    "role": "goes back to the seats kept for people with this job",
}
NEXT = {  # how a line takes it, by how it moves
    "given": "goes to the next in line at once",
    "offered": "is offered to the next in line",
    "open": "is there for whoever of the line takes it first",
}


@dataclass(frozen=True)
class Leaving:
    """A seat before it is given up: for whom those are kept that it came out of (a kind of hold, or nobody), how the
    line moves just now (`line_rules.phase`), and whether anybody waits for it.
    """

    kept_for: str
    phase: str
    has_line: bool


@dataclass(frozen=True)
class Mine:
    """What the reader has: an enrollment, and the offer of a seat that waits for an answer."""

    enrollment_id: int
    state: str
    mode: str
    waits_for: str | None
    is_team: bool
    offer_mode: str | None
    offer_until: datetime | None


class Choice(NamedTuple):
    """One way to come, where there are several: the mode, its words, and what asking for it would give."""

    mode: str
    words: str
    hint: str
    has_room: bool


def standing(mine: Mine | None, phase: str, now: datetime, ends_at: datetime) -> str | None:
    """Where the reader stands, in one word; None for whoever has nothing here.

    offered: a seat is kept for them; offer_over: it was, until just now; holding: they have an online seat and wait for
    one in the room; last_seats: they wait, and whoever of the line presses first has what comes free; turned_down:
    their lead said no; over: it is; else the state of the enrollment.
    """
    if mine is None or mine.state == "given_up" or (phase == "started" and mine.state != "seated"):
        return None
    if mine.state == "refused":
        return "turned_down"
    if now >= ends_at:
        return "over"
    return _answering(mine, now) or _in_line(mine, phase)


def title_of(state: str, place: str) -> str:
    """What stands over it; `place`: the reader's place in line."""
    return TITLES.get(state, "Seats").format(place=place)


def mark_of_mine(state: str, place: str) -> tuple[str, str, str]:
    """The same in a row of a list: an icon, words and a tone."""
    icon, words, tone = MARKS[state]
    return icon, words.format(place=place), tone


def seats_words(seats: Seats, *, names_mode: bool, kept_for: str = "others") -> str:
    """“31 of 36 seats taken, online · 2 seats are kept for others · 4 waiting”; more people than seats are said too."""
    mode = f", {MODE_WORDS[seats.mode].lower()}" if names_mode else ""
    more = seats.taken - seats.capacity
    parts = [
        f"{seats.taken} of {seats.capacity} seats taken{mode}",
        f"{more} more than there are seats" if more > 0 else "",
        *_held_words(seats, kept_for),
        f"{seats.waiting} waiting" if seats.waiting else "",
    ]
    return " · ".join(part for part in parts if part)


def held_words(held: int) -> str:
    """“1 seat is kept”: for whom is not said, since it may be the reader."""
    return f"{held} {'seat is' if held == 1 else 'seats are'} kept"


def has_room(seats: Seats) -> bool:
    """Whether the reader gets a seat by asking now: one is kept for people like them, or left while nobody waits."""
    return seats.kept > 0 or (seats.left > 0 and not seats.waiting)


def choices_of(seats: Sequence[Seats], *, has_waitlist: bool = True) -> list[Choice]:
    """The ways to come, those with a seat first; full ones only where one can wait. Where seats are not side by side
    there is nothing to choose.
    """
    if len(seats) < 2:
        return []
    offered = [one for one in seats if has_waitlist or has_room(one)]
    found = [Choice(one.mode, MODE_WORDS[one.mode], _choice_hint(one), has_room(one)) for one in offered]
    return sorted(found, key=lambda choice: not choice.has_room)


def line_words(experience: Timed, phase: str, starts_at: datetime, zone: str, *, is_team: bool = False) -> str:
    """The rule of the line in words, as it is at this moment."""
    hold = _time_words(experience.offer_hold_hours)
    words = {"offered": OFFERED.format(hold=hold), "open": OPEN}.get(phase, GIVEN)
    if phase == "given" and experience.offer_hold_hours and experience.offer_within_hours > experience.cutoff_hours:
        words += " " + FROM_THEN.format(since=moment_text(offers_from(experience, starts_at), zone), hold=hold)
    return f"{words} {TOGETHER}" if is_team else words


def offers_from(experience: Timed, starts_at: datetime) -> datetime:
    """From when on a freed seat is offered and not given."""
    return starts_at - timedelta(hours=experience.offer_within_hours)


def last_move(experience: Timed, starts_at: datetime) -> datetime:
    """Until when somebody in line can be moved up."""
    return cut_off(experience, starts_at)


def kept_words(seats: Sequence[Seats]) -> str:
    """How many seats are kept for people like the reader, where that is why they get one; empty else."""
    kept = sum(one.kept for one in seats if one.waiting or not one.left)
    if not kept:
        return ""
    return f"{kept} {'seat is' if kept == 1 else 'seats are'} kept for people of your district or with your job."


def where_it_goes(seat: Leaving) -> str:
    """What happens to a seat that is given up, after “The seat”: “goes to the next in line at once”."""
    if seat.kept_for:
        return BACK_TO[seat.kept_for]
    if seat.phase == "started":
        return "goes to nobody else any more"
    return NEXT[seat.phase] if seat.has_line else "is free for others then"


def asked_again(seat: Leaving) -> str:
    """What awaits whoever gave the seat up and asks for one again; empty when nobody can."""
    if seat.phase == "started":
        return ""
    if seat.has_line:
        return "If you ask again later, you start at the end of the line."
    return "If you ask again later, it may be taken."


def _time_words(hours: int) -> str:
    days, rest = divmod(hours, 24)
    return plural(days, "day") if days > 1 and not rest else plural(hours, "hour")


def _held_words(seats: Seats, kept_for: str) -> list[str]:
    """What is kept, by for whom: an offer for the reader, shares that they fit, and the rest for others."""
    offered = 1 if kept_for == "you" else 0
    others = max(0, seats.held - seats.kept - offered)
    return [
        "1 kept for you" if offered and seats.held else "",
        f"{seats.kept} kept for your district or job" if seats.kept else "",
        f"{held_words(others)} for others" if others else "",
    ]


def _choice_hint(seats: Seats) -> str:
    if has_room(seats):
        kept = f"{seats.kept} kept for people of your district or with your job" if seats.kept else ""
        left = f"{seats.left} {'seat' if seats.left == 1 else 'seats'} left" if seats.left and not seats.waiting else ""
        return ", ".join(filter(None, [kept, left]))
    return f"All seats taken, {seats.waiting} waiting: you join the line" if seats.waiting else "You join the line"


def _answering(mine: Mine, now: datetime) -> str:
    if mine.offer_until is None:
        return ""
    return "offered" if now < mine.offer_until else "offer_over"


def _in_line(mine: Mine, phase: str) -> str:
    if mine.waits_for is None or phase == "started":
        return mine.state
    if mine.state == "seated":
        return "holding"
    return "last_seats" if phase == "open" else mine.state
