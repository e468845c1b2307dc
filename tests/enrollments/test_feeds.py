"""A person's private calendar: its address, what stands in it, and that a new address ends the old one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from portal.accounts.models import Account
from portal.agenda.operations import add_faculty
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.history import History, history_of
from portal.core.tokens import token_of
from portal.enrollments.attending_models import CalendarFeed
from portal.enrollments.calendar_queries import PURPOSE, feed_of
from portal.enrollments.changing import cancel_experience
from portal.enrollments.feeds import make_feed, renew_feed
from portal.enrollments.operations import give_up_seat
from tests.cohorts.rush import meet_at, no_lock
from tests.enrollments.builders import a_community, a_person, an_experience, people, seat, weekly
from tests.enrollments.calendars import read, stands

SignIn = Callable[[FlaskClient, Account], FlaskClient]
At = Callable[[str], datetime]
MINE = "/my/calendar"
FEEDS = "portal.enrollments.feeds"


pytestmark = pytest.mark.usefixtures("in_october")


def test_the_calendar_has_all_seats_of_the_person_in_every_community(
    community: Community, client: FlaskClient, teacher: Account
) -> None:
    other = a_community("other")
    seat(an_experience(community, title="Ours", starts=weekly(2)), teacher)
    seat(an_experience(other, title="Theirs", reach="anyone"), teacher)
    seat(an_experience(community, title="Of somebody else"), *people(community, 1))
    an_experience(community, title="Without a seat")
    found = [(one["SUMMARY"], one["STATUS"]) for one in read(client, address_of(teacher))]
    assert found == [("Ours", "CONFIRMED"), ("Theirs", "CONFIRMED"), ("Ours", "CONFIRMED")]


def test_who_waits_has_no_date_yet(community: Community, client: FlaskClient, teacher: Account) -> None:
    full = an_experience(community, title="Full", capacity=1)
    seat(full, *people(community, 1), teacher)
    assert stands(client, address_of(teacher)) == {}


def test_a_seat_that_was_given_up_stays_for_ninety_days_as_cancelled(
    community: Community, client: FlaskClient, teacher: Account, in_october: At
) -> None:
    [mine] = seat(an_experience(community, title="Fall"), teacher)
    address = address_of(teacher)
    [(_, before)] = stands(client, address).values()
    give_up_seat(mine, by=teacher)
    [(status, sequence)] = stands(client, address).values()
    assert (status, int(sequence) > int(before)) == ("CANCELLED", True)
    in_october("2026-12-29 09:00")
    assert list(stands(client, address)) == ["Fall"]
    in_october("2026-12-31 09:00")
    assert stands(client, address) == {}


def test_whoever_left_the_line_never_had_a_date(community: Community, client: FlaskClient, teacher: Account) -> None:
    _, mine = seat(an_experience(community, capacity=1), *people(community, 1), teacher)
    give_up_seat(mine, by=teacher)
    assert stands(client, address_of(teacher)) == {}


def test_whoever_leads_something_has_its_dates_too(community: Community, client: FlaskClient, teacher: Account) -> None:
    an_experience(community, title="As facilitator", facilitator_id=teacher.id)
    artist = add_faculty(community, slug="artist", title="Teaching artist")
    led = an_experience(community, title="As faculty")
    with transaction():
        artist.account_id = teacher.id
        led.faculty.append(artist)
    an_experience(community, title="Draft", facilitator_id=teacher.id, is_published=False)
    assert stands(client, address_of(teacher)) == {
        "As facilitator": ("CONFIRMED", "0"), "As faculty": ("CONFIRMED", "0"),
    }  # fmt: skip


def test_what_one_leads_and_has_a_seat_in_stands_there_once(
    community: Community, client: FlaskClient, teacher: Account
) -> None:
    [mine] = seat(an_experience(community, title="Both", facilitator_id=teacher.id), teacher)
    assert len(read(client, address_of(teacher))) == 1
    give_up_seat(mine, by=teacher)
    [event] = read(client, address_of(teacher))
    assert event["STATUS"] == "CONFIRMED"


def test_whoever_leads_what_they_had_a_seat_in_gets_a_later_version_and_never_an_earlier(
    community: Community, client: FlaskClient, teacher: Account, in_october: At
) -> None:
    experience = an_experience(community, title="Both")
    [mine] = seat(experience, teacher)
    give_up_seat(mine, by=teacher)
    [(_, gone)] = stands(client, address_of(teacher)).values()
    with transaction():
        experience.facilitator_id = teacher.id
    [(status, led)] = stands(client, address_of(teacher)).values()
    assert (status, int(led) > int(gone)) == ("CONFIRMED", True)
    in_october("2027-02-10 09:00")  # what was given up is forgotten after ninety days, and not the number
    assert stands(client, address_of(teacher)) == {"Both": ("CONFIRMED", led)}
    seat(other := an_experience(community, title="Next", starts=[clock.now() + timedelta(days=9)]), teacher)
    assert stands(client, address_of(teacher))[other.title][0] == "CONFIRMED"


def test_what_is_cancelled_says_so(community: Community, client: FlaskClient, teacher: Account) -> None:
    experience = an_experience(community, title="Fall")
    seat(experience, teacher)
    cancel_experience(experience, reason="Snow.", by=teacher)
    [(status, sequence)] = stands(client, address_of(teacher)).values()
    assert (status, int(sequence) > 0) == ("CANCELLED", True)


def test_it_needs_no_sign_in_and_reading_changes_nothing(
    community: Community, client: FlaskClient, teacher: Account
) -> None:
    seat(an_experience(community), teacher)
    address, before = address_of(teacher), count(History)
    answer = client.get(address)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert (client.head(address).status_code, count(History)) == (200, before)
    assert client.post(address).status_code == 405


def test_a_program_that_asks_again_is_told_that_nothing_changed(
    community: Community, client: FlaskClient, teacher: Account, in_october: At
) -> None:
    seat(an_experience(community), teacher)
    known = {"If-None-Match": client.get(address_of(teacher)).headers["ETag"]}
    in_october("2026-10-02 09:00")
    answer = client.get(address_of(teacher), headers=known)
    assert (answer.status_code, answer.data) == (304, b"")
    seat(an_experience(community), teacher)
    assert client.get(address_of(teacher), headers=known).status_code == 200


def test_it_asks_as_few_questions_for_two_hundred_dates_as_for_one(
    community: Community, client: FlaskClient, teacher: Account, count_queries: Any
) -> None:
    seat(an_experience(community), teacher)
    address = address_of(teacher)
    first = ask(client, address, count_queries)
    for _ in range(4):
        seat(an_experience(community, starts=weekly(50)), teacher)
    assert ask(client, address, count_queries) == first <= 4
    assert len(read(client, address)) == 201


def test_asking_twice_gives_the_same_address(teacher: Account) -> None:
    first = make_feed(teacher.id, by=teacher)
    token = token_of(first, PURPOSE)
    assert token_of(make_feed(teacher.id, by=teacher), PURPOSE) == token
    assert (count(CalendarFeed), [row.verb for row in history_of(first)]) == (1, ["make calendar"])


def test_two_presses_at_one_instant_make_one_address(
    teacher: Account, two_at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, FEEDS, "feed_of")
    made = pressed_at_once(teacher, two_at_once)
    assert (len(set(made)), count(CalendarFeed)) == (1, 1)


def test_without_the_lock_one_of_them_is_met_with_an_error(
    teacher: Account, two_at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, FEEDS, "feed_of", seconds=10)
    with no_lock(monkeypatch, FEEDS):
        made = pressed_at_once(teacher, two_at_once)
    assert any(isinstance(one, DBAPIError) for one in made)


def test_a_new_address_ends_the_old_one(client: FlaskClient, teacher: Account) -> None:
    old = address_of(teacher)
    renew_feed(teacher.id, by=teacher)
    new = address_of(teacher)
    assert old != new
    assert [client.get(address).status_code for address in (old, new)] == [404, 200]


@pytest.mark.parametrize("token", ["x" * 43, "", "..%2F", "a" * 3000])
def test_a_made_up_address_leads_nowhere(client: FlaskClient, teacher: Account, token: str) -> None:
    address_of(teacher)
    assert client.get(f"/calendar/{token}.ics").status_code == 404


def test_a_token_of_another_purpose_opens_no_calendar(client: FlaskClient, teacher: Account) -> None:
    address_of(teacher)
    feed = feed_of(teacher.id)
    assert feed is not None
    assert client.get(f"/calendar/{token_of(feed, 'invitation')}.ics").status_code == 404


def test_the_calendar_of_a_closed_account_is_closed(client: FlaskClient, teacher: Account) -> None:
    address = address_of(teacher)
    with transaction():
        teacher.disabled_at = clock.now()
    assert client.get(address).status_code == 404


def test_only_a_hash_of_the_address_is_stored(teacher: Account) -> None:
    token = address_of(teacher).split("/")[-1].removesuffix(".ics")
    feed = feed_of(teacher.id)
    assert feed is not None
    assert token not in {feed.token_hash, feed.token_salt}


def test_the_page_makes_the_address_and_a_new_one(client: FlaskClient, teacher: Account, sign_in: SignIn) -> None:
    sign_in(client, teacher)
    assert "Make my address" in client.get(MINE).text
    assert client.post(MINE).location == MINE
    first = address_on(client.get(MINE).text)
    assert client.get(first).status_code == 200
    again = client.post(f"{MINE}/renewal", headers={"HX-Request": "true"})
    assert "<html" not in again.text
    assert address_on(again.text) != first
    assert client.get(first).status_code == 404


def test_a_visitor_has_no_calendar_to_make(client: FlaskClient, app: Flask) -> None:
    assert client.get(MINE).status_code == 303
    assert client.post(MINE).status_code == 303
    assert client.post(f"{MINE}/renewal").status_code == 303
    assert count(CalendarFeed) == 0


def test_everybody_sees_their_own_address_only(client: FlaskClient, teacher: Account, sign_in: SignIn) -> None:
    address = address_of(teacher)
    sign_in(client, a_person())
    assert address not in client.get(MINE).text


def address_of(account: Account) -> str:
    return f"/calendar/{token_of(make_feed(account.id, by=account), PURPOSE)}.ics"


def address_on(page: str) -> str:
    """The path of the address that the page shows."""
    return "/calendar/" + page.split('value="http://127.0.0.1:8000/calendar/')[1].split('"')[0]


def pressed_at_once(account: Account, two_at_once: Callable[..., list[Any]]) -> list[Any]:
    number = account.id
    return two_at_once(lambda _: make_feed(number, by=db.session.get_one(Account, number)).id)


def ask(client: FlaskClient, address: str, count_queries: Any) -> int:
    with count_queries() as statements:
        client.get(address)
    return len(statements)


def count(table: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0
