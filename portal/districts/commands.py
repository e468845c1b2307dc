"""The operator's commands about districts."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import click
from flask.cli import AppGroup

from portal.core.errors import RuleBroken
from portal.core.tables import BrokenFile

from .directory import is_directory
from .figures import FigureTable, Said, read_figures
from .imports import Change, Report, import_districts
from .recording import FigureReport, Finding, record_figures
from .rules import fact_text

districts = AppGroup("districts", help="The directory of districts.")
SHOWN = 20
STEP = 5000  # lines or districts between two words about progress
LARGEST = 64_000_000  # bytes; the directory of 2024-25 has 5 million


@districts.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Only report what would happen, and which column was taken for what.")
@click.option("--full", is_flag=True, help=f"Name every line in the report, not the first {SHOWN} of a kind.")
@click.option("--column", "columns", multiple=True, metavar="NAME=HEADER", help="Which column holds what.")
@click.option("--year", default="", help="The school year of the figures, such as 2016-17.")
@click.option("--source", default="", help="Where the figures come from, such as “State report card”.")
@click.option("--state", default="", help="The state of the districts, such as MA.")
def districts_import(
    file: BinaryIO, dry_run: bool, full: bool, columns: tuple[str, ...], year: str, source: str, state: str
) -> None:
    """Add and change districts as the LEA directory of NCES (file 029, CSV) says. Safe to repeat.

    Or read any other table of figures about districts that are there, such as the enrollment by district and grade
    that the DESE of Massachusetts publishes, and note what it says with its source and school year.
    """
    said = Said(_pairs(columns), year, source, state, Path(file.name).name)
    try:
        lines = _brought_in(file.read(LARGEST + 1), said, dry_run, None if full else SHOWN)
    except BrokenFile as broken:
        raise click.ClickException("\n".join([*broken.problems, "Nothing was changed."])) from broken
    except RuleBroken as broken:
        raise click.ClickException(f"{broken.sentence}\n{OPTIONS}\nNothing was changed.") from broken
    for line in lines:
        click.echo(line)
    click.echo("This was a dry run: nothing was changed." if dry_run else "Done.")


OPTIONS = "Say it with --column NAME=HEADER, --year, --source or --state; --help shows them."


def _pairs(columns: Sequence[str]) -> dict[str, str]:
    for column in columns:
        if "=" not in column:
            raise click.BadParameter(f"“{column}” is not of the form NAME=HEADER, such as students=Total.")
    return {name.strip(): header for name, _, header in (column.partition("=") for column in columns)}


def _brought_in(content: bytes, said: Said, is_trial: bool, most: int | None) -> list[str]:
    if len(content) > LARGEST:
        raise BrokenFile(f"The file is larger than {LARGEST:,} bytes. Split it into smaller ones.")
    if is_directory(content):
        if said.columns or said.year or said.source or said.state:
            raise BrokenFile("This is the directory of NCES: it says its own columns, year and source. Leave them out.")
        return lines_of(import_districts(io.BytesIO(content), is_trial=is_trial, tell=_tell), most)
    return figure_lines_of(record_figures(read_figures(content, said, _tell), is_trial=is_trial, tell=_tell), most)


def lines_of(report: Report, most: int | None) -> list[str]:
    """The report in words: how many of each kind, then the lines of the file and what became of them."""
    added = [f"line {entry.line}: {entry.title}, {entry.leaid}" for entry in report.added]
    changed = [f"line {change.entry.line}: {change.entry.title}: {_words(change)}" for change in report.changed]
    return _sections(added, changed, report, most)


def figure_lines_of(report: FigureReport, most: int | None) -> list[str]:
    """The same for figures; before it, which column was taken for what, for a person to correct."""
    added = [f"line {finding.line}: {finding.title}: {_facts(finding)}" for finding in report.added]
    changed = [f"line {finding.line}: {finding.title}: {_facts(finding)}" for finding in report.changed]
    unknown = [f"line {line}: {title}" for line, title in report.unknown]
    return [
        *_columns(report.table),
        *_sections(added, changed, report, most),
        *_listed("Not known here (import the NCES directory first)", unknown, most),
    ]


def _columns(table: FigureTable) -> list[str]:
    taken = [f"  {name}: {column}" for name, column in table.columns.items() if column]
    left = [name for name, column in table.columns.items() if not column and not name.startswith("grade_")]
    return [
        f"Source: {table.source}",
        f"School year: {table.year or 'as the columns or the lines say'}",
        "Columns, each of which --column NAME=HEADER corrects:",
        *taken,
        f"  no column for: {', '.join(left)}",
        f"  not used: {', '.join(table.unused) or 'none'}",
    ]


def _sections(
    added: Sequence[str], changed: Sequence[str], report: Report | FigureReport, most: int | None
) -> list[str]:
    skipped = [f"line {line}: {reason}" for line, reason in report.skipped]
    notes = [f"line {line}: {note}" for line, note in report.notes]
    return [
        *_listed("Added", added, most),
        *_listed("Changed", changed, most),
        f"Unchanged: {len(report.unchanged):,}",
        *_listed("Skipped", skipped, most),
        *_listed("To know", notes, most),
    ]


def _listed(title: str, lines: Sequence[str], most: int | None) -> list[str]:
    shown = [f"  {line}" for line in lines[:most]]
    left = len(lines) - len(shown)
    return [f"{title}: {len(lines):,}", *shown, *([f"  and {left:,} more; --full names them all"] if left else [])]


def _words(change: Change) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} “{_plain(old)}” → “{_plain(new)}”" for name, (old, new) in change.columns.items()
    )


def _facts(finding: Finding) -> str:
    told: dict[str, list[str]] = {}
    for (name, year), (old, new) in finding.facts.items():
        was = f" (was {fact_text('', old).strip()})" if old else ""
        told.setdefault(year, []).append(fact_text(name, new) + was)
    return "; ".join(f"{', '.join(texts)}, {year}" for year, texts in told.items())


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value or "")


def _tell(phase: str, count: int) -> None:
    if count % STEP == 0:
        click.echo(f"{count:,} {'lines read' if phase == 'read' else 'districts written'} …", err=True)
