"""Who may go through a join link, and when: people with an online seat, from shortly before the start to the end."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from portal.core.filters import moment_text

WEB_ADDRESS = re.compile(r"https?://[^\s\"<>\\]+")
NO_ONLINE_SEAT = "The link is for people with an online seat. You can ask for one on this page."
SEAT_IN_ROOM = "Your seat is in the room, so the link is not for it. Change how you come first, on this page."
CANCELLED = "This session was cancelled. The agenda shows what else is coming up."
OVER = "This session is over. The agenda shows what is coming up next."
NO_LINK = "There is no link for this session yet. Write to your community’s staff, and they add it."


class Joined(Protocol):
    """A session, or a row with the same columns."""

    @property
    def starts_at(self) -> datetime: ...

    @property
    def ends_at(self) -> datetime: ...


class Online(Joined, Protocol):
    """What is asked of a session that may have a link: never the link itself."""

    @property
    def session_id(self) -> int: ...

    @property
    def mode(self) -> str: ...

    @property
    def has_link(self) -> bool: ...

    @property
    def is_off(self) -> bool: ...


@dataclass(frozen=True)
class Way:
    """The way into one online session, as a page shows it to somebody with a seat there: a button, or since when."""

    session_id: int
    starts_at: datetime
    minutes: int  # so long before the start the button comes
    is_open: bool


def opens_at(starts_at: datetime, minutes: int) -> datetime:
    """Since when the link can be used: so many minutes before the start."""
    return starts_at - timedelta(minutes=minutes)


def is_open(session: Joined, minutes: int, now: datetime) -> bool:
    """Whether one can join at `now`."""
    return opens_at(session.starts_at, minutes) <= now < session.ends_at


def way_of(session_mode: str, seat_mode: str) -> str:
    """How somebody comes to a session of this mode: "in_person", "online", or "blended" where that is not said yet.

    What is held in one way knows no other, whatever the rest of a series is: the seat's mode counts where it is both.
    """
    return (seat_mode or session_mode) if session_mode == "blended" else session_mode


def joins_online(session_mode: str, seat_mode: str) -> bool:
    """Whether a seat of `seat_mode` (empty where seats are not side by side) in a session of this mode is online."""
    return way_of(session_mode, seat_mode) == "online"


def next_way(sessions: Iterable[Online], minutes: int, now: datetime, seat_mode: str | None) -> Way | None:
    """The way into the first of these sessions, in the order of time, that is not over and has a link.

    `seat_mode` is how the person comes; None for whoever leads, who may go online wherever somebody is.
    """
    for one in sessions:
        is_online = one.mode != "in_person" if seat_mode is None else joins_online(one.mode, seat_mode)
        if is_online and one.has_link and not one.is_off and now < one.ends_at:
            return Way(one.session_id, one.starts_at, minutes, is_open(one, minutes, now))
    return None


def refusal_of_person(seat_mode: str | None, leads: bool) -> str:
    """The sentence for whoever may not use the link; empty for an online seat, and for whoever leads the experience."""
    if leads or seat_mode == "online":
        return ""
    return NO_ONLINE_SEAT if seat_mode is None else SEAT_IN_ROOM


def refusal_of_moment(session: Joined, minutes: int, now: datetime, zone: str) -> str:
    """The sentence for whoever comes too early or too late; empty while one can join."""
    if now >= session.ends_at:
        return OVER
    opens = opens_at(session.starts_at, minutes)
    return f"The session opens on {moment_text(opens, zone)}. Come back then." if now < opens else ""


def is_web_address(link: str) -> bool:
    """Whether a browser can be sent there: nothing but an address of the web."""
    return WEB_ADDRESS.fullmatch(link) is not None
