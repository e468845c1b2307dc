"""What staff do to build a round, chapter by chapter: letter, dates, who may answer, places, publishing.

Each verb takes the round's lock, keeps what a colleague wrote meanwhile, and asks the law of changes. All raise
Conflict when both changed the same thing, and RuleBroken with what would work when it may not change (any more).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from portal.communities.models import Community
from portal.core import clock
from portal.core.db import lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer
from portal.core.text import one_line

from .chapters import check_publishing
from .dates import date_faults
from .drafting import Typed, note, write
from .models import Round
from .operations import create_round, publish_round
from .queries import find_round_by_slug
from .rules import Unfit, check_text

LEAD_TIME, OPEN_FOR = timedelta(weeks=4), timedelta(weeks=6, days=4)


def draft_round(community: Community, title: str, slug: str, *, by: Doer) -> Round:
    """Begin a round with nothing in it. Its dates are a proposal: from a Monday in four weeks on, for six weeks.

    Raises RuleBroken when the short name is taken.
    """
    opens = _monday(clock.local(clock.now(), community.time_zone).date() + LEAD_TIME)
    fields = {
        "title": one_line(title), "slug": slug, "capacity": 0,
        "opens_at": _at(opens, 9, community.time_zone), "closes_at": _at(opens + OPEN_FOR, 17, community.time_zone),
    }  # fmt: skip
    return create_round(community, fields=fields, by=by)


def write_letter(round: Round, typed: Typed, *, by: Doer) -> None:
    """Write title, short name, summary and text. Raises RuleBroken for a merge field that does not exist too."""

    def check(values: dict[str, Any]) -> None:
        check_text(values["letter_text"])
        slug = values.get("slug", round.slug)
        if slug == round.slug:
            return
        lock(round.community)  # as whoever begins a round does: a short name is given once
        if find_round_by_slug(round.community_id, slug):
            raise Unfit(f"There is already a round called “{slug}”. Choose another short name.", "slug")

    _change(round, "change the letter", typed, by, check)


def set_dates(round: Round, typed: Typed, *, by: Doer) -> None:
    """Set the dates and the grace minutes. Raises RuleBroken at the first date that is out of order too."""

    def check(values: dict[str, Any]) -> None:
        zone = round.community.time_zone
        for _, sentence in date_faults(values, zone):
            raise RuleBroken(f"{sentence} Change the dates.")

    _change(round, "change the dates", typed, by, check)


def set_eligibility(round: Round, typed: Typed, *, by: Doer) -> None:
    """Say who may answer, line by line, and what else there is to know about it."""
    _change(round, "change who may answer", typed, by)


def set_places(round: Round, typed: Typed, *, by: Doer) -> None:
    """Set how many places there are, the waitlist, and how much room writers and readers have."""
    _change(round, "change places and limits", typed, by)


def publish(round: Round, *, confirmation: str = "", by: Doer) -> None:
    """Let visitors see the round; its dates then open and close it.

    Raises RuleBroken while something is missing, and unless the round's words were typed where it opens at once.
    """
    with transaction():
        check_publishing(lock(round), confirmation, clock.now())
        publish_round(round, by=by)


def _change(
    round: Round, verb: str, typed: Typed, by: Doer, check: Callable[[dict[str, Any]], None] = lambda values: None
) -> None:
    with transaction():
        lock(round)
        changes = write(round, round, typed, check)
        if changes:
            note(round, verb, by, changes=changes)


def _monday(day: date) -> date:
    return day + timedelta(days=-day.weekday() % 7)


def _at(day: date, hour: int, zone: str) -> datetime:
    # Neither nine in the morning nor five in the afternoon is skipped or comes twice where communities live; a zone
    # may ask.
    return clock.to_utc(datetime.combine(day, time(hour)), zone, fold=0)
