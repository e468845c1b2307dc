"""What an operator sees of an import, and how the command ends."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path
from time import process_time

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from portal.core.db import db
from portal.districts.models import District, DistrictFact
from tests.districts.builders import (
    DATA,
    DESE,
    ESSEX,
    a_district,
    a_file,
    a_line,
    all_us_districts_as_nces,
    dese,
    essex,
    fill_directory,
)

ROOT = Path(__file__).parents[2]
# The command in a process of its own. Its last words: the most memory it ever held, in kB, and its seconds of work.
ALONE = """
import re, sys, time
from pathlib import Path
from portal import create_app
from portal.settings import Settings
url, folder, path = sys.argv[1:]
app = create_app(Settings.read({"DATABASE_URL": url, "SECRET_KEY": "for-tests-only"}, Path(folder)))
with app.app_context():
    app.cli.main(["districts", "import", path], standalone_mode=False)
print(re.search(r"VmHWM:\\s+([0-9]+)", Path("/proc/self/status").read_text())[1], time.process_time())
"""


def run(app: Flask, *arguments: object) -> Result:
    result = app.test_cli_runner().invoke(args=["districts", "import", *map(str, arguments)])
    db.session.rollback()
    return result


def on_disk(folder: Path, content: bytes) -> Path:
    path = folder / "directory.csv"
    path.write_bytes(content)
    return path


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(District)) or 0


def test_the_report_names_lines_and_reasons(app: Flask) -> None:
    result = run(app, ESSEX)
    lines = result.stdout.splitlines()
    assert (result.exit_code, lines[0], lines[-1]) == (0, "Added: 39", "Done.")
    assert "  line 4: Beverly (Beverly, MA), 2502640" in lines
    assert "  and 19 more; --full names them all" in lines
    assert lines[lines.index("To know: 5") :][1:6] == [
        "  line 34: River Valley Charter (Newburyport, MA): kept as charter school",
        "  line 35: Phoenix Academy Public Charter High School Lawrence (Lawrence, MA): kept as charter school",
        "  line 36: Northshore Education Consortium (Beverly, MA): kept as service agency",
        "  line 37: Hampden Charter School of Science West (West Springfield, MA): "
        "kept as not open (Closed); kept as charter school",
        "  line 38: Institutional Schools (Everett, MA): kept as state agency",
    ]


def test_the_full_report_names_every_line(app: Flask) -> None:
    lines = run(app, ESSEX, "--full").stdout.splitlines()
    assert len([line for line in lines if line.startswith("  line ")]) == 39 + 5
    assert "--full" not in " ".join(lines)


def test_changes_and_what_is_skipped_are_said_in_words(app: Flask, tmp_path: Path) -> None:
    run(app, ESSEX)
    lines = [a_line(PHONE="", SY_STATUS_TEXT="Closed"), b"\r\n", a_line(LEAID="2502641", SCHOOL_YEAR="2023-2024")]
    result = run(app, on_disk(tmp_path, a_file(*lines).getvalue()))
    assert result.stdout.splitlines() == [
        "Added: 1",
        "  line 4: Beverly (Beverly, MA), 2502641",
        "Changed: 1",
        "  line 2: Beverly (Beverly, MA): phone “(978)921-6100” → “”, is open “yes” → “no”",
        "Unchanged: 0",
        "Skipped: 1",
        "  line 3: empty line",
        "To know: 1",
        "  line 2: Beverly (Beverly, MA): kept as not open (Closed)",
        "Done.",
    ]


def test_a_dry_run_reports_and_changes_nothing(app: Flask) -> None:
    result = run(app, ESSEX, "--dry-run")
    lines = result.stdout.splitlines()
    assert (result.exit_code, lines[0], lines[-1]) == (0, "Added: 39", "This was a dry run: nothing was changed.")
    assert count() == 0


def test_repeating_it_reports_all_unchanged(app: Flask) -> None:
    run(app, ESSEX)
    assert run(app, ESSEX).stdout.splitlines()[:4] == ["Added: 0", "Changed: 0", "Unchanged: 39", "Skipped: 0"]


@pytest.mark.parametrize("option", [[], ["--dry-run"]])
def test_a_broken_file_ends_with_one_and_says_where(app: Flask, tmp_path: Path, option: list[str]) -> None:
    content = essex().getvalue() + b"broken\r\n" + a_line()
    result = run(app, on_disk(tmp_path, content), *option)
    assert (result.exit_code, result.stdout, count()) == (1, "", 0)
    assert result.stderr.splitlines() == [
        "Error: Line 41 has 1 cells, but the header has 58 columns.",
        "Lines 4 and 42 have the same LEAID 2502640. Each may come once.",
        "Nothing was changed.",
    ]


def test_an_empty_file_ends_with_one(app: Flask, tmp_path: Path) -> None:
    result = run(app, on_disk(tmp_path, b""))
    assert (result.exit_code, result.stderr) == (1, "Error: The file is empty.\nNothing was changed.\n")


def test_a_file_that_is_not_there_is_named(app: Flask, tmp_path: Path) -> None:
    result = run(app, tmp_path / "nowhere.csv")
    assert (result.exit_code, "nowhere.csv" in result.stderr) == (2, True)


def test_figures_are_noted_and_the_report_says_which_column_was_taken_for_what(app: Flask) -> None:
    run(app, ESSEX)
    result = run(app, DESE)
    lines = result.stdout.splitlines()
    assert (result.exit_code, lines[:7], lines[-1]) == (
        0,
        [
            "Source: MA DESE",
            "School year: 2016-17 from the name of the file",
            "Columns, each of which --column NAME=HEADER corrects:",
            "  code: ORG_CODE",
            "  name: District_Name",
            "  county: COUNTY",
            "  students: District_Total",
        ],
        "Done.",
    )
    assert "  not used: SPED_Beyond_Grade_12" in lines
    assert "  line 7: Andover (Andover, MA): 6,009 students, Essex County, grades PK-12, 2016-17" in lines
    assert [line for line in lines if not line.startswith(" ")][3:] == [
        "Added: 35", "Changed: 0", "Unchanged: 0", "Skipped: 3", "To know: 1",
        "Not known here (import the NCES directory first): 369", "Done.",
    ]  # fmt: skip


def test_a_person_corrects_a_column_after_a_dry_run_and_sees_what_was_before(app: Flask) -> None:
    a_district("Andover", state_code="MA-0009")
    assert run(app, DESE, "--dry-run", "--column", "students=Gr.12").exit_code == 0
    assert db.session.scalar(select(func.count()).select_from(DistrictFact)) == 0
    run(app, DESE)
    lines = run(app, DESE, "--column", "students=Gr.12", "--column", "county=", "--year", "2016-17").stdout.splitlines()
    assert "School year: 2016-17 as said" in lines
    assert "  line 7: Andover (Andover, MA): 462 students (was 6,009), grades PK-11 (was PK-12), 2016-17" in lines


@pytest.mark.parametrize(
    "options, problem",
    [
        (["--column", "students=TOTAL"], "There is no column “TOTAL”. The columns are: “ORG_CODE”, “District_Name”,"),
        (["--column", "pupils=PK"], "“pupils” is nothing that can be read from a table. These can: “leaid”,"),
        (["--column", "students"], "Invalid value: “students” is not of the form NAME=HEADER, such as students=Total."),
        (["--year", "2017"], "“2017” is no school year. Write it such as 2016-17.\nSay it with --column NAME=HEADER,"),
    ],
)
def test_what_cannot_be_read_as_said_ends_with_what_would_work(app: Flask, options: list[str], problem: str) -> None:
    a_district("Andover", state_code="MA-0009")
    result = run(app, DESE, *options)
    assert (result.exit_code == 0, result.stdout, problem in result.stderr) == (False, "", True)
    assert db.session.scalar(select(func.count()).select_from(DistrictFact)) == 0


def test_a_broken_table_is_named_by_its_lines_and_changes_nothing(app: Flask, tmp_path: Path) -> None:
    a_district("Amesbury", state_code="MA-0007")
    content = dese().replace(b'"6,009"', b"many").replace(b"0016,Attleboro", b"0007,Attleboro")
    result = run(app, on_disk(tmp_path, content), "--year", "2016-17")
    assert (result.exit_code, result.stderr.splitlines()) == (
        1,
        ["Error: Line 7: “many” in the column of the students is no number.", "Nothing was changed."],
    )
    twice = run(app, on_disk(tmp_path, content.replace(b"many", b"5")), "--year", "2016-17")
    assert twice.stderr.splitlines() == [
        "Error: Lines 5 and 10 are about the same district and year: Attleboro, MA-0007, 2016-17.",
        "Nothing was changed.",
    ]
    assert db.session.scalar(select(func.count()).select_from(DistrictFact)) == 0


def test_the_directory_needs_no_words_about_its_columns(app: Flask) -> None:
    result = run(app, ESSEX, "--year", "2016-17")
    assert result.stderr.splitlines() == [
        "Error: This is the directory of NCES: it says its own columns, year and source. Leave them out.",
        "Nothing was changed.",
    ]


def test_figures_of_the_whole_country_take_seconds_and_progress_is_told(app: Flask, tmp_path: Path) -> None:
    fill_directory()
    path = tmp_path / "schools_2014_15.csv"
    path.write_bytes(gzip.decompress((DATA / "us_leas_scale.csv.gz").read_bytes()))
    start = process_time()
    result = run(app, path, "--source", "NCES EDGE")
    lines = [line for line in result.stdout.splitlines() if not line.startswith(" ")]
    assert (result.exit_code, lines[3], lines[-1]) == (0, "Added: 17,637", "Done.")
    assert result.stderr.splitlines() == [
        *(f"{read},000 lines read …" for read in (5, 10, 15)),
        *(f"{written},000 districts written …" for written in (5, 10, 15)),
    ]
    assert process_time() - start < 20


def test_eighteen_thousand_districts_take_seconds_and_little_memory(app: Flask, tmp_path: Path) -> None:
    path = on_disk(tmp_path, all_us_districts_as_nces())
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    done = subprocess.run(
        [sys.executable, "-c", ALONE, url, tmp_path, path], cwd=ROOT, capture_output=True, text=True, check=True
    )
    *report, measured = done.stdout.splitlines()
    peak, seconds = map(float, measured.split())
    assert (report[0], report[-1], count()) == ("Added: 17,828", "Done.", 17_828)
    assert done.stderr.splitlines() == [
        *(f"{lines},000 lines read …" for lines in (5, 10, 15)),
        *(f"{written},000 districts written …" for written in (5, 10, 15)),
    ]
    assert seconds < 20
    assert peak < 200_000
