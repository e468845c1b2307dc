"""The dates of a round: their order, and how they move when next year's round is made of this one's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from portal.core.clock import local, to_utc
from portal.core.errors import RuleBroken

from .models import Round

MOMENTS = ("opens_at", "intent_by", "questions_until", "closes_at", "reply_by", "withdraw_until")
DAYS = (
    "review_from", "review_to", "conversations_from", "conversations_to", "decisions_on", "orientation_on",
    "term_from", "term_to",
)  # fmt: skip
YEAR = timedelta(weeks=52)  # not 365 days: a letter that opens on a Monday opens on a Monday again

# what holds, and the dates that follow each other in this order; those not set are left out
ORDERS = [
    ("The closing date comes after the opening date.", ("opens_at", "closes_at")),
    ("The intent to reply is due between opening and closing.", ("opens_at", "intent_by", "closes_at")),
    ("Questions end between opening and closing.", ("opens_at", "questions_until", "closes_at")),
    ("A letter can be withdrawn until some time after the opening.", ("opens_at", "withdraw_until")),
    ("Readers read after the round has closed, from the first day to the last.",
     ("closes_at", "review_from", "review_to")),
    ("Conversations come after closing, from the first day to the last.",
     ("closes_at", "conversations_from", "conversations_to")),
    ("Decisions go out after closing and before districts reply.", ("closes_at", "decisions_on", "reply_by")),
    ("Orientation comes after the decisions.", ("decisions_on", "orientation_on")),
    ("The term ends after it begins.", ("term_from", "term_to")),
]  # fmt: skip
# A year, or two years in one such as 2026-27, in a title or a short name.
YEARS = re.compile(r"(?<!\d)(20\d\d)(?:([-–/])(\d\d))?(?!\d)")


def check_dates(round: Round, zone: str) -> None:
    """Raise RuleBroken at the first date that comes before one it should follow. Dates not set are left out."""
    for _, sentence in date_faults({name: getattr(round, name) for name in (*MOMENTS, *DAYS)}, zone):
        raise RuleBroken(f"{sentence} Change the dates.")


def date_faults(dates: Mapping[str, Any], zone: str) -> Iterator[tuple[str, str]]:
    """The dates that are out of order: each name with what should hold. Of two, the one that follows is at fault,
    unless that is the closing, which the others look to."""
    told = set()
    for sentence, names in ORDERS:
        given = [name for name in names if dates.get(name) is not None]
        for earlier, later in pairwise(given):
            at_fault = earlier if later == "closes_at" and earlier != "opens_at" else later
            if at_fault not in told and _is_before(dates[later], dates[earlier], zone):
                told.add(at_fault)
                yield at_fault, sentence


def moved_by_a_year(at: Any, zone: str) -> Any:
    """The same weekday and the same time on the wall 52 weeks later; None stays None.

    Where the clocks skip that time, the hour after; where they show it twice, the first of the two.
    """
    if not isinstance(at, datetime):
        return at + YEAR if at else None
    wall = local(at, zone).replace(tzinfo=None, fold=0) + YEAR
    try:
        return to_utc(wall, zone, fold=0)
    except RuleBroken:
        return to_utc(wall + timedelta(hours=1), zone, fold=0)


def counted_up(words: str) -> str:
    """`words` with every year one higher: 2026 becomes 2027, and 2026-27 becomes 2027-28."""
    return YEARS.sub(_next_year, words)


def _next_year(found: re.Match[str]) -> str:
    year, sign, short = found.groups()
    if short is None:
        return str(int(year) + 1)
    if int(short) != (int(year) + 1) % 100:  # 2026-09 is a month
        return f"{int(year) + 1}{sign}{short}"
    return f"{int(year) + 1}{sign}{(int(short) + 1) % 100:02d}"


def _is_before(later: datetime | date, earlier: datetime | date, zone: str) -> bool:
    # A day has no time of its own: beside one, only the day of a moment counts.
    if isinstance(later, datetime) and isinstance(earlier, datetime):
        return later < earlier
    return _day(later, zone) < _day(earlier, zone)


def _day(at: datetime | date, zone: str) -> date:
    return local(at, zone).date() if isinstance(at, datetime) else at
