"""Bringing figures of districts into the portal: whole or not at all, and as often as one likes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select, update

from portal.core.db import db, transaction
from portal.core.history import Doer
from portal.core.tables import BrokenFile, fold

from .directory import MOST_PROBLEMS, Tell, silent
from .figures import Figures, FigureTable
from .imports import batches, note_all
from .likeness import LIKE_ENOUGH, likeness, question
from .models import District, DistrictFact
from .operations import lock_directory, refresh_members

SEVERAL = "{} districts have this number or name: say the state, or add a column that tells them apart"
Known = dict[tuple[int, str, str], tuple[int, str]]  # by district, fact and school year the row's number and value


@dataclass(frozen=True)
class Finding:
    """What one line of a table says of one district: by fact and school year what was there ("") and what comes."""

    line: int
    district_id: int
    title: str
    facts: dict[tuple[str, str], tuple[str, str]]


@dataclass
class FigureReport:
    """What the table does to each of its lines, and how it was read."""

    table: FigureTable
    added: list[Finding] = field(default_factory=list)
    changed: list[Finding] = field(default_factory=list)
    unchanged: list[Finding] = field(default_factory=list)
    unknown: list[tuple[int, str]] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)


def record_figures(
    table: FigureTable, *, by: Doer | None = None, is_trial: bool = False, tell: Tell = silent
) -> FigureReport:
    """Note what the table says of districts that the portal knows; a trial only reports what would happen.

    A line about any other district is reported and left out. The same source and school year again corrects a value;
    figures of other years and sources stay beside it. Raises BrokenFile when two lines are about the same thing.
    """
    if is_trial:
        return _compare(table)
    with transaction():
        lock_directory()
        report = _compare(table)
        _write([*report.added, *report.changed], table.source, by, tell)
        if report.added or report.changed:
            refresh_members()
    return report


class _Directory:
    """The districts that the portal knows, by what a table may call them."""

    def __init__(self) -> None:
        chosen = select(
            District.id, District.leaid, District.state_code, District.name, District.short_name, District.city,
            District.state,
        )  # fmt: skip
        self.rows: dict[int, Any] = {row.id: row for row in db.session.execute(chosen.order_by(District.id))}
        self.numbers: dict[str, set[int]] = defaultdict(set)
        self.names: dict[str, set[int]] = defaultdict(set)
        for row in self.rows.values():
            # Without the state in front too: where only one state has it, a bare code is enough.
            for number in {row.leaid, row.state_code, (row.state_code or "").partition("-")[2]} - {None, ""}:
                self.numbers[number.upper()].add(row.id)
            for name in {row.name, row.short_name} - {""}:
                self.names[fold(name)].add(row.id)

    def find(self, figures: Figures) -> tuple[Any, str]:
        """The district that the line means, or why it cannot be told which of several."""
        numbers = [number.upper() for number in (figures.leaid, figures.code) if number]
        named = self.names.get(fold(figures.name), set()) if not numbers else set()
        found = {number for asked in numbers for number in self.numbers.get(asked, ())}
        found |= {number for number in named if figures.state in ("", self.rows[number].state)}
        if len(found) == 1:
            return self.rows[found.pop()], ""
        return None, SEVERAL.format(len(found)) if found else ""


def _compare(table: FigureTable) -> FigureReport:
    report = FigureReport(table, skipped=list(table.skipped), notes=list(table.notes))
    directory, known = _Directory(), _known_facts(table.source)
    lines: dict[tuple[int, str, str], int] = {}
    problems = list[str]()
    for figures in table.lines:
        district, why_not = directory.find(figures)
        if why_not:
            report.skipped.append((figures.line, f"{figures.title}: {why_not}"))
        elif district is None:
            report.unknown.append((figures.line, figures.title))
        else:
            problems.extend(_repeated(figures, district.id, lines))
            _sort_in(report, figures, district, known)
    if problems:
        raise BrokenFile(*problems[:MOST_PROBLEMS])
    report.skipped.sort()
    report.notes.sort()
    return report


def _known_facts(source: str, district_ids: Sequence[int] | None = None) -> Known:
    fact = DistrictFact
    chosen = select(fact.district_id, fact.name, fact.year, fact.id, fact.value).where(fact.source == source)
    if district_ids is not None:
        chosen = chosen.where(fact.district_id.in_(district_ids))
    return {(row.district_id, row.name, row.year): (row.id, row.value) for row in db.session.execute(chosen)}


def _repeated(figures: Figures, district_id: int, lines: dict[tuple[int, str, str], int]) -> list[str]:
    for name, year in figures.facts:
        first = lines.setdefault((district_id, name, year), figures.line)
        if first != figures.line:
            return [f"Lines {first} and {figures.line} are about the same district and year: {figures.title}, {year}."]
    return []


def _sort_in(report: FigureReport, figures: Figures, district: Any, known: Known) -> None:
    title = f"{district.name} ({', '.join(filter(None, (district.city, district.state)))})"
    there = {fact: known.get((district.id, *fact), (0, ""))[1] for fact in figures.facts}
    changes = {fact: (there[fact], value) for fact, value in figures.facts.items() if there[fact] != value}
    finding = Finding(figures.line, district.id, title, changes)
    if figures.name and not _is_alike(figures.name, district):
        report.notes.append((figures.line, f"the table calls it “{figures.name[:80]}”, here it is {title}"))
    if not changes:
        report.unchanged.append(finding)
    elif any(old for old, _ in changes.values()):
        report.changed.append(finding)
    else:
        report.added.append(finding)


def _is_alike(name: str, district: Any) -> bool:
    here = [district.name, district.short_name, district.city]
    return fold(name) in map(fold, here) or likeness(question(name), *here).words >= LIKE_ENOUGH


def hold_districts(ids: Sequence[int]) -> None:
    """Let nobody else record facts of these districts until the transaction ends; SQLite holds all of them anyway."""
    held = select(District.id).where(District.id.in_(ids)).order_by(District.id)
    db.session.execute(held.with_for_update()).all()


def _write(findings: list[Finding], source: str, by: Doer | None, tell: Tell) -> None:
    done = 0
    for some in batches(sorted(findings, key=lambda finding: finding.district_id)):
        hold_districts([finding.district_id for finding in some])
        _set_facts(some, source)
        note_all("record facts", [(finding.district_id, _told(finding)) for finding in some], f"from {source}", by)
        done += len(some)
        tell("written", done)


def _set_facts(findings: Sequence[Finding], source: str) -> None:
    # Read again now that nobody else can write them.
    known = _known_facts(source, [finding.district_id for finding in findings])
    new, corrected = list[dict[str, Any]](), list[dict[str, Any]]()
    for finding in findings:
        for (name, year), (_, value) in finding.facts.items():
            number, _ = known.get((finding.district_id, name, year), (0, ""))
            row = {"district_id": finding.district_id, "name": name, "year": year, "source": source, "value": value}
            (corrected if number else new).append({"id": number, "value": value} if number else row)
    if new:
        db.session.execute(insert(DistrictFact), new)
    if corrected:
        db.session.execute(update(DistrictFact), corrected)


def _told(finding: Finding) -> dict[str, Any]:
    return {f"{name} {year}": pair for (name, year), pair in finding.facts.items()}
