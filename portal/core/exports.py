"""A table as a file for a spreadsheet, CSV or XLSX. No text in it can act as a formula or a link."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from io import BytesIO, StringIO
from typing import Any, Literal

from flask import Response

from .clock import local
from .uploads import attached

Cell = str | int | float | bool | date | datetime | None
Form = Literal["csv", "xlsx"]
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ACTING = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # Source: OWASP, CSV injection
LONGEST = 32_767  # characters that a cell of XLSX holds
CUT = " … (cut: the rest does not fit into a cell)"
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # no XML holds them
WIDEST = 420  # pixels, about 60 characters


@dataclass(frozen=True)
class Table:
    """What a list shows, exactly as filtered; numbers stay numbers.

    `zone` is the community's (an IANA name): a moment becomes what its clocks show. Without one, a moment is an error.
    """

    title: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    zone: str = ""


def send_table(table: Table, form: Form, name: str) -> Response:
    """The table as a file to save: `name` without its ending."""
    content = as_csv(table) if form == "csv" else as_xlsx(table)
    return attached(Response(content, content_type=KINDS[form]), f"{name}.{form}")


def as_csv(table: Table) -> bytes:
    """The table as CSV in UTF-8, with the mark at its start by which Excel knows that."""
    written = StringIO(newline="")
    lines = csv.writer(written)
    lines.writerow([_defused(name) for name in table.columns])
    lines.writerows([_plain(cell, table.zone) for cell in row] for row in table.rows)
    return b"\xef\xbb\xbf" + written.getvalue().encode("utf-8", "replace")


def as_xlsx(table: Table) -> bytes:
    """The table as an XLSX workbook of one sheet, its first row standing still."""
    # Only here: the web server would else hold the package from its start, wanted or not.
    writer = import_module("xlsxwriter")
    written = BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with writer.Workbook(written, options) as book:
        _fill(book, table)
    return written.getvalue()


def _fill(book: Any, table: Table) -> None:
    sheet = book.add_worksheet(_sheet_name(table.title))
    bold = book.add_format({"bold": True})
    formats = {
        date: book.add_format({"num_format": "yyyy-mm-dd"}),
        datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
    }
    for place, name in enumerate(table.columns):
        sheet.write_string(0, place, _fitting(name), bold)
    for number, row in enumerate(table.rows, start=1):
        for place, cell in enumerate(row):
            _put(sheet, number, place, _wall(cell, table.zone), formats)
    sheet.freeze_panes(1, 0)
    sheet.autofit(WIDEST)


def _put(sheet: Any, row: int, place: int, cell: Cell, formats: dict[type[date], Any]) -> None:
    if isinstance(cell, str):
        sheet.write_string(row, place, _fitting(cell))
    elif isinstance(cell, date):
        sheet.write_datetime(row, place, cell, formats[type(cell)])
    elif isinstance(cell, bool):
        sheet.write_string(row, place, _word(cell))
    elif cell is not None:
        sheet.write_number(row, place, cell)


def _plain(cell: Cell, zone: str) -> str | int | float | None:
    cell = _wall(cell, zone)
    if isinstance(cell, bool):
        return _word(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    return _defused(cell) if isinstance(cell, str) else cell


def _wall(cell: Cell, zone: str) -> Cell:
    if isinstance(cell, datetime) and cell.tzinfo is not None:
        if not zone:
            raise ValueError("A table with moments needs the zone of its community.")
        return local(cell, zone).replace(tzinfo=None)
    return cell


def _defused(text: str) -> str:
    return f"'{text}" if text.startswith(ACTING) else text


def _fitting(text: str) -> str:
    counted = UNWRITABLE.sub("", str(text)).encode("utf-16-le")  # as Excel counts: an emoji is two
    if len(counted) <= 2 * LONGEST:
        return counted.decode("utf-16-le")
    return counted[: 2 * (LONGEST - len(CUT))].decode("utf-16-le", "ignore") + CUT


def _word(cell: bool) -> str:
    return "yes" if cell else "no"


def _sheet_name(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\]", " ", UNWRITABLE.sub("", title))[:31].strip("' ") or "Table"
