"""Next year's round made of this year's: words, questions, rubric and dates 52 weeks later; nothing of any district.

What other features bring along from the year before, they register by `copied`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from portal.communities.models import Community
from portal.core.db import db, transaction
from portal.core.history import Doer, record
from portal.core.text import one_line

from .chapters import short_name
from .dates import DAYS, MOMENTS, counted_up, moved_by_a_year
from .models import Round
from .operations import create_round
from .queries import rounds_of

WORDS = (
    "summary", "letter_text", "eligibility", "eligibility_note", "grace_minutes", "capacity", "has_waitlist",
    "max_co_editors", "reviewers_per_letter", "file_limit_mb", "scale", "conflict_rule",
    "is_blind", "comment_up_to", "spread_flag", "waitlist_reply_days",
)  # fmt: skip
QUESTION = ("position", "code", "kind", "label", "help", "is_required", "settings", "condition")
CRITERION = ("position", "code", "label", "weight", "question_codes", "levels")


Copied = TypeVar("Copied", bound=Callable[[Round, Doer], object])
COPIED: list[Callable[[Round, Doer], object]] = []


def copied(operation: Copied) -> Copied:
    """Register an operation that is told of every round that was copied, in the transaction in which it is."""
    COPIED.append(operation)
    return operation


@dataclass(frozen=True)
class Plan:
    """What the copy will be called, and when everything will be; a moment for each info session by its number."""

    title: str
    slug: str
    dates: Mapping[str, Any]
    meetings: Mapping[int, datetime | None]


def proposal(round: Round) -> Plan:
    """Next year's name and dates as the portal proposes them: years counted up, the same weekdays and times."""
    zone, taken = round.community.time_zone, [one.slug for one in rounds_of(round.community_id)]
    return Plan(
        title=counted_up(round.title),
        slug=short_name(counted_up(round.slug), taken, "round"),
        dates={name: moved_by_a_year(getattr(round, name), zone) for name in (*MOMENTS, *DAYS)},
        meetings={one.id: moved_by_a_year(one.at, zone) for one in round.info_sessions},
    )


def copy_round(round: Round, community: Community, plan: Plan, *, by: Doer) -> Round:
    """Draft next year's round. An info session without a time is left out; links to join are this year's and stay here.

    Raises RuleBroken when the short name is taken or a date is out of order.
    """
    with transaction():
        words = {name: getattr(round, name) for name in WORDS}
        made = create_round(
            community,
            fields={**words, **plan.dates, "title": one_line(plan.title), "slug": plan.slug},
            info_sessions=_meetings(round, plan),
            commitments=[_columns(one, ("position", "code", "text", "who")) for one in round.commitments],
            sections=[
                {
                    **_columns(section, ("position", "slug", "title")),
                    "questions": [_columns(one, QUESTION) for one in section.questions],
                }
                for section in round.sections
            ],
            criteria=[_columns(one, CRITERION) for one in round.criteria],
            by=by,
        )
        made.copied_from_id = round.id
        db.session.flush()
        record(made, "copy", by, community_id=round.community_id, note=round.title, copied_from_id=round.id)
        for operation in COPIED:
            operation(made, by)
    return made


def _meetings(round: Round, plan: Plan) -> list[dict[str, Any]]:
    names = ("minutes", "mode", "capacity", "place")
    return [
        {**_columns(one, names), "at": plan.meetings[one.id]}
        for one in round.info_sessions
        if plan.meetings.get(one.id)
    ]


def _columns(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
