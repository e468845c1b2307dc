"""The doors of planning: an experience from nothing to published, forms that come back, locks, and who finds what."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.models import Account
from portal.agenda import building
from portal.agenda.models import Agenda, Experience, Session
from portal.agenda.operations import add_faculty, create_agenda
from portal.agenda.plan_queries import invited_to, questions_of
from portal.agenda.planning_models import SchoolDay
from portal.agenda.questioning import add_question
from portal.agenda.school_days import note_day
from portal.communities.models import Community
from portal.core.audit import Audit
from portal.core.db import db
from portal.core.history import History
from tests.agenda.builders import a_draft, a_published, ask, count, dated, typed, utc
from tests.enrollments.builders import FALL, a_community, a_district

Counting = Callable[[], AbstractContextManager[list[str]]]
PLANS = "/example/staff/agenda"
PART = {"HX-Request": "true"}
EASTERN = "America/New_York"
SESSION = {"day": "2026-11-03", "start": "08:30", "end": "14:30", "time_zone": EASTERN, "mode": "in_person"}
ROW = {**SESSION, "day": "2027-01-06", "start": "15:30", "end": "17:00", "every": "1", "how_many": "3"}


pytestmark = pytest.mark.usefixtures("summer")


def path(made: Experience, *more: Any) -> str:
    return "/".join([PLANS, made.slug, *map(str, more)])


def form_of(staff: FlaskClient, url: str) -> dict[str, Any]:
    """What a browser would send if somebody pressed the button without typing anything."""
    text = staff.get(url).text.partition('id="chapter"')[2]
    found: dict[str, Any] = dict.fromkeys(re.findall(r'<textarea[^>]*name="(\w+)"', text), "")
    for tag in re.findall(r"<input[^>]*>", text):
        told = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if told["type"] not in ("radio", "checkbox") or re.search(r"\bchecked\b", tag):
            found[told["name"]] = told.get("value", "")
    for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        found[name] = (re.findall(r'<option selected value="([^"]*)"', options) or [""])[0]
    return found


def seen(staff: FlaskClient, url: str, data: dict[str, Any]) -> dict[str, Any]:
    """The same form once its dates were shown, with the button pressed that makes them."""
    text = staff.post(url, data=data).text
    return {**data, "make": "1", "shown_for": re.findall(r'name="shown_for"[^>]*value="(\w+)"', text)[0]}


def errors_in(text: str) -> list[str]:
    return re.findall(r'id="(\w+)-error"', text)


def test_an_experience_goes_from_nothing_to_published_without_scripts(staff: FlaskClient, community: Community) -> None:
    answer = staff.post(f"{PLANS}/new", data={"kind": "gathering", "title": "Fall Gathering", "year": "0"})
    assert answer.location == f"{PLANS}/fall-gathering/what"
    made = db.session.scalars(select(Experience)).one()
    text = staff.get(path(made, "publish")).text
    assert all(words in text for words in ("Not ready yet", "There is no date yet", "Say how many seats"))
    words = {**form_of(staff, path(made, "what")), "summary": "A day.", "place": "A member high school", "on": "1"}
    assert staff.post(path(made, "what"), data=words).location == path(made, "sessions")
    assert staff.post(path(made, "sessions", "new"), data=SESSION).location == path(made, "sessions")
    staff.post(path(made, "seats"), data={**form_of(staff, path(made, "seats")), "capacity": "40"})
    assert "Publish this experience?" in staff.get(path(made, "publish")).text
    answer = staff.post(path(made, "publish"))
    assert (answer.location, made.published_at is not None, made.capacity) == (path(made), True, 40)
    assert made.sessions[0].starts_at == FALL
    assert staff.get("/example/agenda/fall-gathering").status_code == 200
    assert "published an experience" in db.session.scalars(select(Audit.action).order_by(Audit.id)).all()


def test_what_is_missing_keeps_the_button_away_and_the_press_is_refused(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    made = a_draft(community, by)
    answer = staff.post(path(made, "publish"), headers=PART)
    assert (answer.status_code, "cannot be published yet" in answer.text, made.published_at) == (409, True, None)


def test_a_title_is_needed_to_begin_and_a_short_name_is_made_of_it(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    answer = staff.post(f"{PLANS}/new", data={"kind": "series", "title": " ", "year": "0"}, headers=PART)
    assert (answer.status_code, errors_in(answer.text), count(Experience)) == (422, ["title"], 0)
    a_draft(community, by, slug="new-2")
    answer = staff.post(f"{PLANS}/new", data={"kind": "series", "title": "New", "year": "0"})
    assert answer.location == f"{PLANS}/new-3/what"  # “new” leads to another page
    taken = {"kind": "series", "title": "Other", "year": "0", "slug": "new-2"}
    answer = staff.post(f"{PLANS}/new", data=taken)
    assert (answer.status_code, errors_in(answer.text)) == (409, ["slug"])


CHAPTERS = ("what", "sessions", "seats", "who", "questions", "faculty", "weather", "reminders")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_saving_a_chapter_as_it_is_changes_nothing(
    staff: FlaskClient, community: Community, by: Account, chapter: str
) -> None:
    made = a_published(community, by, snow_date=date(2026, 11, 10), online_capacity=5, fallback_minutes=210)
    before = count(History)
    if chapter not in ("sessions", "questions"):
        answer = staff.post(path(made, chapter), data=form_of(staff, path(made, chapter)))
        assert (answer.status_code, answer.location) == (303, path(made, chapter))
    assert staff.get(path(made, chapter)).status_code == 200
    assert count(History) == before


@pytest.mark.parametrize(
    ("chapter", "change", "field"),
    [
        ("what", {"title": ""}, "title"),
        ("what", {"slug": "No Good"}, "slug"),
        ("seats", {"capacity": "many"}, "capacity"),
        ("seats", {"capacity": "-1"}, "capacity"),
        ("seats", {"opens_at": "2027-03-14T02:30"}, "opens_at"),
        ("seats", {"offer_hold_hours": "0"}, "offer_hold_hours"),
        ("who", {"reach": "the moon"}, "reach"),
        ("faculty", {"facilitator": "nobody@example.org"}, "facilitator"),
        ("faculty", {"facilitator": "no address"}, "facilitator"),
        ("weather", {"snow_date": "2026-13-01"}, "snow_date"),
        ("weather", {"hours": "-2"}, "hours"),
        ("reminders", {"days": "7, soon"}, "days"),
        ("reminders", {"days": "0"}, "days"),
        ("reminders", {"days": "1,2,3,4,5,6"}, "days"),
    ],
)
def test_a_slip_comes_back_at_its_field_and_leaves_nothing(
    staff: FlaskClient, community: Community, by: Account, chapter: str, change: dict[str, str], field: str
) -> None:
    made = a_draft(community, by)
    before = count(History)
    answer = staff.post(path(made, chapter), data={**form_of(staff, path(made, chapter)), **change}, headers=PART)
    assert (answer.status_code, errors_in(answer.text), count(History)) == (422, [field], before)
    assert answer.text.lstrip().startswith('<div class="flow cq" id="chapter">')


def test_every_chapter_keeps_what_was_typed(staff: FlaskClient, community: Community, by: Account) -> None:
    made = a_draft(community, by)
    person = add_faculty(community, slug="artist", title="Teaching artist")
    year = create_agenda(community, slug="2026-27", title="A year")
    for chapter, change in {
        "what": {"agenda_id": year.id, "topic": "Pedagogy", "product": "A plan", "quarter": "fall", "mode": "blended"},
        "seats": {"online_capacity": "100", "opens_at": "2026-09-01T09:00", "needs_approval": "y", "cutoff_hours": "4"},
        "who": {"reach": "anyone", "audience": ["teacher"], "is_private": "y"},
        "faculty": {"faculty": [person.id], "facilitator": by.email.upper()},
        "weather": {"snow_date": "2026-11-10", "hours": "3.5", "fallback_capacity": "300"},
        "reminders": {"days": "1, 14,7", "join_minutes": "30"},
    }.items():
        data = {**form_of(staff, path(made, chapter)), **change}
        assert staff.post(path(made, chapter), data=data).status_code == 303, chapter
    assert made.pdp == {"topic": "Pedagogy", "product": "A plan", "eligible": True}
    assert (made.agenda_id, made.quarter, made.online_capacity) == (year.id, "fall", 100)
    assert (made.opens_at, made.needs_approval, made.cutoff_hours) == (utc(2026, 9, 1, 13), True, 4)
    assert (made.reach, made.audience, made.is_private) == ("anyone", ["teacher"], True)
    assert (made.faculty, made.facilitator_id) == ([person], by.id)
    assert (made.snow_date, made.fallback_minutes, made.fallback_capacity) == (date(2026, 11, 10), 210, 300)
    assert (made.reminder_days, made.join_minutes) == ([14, 7, 1], 30)


def test_what_people_have_asked_for_is_shown_with_a_lock_and_the_way_to_change_it(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    made = a_published(community, by)
    ask(made)
    text = staff.get(path(made, "seats")).text
    assert ('name="capacity"' in text, path(made, "size") in text) == (False, True)
    text = staff.get(path(made, "what")).text
    assert ('name="place"' in text, "Change it where you move a date" in text) == (False, True)
    assert f'href="{path(made, "sessions")}">Change the place of a date' in text
    form = form_of(staff, path(made, "seats"))
    staff.post(path(made, "seats"), data={**form, "capacity": "999", "min_to_run": "3"})
    assert (made.capacity, made.min_to_run) == (30, 3)
    text = staff.get(path(made, "sessions", made.sessions[0].id)).text
    assert ('name="day"' in text, 'name="join_url"' in text) == (False, True)
    assert f"{path(made)}/sessions/{made.sessions[0].id}/changes" in staff.get(path(made, "sessions")).text


def test_a_colleagues_change_of_the_same_field_is_shown_beside_what_was_typed(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    made = a_draft(community, by)
    form = form_of(staff, path(made, "what"))
    building.change_words(made, typed(summary="Hers."), by=by)
    answer = staff.post(path(made, "what"), data={**form, "summary": "Mine."})
    assert (answer.status_code, "A colleague wrote meanwhile: Hers." in answer.text, "Mine." in answer.text) == (
        409, True, True,
    )  # fmt: skip
    seen = re.findall(r'name="seen" type="hidden" value="([^"]*)"', answer.text)[0]
    assert staff.post(path(made, "what"), data={**form, "summary": "Mine.", "seen": seen}).status_code == 303
    assert made.summary == "Mine."


def test_a_time_that_does_not_exist_is_refused_and_one_that_comes_twice_is_asked_about(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    made = a_draft(community, by)
    new = path(made, "sessions", "new")
    answer = staff.post(new, data={**SESSION, "day": "2027-03-14", "start": "02:30"})
    assert (answer.status_code, "does not exist: the clocks go forward" in answer.text) == (422, True)
    night = {**SESSION, "day": "2026-11-01", "start": "01:30", "end": "04:30"}
    answer = staff.post(new, data=night)
    assert (answer.status_code, "The second one (1:30 AM EST)" in answer.text, count(Session)) == (422, True, 0)
    for fold, hours in (("0", 240), ("1", 180)):
        assert staff.post(new, data={**night, "start-fold": fold}).status_code == 303
        assert db.session.scalars(select(Session.credit_minutes).order_by(Session.id.desc())).first() == hours


def test_a_date_in_another_zone_is_typed_and_shown_in_it(staff: FlaskClient, community: Community, by: Account) -> None:
    made = a_draft(community, by)
    staff.post(path(made, "sessions", "new"), data={**SESSION, "time_zone": "America/Los_Angeles", "mode": "online"})
    [one] = made.sessions
    assert (one.starts_at, one.time_zone) == (utc(2026, 11, 3, 16, 30), "America/Los_Angeles")
    text = staff.get(path(made, "sessions")).text
    assert "8:30\u00a0AM–2:30\u00a0PM\u00a0PT" in text
    assert "11:30\u00a0AM–5:30\u00a0PM\u00a0ET" in text
    assert 'value="08:30"' in staff.get(path(made, "sessions", one.id)).text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"day": ""}, "day"),
        ({"end": "08:00"}, "end"),
        ({"end_day": "2026-11-02"}, "end"),
        ({"join_url": "javascript:alert(1)"}, "join_url"),
        ({"hours": "lots"}, "hours"),
        ({"time_zone": "Moon/Base"}, "time_zone"),
        ({"mode": "telepathy"}, "mode"),
        ({"start": "25:00"}, "start"),
    ],
)
def test_a_slip_in_a_date_comes_back_at_its_field(
    staff: FlaskClient, community: Community, by: Account, change: dict[str, str], field: str
) -> None:
    made = a_draft(community, by)
    answer = staff.post(path(made, "sessions", "new"), data={**SESSION, **change}, headers=PART)
    assert (answer.status_code, field in errors_in(answer.text), count(Session)) == (422, True, 0)


def test_a_new_date_is_proposed_a_week_after_the_last_one(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    made = a_draft(community, by)
    dated(made, by, FALL, hours=1.5)
    text = staff.get(path(made, "sessions", "new")).text
    assert all(f'value="{words}"' in text for words in ("2026-11-10", "08:30", "10:00"))


def test_a_date_is_changed_and_taken_out(staff: FlaskClient, community: Community, by: Account) -> None:
    made = a_draft(community, by)
    [one] = dated(made, by, FALL)
    url = path(made, "sessions", one.id)
    staff.post(url, data={**form_of(staff, url), **SESSION, "hours": "5.5", "label": "Part 1"})
    assert (one.label, one.credit_minutes, one.starts_at) == ("Part 1", 330, FALL)
    assert 'value="5.5"' in staff.get(url).text
    assert staff.post(f"{url}/removal").location == path(made, "sessions")
    assert count(Session) == 0


def test_a_row_of_dates_is_shown_before_it_is_made(staff: FlaskClient, community: Community, by: Account) -> None:
    note_day(community, {"from_date": date(2027, 1, 13), "kind": "holiday", "label": "A holiday"})
    note_day(community, {"from_date": date(2027, 1, 20), "kind": "staff_day", "district_id": a_district(community).id})
    made = a_draft(community, by)
    answer = staff.post(path(made, "sessions", "weekly"), data=ROW)
    boxes = re.findall(r'name="days" value="([^"]*)"( checked)?', answer.text)
    assert boxes == [
        ("2027-01-06", " checked"),
        ("2027-01-13", ""),
        ("2027-01-20", " checked"),
        ("2027-01-27", " checked"),
    ]
    assert ("A holiday" in answer.text, ": Staff day, no classes" in answer.text, count(Session)) == (True, True, 0)
    url = path(made, "sessions", "weekly")
    chosen = {**seen(staff, url, ROW), "days": ["2027-01-06", "2027-01-13"]}
    assert staff.post(url, data=chosen).location == path(made, "sessions")
    assert [one.starts_at for one in made.sessions] == [utc(2027, 1, 6, 20, 30), utc(2027, 1, 13, 20, 30)]


def test_only_days_that_were_shown_are_made(staff: FlaskClient, community: Community, by: Account) -> None:
    made = a_draft(community, by)
    row = seen(staff, path(made, "sessions", "weekly"), ROW)
    for days in ([], ["9999-12-31"], ["2027-01-07"]):
        answer = staff.post(path(made, "sessions", "weekly"), data={**row, "days": days}, headers=PART)
        assert (answer.status_code, count(Session)) == (409, 0)
    answer = staff.post(path(made, "sessions", "weekly"), data={**ROW, "make": "1", "days": ["soon"]})
    assert (answer.status_code, count(Session)) == (422, 0)


def test_a_row_over_the_night_the_clocks_go_back_asks_which_time_is_meant(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    made = a_draft(community, by)
    row = {**ROW, "day": "2026-10-25", "start": "01:30", "end": "03:00"}
    answer = staff.post(path(made, "sessions", "weekly"), data=row)
    assert ("comes twice" in answer.text, "The first one (1:30 AM EDT)" in answer.text) == (True, True)
    second = {**row, "days": ["2026-11-01"], "start-fold": "1"}
    chosen = seen(staff, path(made, "sessions", "weekly"), second)
    assert staff.post(path(made, "sessions", "weekly"), data=chosen).status_code == 303
    assert made.sessions[0].starts_at == utc(2026, 11, 1, 6, 30)


@pytest.mark.parametrize(("shown", "pressed"), [("0", "1"), ("1", "0"), ("", "1")])
def test_a_row_is_not_made_at_another_of_two_hours_than_was_shown(
    staff: FlaskClient, community: Community, by: Account, shown: str, pressed: str
) -> None:
    made = a_draft(community, by)
    row = {**ROW, "day": "2026-10-25", "start": "01:30", "end": "03:00", "start-fold": shown}
    chosen = {**seen(staff, path(made, "sessions", "weekly"), row), "days": ["2026-11-01"], "start-fold": pressed}
    answer = staff.post(path(made, "sessions", "weekly"), data=chosen)
    assert (answer.status_code, "changed after you saw the dates" in answer.text, made.sessions) == (409, True, [])


def test_a_row_over_the_night_the_clocks_go_forward_leaves_out_what_does_not_exist(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    made = a_draft(community, by)
    row = {**ROW, "day": "2027-03-07", "start": "02:30", "end": "04:00"}
    text = staff.post(path(made, "sessions", "weekly"), data=row).text
    assert re.findall(r'name="days" value="([^"]*)"', text) == ["2027-03-07", "2027-03-21"]
    assert "March 14, 2027, 2:30 AM does not exist" in text


def test_what_is_in_the_way_is_shown_where_dates_are_planned(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    other = a_draft(community, by, title="Another day", place="Gym", reach="invited")
    dated(other, by, utc(2027, 1, 6, 20))
    made = a_draft(community, by, place="Gym")
    assert "“Another day” is in Gym at the same time." in staff.post(path(made, "sessions", "weekly"), data=ROW).text
    dated(made, by, utc(2027, 1, 6, 21))
    for page in ("", "/sessions", "/publish"):
        assert "“Another day” is in Gym at the same time." in staff.get(path(made) + page).text


def test_people_are_invited_by_their_addresses(staff: FlaskClient, community: Community, by: Account) -> None:
    made = a_draft(community, by, reach="invited")
    url = path(made, "invited")
    answer = staff.post(url, data={"people": "nobody\nSam <sam@example.org>"}, headers=PART)
    assert (answer.status_code, "This is no mail address: nobody." in answer.text) == (422, True)
    staff.post(url, data={"people": "Sam Example <SAM@example.org>\n\nkim@example.org"})
    text = staff.get(url).text
    assert ("sam@example.org" in text, "Sam Example" in text, invited_to(made.id)) == (True, True, 2)
    off = re.findall(rf'action="({url}/\d+/removal)"', text)
    assert staff.post(off[0]).location == url
    assert invited_to(made.id) == 1
    assert staff.post(off[0]).status_code == 404


def test_questions_are_asked_put_in_order_and_taken_out(staff: FlaskClient, community: Community, by: Account) -> None:
    made = a_draft(community, by)
    url = path(made, "questions")
    data = {"kind": "choice", "label": "Which room?", "options": "Quiet\nLively\nQuiet", "erase_on": "2026-11-17"}
    assert staff.post(f"{url}/new", data={**data, "options": "One"}).status_code == 422
    assert staff.post(f"{url}/new", data={**data, "erase_on": "2026-07-01"}).status_code == 409
    staff.post(f"{url}/new", data=data)
    [first] = questions_of(made.id)
    assert (first.options, first.is_required) == (["Quiet", "Lively"], False)
    second = add_question(made, {"kind": "text", "label": "Else?", "erase_on": date(2026, 11, 17)}, by=by)
    staff.post(f"{url}/{second.id}/order", data={"do": "up"})
    assert [one.label for one in questions_of(made.id)] == ["Else?", "Which room?"]
    staff.post(f"{url}/{first.id}", data={**data, "is_required": "y"})
    assert first.is_required
    assert staff.post(f"{url}/{second.id}/removal").location == url
    assert "Else?" not in staff.get(url).text


def test_an_experience_is_copied_after_its_dates_were_shown(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    note_day(community, {"from_date": date(2027, 11, 2), "kind": "vacation", "label": "A vacation"})
    made = a_published(community, by, FALL, slug="fall-2026", title="Fall 2026", kind="space", joined_by="session")
    form = form_of(staff, path(made, "copy"))
    assert (form["title"], form["slug"]) == ("Fall 2027", "fall-2027")
    text = staff.post(path(made, "copy"), data=form).text
    assert ("A vacation" in text, f'value="{made.sessions[0].id}" checked' in text) == (True, False)
    chosen = {**seen(staff, path(made, "copy"), form), "sessions": [made.sessions[0].id]}
    assert staff.post(path(made, "copy"), data=chosen).location == f"{PLANS}/fall-2027"
    copy = db.session.scalars(select(Experience).where(Experience.slug == "fall-2027")).one()
    assert [one.starts_at for one in copy.sessions] == [utc(2027, 11, 2, 12, 30)]
    assert staff.post(path(made, "copy"), data=chosen).status_code == 409


def test_a_year_is_copied_after_its_dates_were_shown(staff: FlaskClient, community: Community, by: Account) -> None:
    staff.post(f"{PLANS}/years", data={"title": "Learning agenda 2026–27", "slug": "2026-27"})
    agenda = db.session.scalars(select(Agenda)).one()
    made = a_published(community, by, slug="fall-2026", agenda_id=agenda.id)
    url = f"{PLANS}/years/2026-27/copy"
    text = staff.post(url, data={"title": "Next", "slug": "2027-28", "weeks": "52"}).text
    assert (made.title in text, count(Agenda)) == (True, 1)
    data = {"title": "Next", "slug": "2027-28", "weeks": "52", "experiences": [made.id]}
    data = seen(staff, url, data)
    answer = staff.post(url, data={**data, "sessions": [made.sessions[0].id]})
    assert (answer.status_code, count(Agenda), count(Experience)) == (303, 2, 2)
    assert staff.post(url, data={**data, "experiences": []}, headers=PART).status_code == 409
    staff.post(f"{PLANS}/years/2027-28/publication")
    assert "Next" in staff.get("/example/agenda").text


def test_days_are_noted_in_the_calendar_changed_and_taken_out(staff: FlaskClient, community: Community) -> None:
    district = a_district(community)
    data = {"from_date": "2027-02-15", "to_date": "2027-02-19", "kind": "vacation", "label": "February vacation"}
    url = "/example/staff/calendar"
    answer = staff.post(url, data={**data, "district_id": "0", "to_date": "2027-02-01"}, headers=PART)
    assert (answer.status_code, errors_in(answer.text)) == (422, ["to_date"])
    staff.post(url, data={**data, "district_id": "0"})
    row = db.session.scalars(select(SchoolDay)).one()
    assert "February vacation" in staff.get(url).text
    changed = {**data, "kind": "delayed", "minutes": "90", "district_id": district.id}
    assert staff.post(f"{url}/{row.id}", data=changed).location == url
    assert (row.kind, row.minutes, row.district_id) == ("delayed", 90, district.id)
    assert staff.post(f"{url}/{row.id}", data={**changed, "district_id": "999"}).status_code == 422
    staff.post(f"{url}/{row.id}/removal")
    assert count(SchoolDay) == 0


def test_the_list_is_filtered_by_its_address(staff: FlaskClient, community: Community, by: Account) -> None:
    year = create_agenda(community, slug="2026-27", title="A year")
    a_draft(community, by, title="One draft", kind="series")
    a_published(community, by, title="One published", agenda_id=year.id)
    shown = {query: staff.get(f"{PLANS}?{query}").text for query in ("stage=draft", f"year={year.id}", "kind=space")}
    found = [("One draft" in text, "One published" in text) for text in shown.values()]
    assert found == [(True, False), (False, True), (False, False)]
    assert staff.get(f"{PLANS}?stage=nothing&kind=else&year=many").status_code == 200


def test_a_long_list_takes_no_more_questions_to_the_database(
    staff: FlaskClient, community: Community, by: Account, count_queries: Counting
) -> None:
    dated(a_draft(community, by), by)
    staff.get(PLANS)
    with count_queries() as one:
        staff.get(PLANS)
    for _ in range(3):
        dated(a_draft(community, by), by, FALL, utc(2026, 12, 1))
    with count_queries() as four:
        staff.get(PLANS)
    assert len(four) == len(one)


def test_another_communitys_plan_is_no_page_here(staff: FlaskClient, community: Community, by: Account) -> None:
    other = a_community("other")
    theirs, mine = a_draft(other, by), a_draft(community, by)
    [one] = dated(theirs, by)
    question = add_question(theirs, {"kind": "text", "label": "?", "erase_on": date(2026, 11, 17)}, by=by)
    day = note_day(other, {"from_date": date(2027, 1, 13), "kind": "holiday"})
    create_agenda(other, slug="2026-27", title="Theirs")
    add_faculty(other, slug="artist", title="Theirs")
    pages = [path(theirs), path(theirs, "what"), path(mine, "sessions", one.id), path(mine, "questions", question.id)]
    pages += [f"/example/staff/calendar/{day.id}", f"{PLANS}/years/2026-27/copy", "/example/staff/faculty/artist"]
    assert [staff.get(page).status_code for page in pages] == [404] * len(pages)
    assert staff.post(path(mine, "sessions", one.id, "removal")).status_code == 404
    assert staff.get("/other/staff/agenda").status_code == 403
    assert count(Session) == 1


def test_a_draft_is_taken_out_after_a_question(staff: FlaskClient, community: Community, by: Account) -> None:
    made = a_draft(community, by)
    assert "Take this draft out?" in staff.get(path(made, "removal")).text
    assert staff.post(path(made, "removal")).location == PLANS
    assert count(Experience) == 0
