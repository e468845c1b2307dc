"""A table as a file: the same rows, numbers as numbers, and no text that acts."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from portal.core.exports import CUT, LONGEST, Cell, Table, as_csv, as_xlsx, send_table
from tests.core.builders import a_door

ZONE = "America/New_York"
ACTING = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x")',
]
HARMLESS = [
    "Sample River",
    "a=b",
    "'quoted",
    "",
    "12 schools",
    "01280000",
    "<b>&amp;",
    "{{ 7*7 }}",
    "two\nlines",
    "日本 🎉",
]


def a_table(*cells: Cell, columns: tuple[str, ...] = ("What",)) -> Table:
    return Table("Letters", columns, [[cell] for cell in cells], ZONE)


def read_csv(table: Table) -> list[list[str]]:
    return list(csv.reader(StringIO(as_csv(table).decode("utf-8-sig"), newline="")))


def read_xlsx(table: Table) -> Any:
    return load_workbook(BytesIO(as_xlsx(table))).active


def values(table: Table) -> list[Any]:
    """What stands in the first column, below its head."""
    return [row[0].value for row in read_xlsx(table).iter_rows(min_row=2)]


def test_the_first_row_names_the_columns_and_the_others_are_the_rows() -> None:
    table = Table("Letters", ["District", "Schools"], [["Sample River", 4], ["Test Cove", None]], ZONE)
    assert read_csv(table) == [["District", "Schools"], ["Sample River", "4"], ["Test Cove", ""]]
    rows = [[cell.value for cell in row] for row in read_xlsx(table).iter_rows()]
    assert rows == [["District", "Schools"], ["Sample River", 4], ["Test Cove", None]]


def test_excel_learns_from_the_first_signs_that_csv_is_utf_8() -> None:
    assert as_csv(a_table("Ürümqi"))[:3] == b"\xef\xbb\xbf"


@pytest.mark.parametrize("text", ACTING)
def test_a_text_that_would_act_is_only_a_text(text: str) -> None:
    table = a_table(text, columns=(text,))
    assert [row[0] for row in read_csv(table)] == [f"'{text}", f"'{text}"]
    sheet = read_xlsx(table)
    assert {cell.data_type for cell in sheet["A"]} == {"s"}
    assert sheet["A1"].font.bold is True


@pytest.mark.parametrize("text", HARMLESS)
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert read_csv(a_table(text))[1:] == [[text]]
    assert values(a_table(text)) == [text]


def test_an_address_is_no_link() -> None:
    sheet = read_xlsx(
        a_table("https://example.org/x", "mailto:a@example.org", "internal:Sheet1!A1", "file:///etc/passwd")
    )
    assert [cell.hyperlink for cell in sheet["A"]] == [None] * 5


@pytest.mark.parametrize("number", [0, 7, -3, 2.5, 10**9])
def test_a_number_stays_a_number(number: float) -> None:
    assert read_csv(a_table(number))[1:] == [[str(number)]]
    cell = read_xlsx(a_table(number))["A2"]
    assert (cell.value, cell.data_type) == (number, "n")


def test_a_moment_is_what_the_communitys_clocks_show() -> None:
    summer, winter = datetime(2026, 7, 1, 12, 5, tzinfo=UTC), datetime(2026, 12, 1, 12, 5, tzinfo=UTC)
    assert [row[0] for row in read_csv(a_table(summer, winter))[1:]] == ["2026-07-01 08:05", "2026-12-01 07:05"]
    sheet = read_xlsx(a_table(summer, winter))
    assert [cell.value for cell in sheet["A"][1:]] == [datetime(2026, 7, 1, 8, 5), datetime(2026, 12, 1, 7, 5)]
    assert [cell.is_date for cell in sheet["A"][1:]] == [True, True]


def test_a_day_is_a_date() -> None:
    assert read_csv(a_table(date(2026, 12, 1)))[1:] == [["2026-12-01"]]
    cell = read_xlsx(a_table(date(2026, 12, 1)))["A2"]
    assert (cell.is_date, cell.value, cell.number_format) == (True, datetime(2026, 12, 1), "yyyy-mm-dd")


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_a_moment_without_a_zone_to_show_it_in_is_our_mistake(write: Any) -> None:
    with pytest.raises(ValueError, match="zone of its community"):
        write(Table("Letters", ["When"], [[datetime(2026, 7, 1, tzinfo=UTC)]]))


@pytest.mark.parametrize("cell", [True, False])
def test_yes_and_no_are_words(cell: bool) -> None:
    word = "yes" if cell else "no"
    assert (read_csv(a_table(cell))[1], values(a_table(cell))) == ([word], [word])


@pytest.mark.parametrize("sign", ["x", "🎉"])
def test_a_text_too_long_for_a_cell_is_cut_and_says_so(sign: str) -> None:
    [shown] = values(a_table(sign * 40_000))
    assert (shown.startswith(sign * 100), shown.endswith(CUT)) == (True, True)
    assert len(shown.encode("utf-16-le")) // 2 in {LONGEST, LONGEST - 1}
    assert len(read_csv(a_table("x" * 40_000))[1][0]) == 40_000


def test_signs_that_no_workbook_holds_are_left_out() -> None:
    assert values(a_table("a\x00b\x0bc\ud800d\ufffee", "\x1b[31mred")) == ["abcde", "[31mred"]
    assert as_csv(a_table("\ud800"))  # and no CSV fails for them


def test_the_first_row_stands_still() -> None:
    assert read_xlsx(a_table("x")).freeze_panes == "A2"


@pytest.mark.parametrize(
    ("title", "name"),
    [("Letters: 2026/27 [all]?", "Letters  2026 27  all"), ("x" * 80, "x" * 31), ("'quoted'", "quoted"), ("", "Table")],
)
def test_any_title_names_the_sheet(title: str, name: str) -> None:
    assert read_xlsx(Table(title, ["What"], [])).title == name


def test_a_table_without_rows_is_a_file_too() -> None:
    assert (read_csv(a_table()), read_xlsx(a_table()).max_row) == ([["What"]], 1)


def test_rows_may_come_one_by_one() -> None:
    assert read_csv(Table("Letters", ["What"], ([word] for word in ("a", "b"))))[1:] == [["a"], ["b"]]


def test_a_workbook_holds_no_formula_and_reaches_nowhere() -> None:
    with ZipFile(BytesIO(as_xlsx(a_table(*ACTING, *HARMLESS)))) as book:
        inside = {name: book.read(name).decode() for name in book.namelist()}
    assert [name for name in inside if "externalLink" in name or "vba" in name.lower()] == []
    assert [name for name, text in inside.items() if "<f>" in text or "<hyperlink" in text] == []


@pytest.mark.parametrize(
    ("form", "kind"),
    [("csv", "text/csv"), ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")],
)
def test_a_table_goes_out_as_a_file_to_save(app: Flask, client: FlaskClient, form: Any, kind: str) -> None:
    a_door(app, "/table", lambda: send_table(a_table("x"), form, "letters-2026"))
    answer = client.get("/table")
    assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (200, kind, "no-store")
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="letters-2026.{form}"')
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
