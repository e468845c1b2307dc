"""Files that are not what they should be: each is refused with the line and what to do."""

from __future__ import annotations

import io
import tracemalloc

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.core.db import db
from portal.core.history import History
from portal.core.tables import BrokenFile
from portal.districts.directory import Entry, read_directory
from portal.districts.imports import import_districts
from portal.districts.models import District
from tests.districts.builders import a_file, a_line, essex, essex_lines

HEADER, BEVERLY = essex_lines()[0], essex_lines()[3]
OTHER = a_line(LEAID="2507110", LEA_NAME="Lynn")
MARK = b"\xef\xbb\xbf"


def problems_of(content: bytes) -> tuple[str, ...]:
    with pytest.raises(BrokenFile) as refused:
        read_directory(io.BytesIO(content))
    return refused.value.problems


def only(**cells: str) -> Entry:
    (entry,) = read_directory(a_file(a_line(**cells))).entries.values()
    return entry


def test_the_file_is_read_as_it_is() -> None:
    directory = read_directory(essex())
    assert len(directory.entries) == 39
    beverly = directory.entries["2502640"]
    assert beverly.line == 4
    assert beverly.schools == "8"
    assert beverly.fields == {
        "leaid": "2502640", "state_code": "MA-0030", "name": "Beverly", "kind": "district", "street": "70 Balch St",
        "city": "Beverly", "state": "MA", "zip_code": "01915", "phone": "(978)921-6100",
        "website": "http://www.beverlyschools.org", "domain": "beverlyschools.org", "grades": "PK-12",
        "is_open": True, "source": "NCES CCD", "source_year": "2024-25",
    }  # fmt: skip


def test_columns_are_found_by_their_names_wherever_they_stand() -> None:
    header, cells = HEADER.removeprefix(MARK).strip().split(b","), BEVERLY.strip().split(b",")
    turned = b",".join(reversed(header)).lower() + b",EXTRA\n" + b",".join(reversed(cells)) + b",more\n"
    assert read_directory(io.BytesIO(turned)).entries["2502640"].fields == only().fields


def test_unix_line_ends_and_a_missing_mark_and_last_line_end_do_no_harm() -> None:
    content = (HEADER + BEVERLY).removeprefix(MARK).replace(b"\r\n", b"\n").rstrip(b"\n")
    assert list(read_directory(io.BytesIO(content)).entries) == ["2502640"]


def test_empty_lines_are_counted_not_hidden() -> None:
    directory = read_directory(a_file(BEVERLY, b"\r\n", b"," * 57 + b"\r\n", OTHER))
    assert (len(directory.entries), directory.empty_lines) == (2, [3, 4])


@pytest.mark.parametrize(
    "cells, column, expected",
    [
        ({"LSTREET2": "Suite 2", "LSTREET3": " "}, "street", "70 Balch St, Suite 2"),
        ({"LSTREET1": "", "MSTREET1": "PO Box 9"}, "street", "PO Box 9"),
        ({"LCITY": "", "MCITY": "Prides Crossing"}, "city", "Prides Crossing"),
        ({"LZIP4": "1234"}, "zip_code", "01915-1234"),
        ({"GSLO": "M", "GSHI": "M"}, "grades", ""),
        ({"LEA_TYPE": "7"}, "kind", "charter"),
        ({"SY_STATUS_TEXT": "Closed"}, "is_open", False),
        ({"SY_STATUS_TEXT": "Open", "UPDATED_STATUS_TEXT": "Inactive"}, "is_open", False),
        ({"SY_STATUS_TEXT": "Closed", "UPDATED_STATUS_TEXT": "Reopened"}, "is_open", True),
        ({"SCHOOL_YEAR": "2025-26"}, "source_year", "2025-26"),
        ({"LEA_NAME": "  St.\tMary's  "}, "name", "St. Mary's"),
        ({"LEA_NAME": 'The "Old" School, Inc.'}, "name", 'The "Old" School, Inc.'),
    ],
)
def test_cells_become_columns(cells: dict[str, str], column: str, expected: object) -> None:
    assert only(**cells).fields[column] == expected


@pytest.mark.parametrize(
    "cells, note",
    [
        ({}, ""),
        ({"LEA_TYPE": "5"}, "kept as state agency"),
        ({"SY_STATUS_TEXT": "Closed"}, "kept as not open (Closed)"),
        ({"LEA_TYPE": "42"}, "kept, its type “42” is not known"),
        ({"OPERATIONAL_SCHOOLS": "-1"}, "its number of schools “-1” is left out"),
        (
            {"LEA_TYPE": "7", "SY_STATUS_TEXT": "Closed"},
            "kept as not open (Closed); kept as charter school",
        ),
    ],
)
def test_what_is_odd_is_kept_and_said(cells: dict[str, str], note: str) -> None:
    assert only(**cells).note == note


@pytest.mark.parametrize(
    "content, sentence",
    [
        (b"", "The file is empty."),
        (MARK, "The file is empty."),
        (b"\r\n" + BEVERLY, "Line 1 is empty: the names of the columns must stand there."),
        (HEADER, "The file has a header, but no district below it."),
        (
            b"leaid,name,state\n2502640,Beverly,MA\n",
            "Line 1 is not the header of the LEA directory of NCES (file 029). Missing columns: "
            "SCHOOL_YEAR, ST, LEA_NAME, ST_LEAID, MSTREET1 and 16 more.",
        ),
        (
            HEADER.replace(b"ST_LEAID", b"STATE_ID") + BEVERLY,
            "Line 1 is not the header of the LEA directory of NCES (file 029). Missing columns: ST_LEAID.",
        ),
        (HEADER.replace(b"UNION", b"LEAID") + BEVERLY, "Line 1 names the column LEAID more than once."),
        (
            b"PK\x03\x04\x14\x00\x06\x00",
            "This is a ZIP archive or a workbook. Unpack it, and import the CSV file that is inside.",
        ),
        (
            (HEADER + BEVERLY).decode("utf-8-sig").encode("utf-16"),
            "Line 1, byte 1 (0xFF) is not UTF-8. Save the file as “CSV UTF-8” and import it again.",
        ),
        (
            HEADER + OTHER + BEVERLY.replace(b"Beverly", b"B\xe9verly", 1),
            f"Line 3, byte {BEVERLY.index(b'Beverly') + 2} (0xE9) is not UTF-8."
            " Save the file as “CSV UTF-8” and import it again.",
        ),
        (
            HEADER.replace(b"UNION", b"UNI\xd3N") + BEVERLY,
            f"Line 1, byte {HEADER.index(b'UNION') + 4} (0xD3) is not UTF-8."
            " Save the file as “CSV UTF-8” and import it again.",
        ),
        (HEADER + BEVERLY + b",".join(OTHER.split(b",")[:9]), "Line 3 has 9 cells, but the header has 58 columns."),
        (HEADER + BEVERLY.strip() + b",x\r\n", "Line 2 has 59 cells, but the header has 58 columns."),
        (HEADER + OTHER.replace(b"Lynn", b'"Lynn'), "Line 2 opens a quote and does not close it."),
        (HEADER + OTHER.replace(b"Lynn", b'"Ly"nn"s"'), "Line 2 has a quote where none can be."),
        (
            HEADER + OTHER.replace(b"Lynn", b"Ly\x00nn"),
            "Line 2 has characters that were lost on the way. Take the file as NCES offers it.",
        ),
        (
            HEADER + OTHER.replace(b"Lynn", "Ly\ufffdn".encode()),
            "Line 2 has characters that were lost on the way. Take the file as NCES offers it.",
        ),
        (HEADER + b"x" * 70_000, "Line 2 is longer than 65,536 bytes. This is not the directory of NCES."),
        (
            HEADER + a_line(LEAID="100002"),
            "Line 2: the LEAID “100002” does not have seven digits."
            " A spreadsheet may have cut its zeros: take the file as NCES offers it.",
        ),
        (HEADER + a_line(LEA_NAME=" "), "Line 2 has no LEA_NAME."),
        (HEADER + a_line(LEA_NAME="x" * 161), "Line 2: the name has 161 characters, 160 fit."),
        (HEADER + a_line(WEBSITE="http://" + "x" * 200), "Line 2: the website has 207 characters, 200 fit."),
        (HEADER + a_line(ST="Mass"), "Line 2: “Mass” in the column ST is not two letters, such as MA."),
        (HEADER + a_line(SCHOOL_YEAR="24"), "Line 2: “24” is not a SCHOOL_YEAR, such as 2024-2025."),
        (
            HEADER + BEVERLY + OTHER + BEVERLY,
            "Lines 2 and 4 have the same LEAID 2502640. Each may come once.",
        ),
    ],
)
def test_a_file_that_is_not_right_is_refused_with_the_place(content: bytes, sentence: str) -> None:
    assert problems_of(content) == (sentence,)


def test_all_problems_are_told_at_once_up_to_twenty() -> None:
    two = HEADER + a_line(LEAID="1") + BEVERLY + BEVERLY
    assert [problem[:7] for problem in problems_of(two)] == ["Line 2:", "Lines 3"]
    assert len(problems_of(HEADER + b"broken\r\n" * 30)) == 20


@pytest.mark.parametrize(
    "last", [b"broken\r\n", essex_lines()[1], a_line(LEAID="x"), b"\xff\r\n", OTHER.replace(b"Lynn", b'"Lynn')]
)
def test_one_wrong_line_at_the_end_leaves_everything_as_it_was(app: Flask, last: bytes) -> None:
    with pytest.raises(BrokenFile, match=r"^Lines? "):
        import_districts(io.BytesIO(essex().getvalue() + last))
    counts = [db.session.scalar(select(func.count()).select_from(table)) for table in (District, History)]
    assert counts == [0, 0]


def test_a_file_without_line_ends_does_not_fill_the_memory() -> None:
    tracemalloc.start()
    problems = problems_of(HEADER + b"x" * 5_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert problems == ("Line 2 is longer than 65,536 bytes. This is not the directory of NCES.",)
    assert peak < 12_000_000  # twice the test's own copy
