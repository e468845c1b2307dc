"""A community with member districts, as its front doors show it."""

from __future__ import annotations

from datetime import date
from itertools import count

from portal.cohorts.models import Cohort
from portal.cohorts.operations import create_cohort, place_existing_member
from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.districts.models import Membership
from portal.districts.operations import add_district, begin_membership, record_fact

NUMBERS = count(1)
JOINED = date(2020, 7, 1)
SOURCE = ("MA DESE", "2016-17")


def a_community(slug: str = "eclc", name: str = "Essex County Learning Community", **words: object) -> Community:
    return create_community(slug=slug, name=name, kind="district_network", **words)


def a_member(community: Community, name: str = "", *, students: str = "4525", joined: date = JOINED) -> Membership:
    """A member district with its number of students; none on record where `students` is empty."""
    district = add_district(name=name or f"District {next(NUMBERS):03d}", city="Beverly", state="MA", grades="PK-12")
    if students:
        record_fact(district, "students", students, *SOURCE)
    return begin_membership(community.id, district, joined, None)


def a_cohort(community: Community, *members: Membership, name: str = "Cohort 1") -> Cohort:
    """A cohort with these members in it."""
    cohort = create_cohort(community, slug=name.lower().replace(" ", "-"), name=name, starts_on=JOINED)
    for membership in members:
        place_existing_member(cohort, membership)
    return cohort
