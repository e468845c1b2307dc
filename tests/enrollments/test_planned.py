"""The list of what staff plan: filtered by its address, with how many have a seat and how many wait."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.agenda.models import Experience
from portal.communities.models import Community
from portal.core.db import transaction
from portal.enrollments.operations import take_seat
from tests.enrollments.builders import an_experience, people, seat, weekly

PLANS = "/example/staff/agenda"
pytestmark = pytest.mark.usefixtures("in_october")


def row_of(desk: FlaskClient, made: Experience) -> list[str]:
    """The words of the cells of an experience: dates, seats, waiting."""
    text = desk.get(PLANS).text
    row = re.findall(rf'<tr><th scope="row"><a href="{PLANS}/{made.slug}">.*?</tr>', text, re.DOTALL)[0]
    cells = re.findall(r'<td class="num"[^>]*>(.*?)</td>', row, re.DOTALL)
    return [re.sub(r"<br>", "; ", cell) for cell in cells]


def test_each_row_tells_who_sits_and_who_waits(community: Community, desk: FlaskClient) -> None:
    made = an_experience(community, capacity=2)
    seat(made, *people(community, 3))
    assert row_of(desk, made) == ["1", "2 of 2", "1"]


def test_the_room_and_online_are_told_apart_and_what_is_kept_is_said(community: Community, desk: FlaskClient) -> None:
    made = an_experience(community, mode="blended", session_mode="blended", capacity=5, online_capacity=40)
    with transaction():
        made.sessions[0].pools[0].held = 2
    assert row_of(desk, made) == ["1", "0 of 5, 2 kept; 0 of 40 online", "0"]


def test_a_space_counts_whoever_waits_for_two_of_its_meetings_once(community: Community, desk: FlaskClient) -> None:
    space = an_experience(community, kind="space", joined_by="session", starts=weekly(2), capacity=1)
    first, second = people(community, 2)
    for meeting in space.sessions:
        for person in (first, second):
            take_seat(space, person, session=meeting, by=person)
    assert row_of(desk, space) == ["2", "1 of 1", "1"]


def test_seats_of_dates_that_are_over_do_not_count(
    community: Community, at: Callable[[str], Any], request: pytest.FixtureRequest
) -> None:
    space = an_experience(community, kind="space", joined_by="session", starts=weekly(2), capacity=3)
    first, second = people(community, 2)
    take_seat(space, first, session=space.sessions[0], by=first)
    take_seat(space, second, session=space.sessions[0], by=second)
    take_seat(space, first, session=space.sessions[1], by=first)
    at(f"{space.sessions[0].ends_at + timedelta(days=1):%Y-%m-%d} 09:00")
    assert row_of(request.getfixturevalue("desk"), space)[1] == "1 of 3"  # who signs in that day


def test_a_request_that_waits_for_a_lead_is_one_who_waits(community: Community, desk: FlaskClient) -> None:
    made = an_experience(community, needs_approval=True)
    seat(made, *people(community, 1))
    assert row_of(desk, made)[1:] == ["0 of 3", "1"]


def test_who_waits_for_something_else_is_not_counted(community: Community, desk: FlaskClient) -> None:
    other = an_experience(community, capacity=0)
    seat(other, *people(community, 2))
    assert row_of(desk, an_experience(community))[2] == "0"


def test_the_list_asks_as_much_for_one_as_for_three(
    community: Community, desk: FlaskClient, count_queries: Callable[[], Any]
) -> None:
    seat(an_experience(community, capacity=1), *people(community, 2))
    desk.get(PLANS)
    asked = []
    for _ in range(2):
        with count_queries() as statements:
            desk.get(PLANS)
        asked.append(len(statements))
        for _ in range(2):
            seat(an_experience(community, capacity=1), *people(community, 2))
    assert asked[0] == asked[1]
