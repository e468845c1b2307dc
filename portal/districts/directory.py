"""Reading the directory of local education agencies as NCES publishes it (Common Core of Data, file 029).

Nothing is written here. Every line is looked at by itself: no cell of this file goes on over the end of a line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from sqlalchemy import String

from portal.core.tables import BrokenFile

from .models import District
from .rules import KIND_WORDS, KINDS, domain_of, is_leaid

SOURCE = "NCES CCD"
NEEDED = (
    "SCHOOL_YEAR", "ST", "LEA_NAME", "ST_LEAID", "LEAID", "MSTREET1", "MCITY", "MZIP",
    "LSTREET1", "LSTREET2", "LSTREET3", "LCITY", "LZIP", "LZIP4", "PHONE", "WEBSITE",
    "SY_STATUS_TEXT", "UPDATED_STATUS_TEXT", "LEA_TYPE", "GSLO", "GSHI", "OPERATIONAL_SCHOOLS",
)  # fmt: skip
NOT_OPEN = frozenset({"closed", "inactive", "future"})
NO_GRADES = frozenset({"", "M", "N", "-1", "-2", "-9"})  # missing, not applicable, and older ways to say so
LONGEST_LINE = 64 * 1024  # bytes; the longest of 2024-25 has 500
MOST_PROBLEMS = 20
MARK = b"\xef\xbb\xbf"
ARCHIVE = b"PK\x03\x04"
YEAR = re.compile(r"([0-9]{4})-(?:[0-9]{2})?([0-9]{2})")
SIZES = {column.name: column.type.length for column in District.__table__.columns if isinstance(column.type, String)}
Tell = Callable[[str, int], None]


@dataclass(frozen=True)
class Entry:
    """One agency: its line in the file, the columns of District it fills, how many schools, what is odd about it."""

    line: int
    fields: dict[str, Any]
    schools: str
    note: str

    @property
    def leaid(self) -> str:
        return str(self.fields["leaid"])

    @property
    def year(self) -> str:
        return str(self.fields["source_year"])

    @property
    def title(self) -> str:
        return f"{self.fields['name']} ({self.fields['city']}, {self.fields['state']})"


@dataclass
class Directory:
    """What a file holds: its agencies by their number, in the order of lines, and its empty lines."""

    entries: dict[str, Entry] = field(default_factory=dict)
    empty_lines: list[int] = field(default_factory=list)


def silent(phase: str, count: int) -> None:
    """Tell nobody how far the work is."""


def read_directory(file: BinaryIO, tell: Tell = silent) -> Directory:
    """All agencies of the file. `tell(phase, count)` hears how far it is.

    Raises BrokenFile when anything at all is wrong, with up to 20 problems and their lines.
    """
    lines, found, problems = _lines(file), Directory(), list[str]()
    header = _header(lines)
    for number, raw in lines:
        tell("read", number)
        try:
            _take(found, number, _cells(number, raw, header))
        except BrokenFile as broken:
            problems.append(broken.sentence)
        if len(problems) == MOST_PROBLEMS:
            break
    if problems:
        raise BrokenFile(*problems)
    if not found.entries:
        raise BrokenFile("The file has a header, but no district below it.")
    return found


def is_directory(content: bytes) -> bool:
    """Whether the content is meant to be the directory of NCES: its archive, half of its columns, or nothing yet."""
    if content.startswith(ARCHIVE):
        return True
    first = content[:LONGEST_LINE].partition(b"\n")[0].decode("utf-8", "replace").upper()
    there = {name.strip(' "\ufeff\r') for name in first.split(",")}
    return not first.strip("\ufeff \r") or len(there.intersection(NEEDED)) * 2 >= len(NEEDED)


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = 0
    # Never more than one line in memory, and a limit on that: a file without line ends would fill it.
    while raw := file.readline(LONGEST_LINE + 1):
        number += 1
        # A spreadsheet is a ZIP archive, whatever its name ends with.
        if raw.startswith(ARCHIVE) and number == 1:
            raise BrokenFile("This is a ZIP archive or a workbook. Unpack it, and import the CSV file that is inside.")
        if len(raw) > LONGEST_LINE:
            raise BrokenFile(f"Line {number} is longer than {LONGEST_LINE:,} bytes. This is not the directory of NCES.")
        yield number, raw


def _header(lines: Iterator[tuple[int, bytes]]) -> list[str]:
    number, raw = next(lines, (0, b""))
    if raw in (b"", MARK):
        raise BrokenFile("The file is empty.")
    if not raw.removeprefix(MARK).strip():
        raise BrokenFile("Line 1 is empty: the names of the columns must stand there.")
    names = [name.strip().upper() for name in _split(number, raw)]
    _check_names(names)
    return names


def _check_names(names: list[str]) -> None:
    missing = [name for name in NEEDED if name not in names]
    if missing:
        listed = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        raise BrokenFile(
            f"Line 1 is not the header of the LEA directory of NCES (file 029). Missing columns: {listed}."
        )
    double = [name for name in NEEDED if names.count(name) > 1]
    if double:
        raise BrokenFile(f"Line 1 names the column {double[0]} more than once.")


def _cells(number: int, raw: bytes, header: list[str]) -> dict[str, str]:
    cells = _split(number, raw)
    if not any(cells):
        return {}
    if len(cells) != len(header):
        raise BrokenFile(f"Line {number} has {len(cells)} cells, but the header has {len(header)} columns.")
    return dict(zip(header, cells, strict=True))


def _split(number: int, raw: bytes) -> list[str]:
    text = _decoded(number, raw).rstrip("\r\n")
    if "\x00" in text or "\ufffd" in text:
        raise BrokenFile(f"Line {number} has characters that were lost on the way. Take the file as NCES offers it.")
    try:
        return [" ".join(cell.split()) for cells in csv.reader([text], strict=True) for cell in cells]
    except csv.Error as error:
        if text.count('"') % 2:
            raise BrokenFile(f"Line {number} opens a quote and does not close it.") from error
        raise BrokenFile(f"Line {number} has a quote where none can be.") from error


def _decoded(number: int, raw: bytes) -> str:
    skipped = len(MARK) if number == 1 and raw.startswith(MARK) else 0
    try:
        return raw[skipped:].decode()
    except UnicodeDecodeError as error:
        byte = error.start + skipped
        raise BrokenFile(
            f"Line {number}, byte {byte + 1} (0x{raw[byte]:02X}) is not UTF-8."
            " Save the file as “CSV UTF-8” and import it again."
        ) from error


def _take(found: Directory, number: int, cells: dict[str, str]) -> None:
    if not cells:
        found.empty_lines.append(number)
        return
    entry = _entry(number, cells)
    first = found.entries.setdefault(entry.leaid, entry)
    if first is not entry:
        raise BrokenFile(f"Lines {first.line} and {number} have the same LEAID {entry.leaid}. Each may come once.")


def _entry(number: int, cells: dict[str, str]) -> Entry:
    _check(number, cells)
    fields = _fields(cells)
    for name, value in fields.items():
        if isinstance(value, str) and len(value) > (SIZES[name] or 0):
            many = f"{len(value)} characters, {SIZES[name]} fit"
            raise BrokenFile(f"Line {number}: the {name.replace('_', ' ')} has {many}.")
    schools = cells["OPERATIONAL_SCHOOLS"]
    is_counted = re.fullmatch(r"[0-9]{1,6}", schools) is not None
    return Entry(number, fields, str(int(schools)) if is_counted else "", "; ".join(_notes(cells, fields, is_counted)))


def _check(number: int, cells: dict[str, str]) -> None:
    if not is_leaid(cells["LEAID"]):
        raise BrokenFile(
            f"Line {number}: the LEAID “{cells['LEAID'][:20]}” does not have seven digits."
            " A spreadsheet may have cut its zeros: take the file as NCES offers it."
        )
    if not cells["LEA_NAME"]:
        raise BrokenFile(f"Line {number} has no LEA_NAME.")
    if not re.fullmatch("[A-Z]{2}", cells["ST"]):
        raise BrokenFile(f"Line {number}: “{cells['ST'][:20]}” in the column ST is not two letters, such as MA.")
    if not YEAR.fullmatch(cells["SCHOOL_YEAR"]):
        raise BrokenFile(f"Line {number}: “{cells['SCHOOL_YEAR'][:20]}” is not a SCHOOL_YEAR, such as 2024-2025.")


def _fields(cells: dict[str, str]) -> dict[str, Any]:
    grades = [cells["GSLO"].upper(), cells["GSHI"].upper()]
    return {
        "leaid": cells["LEAID"],
        "state_code": cells["ST_LEAID"],
        "name": cells["LEA_NAME"],
        "kind": KINDS.get(cells["LEA_TYPE"], "other"),
        "street": ", ".join(filter(None, (cells[f"LSTREET{n}"] for n in (1, 2, 3)))) or cells["MSTREET1"],
        "city": cells["LCITY"] or cells["MCITY"],
        "state": cells["ST"],
        "zip_code": "-".join(filter(None, (cells["LZIP"], cells["LZIP4"]))) or cells["MZIP"],
        "phone": cells["PHONE"],
        "website": cells["WEBSITE"],
        "domain": domain_of(cells["WEBSITE"]),
        "grades": "" if NO_GRADES.intersection(grades) else "-".join(grades),
        "is_open": _status(cells).lower() not in NOT_OPEN,
        "source": SOURCE,
        "source_year": "-".join(YEAR.fullmatch(cells["SCHOOL_YEAR"]).groups()),  # type: ignore[union-attr]
    }


def _status(cells: dict[str, str]) -> str:
    return cells["UPDATED_STATUS_TEXT"] or cells["SY_STATUS_TEXT"]


def _notes(cells: dict[str, str], fields: dict[str, Any], is_counted: bool) -> Iterator[str]:
    if not fields["is_open"]:
        yield f"kept as not open ({_status(cells)})"
    if cells["LEA_TYPE"] not in KINDS:
        yield f"kept, its type “{cells['LEA_TYPE']}” is not known"
    elif fields["kind"] != "district":
        yield f"kept as {KIND_WORDS[fields['kind']].lower()}"
    if not is_counted:
        yield f"its number of schools “{cells['OPERATIONAL_SCHOOLS']}” is left out"
