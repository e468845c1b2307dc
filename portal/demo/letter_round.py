"""The demo's open round: its text, dates, questions, commitments and rubric."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import Any

from portal.accounts.models import Account
from portal.cohorts.operations import create_cohort
from portal.communities.models import Community
from portal.core import clock
from portal.rounds.models import Round
from portal.rounds.operations import create_round, publish_round

from .people import People
from .world import World

KINDS = {
    "organization": "district_profile",
    "multi_select": "multiple_choice",
    "attestation": "endorsement",
}
OWN_COLUMNS = {"id", "order", "section", "type", "label", "help", "required"}
COMMENT_UP_TO = 2  # the rubric asks for a comment where a score is 2 or less
Row = dict[str, Any]


def load_round(world: World, community: Community, people: People) -> Round:
    """The Letter of Invitation that is open, and the cohort that it fills."""
    cohort = next(row for row in world.data["cohorts"] if "round" in row)
    return publish(world, community, world.data["round"], cohort, people["director.hub"])


def publish(world: World, community: Community, data: Row, cohort: Row, by: Account) -> Round:
    """A round as its row says, published at its opening, and the cohort that it fills."""
    opens = world.moment(data["timeline"]["opens_at"])
    with clock.told(opens - timedelta(days=3)):
        made = create_round(
            community,
            fields=_fields(world, data),
            info_sessions=_meetings(world, data),
            sections=_sections(data),
            commitments=[{"code": row["id"], "text": row["text"], "who": row["who"]} for row in data["commitments"]],
            criteria=[_criterion(row) for row in data["rubric"]["criteria"]],
            by=by,
        )
        publish_round(made, by=by)
        _cohort(world, community, cohort, made)
    return made


def _fields(world: World, data: Row) -> Row:
    dates, rubric = data["timeline"], data["rubric"]
    moments = {
        "opens_at": "opens_at",
        "questions_until": "questions_until",
        "intent_by": "intent_to_reply_by",
        "closes_at": "closes_at",
        "reply_by": "reply_by",
    }
    days = (
        "review_from",
        "review_to",
        "conversations_from",
        "conversations_to",
        "decisions_on",
        "orientation_on",
        "term_from",
        "term_to",
    )
    return {
        **{
            name: data[name]
            for name in ("slug", "title", "summary", "letter_text", "eligibility", "eligibility_note", "capacity")
        },
        **{name: world.moment(dates[key]) for name, key in moments.items()},
        **{name: world.day(dates[name]) for name in days if name in dates},
        "withdraw_until": world.moment(data["withdraw_allowed_until"]),
        "grace_minutes": dates["grace_minutes"],
        "has_waitlist": data["waitlist"],
        "scale": rubric["scale"],
        "reviewers_per_letter": data.get("reviewers_per_letter", rubric["reviewers_per_letter"]),
        "conflict_rule": rubric["conflict_rule"],
        "comment_up_to": COMMENT_UP_TO,
    }


def _meetings(world: World, data: Row) -> list[Row]:
    rows = data["timeline"]["info_sessions"]
    return [{**row, "at": world.moment(row["at"])} for row in rows]


def _sections(data: Row) -> list[Row]:
    grouped = groupby(data["questions"], key=lambda row: row["section"])
    return [
        {"slug": title.lower().replace(" ", "-"), "title": title, "questions": [_question(row) for row in rows]}
        for title, rows in grouped
    ]


def _question(row: Row) -> Row:
    return {
        "code": row["id"],
        "kind": KINDS.get(row["type"], row["type"]),
        "label": row["label"],
        "help": row.get("help", ""),
        "is_required": row["required"],
        "settings": {name: value for name, value in row.items() if name not in OWN_COLUMNS},
    }


def _criterion(row: Row) -> Row:
    levels = {str(level): words for level, words in row["levels"].items()}
    return {
        "code": row["id"],
        "label": row["label"],
        "weight": row["weight"],
        "question_codes": row["questions"],
        "levels": levels,
    }


def _cohort(world: World, community: Community, row: Row, made: Round) -> None:
    create_cohort(
        community,
        slug=row["slug"],
        name=row["name"],
        starts_on=world.day(row["starts"]),
        ends_on=world.day(row["ends"]),
        round=made,
        capacity=made.capacity,
    )
