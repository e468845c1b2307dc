"""How staff find their way in the builder: nothing typed is lost, nothing unseen is made, nothing is called done."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.models import Account
from portal.agenda.copying import Copy, copy_experience
from portal.agenda.models import Experience, Faculty
from portal.agenda.operations import add_faculty, create_agenda
from portal.agenda.questioning import add_question
from portal.agenda.school_days import note_day
from portal.communities.models import Community
from portal.core.db import db
from tests.agenda.builders import a_draft, a_published, ask, dated, utc
from tests.agenda.test_plan_views import PART, PLANS, ROW, form_of, path, seen
from tests.enrollments.builders import FALL

WEEK = timedelta(weeks=1)


pytestmark = pytest.mark.usefixtures("summer")


def states(text: str) -> dict[str, str]:
    """The words that stand beside each chapter."""
    found = re.findall(r'<h2 class="say"><a href="[^"]*/([\w-]+)">.*?</svg><span>([^<]*)</span>', text, re.DOTALL)
    return dict(found)


@pytest.mark.parametrize(("pressed", "leads_to"), [("on", "questions"), ("back", "seats"), ("", "who")])
def test_each_way_out_of_a_chapter_saves_what_was_typed(
    staff: FlaskClient, community: Community, by: Account, pressed: str, leads_to: str
) -> None:
    made = a_draft(community, by)
    data = {**form_of(staff, path(made, "who")), "reach": "anyone", pressed: "1"}
    assert staff.post(path(made, "who"), data=data).location == path(made, leads_to)
    assert made.reach == "anyone"


def test_the_first_chapter_has_none_before_it(staff: FlaskClient, community: Community, by: Account) -> None:
    made = a_draft(community, by)
    assert "Save and go back to" not in staff.get(path(made, "what")).text
    assert "Save and go back to Seats and sign-up" in staff.get(path(made, "who")).text


def test_chapters_nobody_touched_do_not_say_that_they_are_done(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    made = a_draft(community, by, facilitator_id=by.id)
    found = states(staff.get(path(made)).text)
    assert {key: found[key] for key in ("who", "questions", "weather", "reminders", "faculty")} == {
        "who": "All members", "questions": "Nothing asked", "weather": "Nothing set", "reminders": "As usual",
        "faculty": "Done",
    }  # fmt: skip
    add_question(made, {"kind": "text", "label": "Else?", "erase_on": date(2026, 11, 17)}, by=by)
    assert states(staff.get(path(made)).text)["questions"] == "Done"


def test_a_row_that_changed_after_it_was_shown_is_shown_again(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    made = a_draft(community, by)
    url = path(made, "sessions", "weekly")
    pressed = {**seen(staff, url, ROW), "days": ["2027-01-06"], "start": "16:00"}
    answer = staff.post(url, data=pressed, headers=PART)
    assert (answer.status_code, "changed after you saw the dates" in answer.text, made.sessions) == (409, True, [])
    assert "4–5" in answer.text.replace(":00", "")
    again = re.findall(r'name="shown_for"[^>]*value="(\w+)"', answer.text)[0]
    assert staff.post(url, data={**pressed, "shown_for": again}).status_code == 303
    assert [one.starts_at for one in made.sessions] == [utc(2027, 1, 6, 21)]


def test_days_that_were_checked_stay_checked_when_the_press_is_refused(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    made = a_draft(community, by)
    pressed = {**seen(staff, path(made, "sessions", "weekly"), ROW), "days": ["2027-01-06", "2031-01-01"]}
    text = staff.post(path(made, "sessions", "weekly"), data=pressed).text
    boxes = re.findall(r'name="days" value="([^"]*)"( checked)?', text)
    assert [day for day, checked in boxes if checked] == ["2027-01-06"]


def test_a_copy_moved_by_other_weeks_than_shown_is_shown_again(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    made = a_published(community, by)
    pressed = seen(staff, path(made, "copy"), form_of(staff, path(made, "copy")))
    answer = staff.post(path(made, "copy"), data={**pressed, "weeks": "3"})
    assert (answer.status_code, "changed after you saw the dates" in answer.text) == (409, True)
    assert len(db.session.scalars(select(Experience)).all()) == 1


def checked(text: str, name: str) -> list[str]:
    """The values of the boxes of this name that are checked."""
    return [value for value, mark in re.findall(rf'name="{name}" value="([^"]*)"( checked)?', text) if mark]


def test_a_refused_copy_keeps_the_boxes_as_they_were_checked(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    made = a_draft(community, by, slug="fall")
    dated(made, by, FALL, FALL + WEEK)
    last = str(made.sessions[1].id)
    pressed = {**seen(staff, path(made, "copy"), form_of(staff, path(made, "copy"))), "sessions": [last]}
    taken = staff.post(path(made, "copy"), data={**pressed, "slug": "fall"})
    assert (taken.status_code, checked(taken.text, "sessions")) == (409, [last])
    bare = staff.post(path(made, "copy"), data={**pressed, "title": ""}, headers=PART)
    assert (bare.status_code, "Give it a title." in bare.text) == (422, True)
    assert checked(bare.text, "sessions") == [last]
    looked = staff.post(path(made, "copy"), data={**pressed, "title": "", "make": []})
    assert (looked.status_code, checked(looked.text, "sessions")) == (422, [last])
    none = staff.post(path(made, "copy"), data={**pressed, "sessions": [], "title": ""})
    assert (f'value="{last}"' in none.text, checked(none.text, "sessions")) == (True, [])
    assert staff.post(path(made, "copy"), data=pressed).status_code == 303


def test_a_refused_year_keeps_the_boxes_as_they_were_checked(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    year, url = create_agenda(community, slug="2026-27", title="A year"), f"{PLANS}/years/2026-27/copy"
    made = [a_draft(community, by, agenda_id=year.id) for _ in range(2)]
    for one in made:
        dated(one, by, FALL, FALL + WEEK)
    data = {"title": "Next", "slug": "2027-28", "weeks": "52"}
    boxes = {"experiences": [str(made[1].id)], "sessions": [str(made[1].sessions[0].id)]}
    pressed = {**seen(staff, url, data), **boxes}
    for change, status in (({"slug": "2026-27"}, 409), ({"title": ""}, 422)):
        answer = staff.post(url, data={**pressed, **change})
        assert answer.status_code == status
        assert {name: checked(answer.text, name) for name in boxes} == boxes
    assert staff.post(url, data=pressed).status_code == 303


def test_no_dates_are_shown_where_nobody_knows_how_many_weeks_later(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    made = a_published(community, by)
    pressed = seen(staff, path(made, "copy"), form_of(staff, path(made, "copy")))
    answer = staff.post(path(made, "copy"), data={**pressed, "weeks": "many"})
    assert (answer.status_code, 'name="sessions"' in answer.text) == (422, False)


def test_a_snow_date_on_the_first_day_of_a_copy_is_told_as_it_is(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    made = a_draft(community, by, snow_date=date(2026, 11, 10))
    dated(made, by, FALL, FALL + WEEK)
    form = form_of(staff, path(made, "copy"))
    pressed = {**seen(staff, path(made, "copy"), form), "sessions": [made.sessions[1].id]}
    text = staff.get(staff.post(path(made, "copy"), data=pressed).location).text
    assert "Its snow date is left out: it would not come after the first date." in text


def test_a_copy_says_so_only_where_both_stand_in_the_same_year(community: Community, by: Account) -> None:
    year, other = (create_agenda(community, slug=slug, title=slug) for slug in ("this", "that"))
    made = a_published(community, by, title="Nurses meet", agenda_id=year.id)
    titles = [
        copy_experience(made, Copy(title, f"copy-{number}", 52, [], agenda.id), by=by).title
        for number, (title, agenda) in enumerate([("Nurses meet", year), ("Nurses meet", other), ("Others", year)])
    ]
    assert titles == ["Nurses meet (copy)", "Nurses meet", "Others"]


def test_the_longest_title_still_says_that_it_is_a_copy(community: Community, by: Account) -> None:
    made = a_published(community, by, title="T" * 160)
    title = copy_experience(made, Copy("T" * 160, "copy", 52, []), by=by).title
    assert (len(title), title[-7:]) == (160, " (copy)")


def test_a_snow_date_before_the_first_date_that_comes_along_stays_behind(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    made = a_draft(community, by, snow_date=date(2026, 11, 10), slug="fall")
    dated(made, by, FALL, FALL + 2 * WEEK)
    both = [one.id for one in made.sessions]
    assert copy_experience(made, Copy("One", "one", 52, both), by=by).snow_date == date(2027, 11, 9)
    pressed = {**seen(staff, path(made, "copy"), form_of(staff, path(made, "copy"))), "sessions": both[1:]}
    assert "Its snow date is left out" in staff.get(staff.post(path(made, "copy"), data=pressed).location).text
    assert db.session.scalars(select(Experience.snow_date).order_by(Experience.id.desc())).first() is None


def test_a_copied_year_says_whose_snow_date_stays_behind(staff: FlaskClient, community: Community, by: Account) -> None:
    year = create_agenda(community, slug="2026-27", title="A year")
    made = [a_draft(community, by, snow_date=date(2026, 11, 10), agenda_id=year.id) for _ in range(2)]
    for one in made:
        dated(one, by, FALL, FALL + 2 * WEEK)
    data = {"title": "Next", "slug": "2027-28", "weeks": "52", "experiences": [one.id for one in made]}
    pressed = seen(staff, f"{PLANS}/years/2026-27/copy", data)
    # Of the first all dates come along, of the second only the one after its snow date.
    pressed |= {"sessions": [one.id for one in made[0].sessions] + [made[1].sessions[1].id]}
    text = staff.get(staff.post(f"{PLANS}/years/2026-27/copy", data=pressed).location).text
    assert "The snow date is left out of 1\u00a0experience" in text


def test_holidays_are_told_of_the_new_day_and_of_the_snow_date(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    for day, label in ((date(2026, 11, 3), "Old holiday"), (date(2027, 11, 2), "New holiday")):
        note_day(community, {"from_date": day, "kind": "holiday", "label": label})
    note_day(community, {"from_date": date(2027, 11, 9), "kind": "holiday", "label": "Another one"})
    made = a_published(community, by, snow_date=date(2026, 11, 10), note="Snow date November 10")
    text = staff.post(path(made, "copy"), data=form_of(staff, path(made, "copy"))).text.replace("\u00a0", " ")
    assert "On this day: New holiday. Copied from Tue, Nov 3, 2026" in text
    assert "Old holiday" not in text
    assert re.search("snow date moves along if it comes after the first .*Nov 9, 2027.*On this day: Another one", text)
    assert "“Snow date November 10” Look whether it still holds" in text


def test_a_date_that_people_have_leads_to_its_changes(staff: FlaskClient, community: Community, by: Account) -> None:
    made = a_published(community, by, place="A high school")
    ask(made)
    url = path(made, "sessions", made.sessions[0].id)
    text = staff.get(url).text
    assert text.count("People have this date in their calendars") == 1
    assert f'href="{url}/changes"' in text
    assert "A high school" in text
    assert ("Take this date out" in text, "Save the date" in text) == (False, True)
    answer = staff.post(url, data={**form_of(staff, url), "label": "Part 1"})
    assert (answer.status_code, made.sessions[0].label) == (303, "Part 1")


def test_a_date_of_a_draft_is_changed_where_it_stands(staff: FlaskClient, community: Community, by: Account) -> None:
    made = a_draft(community, by)
    [one] = dated(made, by, FALL)
    text = staff.get(path(made, "sessions", one.id)).text
    assert ("Take this date out" in text, "/changes" in text, 'name="day"' in text) == (True, False, True)


def test_whoever_is_added_to_the_faculty_is_checked_where_one_came_from(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    made = a_draft(community, by)
    add_faculty(community, slug="other", title="Somebody else")
    new = f"/example/staff/faculty/new?experience={made.slug}"
    assert new in staff.get(path(made, "faculty")).text
    assert f'action="{new}"' in staff.get(new).text
    answer = staff.post(new, data={"title": "Teaching artist", "kind": "guest", "time_zone": ""})
    assert answer.location == f"{path(made, 'faculty')}?chosen=teaching-artist"
    person = db.session.scalars(select(Faculty).where(Faculty.slug == "teaching-artist")).one()
    text = staff.get(answer.location).text
    assert re.findall(r'<input checked id="faculty-\d+" name="faculty" type="checkbox" value="(\d+)"', text) == [
        str(person.id)
    ]
    assert made.faculty == []
    data = {**form_of(staff, answer.location), "faculty": [str(person.id)]}
    staff.post(path(made, "faculty"), data=data)
    assert made.faculty == [person]


def test_the_way_back_leads_to_this_community_only(staff: FlaskClient, community: Community) -> None:
    new = "/example/staff/faculty/new?experience=nothing"
    answer = staff.post(new, data={"title": "Teaching artist", "kind": "guest", "time_zone": ""})
    assert answer.location == "/example/staff/faculty/teaching-artist"


def test_a_new_question_proposes_until_when_answers_are_kept(
    staff: FlaskClient, community: Community, by: Account
) -> None:
    made = a_draft(community, by)
    dated(made, by, FALL)
    assert form_of(staff, path(made, "questions", "new"))["erase_on"] == "2026-11-17"
