"""The page on which staff note that a district is closed: whom it concerns comes first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.agenda.planning_models import SchoolDay
from portal.communities.models import Community
from portal.core.db import db
from tests.enrollments.builders import a_community, a_district, a_person, an_experience, owed, seat

PAGE = "/example/staff/closings"


@pytest.fixture
def community(app: Flask, at: Callable[[str], datetime]) -> Community:
    at("2026-10-30 06:00")
    return a_community()


def test_staff_see_whom_it_concerns_before_they_note_it(community: Community, desk: FlaskClient) -> None:
    district, other = a_district(community), a_district(community)
    here = [a_person(community, district) for _ in range(2)]
    experience = an_experience(community)
    seat(experience, *here, a_person(community, other))
    told = {"district": str(district.id), "day": "2026-11-03", "kind": "closed", "minutes": "", "label": "Snow day"}
    shown = desk.get(PAGE, query_string=told).text
    assert "2\u00a0seats of its people on that day" in shown
    assert experience.title in shown
    assert db.session.scalars(select(SchoolDay)).all() == []
    answer = desk.post(PAGE, data=told)
    assert (answer.status_code, answer.location) == (303, PAGE)
    [noted] = db.session.scalars(select(SchoolDay))
    assert (noted.district_id, noted.from_date, noted.kind) == (district.id, date(2026, 11, 3), "closed")
    assert [address for template, address in owed() if template == "district_closed"] == [one.email for one in here]
    listed = desk.get(PAGE).text
    assert "It is closed: Snow day" in listed


def test_a_day_off_becomes_a_school_day(community: Community, desk: FlaskClient) -> None:
    district = a_district(community)
    told = {"district": str(district.id), "day": "2026-11-07", "kind": "school_day", "label": "Makes up for snow"}
    desk.post(PAGE, data=told)
    [noted] = db.session.scalars(select(SchoolDay))
    assert (noted.kind, noted.label) == ("school_day", "Makes up for snow")


@pytest.mark.parametrize(
    ("slip", "status", "sentence"),
    [
        ({"day": ""}, 422, "Give the day."),
        ({"kind": "delayed", "minutes": ""}, 422, "Say how many minutes later it begins."),
        ({"kind": "party"}, 422, "Not a valid choice"),
        ({"day": "2026-10-29"}, 409, "This day is over."),
        ({"day": "2026-11-03", "kind": "school_day"}, 409, "There is school on that day already."),
    ],
)
def test_a_slip_shows_the_form_again_and_notes_nothing(
    community: Community, desk: FlaskClient, slip: dict[str, str], status: int, sentence: str
) -> None:
    district = a_district(community)
    told = {"district": str(district.id), "day": "2026-11-03", "kind": "closed", "minutes": "", "label": ""}
    answer = desk.post(PAGE, data={**told, **slip})
    assert (answer.status_code, sentence in answer.text) == (status, True)
    assert (db.session.scalars(select(SchoolDay)).all(), owed()) == ([], [])


def test_a_district_that_is_no_member_cannot_be_chosen(community: Community, desk: FlaskClient) -> None:
    stranger = a_district(community, is_member=False)
    a_district(community)
    answer = desk.post(PAGE, data={"district": str(stranger.id), "day": "2026-11-03", "kind": "closed"})
    assert answer.status_code == 422
