"""What staff see of an experience before it is published, and the number of seats once people have some."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.accounts.operations import grant_permission
from portal.agenda.models import Experience
from portal.communities.models import Community
from portal.core.db import db, transaction
from portal.core.history import history_of
from portal.enrollments.changing import cancel_session
from portal.enrollments.sizing import set_capacity
from tests.enrollments.builders import FALL, a_community, an_experience, people, refused, seat, states, weekly

SignIn = Callable[[FlaskClient, Account], FlaskClient]


@pytest.fixture
def community(app: Flask, at: Callable[[str], object]) -> Community:
    at("2026-10-01 09:00")
    return a_community()


@pytest.fixture
def by_staff(community: Community) -> Account:
    return grant_permission(community, email="c@example.org", kind="staff", name="Coordinator")


@pytest.fixture
def staff(client: FlaskClient, by_staff: Account, sign_in: SignIn) -> FlaskClient:
    return sign_in(client, by_staff)


def page(experience: Experience, name: str) -> str:
    return f"/example/staff/agenda/{experience.slug}/{name}"


def test_a_draft_is_shown_as_those_see_it_whom_it_is_for(staff: FlaskClient, community: Community) -> None:
    fields = {"is_private": True, "audience": ["principal"], "reach": "members", "place": "Room 9", "summary": "A day."}
    draft = an_experience(community, is_published=False, description="We ## talk.", **fields)
    text = staff.get(page(draft, "preview")).text
    assert all(words in text for words in (draft.title, "A day.", "Room 9", "Take a seat", "We ## talk.", "Principal"))
    assert text.index('<fieldset class="off" disabled>') < text.index("Take a seat")
    assert "as a calendar file" not in text
    assert f'href="{page(draft, "publish")}">Go on to Publish' in text
    assert staff.get(f"/example/agenda/{draft.slug}").status_code == 404


def aside_of(text: str) -> str:
    """What stands around the seat."""
    return text.partition('id="seat"')[2].partition("</aside>")[0]


def test_no_link_around_the_seat_of_a_preview_can_be_followed(
    staff: FlaskClient, community: Community, by_staff: Account
) -> None:
    an_experience(community, title="The next one")
    draft = an_experience(community, is_published=False, facilitator_id=by_staff.id)
    past = an_experience(community, is_published=False, starts=[FALL - timedelta(weeks=8)])
    open_one, over = (aside_of(staff.get(page(one, "preview")).text) for one in (draft, past))
    assert ("You lead this" in open_one, "Take a seat" in open_one) == (False, True)
    assert all(words in over for words in ("See what else is on", "What comes next", "The next one"))
    assert ("<a " in open_one, "<a " in over) == (False, False)


def test_the_links_around_the_seat_stay_links_outside_of_a_preview(
    staff: FlaskClient, community: Community, by_staff: Account
) -> None:
    made = an_experience(community, facilitator_id=by_staff.id)
    assert f'<a href="{page(made, "people")}">Who comes</a>' in staff.get(f"/example/agenda/{made.slug}").text


@pytest.mark.parametrize("reach", ["invited", "cohorts", "anyone"])
def test_a_preview_is_of_somebody_whom_it_is_for(staff: FlaskClient, community: Community, reach: str) -> None:
    draft = an_experience(community, is_published=False, reach=reach)
    assert "Take a seat" in staff.get(page(draft, "preview")).text


def test_what_is_published_keeps_its_calendar_file_after_a_preview(staff: FlaskClient, community: Community) -> None:
    experience = an_experience(community)
    assert "Go on to Publish" not in staff.get(page(experience, "preview")).text
    assert "as a calendar file" in staff.get(f"/example/agenda/{experience.slug}").text
    assert "as a calendar file" not in staff.get(page(experience, "preview")).text


def test_a_draft_without_a_date_says_what_to_do_first(staff: FlaskClient, community: Community) -> None:
    draft = an_experience(community, is_published=False)
    with transaction():
        for row in [*draft.sessions[0].pools, draft.sessions[0]]:
            db.session.delete(row)
            db.session.flush()
    assert "Add a date first" in staff.get(page(draft, "preview")).text


def test_another_communitys_draft_has_no_preview(staff: FlaskClient, community: Community) -> None:
    other = an_experience(a_community("other"), is_published=False)
    assert [staff.get(page(other, name)).status_code for name in ("preview", "size")] == [404, 404]


def test_more_seats_go_to_the_line_first(staff: FlaskClient, community: Community) -> None:
    experience = an_experience(community, capacity=1)
    seat(experience, *people(community, 3))
    answer = staff.post(page(experience, "size"), data={"in_person": "2"})
    assert (answer.status_code, states(experience)) == (303, ["seated", "seated", "waiting"])
    assert "2 of 2" in staff.get(page(experience, "size")).text


def test_fewer_seats_take_none_away_and_are_asked_about_first(staff: FlaskClient, community: Community) -> None:
    experience = an_experience(community, capacity=2)
    seat(experience, *people(community, 3))
    answer = staff.post(page(experience, "size"), data={"in_person": "1"})
    assert (answer.status_code, "Fewer seats than are in use?" in answer.text, experience.capacity) == (200, True, 2)
    assert all(words in answer.text for words in ("2\u00a0people sit there", "Nobody loses a seat", 'value="1"'))
    assert staff.post(page(experience, "size"), data={"in_person": "1", "sure": asked(answer.text)}).status_code == 303
    assert (experience.capacity, states(experience)) == (1, ["seated", "seated", "waiting"])


def test_no_seats_at_all_are_asked_about_even_where_nobody_sits(staff: FlaskClient, community: Community) -> None:
    experience = an_experience(community, capacity=2)
    text = staff.post(page(experience, "size"), data={"in_person": "0"}, headers={"HX-Request": "true"}).text
    assert ("0\u00a0people sit there" in text, text.lstrip()[:5]) == (True, "<div ")
    assert experience.capacity == 2
    staff.post(page(experience, "size"), data={"in_person": "0", "sure": asked(text)})
    assert experience.capacity == 0


def asked(text: str) -> list[str]:
    """What a yes on this page is a yes to."""
    return re.findall(r'name="sure" value="([^"]+)"', text)


def test_a_yes_to_fewer_seats_is_one_to_these_numbers_only(staff: FlaskClient, community: Community) -> None:
    experience = an_experience(community, capacity=5)
    seat(experience, *people(community, 3))
    known = asked(staff.post(page(experience, "size"), data={"in_person": "2"}).text)
    for sure in (known, ["1"], []):
        answer = staff.post(page(experience, "size"), data={"in_person": "1", "sure": sure})
        assert (answer.status_code, "<b>1\u00a0seat</b>" in answer.text, experience.capacity) == (200, True, 5)
    assert staff.post(page(experience, "size"), data={"in_person": "2", "sure": known}).status_code == 303
    assert experience.capacity == 2


def test_who_sat_down_while_the_question_was_read_is_asked_about_too(staff: FlaskClient, community: Community) -> None:
    experience = an_experience(community, capacity=5)
    seat(experience, *people(community, 3))
    known = asked(staff.post(page(experience, "size"), data={"in_person": "2"}).text)
    seat(experience, *people(community, 1))
    answer = staff.post(page(experience, "size"), data={"in_person": "2", "sure": known})
    assert (answer.status_code, "4\u00a0people sit there" in answer.text, experience.capacity) == (200, True, 5)
    answer = staff.post(page(experience, "size"), data={"in_person": "2", "sure": asked(answer.text)})
    assert (answer.status_code, experience.capacity) == (303, 2)


def test_what_was_not_asked_about_leaves_no_trace(community: Community) -> None:
    experience = an_experience(community, capacity=2)
    seat(experience, *people(community, 2))
    refused(lambda: set_capacity(experience, {"in_person": 1}, by=None, knows=()), experience, "fewer seats than are")
    assert (experience.capacity, experience.sessions[0].pools[0].capacity) == (2, 2)


def test_a_cancelled_date_is_not_asked_about(staff: FlaskClient, community: Community, by_staff: Account) -> None:
    experience = an_experience(community, starts=weekly(2), capacity=3)
    cancel_session(experience.sessions[1], reason="Snow", by=by_staff)
    assert len(asked(staff.post(page(experience, "size"), data={"in_person": "0"}).text)) == 1


def test_seats_that_are_kept_count_among_those_in_use(staff: FlaskClient, community: Community) -> None:
    experience = an_experience(community, capacity=5)
    with transaction():
        experience.sessions[0].pools[0].held = 3
    text = staff.post(page(experience, "size"), data={"in_person": "2"}).text
    assert "3\u00a0seats are kept" in text
    assert staff.post(page(experience, "size"), data={"in_person": "3"}).status_code == 303


def test_what_was_too_few_before_is_not_asked_about_again(staff: FlaskClient, community: Community) -> None:
    experience = an_experience(community, mode="blended", session_mode="blended", capacity=2)
    seat(experience, *people(community, 2))
    set_capacity(experience, {"in_person": 1}, by=None)
    assert staff.post(page(experience, "size"), data={"in_person": "1", "online": "9"}).status_code == 303
    assert [pool.capacity for pool in experience.sessions[0].pools] == [1, 9]


def test_what_is_no_number_of_seats_comes_back_at_its_field(staff: FlaskClient, community: Community) -> None:
    experience = an_experience(community, session_mode="blended", mode="blended")
    before = len(history_of(experience))
    for typed in ({"in_person": "-1", "online": "3"}, {"in_person": "many", "online": "3"}, {"online": "3"}):
        answer = staff.post(page(experience, "size"), data=typed, headers={"HX-Request": "true"})
        assert (answer.status_code, answer.text.lstrip()[:5], 'id="in_person-error"' in answer.text) == (
            422, "<div ", True,
        )  # fmt: skip
    assert (experience.capacity, len(history_of(experience))) == (3, before)


def test_dates_with_different_numbers_are_shown_and_changed_each_by_itself(
    staff: FlaskClient, community: Community
) -> None:
    fields = {"mode": "blended", "session_mode": "blended", "online_capacity": 60}
    experience = an_experience(community, starts=weekly(2), capacity=40, **fields)
    first, second = (session.id for session in experience.sessions)
    set_capacity(experience, {"online": 300}, by=None, session=experience.sessions[1])
    text = staff.get(page(experience, "size")).text
    assert [f'name="{name}"' in text for name in ("in_person", "online", f"online_{first}", f"online_{second}")] == [
        True, False, True, True,
    ]  # fmt: skip
    sent = {"in_person": "41", f"online_{first}": "60", f"online_{second}": "310"}
    assert staff.post(page(experience, "size"), data=sent).status_code == 303
    db.session.expire_all()
    assert [pool.capacity for session in experience.sessions for pool in session.pools] == [41, 60, 41, 310]
    assert (experience.capacity, experience.online_capacity) == (41, 60)
    assert history_of(experience)[-1].data == {
        "before": {"in_person": 40, f"online in {first}": 60, f"online in {second}": 300},
        "after": {"in_person": 41, f"online in {first}": 60, f"online in {second}": 310},
    }


def test_meetings_of_a_space_keep_their_own_numbers(staff: FlaskClient, community: Community) -> None:
    space = an_experience(community, kind="space", joined_by="session", starts=weekly(2), capacity=5)
    set_capacity(space, {"in_person": 9}, by=None, session=space.sessions[1])
    [first, second] = [f"in_person_{session.id}" for session in space.sessions]
    answer = staff.post(page(space, "size"), data={first: "6", second: "-1"})
    assert (answer.status_code, f'id="{second}-error"' in answer.text) == (422, True)
    staff.post(page(space, "size"), data={first: "6", second: "9"})
    db.session.expire_all()
    assert [session.pools[0].capacity for session in space.sessions] == [6, 9]
