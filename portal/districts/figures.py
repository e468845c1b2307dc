"""Reading a table of figures about districts: what a state publishes, or what somebody keeps in a spreadsheet.

Nothing is written here, and which district a line means is left to recording. A figure that is not published, such as
*** for a few students, is no figure: it is never taken for 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from portal.core.errors import RuleBroken
from portal.core.tables import BrokenFile, Line, Typed, fold, match, read_table, whole_number

from .directory import MOST_PROBLEMS, Tell, silent
from .rules import GRADES, grade_span, massachusetts_code, school_year, state_named

MOST_LINES = 30_000  # the country has fewer than 20,000 districts
MASSACHUSETTS, NATION = "MA DESE", "NCES CCD"
# What is looked for, and how the header of a table may call it; a school year in the name does no harm.
WANTED: dict[str, tuple[str, ...]] = {
    "leaid": ("nces id", "nces leaid", "nces district id", "nces lea id", "nces number"),
    "code": (
        "org code", "dese org code", "st leaid", "state code", "district code", "state district id", "lea code",
        "state lea id", "dese code", "dist code", "district id",
    ),
    "name": ("district name", "lea name", "district", "dist name", "org name", "organization", "agency name"),
    "state": ("st", "lstate", "state abbr", "state abbreviation"),
    "year": ("school year", "sy", "schoolyear", "academic year"),
    "county": ("county name", "dist county"),
    "students": (
        "district total", "total", "enrollment", "total enrollment", "total students", "student count", "total cnt",
        "enrolled", "pupils", "membership", "member",
    ),
    "schools": ("operational schools", "number of schools", "school count", "total schools"),
    "teacher_fte": ("teachers fte", "fte teachers", "total teachers", "teachers", "staff count"),
    "lowest_grade": ("gslo", "low grade", "grade low", "grades from"),
    "highest_grade": ("gshi", "high grade", "grade high", "grades to"),
}  # fmt: skip
KEYS = ("leaid", "code", "name")
COUNTS = ("students", "schools", "teacher_fte")
YOUNGEST = {
    "PK": ("pk", "prek", "pre k", "pre kindergarten", "pk cnt"),
    "KG": ("k", "kg", "kindergarten", "k cnt"),
}
UNPUBLISHED = frozenset(
    {"", "*", "**", "***", "****", "-", "--", "–", "—", ".", "†", "‡", "s", "m", "n", "na", "n/a", "null", "-1", "-2"}
    | {"-9", "n<5", "n<6", "n<10", "<5", "<6", "<10", "suppressed", "not reported", "not available"}
)
NUMBER = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]{1,9}(?:\.[0-9]+)?")
COUNTIES = ("county", "parish", "borough", "municipality", "census area", "city", "municipio", "island", "district")
LONGEST_FACT = 80


@dataclass(frozen=True)
class Said:
    """What a person says about a table: columns by wanted name, school year, source, state, and the file's name."""

    columns: Mapping[str, str] = field(default_factory=dict)
    year: str = ""
    source: str = ""
    state: str = ""
    file_name: str = ""


@dataclass(frozen=True)
class Figures:
    """One line: the numbers and the name it gives the district, and what it says of it, by fact and school year."""

    line: int
    leaid: str
    code: str
    name: str
    state: str
    facts: dict[tuple[str, str], str]

    @property
    def title(self) -> str:
        return ", ".join(filter(None, (self.name, self.leaid or self.code)))


@dataclass
class FigureTable:
    """What a table holds: which column was taken for what, its lines, and the lines left out or odd, with why."""

    source: str
    year: str
    columns: dict[str, str | None]
    unused: list[str]
    lines: list[Figures] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)


def read_figures(content: bytes, said: Said, tell: Tell = silent) -> FigureTable:
    """The figures in a table. `tell(phase, count)` hears how far it is.

    Raises BrokenFile when a line cannot be made out, with up to 20 problems, and RuleBroken when it takes a person to
    say which column holds what, which year it is, or where the figures come from.
    """
    table = read_table(content, most_lines=MOST_LINES)
    columns = match(table.columns, _wanted(table.columns), given=said.columns)
    _check_columns(table, columns)
    reading = _Reading(table, columns, said)
    unused = [name for name in table.columns if name not in columns.values()]
    found = FigureTable(reading.source, f"{reading.year} {reading.year_words}".strip(), columns, unused)
    found.skipped.extend(table.notes)
    problems = list[str]()
    for count, line in enumerate(table.rows, 1):
        tell("read", count)
        try:
            reading.take(found, line)
        except BrokenFile as broken:
            problems.append(broken.sentence)
        if len(problems) == MOST_PROBLEMS:
            break
    if problems:
        raise BrokenFile(*problems)
    found.skipped.sort()
    return found


def _wanted(columns: list[str]) -> dict[str, list[str]]:
    """All names, and the columns that have one of them beside a school year, the newest first."""
    wanted = {name: [name, *aliases] for name, aliases in WANTED.items()} | dict(_grades())
    dated = sorted((column for column in columns if school_year(column)), key=school_year, reverse=True)
    for name, aliases in wanted.items():
        known = set(map(fold, aliases))
        wanted[name] = [*(column for column in dated if fold(_undated(column)) in known), *aliases]
    return wanted


def _grades() -> Iterator[tuple[str, list[str]]]:
    for grade in GRADES:
        plain = grade.lstrip("0").lower()
        aliases = YOUNGEST.get(grade) or (grade, plain, f"gr {plain}", f"grade {plain}", f"g{plain}", f"g{plain} cnt")
        yield f"grade_{plain}", list(aliases)


def _undated(column: str) -> str:
    return re.sub(r"(?:19|20)[0-9]{2} ?[-_/–] ?[0-9]{2,4}", "", column)


def _check_columns(table: Typed, columns: Mapping[str, str | None]) -> None:
    there = ", ".join(f"“{column[:60]}”" for column in table.columns[:30])
    if not any(columns[name] for name in KEYS):
        raise RuleBroken(
            f"No column tells the district. Say which holds its leaid, code or name. The columns are: {there}."
        )
    if not _holding(columns):
        raise RuleBroken(f"No column holds figures. Say which holds the students, for one. The columns are: {there}.")


class _Reading:
    """How the lines of one table are read."""

    def __init__(self, table: Typed, columns: dict[str, str | None], said: Said) -> None:
        self.columns = columns
        self.is_massachusetts = not columns["leaid"] and fold(columns["code"] or "") in {"orgcode", "deseorgcode"}
        self.state = _state(said.state) or ("MA" if self.is_massachusetts else "")
        self.source = _source(said.source) or self._own_source(table)
        self.year, self.year_words = _year_of_all(table, said)
        self.is_said = bool(said.year)
        self.years = {name: school_year(column) for name, column in columns.items() if column}
        if not self.year and not columns["year"] and not all(self.years[name] for name in _holding(columns)):
            raise RuleBroken("Say which school year these figures are of, such as 2016-17.")

    def take(self, found: FigureTable, line: Line) -> None:
        """Put the line where it belongs: among those that say something, or among those left out."""
        cells = line.take(self.columns)
        why = self._why_not(line, cells)
        notes = list[str]()
        facts = {} if why else self._facts(line.number, cells, notes)
        if why or not facts:
            found.skipped.append((line.number, f"{cells['name'] or cells['code']}: {why or 'no figure is published'}"))
            return
        leaid = cells["leaid"].zfill(7) if cells["leaid"] else ""
        figures = Figures(line.number, leaid, self._code(cells), cells["name"], self._state(cells), facts)
        found.lines.append(figures)
        if notes:
            found.notes.append((line.number, f"{figures.title}: {', '.join(notes)}"))

    def _own_source(self, table: Typed) -> str:
        if self.is_massachusetts:
            return MASSACHUSETTS
        if {"LEAID", "ST_LEAID", "SCHOOL_YEAR"} <= {column.upper() for column in table.columns}:
            return NATION
        raise RuleBroken("Say where these figures come from (the source), such as “State report card”.")

    def _why_not(self, line: Line, cells: dict[str, str]) -> str:
        """Why a line is about no district, or ""."""
        code = cells["code"]
        if not _is_whole(line):
            return "a part, not the whole"
        if (code and not code.strip("0")) or re.fullmatch("(?:state )?totals?", cells["name"].lower()):
            return "a total, not a district"
        if not any(cells[name] for name in KEYS):
            return "it names no district"
        if self.state == "MA" and code.isdecimal() and not massachusetts_code(code):
            return "a school, not a district"
        return ""

    def _code(self, cells: dict[str, str]) -> str:
        code, state = cells["code"].upper(), self._state(cells)
        if state == "MA" and code.isdecimal():
            return massachusetts_code(code)
        return f"{state}-{code}" if code and state and not re.match("[A-Z]{2}-", code) else code

    def _state(self, cells: dict[str, str]) -> str:
        return state_named(cells["state"]) or self.state

    def _facts(self, number: int, cells: dict[str, str], notes: list[str]) -> dict[tuple[str, str], str]:
        values = {name: _count(number, name, cells[name]) for name in COUNTS}
        notes.extend(_unpublished(name, cells[name]) for name in COUNTS if cells[name] and not values[name])
        values["county"] = _county(cells["county"])
        values["grades"] = self._span(cells, notes)
        for name, value in values.items():
            if len(value) > LONGEST_FACT:
                raise BrokenFile(f"Line {number}: the {name} has {len(value)} characters, {LONGEST_FACT} fit.")
        return {(name, self._year_of(number, name, cells)): value for name, value in values.items() if value}

    def _span(self, cells: dict[str, str], notes: list[str]) -> str:
        ends = [_grade(cells[name]) for name in ("lowest_grade", "highest_grade")]
        if all(ends):
            return "-".join(ends)
        names = [name for name, column in self.columns.items() if name.startswith("grade_") and column]
        pupils = {_grade(name.removeprefix("grade_")): whole_number(cells[name]) for name in names}
        known = {grade: count for grade, count in pupils.items() if count is not None}
        if len(known) == len(pupils):
            return grade_span(known)
        notes.append("not all of its grades are published, so its span is left out")
        return ""

    def _year_of(self, number: int, name: str, cells: dict[str, str]) -> str:
        named = school_year(cells["year"])
        # What a person says goes for the table; a column that has a year in its name speaks for itself.
        year = self.years.get(name) or (self.year if self.is_said or not cells["year"] else named)
        if not year:
            raise BrokenFile(f"Line {number}: “{cells['year'][:20]}” is no school year, such as 2016-17.")
        return year


def _year_of_all(table: Typed, said: Said) -> tuple[str, str]:
    """The school year of lines that do not say their own, and where it stands."""
    if said.year and not school_year(said.year):
        raise RuleBroken(f"“{said.year[:20]}” is no school year. Write it such as 2016-17.")
    places = {"as said": said.year, "from its title": table.title, "from the name of the file": said.file_name}
    return next(((school_year(text), words) for words, text in places.items() if school_year(text)), ("", ""))


def _holding(columns: Mapping[str, str | None]) -> list[str]:
    """Those of the wanted columns that are there and hold figures."""
    return [name for name, column in columns.items() if column and name not in (*KEYS, "state", "year")]


def _is_whole(line: Line) -> bool:
    """Whether the line is about all of a district: NCES publishes members (052) and staff (059) in parts and wholes."""
    whole = "Derived - Major Staffing Category" if "STAFF" in line.cells else "Education Unit Total"
    return line.cells.get("STAFF", "Teachers") == "Teachers" and line.cells.get("TOTAL_INDICATOR", whole) == whole


def _state(said: str) -> str:
    if said and not state_named(said):
        raise RuleBroken(f"“{said[:20]}” is no state. Write it with two letters, such as MA.")
    return state_named(said)


def _source(said: str) -> str:
    if len(said.strip()) > LONGEST_FACT:
        raise RuleBroken(f"The source may have {LONGEST_FACT} characters. Say it shorter.")
    return said.strip()


def _county(text: str) -> str:
    return text if not text or text.lower().endswith(COUNTIES) else f"{text} County"


def _count(number: int, name: str, text: str) -> str:
    if text.lower() in UNPUBLISHED:
        return ""
    if not NUMBER.fullmatch(text):
        raise BrokenFile(f"Line {number}: “{text[:20]}” in the column of the {name.replace('_', ' ')} is no number.")
    value = Decimal(text.replace(",", ""))
    return str(int(value)) if value == int(value) else str(value.normalize())


def _unpublished(name: str, text: str) -> str:
    return f"its {name.replace('_', ' ')} are not published (“{text}”)"


def _grade(text: str) -> str:
    grade = text.strip().upper()
    return {"K": "KG"}.get(grade) or (grade.zfill(2) if grade.zfill(2) in GRADES else "")
