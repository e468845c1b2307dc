"""What the page shows on which a list of districts and contacts is read, put right line by line, and prepared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from werkzeug.datastructures import MultiDict

from portal.core.errors import RuleBroken
from portal.core.tables import BrokenFile, Typed
from portal.core.text import one_line
from portal.rounds.inviting import Contact
from portal.rounds.lists import (
    COLUMNS,
    LONGEST_CELL,
    WORDS,
    Judged,
    Line,
    columns_of,
    judged,
    lines_of,
    read_list,
    written,
)
from portal.rounds.models import Round

MOST_AT_ONCE = 40  # lines that are put right on one page; those after them follow
FIELDS = ("district", "contact", "email")  # what can be typed anew in a line


def raw_page(round: Round, text: str = "", problems: Sequence[str] = ()) -> dict[str, Any]:
    """The form that takes the list."""
    return {"round": round, "text": text, "problems": problems}


def columns_page(round: Round, content: bytes | str, given: MultiDict[str, str]) -> dict[str, Any]:
    """The list as it was read: which column is what, and its lines if that is clear. Raises BrokenFile when it is no
    table."""
    table = read_list(content)
    said = {name: given[f"column-{name}"] for name in COLUMNS if f"column-{name}" in given}
    problems: list[str] = []
    lines: list[Line] = []
    try:
        columns = columns_of(table, said)
        lines = lines_of(table, columns)
    except BrokenFile:
        raise
    except RuleBroken as broken:
        problems, columns = [broken.sentence], {name: said.get(name) or None for name in COLUMNS}
    shown = {
        "table": _text_of(table),
        "columns": table.columns,
        "found": columns,
        "words": WORDS,
        "sample": table.rows[0].cells,
        "notes": table.notes,
        "problems": problems,
    }
    return {**shown, **(lines_page(round, lines) if lines else {"round": round, "lines": [], "wrong": []})}


def lines_page(round: Round, lines: Sequence[Line]) -> dict[str, Any]:
    """The lines with the districts they mean, and what is wrong with them."""
    every = judged(round, lines)
    wrong = [one for one in every if one.state == "problem"]
    return {
        "round": round,
        "lines": every,
        "carried": written(lines),
        "wrong": wrong[:MOST_AT_ONCE],
        "later": max(len(wrong) - MOST_AT_ONCE, 0),
        "by_state": {state: [one for one in every if one.state == state] for state in ("ready", "invited", "out")},
    }


def put_right(lines: Sequence[Line], given: MultiDict[str, str]) -> list[Line]:
    """The lines with what a person typed, chose or left out."""
    return [_put_right(one, given) for one in lines]


def people_in(lines: Sequence[Judged]) -> list[tuple[Any, Contact]]:
    """Whom the lines that are ready invite."""
    return [(one.district, Contact(one.line.contact, one.line.email)) for one in lines if one.state == "ready"]


def _put_right(line: Line, given: MultiDict[str, str]) -> Line:
    typed: dict[str, Any] = {name: _cell(given.get(f"{name}-{line.number}", getattr(line, name))) for name in FIELDS}
    chosen = given.get(f"choice-{line.number}", line.chosen)
    is_out = line.is_out or f"out-{line.number}" in given
    if f"back-{line.number}" in given:
        is_out = False
    # Other words for the district undo what was chosen or coded for the words before.
    if typed["district"] != line.district:
        chosen = "" if chosen == line.chosen else chosen
        return replace(line, **typed, town="", code="", chosen=chosen, is_out=is_out)
    return replace(line, **typed, chosen=chosen, is_out=is_out)


def _cell(text: str) -> str:
    return one_line(text)[:LONGEST_CELL]


def _text_of(table: Typed) -> str:
    rows = [table.columns, *([row.cells[name] for name in table.columns] for row in table.rows)]
    return "\n".join("\t".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
