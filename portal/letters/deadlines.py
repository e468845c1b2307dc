"""Until when a letter can be written, sent or taken back: the round's dates, a district's extension, a return.

Nothing here reads the clock: `now` is given. A moment on the last second still counts, the second after does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.core.errors import RuleBroken
from portal.core.filters import until_text
from portal.rounds.models import Round
from portal.rounds.rules import end_for, is_in_time, last_moment, may_write, stage_of, told_end

from .models import Letter, Return


def ends_at(letter: Letter) -> datetime:
    """The last moment at which the letter can be written, signed and sent: a return's date, an extension, the round."""
    sent_back = open_return(letter)
    if sent_back is not None:
        return sent_back.due_at
    return end_for(letter.round, letter.extensions)


def is_open(letter: Letter, now: datetime) -> bool:
    """Whether the letter can be written, signed and sent at `now`."""
    sent_back = open_return(letter)
    if sent_back is not None:
        return is_in_time(now, sent_back.due_at)
    # Extensions are read last: this is asked at every save, and hardly any district has one.
    return may_write(letter.round, now) or (has_opened(letter.round, now) and is_extended(letter, now))


def is_extended(letter: Letter, now: datetime) -> bool:
    """Whether the district's own time runs at `now`."""
    return bool(letter.extensions) and is_in_time(now, letter.extensions[-1].until)


def has_opened(round: Round, now: datetime) -> bool:
    """Whether the round has begun to take letters, be it over or not."""
    return stage_of(round, now) in ("open", "grace", "closed")


def is_late(letter: Letter, moment: datetime) -> bool:
    """Whether a letter sent at `moment` came in the grace minutes. An extension or a return is no lateness."""
    if is_in_time(moment, letter.round.closes_at) or open_return(letter) is not None:
        return False
    return not is_extended(letter, moment)


@dataclass(frozen=True)
class Time:
    """Until when the district of a letter is told that it has time, and why then.

    `kind`: closing, grace (letters have closed, and what is sent now is late), more (an extension), returned.
    """

    kind: str
    until: datetime


def time_of(letter: Letter, now: datetime) -> Time:
    """The time that a letter which is still open has at `now`."""
    if open_return(letter) is not None:
        return Time("returned", ends_at(letter))
    if ends_at(letter) > last_moment(letter.round):
        return Time("more", ends_at(letter))
    return Time("grace", last_moment(letter.round)) if is_late(letter, now) else Time("closing", letter.round.closes_at)


def told_until(letter: Letter, now: datetime) -> datetime:
    """Until when the time of a letter is said to run at `now`, or to have run: the district and staff read one hour."""
    if is_open(letter, now) or open_return(letter) is not None:
        return time_of(letter, now).until
    return told_end(letter.round, letter.extensions)


def open_return(letter: Letter) -> Return | None:
    """The sections that are with the district for changes just now, if any were sent back."""
    if letter.status not in ("returned", "endorsing"):
        return None
    open_ones = [one for one in letter.returns if one.ended_at is None]
    return open_ones[-1] if open_ones else None


def open_sections(letter: Letter) -> set[str] | None:
    """The slugs of the sections that may be changed; None means all of them."""
    sent_back = open_return(letter)
    return set(sent_back.sections) if sent_back is not None else None


def withdraw_until(letter: Letter) -> datetime:
    """Until when a letter that was sent can be withdrawn, and a withdrawal undone: as the round says, else closing.

    A district that was given more time has it for this too.
    """
    stated, end = letter.round.withdraw_until, end_for(letter.round, letter.extensions)
    if stated is None:
        return end
    return max(stated, end) if letter.extensions else stated


def check_more_time(round: Round, end: datetime, until: datetime, reason: str, now: datetime) -> None:
    """Raise RuleBroken unless a district whose time ends at `end` may be given more, until `until`, for `reason`."""
    if not has_opened(round, now):
        raise RuleBroken("Only in a round that is open or has closed can one district have more time.")
    if not reason.strip():
        raise RuleBroken(
            "Say why this district gets more time. The reason stays with the round, and the district reads it."
        )
    if until <= end:
        given = until_text(end, round.community.time_zone)
        raise RuleBroken(
            f"This district has until {given} already. Give a later moment: time that was given stays given."
        )
    if until <= now:
        raise RuleBroken("Give a moment that is still to come.")
