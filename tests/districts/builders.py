"""Districts, their people, and files of the NCES directory for the tests."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account, grant_permission
from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.core.db import db, transaction
from portal.districts.models import District
from portal.districts.operations import add_district

DATA = Path(__file__).parents[1] / "data"
ESSEX = DATA / "fixture_ccd_lea_029_2425_essex.csv"
DESE = DATA / "fixture_dese_enrollment_by_district_grade_2016_17.csv"
NUMBERS = count(1)
FIRST_DAY = date(2020, 7, 1)


def a_community(slug: str = "north-shore", name: str = "North Shore Learning Community") -> Community:
    return create_community(slug=slug, name=name, kind="district_network")


def a_person(name: str = "Teacher, Beverly") -> Account:
    return find_or_open_account(email=f"person{next(NUMBERS)}@example.org", name=name)


def a_staff_member(community: Community) -> Account:
    return grant_permission(community, email="coordinator@example.org", name="Coordinator", kind="staff")


def a_district(name: str = "Beverly", city: str = "", **fields: Any) -> District:
    return add_district(name=name, city=city or name, **{"state": "MA", **fields})


def essex() -> io.BytesIO:
    """The fixture: 39 agencies of Essex County in the file's own 58 columns."""
    return io.BytesIO(ESSEX.read_bytes())


def dese() -> bytes:
    """The fixture: 404 districts of Massachusetts with their students by grade, as the DESE publishes them."""
    return DESE.read_bytes()


def essex_lines() -> list[bytes]:
    """The fixture's lines, the header first, each with its end."""
    return ESSEX.read_bytes().splitlines(keepends=True)


def a_file(*lines: bytes) -> io.BytesIO:
    """A file of the fixture's header and these lines."""
    return io.BytesIO(b"".join([essex_lines()[0], *lines]))


def a_line(**cells: str) -> bytes:
    """One agency as the file has it: Beverly's line with other cells."""
    header = essex_lines()[0].decode("utf-8-sig").strip().split(",")
    beverly = next(csv.reader([essex_lines()[3].decode()]))
    return written([{**dict(zip(header, beverly, strict=True)), **cells}], header)


def all_us_districts() -> list[dict[str, str]]:
    """17,828 agencies: real numbers and places, names made from the city (NCES EDGE 2014-15)."""
    with gzip.open(DATA / "us_leas_scale.csv.gz", "rt", newline="") as file:
        return list(csv.DictReader(file))


def all_us_districts_as_nces() -> bytes:
    """The same as a file of the NCES directory."""
    header = essex_lines()[0].decode("utf-8-sig").strip().split(",")
    empty = dict.fromkeys(header, "")
    rows = ({**empty, **_cells(row)} for row in all_us_districts())
    return essex_lines()[0] + written(rows, header)


def fill_directory() -> None:
    """Put all agencies of the United States into the directory at once."""
    rows = [
        {"leaid": row["leaid"], "name": row["name"], "city": row["city"], "state": row["state"]}
        for row in all_us_districts()
    ]
    with transaction():
        db.session.execute(insert(District), rows)


def written(rows: Iterable[dict[str, str]], header: list[str]) -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, header)
    writer.writerows(rows)
    return file.getvalue().encode()


def _cells(row: dict[str, str]) -> dict[str, str]:
    state = row["state"] or "PR"  # two rows of the list have none
    return {
        "SCHOOL_YEAR": "2024-2025", "ST": state, "LEA_NAME": row["name"], "LEAID": row["leaid"],
        "ST_LEAID": f"{state}-{row['leaid'][2:]}", "LCITY": row["city"], "LZIP": row["zip"], "SY_STATUS_TEXT": "Open",
        "LEA_TYPE": "1", "GSLO": "PK", "GSHI": "12", "OPERATIONAL_SCHOOLS": row["schools"],
    }  # fmt: skip
