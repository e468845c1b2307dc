"""The questions of an experience on its page: asked beside the seat, shown again as typed, changed until the start."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.enrollments.question_queries import answers_of
from tests.enrollments.builders import (
    a_question,
    address,
    an_experience,
    owed,
    seat,
    states,
    weekly,
)

SignIn = Callable[[FlaskClient, Account], FlaskClient]
Clock = Callable[[str], datetime]
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "aside#seat"}


pytestmark = pytest.mark.usefixtures("clock")


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_questions_are_answered_on_the_page_and_kept_with_the_seat(
    community: Community, browser: FlaskClient, teacher: Account, headers: dict[str, str]
) -> None:
    experience = an_experience(community)
    food = a_question(experience, label="Food", help="We cook.", options=["Vegan", "Halal"], is_required=True)
    ride = a_question(experience, kind="yes_no", label="Do you come by bus?")
    page = browser.get(address(experience)).text
    for words in (
        "Food",
        "We cook. Only staff and whoever leads this see your answer.",
        "erased after Thu, Dec 3",
    ):
        assert words in page
    answer = browser.post(address(experience) + "/seat", data={f"q{food.id}": "Halal"}, headers=headers)
    assert answer.status_code == (200 if headers else 303)
    assert (states(experience), answers_of(experience.id, teacher.id)) == (["seated"], {None: {food.id: "Halal"}})
    page = browser.get(address(experience)).text
    assert "Your answers" in page
    assert '<option selected value="Halal">Halal</option>' in page
    assert ride.label in page


def test_a_missing_answer_shows_the_form_again_and_takes_nothing(community: Community, browser: FlaskClient) -> None:
    experience = an_experience(community)
    food = a_question(experience, is_required=True)
    note = a_question(experience, kind="text", label="Anything else?")
    data = {f"q{food.id}": "  ", f"q{note.id}": "I come <late>"}
    for headers, starts in [(HTMX, '<aside class="panel'), ({}, "<!doctype html>")]:
        answer = browser.post(address(experience) + "/seat", data=data, headers=headers)
        assert (answer.status_code, answer.text.lstrip().startswith(starts)) == (422, True)
        assert "Answer “Food”. It is needed to plan your seat." in answer.text
        assert 'value="I come &lt;late&gt;"' in answer.text
    assert (states(experience), owed()) == ([], [])


def test_a_private_number_is_asked_about_before_it_is_kept(
    community: Community, browser: FlaskClient, teacher: Account
) -> None:
    experience = an_experience(community)
    note = a_question(experience, kind="access")
    data = {f"q{note.id}": "My number is 219-09-9999"}
    answer = browser.post(address(experience) + "/seat", data=data)
    assert (answer.status_code, "Social Security number" in answer.text, states(experience)) == (422, True, [])
    assert 'name="sure"' in answer.text
    browser.post(address(experience) + "/seat", data={**data, "sure": "y"})
    assert answers_of(experience.id, teacher.id) == {None: {note.id: "My number is 219-09-9999"}}


def test_what_was_typed_stays_when_the_seat_is_refused(
    community: Community, browser: FlaskClient, clock: Clock
) -> None:
    experience = an_experience(community)
    note = a_question(experience, kind="text")
    clock("2026-11-03 08:30")
    answer = browser.post(address(experience) + "/seat", data={f"q{note.id}": "Hello"})
    assert (answer.status_code, "This has started" in answer.text, states(experience)) == (409, True, [])


def test_answers_are_changed_until_the_start(
    community: Community, browser: FlaskClient, teacher: Account, clock: Clock
) -> None:
    experience = an_experience(community)
    food = a_question(experience, is_required=True)
    browser.post(address(experience) + "/seat", data={f"q{food.id}": "Vegan"})
    door = address(experience) + "/seat/answers"
    answer = browser.post(door, data={f"q{food.id}": "Halal"}, headers=HTMX)
    assert (answer.status_code, "Your answers are saved." in answer.text) == (200, True)
    assert browser.post(door, data={f"q{food.id}": ""}).status_code == 422
    clock("2026-11-03 08:30")
    assert browser.post(door, data={f"q{food.id}": "Kosher"}, headers=HTMX).status_code == 409
    assert answers_of(experience.id, teacher.id) == {None: {food.id: "Halal"}}


def test_whoever_was_enrolled_without_answers_is_asked_for_them(
    community: Community, browser: FlaskClient, teacher: Account
) -> None:
    experience = an_experience(community, title="Fall Gathering")
    food = a_question(experience, is_required=True)
    seat(experience, teacher)
    assert "One answer is still needed" in browser.get(address(experience)).text
    assert "Answer what Fall Gathering asks" in browser.get("/my").text
    browser.post(address(experience) + "/seat/answers", data={f"q{food.id}": "Vegan"})
    assert "still needed" not in browser.get(address(experience)).text + browser.get("/my").text


def test_each_meeting_of_a_space_asks_for_itself(community: Community, browser: FlaskClient, teacher: Account) -> None:
    space = an_experience(community, kind="space", joined_by="session", starts=weekly(2))
    topic, [first, second] = a_question(space, kind="text"), space.sessions
    page = browser.get(address(space)).text
    assert all(f'name="s{one.id}q{topic.id}"' in page.replace("-", "") for one in (first, second))
    data = {"session": second.id, f"s{second.id}-q{topic.id}": "Homework"}
    browser.post(address(space) + "/seat", data=data)
    assert answers_of(space.id, teacher.id) == {second.id: {topic.id: "Homework"}}
