"""Until when visitors may ask about a round or take a seat at an info session, and what is said when they may not."""

from __future__ import annotations

from datetime import datetime

from portal.core.errors import RuleBroken
from portal.core.filters import NB, moment_text, number_word, plural

from .models import InfoSession, Round
from .rules import last_moment, stage_of

ASKABLE = ("upcoming", "open", "grace")
NO_ROUND = "No letter is open for questions now. Write to us instead: we answer by mail."


def asks_until(round: Round) -> datetime:
    """The last moment for questions that everybody can read the answer to: as the round says, else its end."""
    return round.questions_until or last_moment(round)


def may_ask(round: Round, now: datetime) -> bool:
    """Whether a question about the round can be asked at `now`."""
    return stage_of(round, now) in ASKABLE and now <= asks_until(round)


def check_asking(round: Round, now: datetime, zone: str) -> None:
    """Raise RuleBroken with what to do instead when it is too late to ask about the round."""
    if stage_of(round, now) not in ASKABLE:
        raise RuleBroken(NO_ROUND)
    if not may_ask(round, now):
        raise RuleBroken(f"Questions ended on {moment_text(asks_until(round), zone)}. Write to us: we answer by mail.")


def seats_left(session: InfoSession, taken: int) -> int | None:
    """How many seats an info session has left; None when it has no limit."""
    return None if session.capacity is None else max(session.capacity - taken, 0)


def seats_words(session: InfoSession, taken: int) -> str:
    """The same in words: “12 seats left”, “one seat left”, “full”, “room for everybody”."""
    left = seats_left(session, taken)
    if left is None:
        return "room for everybody"
    if left == 0:
        return "full"
    return f"{number_word(left)}{NB}seat left" if left == 1 else f"{plural(left, 'seat')} left"


def is_ahead(session: InfoSession, now: datetime) -> bool:
    """Whether an info session has not begun."""
    return now < session.at


def check_seat(session: InfoSession, taken: int, now: datetime) -> None:
    """Raise RuleBroken when an info session has begun, or has no seat left."""
    check_ahead(session, now)
    if seats_left(session, taken) == 0:
        raise RuleBroken(
            "This meeting is full. Choose another one, look again later when seats come free, or ask your question in"
            " writing."
        )


def check_ahead(session: InfoSession, now: datetime) -> None:
    """Raise RuleBroken when an info session has begun or is over."""
    if not is_ahead(session, now):
        raise RuleBroken("This meeting has begun or is over. Choose a later one, or ask your question in writing.")
