"""What the pages of the funnel show, and the same as tables to take away."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Row

from portal.core import clock
from portal.core.exports import Cell, Table
from portal.core.web import page_read
from portal.districts.rules import KIND_WORDS
from portal.letters.glance import drawing_of
from portal.rounds.models import Round
from portal.rounds.rules import stage_of

from .queries import asks_for_signature, count_in, counts_of, districts_in, has_conflicts
from .rules import STEPS, TITLES, Step, steps_of

SIZE = 40  # rows of a page
FUNNEL = ("Step", "Districts", "Percent of those invited", "Percent of the step before", "Not further")


def funnel_page(reader: Any, round: Round) -> dict[str, Any]:
    """The funnel of the round with its picture, for a member of staff."""
    steps = _steps(reader, round)
    return {
        "round": round, "stage": stage_of(round, clock.now()), "steps": steps,
        "drawing": drawing_of([step.count for step in steps]), "is_partial": has_conflicts(reader, round),
    }  # fmt: skip


def group_page(reader: Any, round: Round, group: str) -> dict[str, Any]:
    """The districts behind one number of the funnel."""
    page = page_read(partial(districts_in, reader, round, group), count_in(reader, round, group), SIZE)
    return {
        "round": round, "group": group, "title": TITLES[group], "meaning": STEPS[group][1] if group in STEPS else "",
        "page": page, "lines": [(row, _last_step(row)) for row in page.items], "words": TITLES,
    }  # fmt: skip


def funnel_table(reader: Any, round: Round) -> Table:
    """The funnel as a table."""
    rows = [
        [step.words, step.count, step.of_first, step.of_before, _said(step)] for step in _steps(reader, round)
    ]  # fmt: skip
    return Table(round.title, FUNNEL, rows)


def group_table(reader: Any, round: Round, group: str) -> Table:
    """The districts behind one number, with the moment at which each reached each step."""
    steps = [key for key in STEPS if key != "endorsed" or asks_for_signature(round)]
    columns = ["District", "Town", "State", "Kind", *(TITLES[key] for key in steps)]
    rows = [_cells(row, steps) for row in districts_in(reader, round, group)]
    return Table(TITLES[group], columns, rows, round.community.time_zone)


def _steps(reader: Any, round: Round) -> list[Step]:
    return steps_of(counts_of(reader, round), is_signed=asks_for_signature(round))


def _last_step(row: Row[Any]) -> tuple[str, Any]:
    """The farthest step that the district reached, and when."""
    reached = [(key, row._mapping[key]) for key in STEPS if row._mapping[key] is not None]
    return reached[-1] if reached else ("", None)


def _cells(row: Row[Any], steps: Sequence[str]) -> list[Cell]:
    return [row.name, row.city, row.state, KIND_WORDS.get(row.kind, ""), *(row._mapping[key] for key in steps)]


def _said(step: Step) -> str:
    return ", ".join(f"{side.count} {side.words}" for side in step.sides)
