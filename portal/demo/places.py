"""The demo's communities and districts."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from portal.cohorts.models import Cohort
from portal.cohorts.operations import create_cohort, place_existing_member
from portal.communities.models import Community
from portal.communities.operations import add_roles, create_community, set_beliefs, set_figures
from portal.core import clock
from portal.districts.models import District
from portal.districts.operations import add_district, begin_membership, record_fact

from .world import ZONE, World

COUNTY = Path(__file__).parent / "data" / "essex_county_districts.csv"
ENROLLMENT, STAFFING = ("MA DESE", "2016-17"), ("NCES CCD", "2016-17")
DIRECTORY = ("NCES CCD", "2024-25")
OPENED = date(2018, 1, 2)
Row = dict[str, Any]


def load_communities(world: World) -> dict[str, Community]:
    """Both communities with their words, beliefs, stated numbers and roles, by short name."""
    roles = [(role["slug"], role["label"], role["where"]) for role in world.data["roles"]]
    return {row["slug"]: _community(dict(row), roles) for row in world.data["communities"]}


def load_districts(world: World, community: Community) -> dict[str, District]:
    """The districts by short name: members since the days on public pages, and the fictitious ones that may apply."""
    rows = csv.DictReader(COUNTY.read_text(encoding="utf-8-sig").splitlines())
    county = {row["leaid"]: row for row in rows if row["leaid"]}  # young charter schools there have no number at NCES
    cohorts = {row["slug"]: _cohort(community, row) for row in world.data["cohorts"] if "joined" in row}
    districts = {
        row["slug"]: load_district(row, county.get(row.get("leaid", ""), {})) for row in world.data["districts"]
    }
    for row in world.data["districts"]:
        if row.get("cohort"):
            _place(community, districts[row["slug"]], cohorts[row["cohort"]])
    for row in world.data["joined_later"]:
        _join_later(community, county[row["leaid"]], date.fromisoformat(row["joined"]))
    return districts


def _community(row: Row, roles: list[tuple[str, str, str]]) -> Community:
    beliefs, figures = row.pop("beliefs"), row.pop("figures")
    with clock.told(datetime.combine(OPENED, time(12), tzinfo=UTC)):
        community = create_community(time_zone=ZONE, **row)
        set_beliefs(community, beliefs)
        set_figures(community, figures)
        add_roles(community, roles)
    return community


def _cohort(community: Community, row: Row) -> Cohort:
    starts, ends = date.fromisoformat(row["starts"]), date.fromisoformat(row["ends"])
    return create_cohort(community, slug=row["slug"], name=row["name"], starts_on=starts, ends_on=ends)


def load_district(row: Row, directory: Row) -> District:
    """One district with its facts; `directory` is its line in the public file, empty for an invented one."""
    source, year = ("invented for the demo", "2026") if row["fictitious"] else DIRECTORY
    district = add_district(
        slug=row["slug"],
        leaid=row.get("leaid"),
        state_code=directory.get("st_leaid"),
        name=row["name"],
        short_name=row["short_name"],
        kind=row["kind"],
        city=row["city"],
        state=row["state"],
        grades=row["grades"],
        is_fictitious=row["fictitious"],
        source=source,
        source_year=year,
        **{
            name: directory.get(column, "")
            for name, column in (("street", "street"), ("zip_code", "zip"), ("phone", "phone"), ("website", "website"))
        },
    )
    for name, (source, year) in {
        "grades": DIRECTORY,
        "schools": DIRECTORY,
        "students": ENROLLMENT,
        "teacher_fte": STAFFING,
    }.items():
        if row["fictitious"]:
            source, year = "invented for the demo", "2026"
        record_fact(district, name, str(row[name]), source, year)
    return district


def _place(community: Community, district: District, cohort: Cohort) -> None:
    with clock.told(datetime.combine(cohort.starts_on, time(12), tzinfo=UTC)):
        membership = begin_membership(
            community.id, district, cohort.starts_on, None, note=f"{cohort.name}, public pages"
        )
        place_existing_member(cohort, membership)


def _join_later(community: Community, row: Row, joined: date) -> None:
    district = add_district(
        leaid=row["leaid"],
        state_code=row["st_leaid"],
        name=row["name"],
        short_name=row["name"],
        kind="district",
        street=row["street"],
        city=row["city"],
        state=row["state"],
        zip_code=row["zip"],
        phone=row["phone"],
        website=row["website"],
        grades=f"{row['lowest_grade']}-{row['highest_grade']}",
        source="NCES CCD",
        source_year="2024-25",
    )
    facts = (
        ("schools", "operational_schools_2024_25", DIRECTORY),
        ("students", "enrollment_2016_17", ENROLLMENT),
        ("teacher_fte", "teacher_fte_c2017", STAFFING),
    )
    for name, column, (source, year) in facts:
        if row[column]:
            record_fact(district, name, row[column], source, year)
    begin_membership(community.id, district, joined, None, note="named on public pages")
