"""Bringing the directory of NCES into the portal: whole or not at all, and as often as one likes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, TypeVar

from sqlalchemy import Row, insert, select, update

from portal.core import clock
from portal.core.db import db, transaction
from portal.core.history import Doer, History

from .directory import SOURCE, Directory, Entry, Tell, read_directory, silent
from .models import District, DistrictFact
from .operations import lock_directory, refresh_members

BATCH = 1000
FROM = f"from the directory of {SOURCE}"
COMPARED = (
    "state_code", "name", "kind", "street", "city", "state", "zip_code", "phone", "website", "domain", "grades",
    "is_open", "source", "source_year",
)  # fmt: skip
Counts = dict[tuple[int, str], tuple[int, str]]  # of schools: by district and year the fact's id and value
Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Change:
    """An agency that the file knows differently: what was there and what comes, by column."""

    entry: Entry
    district_id: int
    columns: dict[str, tuple[Any, Any]]
    fact_id: int | None = None


@dataclass
class Report:
    """What an import does to each line of the file."""

    added: list[Entry] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: list[Entry] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)


def import_districts(file: BinaryIO, *, by: Doer | None = None, is_trial: bool = False, tell: Tell = silent) -> Report:
    """Add and change districts as the NCES directory in `file` says; a trial only reports what would happen.

    Districts that the file does not name stay as they are, and an older file changes nothing that a newer one said.
    `tell(phase, count)` hears how far it is. Raises BrokenFile, and changes nothing, when anything is wrong in it.
    """
    directory = read_directory(file, tell)
    if is_trial:
        return _compare(directory)
    with transaction():
        # Compared once more under the lock: between a trial and the import somebody may have added the very same
        # district.
        lock_directory()
        report = _compare(directory)
        if report.added or report.changed:
            _write(report, by, tell)
            refresh_members()
    return report


def note_all(verb: str, happened: list[tuple[int, dict[str, Any]]], note: str, by: Doer | None) -> None:
    """One history row for each of these districts, by number and with what changed, in one go."""
    row = {
        "subject_table": District.__tablename__, "verb": verb, "note": note,
        "by_account_id": by.account_id if by else None, "by_name": str(getattr(by, "name", "") or ""),
        "at": clock.now(),
    }  # fmt: skip
    db.session.execute(insert(History), [{**row, "subject_id": number, "data": data} for number, data in happened])


def batches(things: list[Thing]) -> Iterator[list[Thing]]:
    """The things in groups that one statement takes."""
    return (things[start : start + BATCH] for start in range(0, len(things), BATCH))


def _compare(directory: Directory) -> Report:
    report = Report(skipped=[(line, "empty line") for line in directory.empty_lines])
    columns = [getattr(District, name) for name in COMPARED]
    chosen = select(District.leaid, District.id, *columns).where(District.leaid.is_not(None))
    known = {row.leaid: row for row in db.session.execute(chosen)}
    counts = _counted_schools()
    for entry in directory.entries.values():
        _sort_in(report, entry, known.get(entry.leaid), counts)
    report.skipped.sort()
    return report


def _sort_in(report: Report, entry: Entry, known: Row[Any] | None, counts: Counts) -> None:
    if known is not None and known.source == SOURCE and known.source_year > entry.year:
        report.skipped.append((entry.line, f"{entry.title}: the portal has it from {known.source_year} already"))
        return
    if entry.note:
        report.notes.append((entry.line, f"{entry.title}: {entry.note}"))
    if known is None:
        report.added.append(entry)
        return
    change = _change(entry, known, counts)
    if change.columns:
        report.changed.append(change)
    else:
        report.unchanged.append(entry)


def _change(entry: Entry, known: Row[Any], counts: Counts) -> Change:
    there = known._mapping
    columns = {name: (there[name], entry.fields[name]) for name in COMPARED if there[name] != entry.fields[name]}
    fact_id, count = counts.get((known.id, entry.year), (None, ""))
    if entry.schools and entry.schools != count:
        columns["schools"] = (count, entry.schools)
    return Change(entry, known.id, columns, fact_id)


def _counted_schools() -> Counts:
    chosen = select(DistrictFact.district_id, DistrictFact.year, DistrictFact.id, DistrictFact.value)
    rows = db.session.execute(chosen.where(DistrictFact.name == "schools", DistrictFact.source == SOURCE))
    return {(district_id, year): (fact_id, value) for district_id, year, fact_id, value in rows}


def _write(report: Report, by: Doer | None, tell: Tell) -> None:
    done = 0
    for added in batches(report.added):
        _add(added, by)
        done += len(added)
        tell("written", done)
    for changed in batches(report.changed):
        _alter(changed, by)
        done += len(changed)
        tell("written", done)


def _add(entries: list[Entry], by: Doer | None) -> None:
    db.session.execute(insert(District), [entry.fields for entry in entries])
    chosen = select(District.leaid, District.id).where(District.leaid.in_([entry.leaid for entry in entries]))
    ids = {str(leaid): district_id for leaid, district_id in db.session.execute(chosen)}
    _add_counts([(ids[entry.leaid], entry) for entry in entries if entry.schools])
    note_all("add", [(ids[entry.leaid], {}) for entry in entries], FROM, by)


def _alter(changes: list[Change], by: Doer | None) -> None:
    rows = [{"id": change.district_id, **{name: change.entry.fields[name] for name in COMPARED}} for change in changes]
    db.session.execute(update(District), rows)
    counted = [change for change in changes if "schools" in change.columns]
    _add_counts([(change.district_id, change.entry) for change in counted if change.fact_id is None])
    corrected = [{"id": change.fact_id, "value": change.entry.schools} for change in counted if change.fact_id]
    if corrected:
        db.session.execute(update(DistrictFact), corrected)
    note_all("import", [(change.district_id, change.columns) for change in changes], FROM, by)


def _add_counts(counted: list[tuple[int, Entry]]) -> None:
    facts = [
        {"district_id": district_id, "name": "schools", "value": entry.schools, "source": SOURCE, "year": entry.year}
        for district_id, entry in counted
    ]
    if facts:
        db.session.execute(insert(DistrictFact), facts)
