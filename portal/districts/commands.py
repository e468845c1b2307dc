"""The operator's commands about districts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

import click
from flask.cli import AppGroup

from portal.core.tables import BrokenFile

from .imports import Change, Report, import_districts

districts = AppGroup("districts", help="The directory of districts.")
SHOWN = 20
STEP = 5000  # lines or districts between two words about progress


@districts.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Only report what would happen.")
@click.option("--full", is_flag=True, help=f"Name every line in the report, not the first {SHOWN} of a kind.")
def districts_import(file: BinaryIO, dry_run: bool, full: bool) -> None:
    """Add and change districts as the LEA directory of NCES (file 029, CSV) says. Safe to repeat."""
    try:
        report = import_districts(file, is_trial=dry_run, tell=_tell)
    except BrokenFile as broken:
        raise click.ClickException("\n".join([*broken.problems, "Nothing was changed."])) from broken
    for line in lines_of(report, None if full else SHOWN):
        click.echo(line)
    click.echo("This was a dry run: nothing was changed." if dry_run else "Done.")


def lines_of(report: Report, most: int | None) -> list[str]:
    """The report in words: how many of each kind, then the lines of the file and what became of them."""
    added = [f"line {entry.line}: {entry.title}, {entry.leaid}" for entry in report.added]
    changed = [f"line {change.entry.line}: {change.entry.title}: {_words(change)}" for change in report.changed]
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


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value or "")


def _tell(phase: str, count: int) -> None:
    if count % STEP == 0:
        click.echo(f"{count:,} {'lines read' if phase == 'read' else 'districts written'} …", err=True)
