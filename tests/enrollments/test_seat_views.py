"""The reader's own seat on the page: what is shown for every state, and each step with and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.accounts.operations import grant_permission
from portal.agenda.models import Experience
from portal.communities.models import Community
from portal.communities.operations import refresh_public
from portal.core.db import db, transaction
from portal.core.jobs import sweep
from portal.enrollments.approving import refuse
from portal.enrollments.changing import move_session
from portal.enrollments.holding import share_seats
from portal.enrollments.operations import give_up_seat, take_seat, wait_for_room
from tests.enrollments.builders import (
    FALL,
    a_district,
    a_person,
    a_series,
    address,
    an_experience,
    miscounted,
    people,
    seat,
    states,
    taken,
    weekly,
)

SignIn = Callable[[FlaskClient, Account], FlaskClient]
Clock = Callable[[str], datetime]
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "aside#seat"}


pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def blended(community: Community) -> Experience:
    """Three seats in the room beside three online."""
    return an_experience(community, session_mode="blended")


# ── modes ──


def test_ways_to_come_say_what_is_left_and_the_free_one_stands_first(
    blended: Experience, community: Community, browser: FlaskClient
) -> None:
    for person in people(community, 3):
        take_seat(blended, person, by=person, mode="in_person")
    page = browser.get(address(blended)).text
    assert "3 seats left" in page
    assert "You join the line" in page
    assert page.index('value="online"') < page.index('value="in_person"')
    browser.post(address(blended) + "/seat", data={"mode": "online"})
    assert taken(blended) == [3, 1]


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_another_way_to_come_is_one_press(
    blended: Experience, browser: FlaskClient, teacher: Account, headers: dict[str, str]
) -> None:
    take_seat(blended, teacher, by=teacher, mode="in_person")
    page = browser.get(address(blended)).text
    assert "Come online instead" in page
    assert "If you change, your seat in the room goes to the next in line at once." in page
    browser.post(address(blended) + "/seat/mode", data={"mode": "online"}, headers=headers)
    assert taken(blended) == [0, 1]
    assert "Come to the room instead" in browser.get(address(blended)).text


def test_the_other_way_is_refused_when_it_is_full(
    blended: Experience, community: Community, browser: FlaskClient, teacher: Account
) -> None:
    take_seat(blended, teacher, by=teacher, mode="online")
    for person in people(community, 3):
        take_seat(blended, person, by=person, mode="in_person")
    answer = browser.post(address(blended) + "/seat/mode", data={"mode": "in_person"}, headers=HTMX)
    assert (answer.status_code, "keep your online seat and wait" in answer.text) == (409, True)
    assert taken(blended) == [3, 1]


def test_an_online_seat_is_kept_while_waiting_for_the_room(
    blended: Experience, community: Community, browser: FlaskClient, teacher: Account
) -> None:
    mine = take_seat(blended, teacher, by=teacher, mode="online")
    others = [take_seat(blended, person, by=person, mode="in_person") for person in people(community, 3)]
    page = browser.get(address(blended)).text
    assert ("Wait for a seat in the room" in page, "Come to the room instead" in page) == (True, False)
    answer = browser.post(address(blended) + "/seat/line", headers=HTMX).text
    assert "You have an online seat" in answer
    assert "You are 1st in line for a seat in the room." in answer
    assert "1st in line for the room" in browser.get("/my").text
    give_up_seat(others[0], by=teacher)
    db.session.refresh(mine)
    assert (mine.mode, mine.waits_for, taken(blended), miscounted()) == ("in_person", None, [3, 0], [])


def test_whoever_stays_online_leaves_the_line_for_the_room(
    blended: Experience, community: Community, browser: FlaskClient, teacher: Account
) -> None:
    mine = take_seat(blended, teacher, by=teacher, mode="online")
    for person in people(community, 3):
        take_seat(blended, person, by=person, mode="in_person")
    wait_for_room(mine, by=teacher)
    browser.post(address(blended) + "/seat/line/cancellation")
    db.session.refresh(mine)
    assert (mine.state, mine.mode, mine.waits_for) == ("seated", "online", None)


def test_whoever_waits_for_the_room_can_come_online_meanwhile(
    blended: Experience, community: Community, browser: FlaskClient, teacher: Account
) -> None:
    for person in people(community, 3):
        take_seat(blended, person, by=person, mode="in_person")
    mine = take_seat(blended, teacher, by=teacher, mode="in_person")
    assert "Take an online seat meanwhile" in browser.get(address(blended)).text
    browser.post(address(blended) + "/seat/online")
    db.session.refresh(mine)
    assert (mine.state, mine.mode, mine.waits_for) == ("seated", "online", "in_person")


@pytest.mark.parametrize("door", ["mode", "online", "line", "line/cancellation", "offer", "answers"])
def test_doors_of_a_seat_are_shut_to_whoever_has_none(
    blended: Experience, browser: FlaskClient, teacher: Account, door: str
) -> None:
    [other] = people(blended_community(blended), 1)
    take_seat(blended, other, by=other, mode="online")
    answer = browser.post(f"{address(blended)}/seat/{door}", data={"mode": "in_person", "answer": "accept"})
    assert (answer.status_code, taken(blended)) == (404, [0, 1])


@pytest.mark.parametrize("mode", ["", "by boat", "blended"])
def test_a_way_that_is_none_changes_nothing(
    blended: Experience, browser: FlaskClient, teacher: Account, mode: str
) -> None:
    take_seat(blended, teacher, by=teacher, mode="in_person")
    answer = browser.post(address(blended) + "/seat/mode", data={"mode": mode}, headers=HTMX)
    assert (answer.status_code < 500, taken(blended)) == (True, [1, 0])


# ── the line, near the start ──


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_seat_that_is_kept_is_taken_by_one_press(
    community: Community, browser: FlaskClient, teacher: Account, clock: Clock, headers: dict[str, str]
) -> None:
    experience = offered_to(community, teacher, clock)
    page = browser.get(address(experience)).text
    for words in ("A seat is kept for you", "Answer by Mon, Nov\u00a02, 2026, 7:00\u00a0AM\u00a0ET", "Take this seat"):
        assert words in page
    assert "A seat is kept for you until Mon, Nov\u00a02" in browser.get("/my").text
    answer = browser.post(address(experience) + "/seat/offer", data={"answer": "accept"}, headers=headers)
    assert answer.status_code == (200 if headers else 303)
    assert "You have a seat" in browser.get(address(experience)).text
    assert (states(experience), miscounted()) == (["given_up", "seated"], [])


def test_not_taking_it_is_asked_about_first(
    community: Community, browser: FlaskClient, teacher: Account, clock: Clock
) -> None:
    experience = offered_to(community, teacher, clock)
    page = browser.get(address(experience) + "/seat/offer").text
    assert "Let this seat go?" in page
    assert states(experience)[1] == "waiting"
    browser.post(address(experience) + "/seat/offer", data={"answer": "decline"})
    assert states(experience) == ["given_up", "given_up"]
    assert browser.get(address(experience) + "/seat/offer").status_code == 303


@pytest.mark.parametrize("answer", ["", "perhaps"])
def test_an_offer_has_two_answers(
    community: Community, browser: FlaskClient, teacher: Account, clock: Clock, answer: str
) -> None:
    experience = offered_to(community, teacher, clock)
    assert browser.post(address(experience) + "/seat/offer", data={"answer": answer}).status_code == 422
    assert states(experience)[1] == "waiting"


def test_an_offer_whose_time_is_over_is_said_to_be_over(
    community: Community, browser: FlaskClient, teacher: Account, clock: Clock
) -> None:
    experience = offered_to(community, teacher, clock)
    clock("2026-11-02 07:00")
    assert "The time to answer is over" in browser.get(address(experience)).text
    answer = browser.post(address(experience) + "/seat/offer", data={"answer": "accept"}, headers=HTMX)
    assert (answer.status_code, states(experience)[1]) == (409, "waiting")
    sweep()
    assert "Take a seat" in browser.get(address(experience)).text


def test_after_the_cut_off_whoever_waits_may_take_what_is_free(
    community: Community, browser: FlaskClient, teacher: Account, clock: Clock
) -> None:
    [other] = people(community, 1)
    experience = an_experience(community, capacity=1)
    [first, _] = seat(experience, other, teacher)
    clock("2026-11-03 07:00")
    assert "It starts soon" in browser.get(address(experience)).text
    assert "Take the free seat" not in browser.get(address(experience)).text
    give_up_seat(first, by=other)
    assert "Take the free seat" in browser.get(address(experience)).text
    browser.post(address(experience) + "/seat")
    assert (states(experience), taken(experience)) == (["given_up", "seated"], [1])


def test_the_rule_of_the_line_is_told_before_one_joins_it(
    community: Community, browser: FlaskClient, clock: Clock
) -> None:
    experience = an_experience(community, capacity=0)
    assert (
        "From Sun, Nov\u00a01, 2026, 8:30\u00a0AM\u00a0ET on it is offered to you"
        in browser.get(address(experience)).text
    )
    clock("2026-11-02 09:00")
    assert "is offered to the next in line" in browser.get(address(experience)).text


# ── asking a lead, and the end ──


def test_a_request_says_who_is_asked_and_can_be_taken_back(community: Community, browser: FlaskClient) -> None:
    experience = an_experience(community, needs_approval=True)
    assert "Ask for a seat" in browser.get(address(experience)).text
    answer = browser.post(address(experience) + "/seat", headers=HTMX).text
    assert "You asked for a seat" in answer
    assert "A lead of your district is asked" in browser.get("/my").text
    assert "Take your request back?" in browser.get(address(experience) + "/seat/cancellation").text
    browser.post(address(experience) + "/seat/cancellation")
    assert (states(experience), taken(experience)) == (["given_up"], [0])


@pytest.mark.parametrize(
    "door", ["", "/mode", "/online", "/line", "/line/cancellation", "/cancellation", "/offer", "/answers"]
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_whoever_was_turned_down_is_told_so_at_every_door_and_nothing_changes(
    blended: Experience, browser: FlaskClient, teacher: Account, door: str, headers: dict[str, str]
) -> None:
    with transaction():
        blended.needs_approval = True
    [mine] = seat(blended, teacher)
    refuse(mine, "Two are enough", by=a_person())
    sent = {"mode": "in_person", "answer": "accept"}
    answer = browser.post(f"{address(blended)}/seat{door}", data=sent, headers=headers)
    assert (answer.status_code in {303, 404, 409}, states(blended), taken(blended)) == (True, ["refused"], [0, 0])


def test_whoever_was_turned_down_is_not_asked_whether_to_leave(
    community: Community, browser: FlaskClient, teacher: Account
) -> None:
    experience = an_experience(community, needs_approval=True)
    refuse(seat(experience, teacher)[0], "Two are enough", by=a_person())
    answer = browser.get(address(experience) + "/seat/cancellation")
    assert (answer.status_code, answer.location) == (303, address(experience))
    assert browser.post(address(experience) + "/seat/cancellation", headers=HTMX).status_code == 409


def test_a_request_that_was_turned_down_says_so_and_offers_no_button(
    community: Community, browser: FlaskClient, teacher: Account
) -> None:
    experience = an_experience(community, needs_approval=True)
    [mine] = seat(experience, teacher)
    mine.state = "refused"
    db.session.commit()
    page = browser.get(address(experience)).text
    assert ("Your lead said no" in page, "Ask for a seat" in page) == (True, False)
    assert browser.post(address(experience) + "/seat", headers=HTMX).status_code == 409


def test_a_request_that_was_turned_down_says_who_why_and_whom_to_ask(
    community: Community, browser: FlaskClient, teacher: Account
) -> None:
    experience, lead = an_experience(community, needs_approval=True), a_person()
    refuse(seat(experience, teacher)[0], "No cover that day.", by=lead)
    words = f"{lead.name} said no to your request: “No cover that day”. Talk with them"
    assert [words in browser.get(page).text for page in (address(experience), "/my")] == [True, True]


def test_what_is_cancelled_offers_nothing_to_whoever_had_a_seat(
    community: Community, browser: FlaskClient, teacher: Account
) -> None:
    experience = an_experience(community)
    seat(experience, teacher)
    experience.cancelled_at = datetime.fromisoformat("2026-10-28T12:00:00+00:00")
    db.session.commit()
    page = browser.get(address(experience)).text
    assert "This was cancelled." in page
    assert "Give up my seat" not in page
    assert "Cancelled" in browser.get("/my").text


def test_what_is_over_has_nothing_to_give_up(
    community: Community, browser: FlaskClient, teacher: Account, clock: Clock
) -> None:
    experience = an_experience(community)
    seat(experience, teacher)
    clock("2026-11-04 09:00")
    page = browser.get(address(experience)).text
    assert ("You had a seat" in page, "Give up my seat" in page) == (True, False)


@pytest.mark.parametrize("has_seat", [True, False])
def test_what_is_over_leads_on_to_what_comes_next_for_its_reader(
    community: Community, browser: FlaskClient, teacher: Account, clock: Clock, has_seat: bool
) -> None:
    experience = an_experience(community)
    if has_seat:
        seat(experience, teacher)
    for title, fields in {"Mine": {}, "Not mine": {"audience": ["principal"]}, "Off": {"is_published": False}}.items():
        an_experience(community, title=title, starts=[FALL + timedelta(days=30)], **fields)
    assert "What comes next" not in browser.get(address(experience)).text
    clock("2026-11-03 10:00")  # while it is on
    assert "This is over" not in browser.get(address(experience)).text
    clock("2026-11-04 09:00")
    page = browser.get(address(experience)).text
    assert [words in page for words in ("This is over", "What comes next", ">Mine</a>", "Not mine", "Off<")] == [
        True, True, True, False, False,
    ]  # fmt: skip
    assert "sign-up is over" not in page


def test_a_visitor_reads_that_it_is_over_and_what_was_cancelled_is_said_to_be_that(
    community: Community, client: FlaskClient, clock: Clock
) -> None:
    over, off = an_experience(community), an_experience(community, cancelled_at=FALL - timedelta(days=9))
    clock("2026-11-04 09:00")
    page = client.get(address(over)).text
    assert [words in page for words in ("This is over", "It ended on", "See what else is on")] == [True] * 3
    assert [words in client.get(address(off)).text for words in ("This is over", "This was cancelled")] == [False, True]


def test_when_all_meetings_are_over_that_is_said_once(community: Community, browser: FlaskClient, clock: Clock) -> None:
    space = an_experience(community, kind="space", joined_by="session", starts=weekly(2))
    clock("2026-11-11 09:00")
    assert browser.get(address(space)).text.count("This is over") == 1


def test_a_seat_in_a_mixed_series_names_the_way_and_the_place_of_its_next_date(
    community: Community, browser: FlaskClient, teacher: Account, clock: Clock
) -> None:
    series = a_series(community, "in_person", "online", "in_person", place="Room 4, 12 Example Road, Beverly")
    with transaction():
        series.sessions[2].place = "Town hall, 1 Example Square"
        refresh_public(community.id)
    seat(series, teacher)
    page = browser.get(address(series)).text
    assert "Next: In person. See you there" in page
    assert '<p class="small">Room 4, 12 Example Road, Beverly</p>' in page
    clock("2026-11-04 09:00")
    page = browser.get(address(series)).text
    assert ("Next: Online. See you there" in page, '<p class="small">Room 4' in page) == (True, False)
    clock("2026-11-11 09:00")
    assert '<p class="small">Town hall, 1 Example Square</p>' in browser.get(address(series)).text


def test_a_seat_says_how_to_get_it_into_a_calendar(
    community: Community, browser: FlaskClient, teacher: Account
) -> None:
    experience = an_experience(community)
    seat(experience, teacher)
    page = browser.get(address(experience)).text
    assert f'href="{address(experience)}/seat/calendar.ics"' in page
    assert 'href="https://calendar.google.com/calendar/render?action=TEMPLATE' in page
    assert 'href="https://outlook.office.com/calendar/' in page
    other = an_experience(community)
    assert "Add to calendar" not in browser.get(address(other)).text.partition("<aside")[2].partition("</aside")[0]


def test_whoever_leads_is_neither_asked_to_take_a_seat_nor_sent_away(
    community: Community, browser: FlaskClient, teacher: Account
) -> None:
    open_to_all, invited = an_experience(community), an_experience(community, reach="invited")
    for one in (open_to_all, invited):
        one.facilitator_id = teacher.id
    db.session.commit()
    for one in (open_to_all, invited):
        page = browser.get(address(one)).text
        assert "You lead this" in page
        assert ("Take a seat" in page, "Seats here are for" in page) == (False, False)
    seat(open_to_all, teacher)
    assert "Give up my seat" in browser.get(address(open_to_all)).text


def test_staff_without_a_job_in_a_district_are_led_to_who_comes(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    experience = an_experience(community)
    sign_in(client, grant_permission(community, email="office@example.org", name="Coordinator", kind="staff"))
    page = client.get(address(experience)).text
    assert ("Staff add people under" in page, "Ask your district’s lead" in page) == (True, False)


def test_a_seat_in_a_series_says_that_it_is_for_all_its_dates(community: Community, browser: FlaskClient) -> None:
    series, day = an_experience(community, kind="series", starts=weekly(3)), an_experience(community)
    page = browser.get(address(series)).text
    assert ("Three sessions from" in page, "Take a seat in all three" in page) == (True, True)
    page = browser.get(address(day)).text
    assert ("sessions from" in page, "Take a seat in all" in page) == (False, False)


def test_more_people_than_seats_are_said(community: Community, client: FlaskClient) -> None:
    experience = an_experience(community, capacity=1)
    seat(experience, *people(community, 1))
    experience.sessions[0].pools[0].taken = 3
    db.session.commit()
    assert "2 more than there are seats" in client.get(address(experience)).text


def test_the_agenda_marks_a_request_and_a_seat_that_is_kept(
    community: Community, browser: FlaskClient, teacher: Account, clock: Clock
) -> None:
    offered_to(community, teacher, clock)
    seat(an_experience(community, needs_approval=True), teacher)
    page = browser.get("/example/agenda").text
    assert ("A seat is kept for you" in page, "A lead of your district is asked" in page) == (True, True)


def test_where_one_way_is_full_the_button_says_that_it_may_be_the_line(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    experience, [first, reader] = an_experience(community, mode="blended", capacity=1), people(community, 2)
    page = sign_in(client, reader).get(address(experience)).text
    assert "join the line" not in page
    take_seat(experience, first, by=first, mode="in_person")
    page = client.get(address(experience)).text
    assert ("Take a seat, or join the line" in page, "You join the line" in page) == (True, True)


# ── shares, changed dates, no way in ──


def test_seats_kept_for_the_readers_district_are_offered_to_them_only(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    district = a_district(community)
    ours, [theirs] = a_person(community, district), people(community, 1)
    experience = an_experience(community, capacity=2)
    share_seats(experience, 1, date(2026, 11, 1), by=theirs, district_id=district.id)
    seat(experience, *people(community, 1))
    page = sign_in(client, theirs).get(address(experience)).text
    assert ("Join the line" in page, "kept for people of your district" in page) == (True, False)
    page = sign_in(client, ours).get(address(experience)).text
    assert ("Take a seat" in page, "1 seat is kept for people of your district" in page) == (True, True)
    client.post(address(experience) + "/seat")
    assert (states(experience), miscounted()) == (["seated", "seated"], [])


def test_where_seats_are_left_what_is_kept_is_counted_for_whom_too(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    district, other = a_district(community), a_district(community)
    ours, [theirs] = a_person(community, district), people(community, 1)
    experience = an_experience(community, capacity=6)
    share_seats(experience, 1, date(2026, 11, 1), by=theirs, district_id=district.id)
    share_seats(experience, 2, date(2026, 11, 1), by=theirs, district_id=other.id)
    page = sign_in(client, ours).get(address(experience)).text
    assert "0 of 6 seats taken · 1 kept for your district or job · 2 seats are kept for others" in page
    page = sign_in(client, theirs).get(address(experience)).text
    assert "0 of 6 seats taken · 3 seats are kept for others" in page


def test_an_offer_in_the_room_keeps_nothing_for_the_reader_online(
    community: Community, browser: FlaskClient, teacher: Account, clock: Clock
) -> None:
    experience = an_experience(community, session_mode="blended", capacity=1)
    [first] = people(community, 1)
    theirs = take_seat(experience, first, by=first, mode="in_person")
    take_seat(experience, teacher, by=teacher, mode="in_person")
    share_seats(experience, 1, date(2026, 11, 2), by=first, role="principal", mode="online")
    clock("2026-11-01 15:00")
    give_up_seat(theirs, by=first)
    page = browser.get(address(experience)).text
    assert "0 of 1 seats taken, in person · 1 kept for you" in page
    assert "0 of 1 seats taken, online · 1 seat is kept for others" in page


def test_a_changed_date_is_asked_about_beside_the_seat(
    community: Community, browser: FlaskClient, teacher: Account
) -> None:
    experience = an_experience(community)
    seat(experience, teacher)
    to = experience.sessions[0].starts_at + timedelta(days=7)
    move_session(experience.sessions[0], to, to + timedelta(hours=6), reason="Snow.", by=teacher, asks="all")
    page = browser.get(address(experience)).text
    assert "Say whether the new date suits you" in page
    assert "Say whether the new date of" in browser.get("/my").text
    asked = page.partition("/seat/confirmation?change=")[2].partition('"')[0]
    browser.post(f"{address(experience)}/seat/confirmation?change={asked}", data={"answer": "yes"})
    assert "Say whether" not in browser.get(address(experience)).text + browser.get("/my").text


def test_a_full_way_is_not_offered_where_nobody_can_wait(community: Community, browser: FlaskClient) -> None:
    experience = an_experience(community, session_mode="blended", has_waitlist=False)
    for person in people(community, 3):
        take_seat(experience, person, by=person, mode="in_person")
    page = browser.get(address(experience)).text
    assert ('value="online"' in page, 'value="in_person"' in page) == (True, False)


def test_a_refusal_leads_on_to_what_else_is_on(community: Community, browser: FlaskClient) -> None:
    experience = an_experience(community, audience=["principal"])
    assert "See what else is on" in browser.get(address(experience)).text


def offered_to(community: Community, person: Account, clock: Clock) -> Experience:
    """A gathering whose one seat came free on the evening two days before: it is kept for this person."""
    [other] = people(community, 1)
    experience = an_experience(community, capacity=1)
    [first, _] = seat(experience, other, person)
    clock("2026-11-01 15:00")
    give_up_seat(first, by=other)
    return experience


def blended_community(experience: Experience) -> Community:
    return db.session.get_one(Community, experience.community_id)
