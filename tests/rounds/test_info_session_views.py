"""The pages of info sessions: seats for visitors, the private link, the list for staff."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.accounts.operations import grant_permission
from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.core.audit import Audit
from portal.core.db import db
from portal.core.tokens import issue, token_of
from portal.rounds.info_seats import Guest, give_up, sign_up
from portal.rounds.models import InfoSession, InfoSignUp
from tests.rounds.builders import a_draft, a_round
from tests.rounds.pages import lines_of
from tests.rounds.traces import Stop, trace

BEFORE_IT, BEGUN = "2026-09-20 09:00", "2026-09-23 15:30"
GUEST = {"name": "Director", "email": "director@example.org", "district_text": "Example Harbor"}
PAGE = "/eclc/letter/info-sessions/1"
LIST = "/eclc/staff/rounds/1/info-sessions/1"
PART = {"HX-Request": "true"}


@pytest.fixture
def meeting(community: Community, at: Stop) -> InfoSession:
    at(BEFORE_IT)
    return a_round(community).info_sessions[0]


def fill(meeting: InfoSession) -> None:
    meeting.capacity = 1
    db.session.commit()
    sign_up(meeting, Guest("Guest", "guest@example.org"))


def a_seat(meeting: InfoSession) -> str:
    """The path of the private link of somebody's seat."""
    return f"/eclc/info-seats/{token_of(sign_up(meeting, Guest('Guest', 'guest@example.org')), 'info-seat')}"


def test_the_letters_page_tells_of_meetings_with_their_seats(client: FlaskClient, meeting: InfoSession) -> None:
    assert "Online · 200 seats left" in lines_of(client.get("/eclc/letter").text)
    sign_up(meeting, Guest("Guest", "guest@example.org"))
    shown = client.get("/eclc/letter").text
    assert "Online · 199 seats left" in lines_of(shown)
    assert f'href="{PAGE}"' in shown


def test_a_meeting_that_has_begun_is_not_offered(client: FlaskClient, meeting: InfoSession, at: Stop) -> None:
    at(BEGUN)
    assert "Take a seat" not in client.get("/eclc/letter").text


def test_a_full_meeting_says_so_where_it_was_offered(client: FlaskClient, meeting: InfoSession) -> None:
    fill(meeting)
    shown = client.get("/eclc/letter").text
    assert ("Online · full" in lines_of(shown), f'href="{PAGE}"' in shown) == (True, False)


def test_a_seat_is_taken_in_one_form(client: FlaskClient, meeting: InfoSession) -> None:
    assert "Wed, Sep 23, 2026, 3:30–4:15 PM ET" in lines_of(client.get(PAGE).text)
    response = client.post(PAGE, data=GUEST)
    assert (response.status_code, response.location) == (303, "/eclc/letter")
    assert "A seat is held for director@example.org." in client.get("/eclc/letter").text
    assert db.session.query(InfoSignUp).one().district_text == "Example Harbor"


def test_five_presses_are_one_seat(client: FlaskClient, meeting: InfoSession) -> None:
    assert [client.post(PAGE, data=GUEST).status_code for _ in range(5)] == [303] * 5
    assert db.session.query(InfoSignUp).count() == 1


def test_looking_at_a_meeting_or_a_seat_changes_nothing(client: FlaskClient, meeting: InfoSession) -> None:
    seat = a_seat(meeting)
    before = trace()
    for path in (PAGE, seat):
        for look in (client.get, client.head, client.get):
            assert look(path).status_code == 200
    assert (trace(), db.session.query(InfoSignUp).one().cancelled_at) == (before, None)


@pytest.mark.parametrize("headers", [{}, PART])
def test_what_is_missing_is_said(client: FlaskClient, meeting: InfoSession, headers: dict[str, str]) -> None:
    response = client.post(PAGE, data={"name": "Director", "email": "x"}, headers=headers)
    assert response.status_code == 422
    assert "Give one mail address, such as name@example.org." in lines_of(response.text)
    assert 'value="Director"' in response.text


def test_a_full_meeting_offers_the_others_and_refuses(client: FlaskClient, meeting: InfoSession) -> None:
    db.session.add(InfoSession(round=meeting.round, at=meeting.at, minutes=60, mode="in_person", capacity=40))
    fill(meeting)
    shown = client.get(PAGE).text
    assert ("This meeting is full." in shown, 'name="email"' in shown) == (True, False)
    assert "In person, 40 seats left" in lines_of(shown)
    assert client.post(PAGE, data=GUEST).status_code == 409
    assert db.session.query(InfoSignUp).count() == 1


def test_a_meeting_that_is_over_has_no_form(client: FlaskClient, meeting: InfoSession, at: Stop) -> None:
    at(BEGUN)
    shown = client.get(PAGE).text
    assert ("This meeting has begun or is over." in shown, 'name="email"' in shown) == (True, False)
    assert client.post(PAGE, data=GUEST).status_code == 409


def test_meetings_of_drafts_and_of_other_communities_do_not_exist(client: FlaskClient, community: Community) -> None:
    draft = a_draft(community)
    create_community(slug="other", name="Other", kind="district_network")
    number = draft.info_sessions[0].id
    for path in (
        f"/eclc/letter/info-sessions/{number}",
        "/other/letter/info-sessions/1",
        "/eclc/letter/info-sessions/9",
    ):
        assert client.get(path).status_code == 404
        assert client.post(path, data=GUEST).status_code == 404


def test_the_private_link_shows_the_seat_and_a_button_gives_it_up(client: FlaskClient, meeting: InfoSession) -> None:
    meeting.join_link = "https://meet.example.org/abc"
    db.session.commit()
    seat = a_seat(meeting)
    shown = client.get(seat).text
    assert ("Your seat is held" in lines_of(shown), 'href="https://meet.example.org/abc"' in shown) == (True, True)
    assert client.post(f"{seat}/cancellation").location == seat
    shown = client.get(seat).text
    assert ("You gave this seat up" in lines_of(shown), "meet.example.org" in shown) == (True, False)
    assert "Take a seat again" in lines_of(shown)


def test_an_address_to_join_that_no_browser_should_follow_is_not_shown(
    client: FlaskClient, meeting: InfoSession
) -> None:
    meeting.join_link = "javascript:alert(1)"
    db.session.commit()
    assert "javascript:" not in client.get(a_seat(meeting)).text


def test_links_that_are_no_seat_lead_nowhere(client: FlaskClient, meeting: InfoSession) -> None:
    create_community(slug="other", name="Other", kind="district_network")
    seat = a_seat(meeting)
    row = db.session.query(InfoSignUp).one()
    issue(row, "invitation")
    db.session.commit()
    for path in (seat, seat + "x", f"/eclc/info-seats/{token_of(row, 'invitation')}", seat.replace("eclc", "other")):
        assert client.get(path).status_code == 404
        assert client.post(f"{path}/cancellation").status_code == 404
    assert db.session.query(InfoSignUp).one().cancelled_at is None


def test_nothing_is_given_up_once_it_begins(client: FlaskClient, meeting: InfoSession, at: Stop) -> None:
    seat = a_seat(meeting)
    at(BEGUN)
    assert "Give the seat up" not in client.get(seat).text
    assert client.post(f"{seat}/cancellation", headers=PART).status_code == 409
    assert db.session.query(InfoSignUp).one().cancelled_at is None


@pytest.fixture
def desk(client: FlaskClient, community: Community, meeting: InfoSession, sign_in: Callable) -> FlaskClient:
    return sign_in(client, grant_permission(community, email="staff@example.org", kind="staff"))


def test_staff_see_who_comes_and_not_who_gave_up(desk: FlaskClient, meeting: InfoSession) -> None:
    sign_up(meeting, Guest("First guest", "first@example.org", "Harbor"))
    give_up(sign_up(meeting, Guest("Second guest", "second@example.org")))
    shown = desk.get(LIST).text
    assert ("First guest" in shown, "Second guest" in shown) == (True, False)
    assert "Wed, Sep 23, 2026, 3:30–4:15 PM ET, online. 1 person comes, 199 seats left." in lines_of(shown)


def test_the_table_for_a_spreadsheet_is_defused_and_noted(desk: FlaskClient, meeting: InfoSession) -> None:
    sign_up(meeting, Guest("=cmd|'/c calc'!A1", "first@example.org", "Harbor"))
    response = desk.get(f"{LIST}.csv")
    assert (response.status_code, response.mimetype) == (200, "text/csv")
    assert response.text.splitlines()[1] == "'=cmd|'/c calc'!A1,first@example.org,Harbor,2026-09-20 09:00"
    assert db.session.query(Audit).filter_by(action="exported who comes to an info session").count() == 1


def test_an_empty_list_says_where_people_sign_up(desk: FlaskClient, meeting: InfoSession) -> None:
    assert "Nobody has signed up yet." in lines_of(desk.get(LIST).text)


@pytest.mark.parametrize("path", [LIST, f"{LIST}.csv"])
def test_the_list_is_for_staff_of_the_community(
    client: FlaskClient, meeting: InfoSession, coordinator: Account, sign_in: Callable, path: str
) -> None:
    create_community(slug="other", name="Other", kind="district_network")
    assert client.get(path).status_code == 303
    assert sign_in(client, coordinator).get(path).status_code == 403
    assert client.get(path.replace("eclc", "other")).status_code == 403


def test_the_list_takes_as_many_queries_for_many_as_for_one(
    desk: FlaskClient, meeting: InfoSession, count_queries: Callable
) -> None:
    sign_up(meeting, Guest("First guest", "first@example.org"))
    with count_queries() as few:
        desk.get(LIST)
    for number in range(5):
        sign_up(meeting, Guest("Guest", f"g{number}@example.org"))
    with count_queries() as many:
        desk.get(LIST)
    assert len(many) == len(few)


def test_the_letters_page_leads_staff_and_nobody_else_to_the_list(desk: FlaskClient, meeting: InfoSession) -> None:
    assert f'href="{LIST}"' in desk.get("/eclc/letter").text
    assert LIST not in desk.application.test_client().get("/eclc/letter").text
