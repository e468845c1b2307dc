"""The page on which staff note that a district is closed: whom it concerns comes first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.agenda.planning_models import SchoolDay
from portal.agenda.school_days import note_day
from portal.communities.models import Community
from portal.core.db import db
from portal.enrollments.attending_models import Excuse
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


def test_no_district_is_chosen_for_anybody(community: Community, desk: FlaskClient) -> None:
    a_district(community)
    page = desk.get(PAGE).text
    field = page.partition('name="district">')[2].partition("</select>")[0]
    assert field.startswith('<option value="0">Choose a district</option>')
    assert "selected" not in field
    answer = desk.post(PAGE, data={"district": "0", "day": "2026-11-03", "kind": "closed"})
    assert (answer.status_code, "Choose the district." in answer.text) == (422, True)
    assert db.session.scalars(select(SchoolDay)).all() == []


def closed(desk: FlaskClient, district_id: int, day: str = "2026-11-03") -> SchoolDay:
    """The district is noted as closed that day."""
    desk.post(PAGE, data={"district": str(district_id), "day": day, "kind": "closed", "label": "Snow day"})
    return db.session.scalars(select(SchoolDay).order_by(SchoolDay.id.desc())).first()


def test_a_closing_is_taken_back_after_a_question_and_people_are_expected_again(
    community: Community, desk: FlaskClient
) -> None:
    district = a_district(community)
    here = [a_person(community, district) for _ in range(2)]
    seat(an_experience(community), *here)
    noted = closed(desk, district.id)
    end = f"{PAGE}/{noted.id}/end"
    assert f'href="{end}"' in desk.get(PAGE).text
    question = desk.get(end).text
    assert "2\u00a0people of the district have seats" in question
    assert len(db.session.scalars(select(Excuse)).all()) == 2
    assert desk.post(end).location == PAGE
    assert db.session.scalars(select(Excuse)).all() == []
    told = [address for template, address in owed() if template == "school_after_all"]
    assert told == [one.email for one in here]
    page = desk.get(PAGE).text
    assert "It has school after all: School after all" not in page  # its usual words are not said twice
    assert ("It has school after all" in page, "It is closed: Snow day" in page, end in page) == (True, False, False)
    desk.post(end)
    assert [address for template, address in owed() if template == "school_after_all"] == told


def test_a_closing_of_a_day_that_is_over_is_not_taken_back(
    community: Community, desk: FlaskClient, at: Callable[[str], datetime]
) -> None:
    noted = closed(desk, a_district(community).id)
    at("2026-11-04 06:00")
    assert [desk.get(f"{PAGE}/{noted.id}/end").status_code, desk.post(f"{PAGE}/{noted.id}/end").status_code] == [
        404
    ] * 2
    assert len(db.session.scalars(select(SchoolDay)).all()) == 1


def test_another_communitys_closing_is_no_page_here(community: Community, desk: FlaskClient) -> None:
    other = a_community("other")
    day = {"from_date": date(2026, 11, 3), "kind": "closed", "district_id": a_district(other).id}
    assert desk.get(f"{PAGE}/{note_day(other, day).id}/end").status_code == 404
