"""What leads and staff may do with other people's seats, and in which words the portal says no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from portal.core.errors import RuleBroken
from portal.core.filters import plural

MOST_TOGETHER = 30
OVER = "This is over, so nothing can be changed any more."
CALLED_OFF = "This was cancelled, so there is no seat to pass on or to give up."
CANCELLED = "This was cancelled, so nobody can be added."
HAS_SEAT = "{name} has a seat here already. Choose somebody else."
NO_SEAT = "{name} has no seat here any more, so it cannot be passed on."
NO_REASON = "Write a reason. It is kept, and people read it."
NO_PEOPLE = "Choose at least one person."
NO_SEATS_FOR_ALL = "There are not enough seats for all of them, and no waitlist is kept here. Choose fewer people."
APPROVED_LATE = "This has started. Say no, or write to your community’s staff."
FULL = "All seats are taken, and no waitlist is kept here. Say no, or wait until somebody gives a seat up."
HOW = {  # what a mail says of how a seat came, or went, by the verb in the history
    "take seat": "{who} enrolled you.",
    "join waitlist": "{who} asked for you, and there is no seat for you yet.",
    "name": "{who} had kept seats for your district, and one of them is yours.",
    "approve": "{who} said yes to your request.",
    "add": "{who} added you.",
    "substitute": "{other} cannot come, and {who} gave you the seat.",
    "pass on": "{who} gave your seat to {other}.",
    "cancel": "{who} gave back what you had there, as a lead of your district.",
    "remove": "{who} took you out of it. The reason: {reason}",
    "refuse": "{who} said no to your request. The reason: {reason}\n\n"
    "Talk with them if something changes: they can still say yes.",
    "leave district": "Seats are for people who work in a member district, and your work there has ended.",
}


def how_words(verb: str, who: str, data: Mapping[str, Any]) -> str:
    """How a seat came or went, in one sentence for a mail; `data` is what the history keeps of it."""
    return HOW[verb].format(who=who or "Somebody of your community", **{"other": "", "reason": "", **data})


def check_reason(reason: str) -> None:
    """Refuse to act on somebody's seat without a reason."""
    if not reason:
        raise RuleBroken(NO_REASON)


def check_not_over(ends_at: datetime | None, now: datetime) -> None:
    """Refuse a change to what is over, and to what was cancelled: then nothing of it ends any more."""
    if ends_at is None:
        raise RuleBroken(CALLED_OFF)
    if ends_at <= now:
        raise RuleBroken(OVER)


def check_addable(state: str) -> None:
    """Refuse to add people to what was cancelled; `state` is that of the registration."""
    if state == "cancelled":
        raise RuleBroken(CANCELLED)


def check_together(count: int) -> None:
    """Refuse nobody, and more people than one press should enroll."""
    if count < 1:
        raise RuleBroken(NO_PEOPLE)
    if count > MOST_TOGETHER:
        raise RuleBroken(f"Enroll {MOST_TOGETHER} people at most at a time.")


def check_team_fits(count: int, most: int) -> None:
    """Refuse to let more people wait for seats together than there are seats: they would wait for ever."""
    if count > most:
        raise RuleBroken(
            f"{plural(most, 'seat is', 'seats are')} all there is, so {count} people can never get them together. "
            "Choose fewer people, or let each of them wait alone."
        )


def check_in_district(works_there: bool, name: str) -> None:
    """Refuse a lead who acts for somebody of another district."""
    if not works_there:
        raise RuleBroken(f"{name} does not work in your district. Choose a colleague.")


def enrolled_words(states: Sequence[str]) -> str:
    """What came of enrolling people together: “3 people have a seat. 1 person is in line.”"""
    seated, waiting = (list(states).count(state) for state in ("seated", "waiting"))
    told = [
        f"{plural(seated, 'person has a seat', 'people have a seat')}." if seated else "",
        f"{plural(waiting, 'person is in line', 'people are in line')}." if waiting else "",
    ]
    return " ".join([*filter(None, told), "Each is told by mail."])
