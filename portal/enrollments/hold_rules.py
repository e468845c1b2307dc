"""When seats may be kept for a district, for a role or by a lead, and who may be named for one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from portal.core.clock import end_of_day, local
from portal.core.errors import RuleBroken
from portal.core.filters import plural, until_text

MOST_HELD = 10  # seats that the leads of one district keep in one thing at once
REMIND_DAYS = (7, 1)  # before a lead's hold ends
GONE = "These seats are not kept any more. What is left of them went to the next in line, or to everyone."
USED = "All seats that were kept have a name already. Keep more, or take seats as everyone does."
WAITED_FOR = "People wait in line here, so no seat can be kept. Whoever waits goes first."
NOT_FOR = "This is for nobody of your district: see “Who comes”. Keep seats in something that is meant for your people."
NOT_A_NUMBER = "Keep at least one seat."


class Hold(Protocol):
    """Seats kept for somebody."""

    @property
    def seats(self) -> int: ...

    @property
    def remaining(self) -> int: ...

    @property
    def until(self) -> datetime: ...

    @property
    def made_at(self) -> datetime: ...

    @property
    def released_at(self) -> datetime | None: ...


def is_kept(hold: Hold, now: datetime) -> bool:
    """Whether what remains of the hold is still kept."""
    return hold.released_at is None and now < hold.until


def used_of(hold: Hold) -> int:
    """How many of the seats people have taken."""
    return hold.seats - hold.remaining


def check_until(until: datetime, now: datetime, last: datetime, zone: str) -> None:
    """Refuse an end that has passed, or one after `last`: then nobody could take what comes free."""
    if until <= now:
        raise RuleBroken("This day is over. Choose a day to come.")
    if until > last:
        # They are kept to the end of a day: that of the day before the last moment is the latest.
        latest = end_of_day(local(last, zone).date() - timedelta(days=1), zone)
        raise RuleBroken(f"Seats can be kept until {until_text(latest, zone)} at the latest. Choose an earlier day.")


def check_size(seats: int, more: int, left: int, waiting: int) -> None:
    """Refuse to keep `more` seats (`seats` in all) than are left, none at all, or any while people wait."""
    if seats < 1:
        raise RuleBroken(NOT_A_NUMBER)
    if more > 0 and waiting:
        raise RuleBroken(WAITED_FOR)
    if more > left:
        raise RuleBroken(
            f"{plural(left, 'seat is', 'seats are')} left. Keep no more than that."
            if left
            else "No seat is left to keep. Ask for seats: whoever waits is served in order."
        )


def check_share_of_lead(kept: int, most: int = MOST_HELD) -> None:
    """Refuse a lead who would keep more seats than a district may, `kept` in all."""
    if kept > most:
        raise RuleBroken(f"A district can keep {most} seats here at most, so that others find one too.")


def check_for_district(is_for: bool) -> None:
    """Refuse to keep seats for a district that nobody can come from."""
    if not is_for:
        raise RuleBroken(NOT_FOR)


def check_smaller(hold: Hold, seats: int) -> None:
    """Refuse fewer seats than have been taken."""
    used = used_of(hold)
    if seats < used:
        raise RuleBroken(f"{plural(used, 'seat is', 'seats are')} taken already. Choose that number or more.")


def check_kept(hold: Hold, now: datetime) -> None:
    """Refuse what is done with seats that are not kept any more."""
    if not is_kept(hold, now):
        raise RuleBroken(GONE)


def check_naming(hold: Hold, now: datetime) -> None:
    """Refuse a name for a seat that is not kept any more, or where all have one."""
    check_kept(hold, now)
    if hold.remaining < 1:
        raise RuleBroken(USED)


def reminder_due(hold: Hold, now: datetime) -> int | None:
    """Which reminder of the end is due: so many days before it; None for none. The nearer one alone when both are.

    A hold that was made later than its reminder would have been gets none of that one.
    """
    if not is_kept(hold, now) or hold.remaining < 1:
        return None
    due = [
        days
        for days in REMIND_DAYS
        if hold.made_at < hold.until - timedelta(days=days) <= now
    ]  # fmt: skip
    return min(due, default=None)


def hold_words(hold: Hold, zone: str) -> str:
    """“2 of 5 seats have a name, 3 are kept until the end of Fri, Nov 6, 2026”."""
    named = f"{used_of(hold)} of {plural(hold.seats, 'seat')} taken"
    return f"{named}, {hold.remaining} kept until {until_text(hold.until, zone)}"
