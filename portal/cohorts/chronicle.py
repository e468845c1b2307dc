"""What happened in a member district, one sentence a step: who came, who moved, who left, what was kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.core.history import History

from .leaving_rules import words

# (table, verb) → the sentence. What is not here, such as a mail that went out again, is no news of the district.
TOLD = {
    ("memberships", "begin"): "The district became a member",
    ("memberships", "end"): "{who} noted that the district leaves",
    ("memberships", "keep"): "{who} took back that the district leaves",
    ("memberships", "keep promise"): "{who} ticked a promise: {text}",
    ("memberships", "reopen promise"): "{who} took a tick back: {text}",
    ("memberships", "make join link"): "{who} made a link to join by",
    ("memberships", "end join link"): "{who} ended the link to join by",
    ("cohorts", "place"): "The district took its place in the cohort",
    ("team_seats", "invite"): "{who} invited a colleague to the team: {name}",
    ("team_seats", "claim"): "{name} joined the team",
    ("team_seats", "give back"): "{name} gives a seat on the team back, last day {last_day}",
    ("join_requests", "let in"): "{name} was let in",
    ("join_requests", "turn away"): "{who} turned somebody away who asked to join",
    ("accounts", "affiliate"): "{name} works for the district{role}",
    ("accounts", "end affiliation"): "{name} leaves the district{role}{last_day_words}",
    ("accounts", "grant lead"): "{name} acts for the district",
    ("accounts", "end lead"): "{name} acts for the district no longer",
}


@dataclass(frozen=True)
class Step:
    """One thing that happened: when, the sentence, and the words that somebody gave with it."""

    at: datetime
    sentence: str
    note: str = ""


class _Fields(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def chronicle(rows: Iterable[tuple[History, str]], roles: Mapping[str, str]) -> list[Step]:
    """The steps of `rows` (each with the name of whom it is about), in their order."""
    steps = []
    for row, name in rows:
        sentence = TOLD.get((row.subject_table, row.verb))
        if sentence is not None:
            steps.append(Step(row.at, sentence.format_map(_fields(row, name, roles)), row.note))
    return steps


def _fields(row: History, name: str, roles: Mapping[str, str]) -> _Fields:
    label = roles.get(row.data.get("role", ""), "")
    last_day = _day(row.data.get("last_day"))
    # As the person was called then, where the row keeps it: a seat may have gone to somebody else since.
    kept = row.data.get("name") or name or "Somebody"
    return _Fields(
        {**row.data, "role": f" as {label}" if label else ""}, who=row.by_name or "The portal",
        name=kept, last_day=last_day, last_day_words=f", last day {last_day}" if last_day else "",
    )  # fmt: skip


def _day(text: str | None) -> str:
    return words(date.fromisoformat(text)) if text else ""
