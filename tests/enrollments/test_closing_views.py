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


def note(community: Community, district_id: int, kind: str, first: str, last: str = "", **more: object) -> SchoolDay:
    """A row of the school calendar."""
    days = {"from_date": date.fromisoformat(first), "to_date": date.fromisoformat(last or first)}
    return note_day(community, {**days, "kind": kind, "district_id": district_id, **more})


def noted_in(desk: FlaskClient) -> str:
    """What the page lists as noted."""
    return desk.get(PAGE).text.partition('id="noted"')[2].partition("</aside>")[0].replace("\u00a0", " ")


def test_what_counts_on_some_of_its_days_stays_listed(community: Community, desk: FlaskClient) -> None:
    district = a_district(community)
    note(community, district.id, "closed", "2026-11-03", "2026-11-05")
    note(community, district.id, "school_day", "2026-11-03")
    listed = noted_in(desk)
    assert ("It is closed" in listed, "It has school after all" in listed) == (True, True)
    assert all(words in listed for words in ("Tue, Nov 3, 2026", " to ", "Thu, Nov 5, 2026"))


def test_what_something_newer_covers_is_not_listed_and_not_taken_back(community: Community, desk: FlaskClient) -> None:
    district = a_district(community)
    seat(an_experience(community), a_person(community, district))
    old = note(community, district.id, "closed", "2026-11-03", label="Snow day")
    end = f"{PAGE}/{old.id}/end"
    assert (end in noted_in(desk), desk.get(end).status_code) == (True, 200)
    note(community, district.id, "closed", "2026-11-02", "2026-11-04", label="Heating is out")
    listed = noted_in(desk)
    assert ("Heating is out" in listed, "Snow day" in listed, end in listed) == (True, False, False)
    asked, pressed = desk.get(end), desk.post(end)
    assert [(one.status_code, one.location) for one in (asked, pressed)] == [(303, PAGE)] * 2
    assert "something newer is noted for the same day" in desk.get(PAGE).text
    assert len(db.session.scalars(select(SchoolDay)).all()) == 2
    assert "school_after_all" not in {template for template, _ in owed()}


def test_a_vacation_noted_later_takes_the_place_of_a_closing(community: Community, desk: FlaskClient) -> None:
    district = a_district(community)
    old = note(community, district.id, "closed", "2026-11-03")
    note(community, district.id, "vacation", "2026-11-02", "2026-11-06", label="Fall break")
    assert (noted_in(desk).count("It is closed"), desk.get(f"{PAGE}/{old.id}/end").location) == (0, PAGE)


@pytest.mark.parametrize(
    ("is_attended", "kind", "sentence"),
    [
        (True, "closed", "Those with a seat that day are told by mail."),
        (True, "delayed", "Those it concerns are told by mail."),
        (False, "closed", "Nobody has a seat that day, so nobody is told."),
    ],
)
def test_people_are_said_to_be_told_only_where_there_are_some(
    community: Community, desk: FlaskClient, is_attended: bool, kind: str, sentence: str
) -> None:
    district = a_district(community)
    if is_attended:
        seat(an_experience(community), a_person(community, district))
    told = {"district": str(district.id), "day": "2026-11-03", "kind": kind, "minutes": "120"}
    desk.post(PAGE, data=told)
    assert sentence in desk.get(PAGE).text
    [noted] = db.session.scalars(select(SchoolDay))
    desk.post(f"{PAGE}/{noted.id}/end")
    assert (f"has school after all. {sentence}" in desk.get(PAGE).text) == (kind == "closed")
