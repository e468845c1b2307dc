"""What was measured, against which goal, and whether it is met: never hidden."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path(__file__).with_name("results.json")


@dataclass(frozen=True)
class Row:
    """One figure. `measured` and `goal` are words with their unit."""

    name: str
    measured: str
    goal: str
    met: bool


def at_most(name: str, value: float, goal: float, unit: str, note: str = "", digits: int = 2) -> Row:
    """A figure that must not be above its goal; `note` tells how it came about."""
    shown, wanted = (f"{number:,.{digits}f} {unit}".strip() for number in (value, goal))
    return Row(name, f"{shown} ({note})" if note else shown, f"≤ {wanted}", round(value, digits) <= goal)


def write(rows: Sequence[Row], file: Path = FILE) -> None:
    """Keep the rows as JSON."""
    file.write_text(json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def line_of(row: Row) -> str:
    """One row of the table on the terminal."""
    return f"{'met   ' if row.met else 'MISSED'}  {row.name:<58}  {row.goal:<26}  {row.measured}"


def table_of(rows: Sequence[Row]) -> str:
    """The rows as a table in Markdown."""
    lines = [f"| {row.name} | {row.measured} | {row.goal} | {'yes' if row.met else '**no**'} |" for row in rows]
    return "\n".join(["| what | measured | goal | met |", "|---|---|---|---|", *lines])
