"""What a district's numbers must look like, which kinds of agency there are, and which dates fit together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Protocol

from portal.core.errors import RuleBroken

LEAID = re.compile(r"[0-9]{7}")

# LEA_TYPE of the NCES directory. Source: Common Core of Data, LEA Universe, documentation of file 029.
KINDS = {
    "1": "district", "2": "district", "3": "union", "4": "service", "5": "state", "6": "federal",
    "7": "charter", "8": "other", "9": "specialized",
}  # fmt: skip
KIND_WORDS = {
    "district": "School district", "union": "Supervisory union", "service": "Service agency", "state": "State agency",
    "federal": "Federal agency", "charter": "Charter school", "vocational": "Vocational school",
    "specialized": "Specialized agency", "other": "Other agency",
}  # fmt: skip


class Period(Protocol):
    """Something that lasts from a day up to and including another, or goes on."""

    from_date: date
    to_date: date | None


def is_leaid(text: str) -> bool:
    """Whether `text` is a number that NCES gives an agency: seven digits, zeros count."""
    return LEAID.fullmatch(text) is not None


def is_on(period: Period, day: date) -> bool:
    """Whether `period` covers `day`; its last day belongs to it."""
    return period.from_date <= day and (period.to_date is None or day <= period.to_date)


def check_end(period: Period, to_date: date) -> None:
    """Refuse a last day that lies before the first one, or that differs from the one already set."""
    if period.to_date is not None and period.to_date != to_date:
        raise RuleBroken(f"This ended on {_words(period.to_date)} already.")
    if to_date < period.from_date:
        raise RuleBroken(f"This began on {_words(period.from_date)}. Choose a last day that is not before it.")


def check_begin(earlier: Sequence[Period], from_date: date) -> None:
    """Refuse a first day that one of the earlier, ended periods still covers."""
    last = max((period.to_date for period in earlier if period.to_date is not None), default=None)
    if last is not None and from_date <= last:
        raise RuleBroken(f"An earlier membership lasts until {_words(last)}. Choose a first day after it.")


def _words(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
