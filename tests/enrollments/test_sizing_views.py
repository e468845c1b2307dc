"""What staff see of an experience before it is published, and the number of seats once people have some."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.accounts.operations import grant_permission
from portal.agenda.models import Experience
from portal.communities.models import Community
from portal.core.db import db, transaction
from portal.core.history import history_of
from tests.enrollments.builders import a_community, an_experience, people, seat, states

SignIn = Callable[[FlaskClient, Account], FlaskClient]


@pytest.fixture
def community(app: Flask, at: Callable[[str], object]) -> Community:
    at("2026-10-01 09:00")
    return a_community()


@pytest.fixture
def staff(client: FlaskClient, community: Community, sign_in: SignIn) -> FlaskClient:
    return sign_in(client, grant_permission(community, email="c@example.org", kind="staff", name="Coordinator"))


def page(experience: Experience, name: str) -> str:
    return f"/example/staff/agenda/{experience.slug}/{name}"


def test_a_draft_is_shown_as_those_see_it_whom_it_is_for(staff: FlaskClient, community: Community) -> None:
    fields = {"is_private": True, "audience": ["principal"], "reach": "members", "place": "Room 9", "summary": "A day."}
    draft = an_experience(community, is_published=False, description="We ## talk.", **fields)
    text = staff.get(page(draft, "preview")).text
    assert all(words in text for words in (draft.title, "A day.", "Room 9", "Take a seat", "We ## talk.", "Principal"))
    assert text.index("<fieldset disabled>") < text.index("Take a seat")
    assert staff.get(f"/example/agenda/{draft.slug}").status_code == 404


@pytest.mark.parametrize("reach", ["invited", "cohorts", "anyone"])
def test_a_preview_is_of_somebody_whom_it_is_for(staff: FlaskClient, community: Community, reach: str) -> None:
    draft = an_experience(community, is_published=False, reach=reach)
    assert "Take a seat" in staff.get(page(draft, "preview")).text


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


def test_fewer_seats_take_none_away(staff: FlaskClient, community: Community) -> None:
    experience = an_experience(community, capacity=2)
    seat(experience, *people(community, 2))
    staff.post(page(experience, "size"), data={"in_person": "1"})
    assert (experience.capacity, states(experience)) == (1, ["seated", "seated"])


def test_what_is_no_number_of_seats_comes_back_at_its_field(staff: FlaskClient, community: Community) -> None:
    experience = an_experience(community, session_mode="blended", mode="blended")
    before = len(history_of(experience))
    for typed in ({"in_person": "-1", "online": "3"}, {"in_person": "many", "online": "3"}, {"online": "3"}):
        answer = staff.post(page(experience, "size"), data=typed, headers={"HX-Request": "true"})
        assert (answer.status_code, answer.text.lstrip()[:5], 'id="in_person-error"' in answer.text) == (
            422, "<div ", True,
        )  # fmt: skip
    assert (experience.capacity, len(history_of(experience))) == (3, before)
