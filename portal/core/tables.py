"""Reading a table that somebody has: saved as CSV, or copied out of a spreadsheet and pasted.

Nothing here knows what the table is about. It takes commas, semicolons and tabs, UTF-8, UTF-16 and Windows-1252, cells
with line breaks, titles above and footnotes below; what it leaves out stands in the notes, and a line that it cannot
make out is refused with its number, so that nothing gets lost on the way.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Literal

from .errors import RuleBroken

MOST_LINES = 2_000
MOST_CHARACTERS = 20_000_000
MOST_COLUMNS = 200
MOST_PROBLEMS = 20
LOOKED_AT = 20  # records, to find out what separates the cells and where the header is
DELIMITERS = ("\t", ";", ",")  # in the order of who wins when both would do: a tab is never part of a text
NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufffd]")
SEPARATOR = re.compile(r"sep=([;,|\t])\s*")  # Excel writes this line, and hides it
WHOLE = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,12})(?:\.0*)?")

Wanted = Mapping[str, Sequence[str]]  # what is looked for, and the names that its column may have
Record = tuple[int, list[str]]


class BrokenFile(RuleBroken):
    """The file cannot be taken; `problems` says where and why, one sentence each."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Line:
    """One line of a table: its number in the file (the first is 1) and its cells by column, trimmed."""

    number: int
    cells: dict[str, str]

    def take(self, columns: Mapping[str, str | None]) -> dict[str, str]:
        """The cells of the columns that `match` found, by the wanted name; "" where there is no such column."""
        return {name: self.cells[column] if column else "" for name, column in columns.items()}


@dataclass(frozen=True)
class Typed:
    """A table: its columns in order, its lines, and by line what was left out and why.

    `title` is what stood above the header, `has_header` whether the columns are named in the table itself.
    """

    columns: list[str]
    rows: list[Line]
    notes: list[tuple[int, str]] = field(default_factory=list)
    title: str = ""
    has_header: bool = True


def read_table(content: bytes | str, *, most_lines: int = MOST_LINES, wanted: Wanted | None = None) -> Typed:
    """The table in `content`. Its first line names the columns.

    With `wanted` it need not: when no cell of the first line is a name that a wanted column may have, the columns are
    the wanted ones in their order. Raises BrokenFile, with up to 20 problems and their lines, when it is no table.
    """
    records, notes = _filled(_records(_text(content)), most_lines)
    if not records:
        raise BrokenFile(
            "There is nothing in this table. Give it a line with the names of the columns, and lines below."
        )
    title = _take_title(records, notes, wanted)
    is_named = wanted is None or has_header(records[0][1], wanted)
    columns = _columns(records.pop(0)) if is_named else _positions(records, wanted or {})
    _take_footnotes(records, notes, len(columns))
    if len(records) > most_lines:
        raise _too_long(most_lines)
    if not records:
        raise BrokenFile("The table names its columns, but has no line below them. Add at least one line.")
    rows = _rows(records, columns)
    return Typed(columns, rows, sorted(notes), title, is_named)


def has_header(cells: Sequence[str], wanted: Wanted) -> bool:
    """Whether these cells name columns: one of them is a name that a wanted column may have, and none is an address."""
    known = {fold(alias) for name, aliases in wanted.items() for alias in (name, *aliases)}
    return any(fold(cell) in known for cell in cells) and not any("@" in cell for cell in cells)


def match(
    columns: Sequence[str], wanted: Wanted, *, given: Mapping[str, str] | None = None, needed: Sequence[str] = ()
) -> dict[str, str | None]:
    """Which column holds what is wanted: by its name or an alias, whatever the case, blanks and punctuation.

    `given` is what a person said (wanted name to column, "" for none) and wins. A column is taken once. Raises
    RuleBroken when a given name or column does not exist, or when nothing was found for one that is `needed`.
    """
    found: dict[str, str | None] = {name: _given(columns, wanted, name, said) for name, said in (given or {}).items()}
    left = {fold(column): column for column in reversed(columns) if column not in found.values()}
    for name, aliases in wanted.items():
        if name not in found:
            fitting = (left.pop(fold(alias)) for alias in (name, *aliases) if fold(alias) in left)
            found[name] = next(fitting, None)
    for name in needed:
        if found[name] is None:
            raise RuleBroken(f"No column was found for “{name}”. Say which it is of: {_listed(columns)}.")
    return {name: found[name] for name in wanted}


def fold(text: str) -> str:
    """A name of a column without what people write differently: case, accents, blanks and punctuation."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text).casefold() if sign.isalnum())


def whole_number(text: str) -> int | None:
    """The number in a cell such as 6009, 6,009 or 6009.0; None when it is anything else, such as *** or empty."""
    found = WHOLE.fullmatch(text.strip())
    return int(found[1].replace(",", "")) if found else None


def _text(content: bytes | str) -> str:
    text = (_decoded(content) if isinstance(content, bytes) else content).removeprefix("\ufeff")
    if len(text) > MOST_CHARACTERS:
        raise BrokenFile(f"This is longer than {MOST_CHARACTERS:,} characters. Split the table into smaller ones.")
    if text[:300].lstrip().lower().startswith(("<!doctype", "<html", "<table", "<?xml")):
        raise BrokenFile(
            "This is a web page, whatever its name ends with. Open it in a spreadsheet and save it as CSV."
        )
    if NOT_TEXT.search(text):
        raise BrokenFile(
            "This is not text. Save the table as CSV in the program that you have it in, and use that file."
        )
    return text


def _decoded(content: bytes) -> str:
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise BrokenFile("This is a workbook or a ZIP archive. Open it, save the sheet as CSV, and use that file.")
    if content.startswith(b"%PDF"):
        raise BrokenFile("This is a PDF. Use the table that it was made from, saved as CSV.")
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for name in ("utf-16",) if is_wide else ("utf-8", "cp1252"):
        try:
            return content.decode(name)
        except UnicodeDecodeError:
            continue
    raise BrokenFile("Some characters in this file cannot be read. Save it as “CSV UTF-8”, and use that file.")


def _records(text: str) -> Iterator[Record]:
    first, _, rest = text.partition("\n")
    said = SEPARATOR.fullmatch(first)
    delimiter = said[1] if said else _delimiter(text)
    return _split(rest, delimiter, 1) if said else _split(text, delimiter, 0)


def _delimiter(text: str) -> str:
    """What separates the cells: the sign that stands in most of the first lines, quotes left out."""
    lines = re.sub(r'"[^"]*"', "", text[:100_000]).splitlines()[:LOOKED_AT]
    return max(DELIMITERS, key=lambda sign: sum(sign in line for line in lines))


def _split(text: str, delimiter: str, before: int) -> Iterator[Record]:
    # Cells copied from a spreadsheet have quotes that nobody doubled: what is no CSV is then taken letter by letter.
    is_plain = delimiter == "\t" and not _is_well_quoted(text, delimiter)
    quoting: Literal[0, 3] = csv.QUOTE_NONE if is_plain else csv.QUOTE_MINIMAL
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, quoting=quoting)
    number = before + 1
    try:
        for cells in reader:
            yield number, ["\n".join(cell.strip().splitlines()) for cell in cells]
            number = before + reader.line_num + 1
    except csv.Error as error:
        raise BrokenFile(_quote_problem(number, error)) from error


def _is_well_quoted(text: str, delimiter: str) -> bool:
    try:
        return all(True for _ in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return False


def _quote_problem(number: int, error: csv.Error) -> str:
    if "field larger" in str(error):
        return f"A cell that begins on line {number} has more than 131,072 characters. Is its last quote missing?"
    if "unexpected end" in str(error):
        return f"Line {number} opens a quote and does not close it. Add the second quote."
    return f"Line {number} has a quote where none can be. Save the table as CSV once more, and use that file."


def _filled(records: Iterator[Record], most_lines: int) -> tuple[list[Record], list[tuple[int, str]]]:
    filled, notes = list[Record](), list[tuple[int, str]]()
    for number, cells in records:
        if not any(cells):
            notes.append((number, "empty line"))
        elif len(filled) > most_lines + LOOKED_AT:  # more than a title, a header and footnotes come on top
            raise _too_long(most_lines)
        else:
            filled.append((number, cells))
    return filled, notes


def _too_long(most_lines: int) -> BrokenFile:
    return BrokenFile(f"This table has more than {most_lines:,} lines. Split it into smaller ones.")


def _take_title(records: list[Record], notes: list[tuple[int, str]], wanted: Wanted | None) -> str:
    """Take away what stands above the header: lines with one filled cell, where the table has three or more."""
    if max(_filled_cells(cells) for _, cells in records[:LOOKED_AT]) < 3:
        return ""
    above = next(place for place, (_, cells) in enumerate(records) if _filled_cells(cells) > 1)
    # Without names of columns below it, such a line may be somebody of whom only the name is given.
    if wanted is not None and not has_header(records[above][1], wanted):
        return ""
    titles = [(number, "".join(cells)) for number, cells in records[:above]]
    del records[:above]
    notes.extend((number, f"a title: “{_short(text)}”") for number, text in titles)
    return " ".join(text for _, text in titles)


def _take_footnotes(records: list[Record], notes: list[tuple[int, str]], width: int) -> None:
    """Take away the last lines that have one filled cell, where the table is wide or the cell reads like a note."""
    while records and _filled_cells(records[-1][1]) == 1:
        text = "".join(records[-1][1])
        if not (width >= 5 or (width >= 3 and (len(text.split()) >= 5 or not text[0].isalnum()))):
            return
        notes.append((records.pop()[0], f"a footnote: “{_short(text)}”"))


def _columns(record: Record) -> list[str]:
    number, cells = record
    names = [" ".join(cell.split()) for cell in cells]
    while not names[-1]:
        names.pop()
    # A first cell that is a number is a code; further on, a grade may well be called 7.
    data = [name for name in names if "@" in name or (name is names[0] and whole_number(name) is not None)]
    if data:
        raise BrokenFile(
            f"Line {number} must name the columns, but “{_short(data[0])}” is no name. Put a line with names above it."
        )
    return _named(names)


def _positions(records: Sequence[Record], wanted: Wanted) -> list[str]:
    width = max(len(cells) for _, cells in records)
    return _named([*list(wanted)[:width], *[""] * (width - len(wanted))])


def _named(names: Sequence[str]) -> list[str]:
    """Names for all columns, each once: one without is called by its number, and the second Name “Name (2)”."""
    if len(names) > MOST_COLUMNS:
        raise BrokenFile(f"This table has more than {MOST_COLUMNS} columns. Keep those that are needed.")
    named = list[str]()
    for place, name in enumerate(names, 1):
        plain = name or f"Column {place}"
        ways = chain([plain], (f"{plain} ({again})" for again in count(2)))
        named.append(next(way for way in ways if way not in named))
    return named


def _rows(records: Sequence[Record], columns: Sequence[str]) -> list[Line]:
    width = len(columns)
    problems = [
        f"Line {number} has {len(cells)} cells, but there are {width} columns. Put a text with a comma into quotes."
        for number, cells in records
        if any(cells[width:])
    ]
    if problems:
        raise BrokenFile(*problems[:MOST_PROBLEMS])
    padding = [""] * width
    return [Line(number, dict(zip(columns, [*cells, *padding], strict=False))) for number, cells in records]


def _given(columns: Sequence[str], wanted: Wanted, name: str, said: str) -> str | None:
    if name not in wanted:
        raise RuleBroken(f"“{_short(name)}” is nothing that can be read from a table. These can: {_listed(wanted)}.")
    if not said.strip():
        return None
    for column in columns:
        if said.strip() == column:
            return column
    for column in columns:
        if fold(said) == fold(column):
            return column
    raise RuleBroken(f"There is no column “{_short(said)}”. The columns are: {_listed(columns)}.")


def _listed(names: Iterable[str]) -> str:
    quoted = [f"“{_short(name)}”" for name in names]
    return ", ".join(quoted[:30]) + (f" and {len(quoted) - 30} more" if len(quoted) > 30 else "")


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _filled_cells(cells: Sequence[str]) -> int:
    return sum(map(bool, cells))
