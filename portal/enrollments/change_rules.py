"""What may become of a date, who is asked about a new one, and in which words the portal says no."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Protocol

from portal.core.errors import RuleBroken

ASK_WORDS = {
    "clash": "Ask those whose calendar does not fit",
    "all": "Ask everybody",
    "none": "Ask nobody",
}
ASK_HINTS = {
    "clash": "They have another seat at that time, or their district has no school that day. All others carry over.",
    "all": "Each person says yes or no. Whoever does not answer keeps the seat.",
    "none": "Everybody carries over. Whoever cannot come gives the seat up.",
}
DAY_CHOICES = {
    "closed": "It is closed",
    "delayed": "It begins late",
    "school_day": "It has school after all",
}
CHANGE_WORDS = {
    "moved": "Moved",
    "online": "Taken online",
    "room": "Taken back to the room",
    "cancelled": "Cancelled",
}
EVERYBODY_IS_ASKED = "Everybody is asked about the new date."
CHANGED_MEANWHILE = "Somebody changed this session in the meantime. Look at its page again before you go on."
CANCELLED = "This session was cancelled already."
NOT_PUBLISHED = "This is still a draft. Change its sessions where you build it; nobody needs to be told."
OVER = "This session is over. What has happened is not changed any more."
IN_THE_PAST = "The new date is over already. Choose a time that is still to come."
ENDS_FIRST = "A session ends after it starts. Check its times."
NOTHING_NEW = "This is how it stands already. Choose another time or another place."
LAST_ONE = "This is the only session that is left. Cancel the whole experience instead."
NO_REASON = "Say why. Everyone who has a seat reads it."
IS_ONLINE = "This session is online already."
NOT_ONLINE = "This session is not online, so there is nothing to take back to the room."
MODES_CHOSEN = "People had chosen how to come, and that choice is gone. Keep it online, or add a new date."
NO_SCHOOL_THEN = "Your district has no school on the new date"
NO_PLACE = "Say where it is: the building, the room, the street and the town."
ANSWER_OVER = "The time to answer is over, so you keep your seat. If you cannot come, give it up on the page."
ASKED_ANEW = "The date changed again since you were asked. The page shows how it stands now."
SEAT_GONE = "You have no seat here any more, so there is nothing to answer."
NOT_ANSWERED = {"anew": ASKED_ANEW, "gone": SEAT_GONE, "over": ANSWER_OVER}
STANDING = {
    "seated": "Your seat is kept.",
    "waiting": "You keep your place in line.",
    "pending": "Your request is kept. Your district’s lead still has to approve it.",
    "given_up": "",
    "refused": "",
}
SCHOOL_BEGINS = time(8)
LEAST_TIME, NOTICE = timedelta(days=1), timedelta(days=2)


class Dated(Protocol):
    """A session as it stands."""

    @property
    def ends_at(self) -> datetime: ...

    @property
    def cancelled_at(self) -> datetime | None: ...


class Announced(Protocol):
    """The experience that it belongs to."""

    @property
    def published_at(self) -> datetime | None: ...

    @property
    def cancelled_at(self) -> datetime | None: ...


class Held(Protocol):
    """When a session is held."""

    @property
    def starts_at(self) -> datetime: ...

    @property
    def ends_at(self) -> datetime: ...


class Before(Protocol):
    """When it was held before it was changed."""

    @property
    def old_starts_at(self) -> datetime: ...

    @property
    def old_ends_at(self) -> datetime: ...


class Change(Protocol):
    """What was done to a session, and how people came before it."""

    @property
    def kind(self) -> str: ...

    @property
    def old_mode(self) -> str: ...


class Question(Protocol):
    """What somebody was asked about a new date."""

    @property
    def until(self) -> datetime: ...

    @property
    def answer(self) -> str | None: ...


def why_fixed(session: Dated, experience: Announced, now: datetime) -> str:
    """Why nothing becomes of the session any more, or not yet; empty where it can change."""
    if experience.published_at is None:
        return NOT_PUBLISHED
    if experience.cancelled_at is not None or session.cancelled_at is not None:
        return CANCELLED
    return OVER if session.ends_at <= now else ""


def check_change(session: Dated, experience: Announced, reason: str, now: datetime) -> None:
    """Refuse to change what is a draft, cancelled or over, or to change anything without a reason."""
    sentence = why_fixed(session, experience, now) or ("" if reason.strip() else NO_REASON)
    if sentence:
        raise RuleBroken(sentence)


def what_is_new(change: Before, session: Held) -> str:
    """What a move has changed: the date, only the end, or only the place."""
    if change.old_starts_at != session.starts_at:
        return "date"
    return "end" if change.old_ends_at != session.ends_at else "place"


def what_was_done(change: Change, mode: str) -> str:
    """What a change is called: its kind, but for a return to the room. `mode`: how people come since then."""
    is_back = change.kind == "moved" and change.old_mode == "online" and mode == "in_person"
    return "room" if is_back else change.kind


def why_not_to_room(mode: str, went: Change | None) -> str:
    """Why a session held in this `mode` does not go back to the room; empty where it can. `went`: the change by which
    it went online, if there was one. Where people had chosen the room or online, nobody knows any more who did which.
    """
    if mode != "online":
        return NOT_ONLINE
    return MODES_CHOSEN if went is not None and went.old_mode == "blended" else ""


def check_times(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Refuse a new time that is over, or that ends before it starts."""
    if ends_at <= starts_at:
        raise RuleBroken(ENDS_FIRST)
    if starts_at <= now:
        raise RuleBroken(IN_THE_PAST)


def check_answer(question: Question, state: str, is_newest: bool, now: datetime) -> None:
    """Refuse an answer that comes too late, is about a date that changed again, or comes from who has no seat. Whoever
    has answered may still say something else.
    """
    stand = _stand(question, state, is_newest, now)
    if stand in NOT_ANSWERED:
        raise RuleBroken(NOT_ANSWERED[stand])


def question_state(question: Question, state: str, is_newest: bool, now: datetime) -> str:
    """How a question stands for its page: anew (the date changed again), gone (no seat), yes, no, over, or open."""
    stand = _stand(question, state, is_newest, now)
    return question.answer if question.answer and stand != "anew" else stand


def _stand(question: Question, state: str, is_newest: bool, now: datetime) -> str:
    """The same whatever was answered."""
    if not is_newest:
        return "anew"
    if state != "seated":
        return "gone"
    return "over" if now >= question.until else "open"


def answer_until(now: datetime, starts_at: datetime) -> datetime:
    """Until when somebody may answer: two days before it starts, a day from now at least, never past the start."""
    return max(starts_at - NOTICE, min(now + LEAST_TIME, starts_at))


def follows(until: datetime, old_start: datetime, new_start: datetime) -> datetime:
    """The end of a hold after its session moved: it keeps its distance from a later date; a nearer one ends it."""
    return until + (new_start - old_start) if new_start > old_start else min(until, new_start)


def seat_elsewhere(title: str) -> str:
    """What is said of another seat at that time. `title`: empty where it is another community's, whose agenda is not
    for the staff of this one."""
    return f"You have a seat in “{title}” at that time." if title else "You have another seat at that time."


def why_asked(other: str, no_school: str, asks: str) -> str:
    """Why somebody is asked about the new date; empty for whoever just carries over."""
    if asks == "none":
        return ""
    if other:
        return other[:200]
    if no_school:
        return f"{NO_SCHOOL_THEN}: {no_school}."[:200]
    return EVERYBODY_IS_ASKED if asks == "all" else ""


def is_excused(kind: str, minutes: int, starts: datetime) -> bool:
    """Whether people need not attend what `starts` then (on the wall): those of a closed district all day, those of one
    that begins late only in what starts before its school does.
    """
    late = datetime.combine(starts.date(), SCHOOL_BEGINS, starts.tzinfo) + timedelta(minutes=minutes)
    return kind == "closed" or (kind == "delayed" and starts < late)


def counted(answers: Sequence[str | None]) -> dict[str, int]:
    """How many of those who were asked said yes, said no, or are silent."""
    return {
        "asked": len(answers),
        "yes": sum(one == "yes" for one in answers),
        "no": sum(one == "no" for one in answers),
        "silent": sum(one is None for one in answers),
    }
