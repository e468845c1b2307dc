"""The calendars of a community, of one experience and of one's own seat, as calendar programs read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.agenda.operations import create_agenda
from portal.communities.models import Community
from portal.communities.operations import refresh_public
from portal.core import clock
from portal.core.db import transaction
from portal.enrollments.calendar_queries import seat_entries
from portal.enrollments.calendars import events_of, google_link, outlook_link
from portal.enrollments.changing import cancel_experience, take_online
from portal.enrollments.operations import give_up_seat, take_seat
from tests.enrollments.builders import FALL, a_community, a_series, an_experience, people, seat, weekly
from tests.enrollments.calendars import read, stands

SignIn = Callable[[FlaskClient, Account], FlaskClient]
At = Callable[[str], datetime]
FEED = "/example/agenda.ics"
SECRET = "https://meet.example.org/secret-room"
HOUR = timedelta(hours=1)


pytestmark = pytest.mark.usefixtures("in_october")


def test_the_communitys_calendar_has_every_session_of_what_is_published(
    community: Community, client: FlaskClient
) -> None:
    an_experience(community, title="Series", starts=weekly(2))
    an_experience(community, title="Draft", is_published=False)
    an_experience(a_community("other"), title="Theirs")
    found = read(client, FEED)
    assert [(one["SUMMARY"], one["DTSTART"], one["STATUS"]) for one in found] == [
        ("Series", clock.local(start, "America/New_York"), "CONFIRMED") for start in weekly(2)
    ]
    assert len({one["UID"] for one in found}) == 2
    assert found[0]["LOCATION"] == "A member high school"
    assert found[0]["URL"].startswith("http://127.0.0.1:8000/example/agenda/gathering-")


def test_the_filters_of_the_list_make_a_calendar_of_their_own(community: Community, client: FlaskClient) -> None:
    an_experience(community, title="Para", kind="series", audience=["principal"])
    an_experience(community, title="Past", kind="series", starts=[FALL - timedelta(days=90)])
    an_experience(community, title="Pop", kind="pop_up", audience=["teacher"])
    assert list(stands(client, f"{FEED}?kind=series")) == ["Past", "Para"]
    assert list(stands(client, f"{FEED}?role=teacher&q=pop")) == ["Pop"]
    assert list(stands(client, f"{FEED}?kind=party")) == ["Past", "Para", "Pop"]
    assert f'href="{FEED}?kind=series"' in client.get("/example/agenda?kind=series").text


def test_it_is_called_as_the_community_calls_its_year(community: Community, client: FlaskClient) -> None:
    create_agenda(community, slug="2026-27", title="Learning agenda 2026–27", published_at=clock.now())
    assert "NAME:Learning agenda 2026–27\\, Example Community" in client.get(FEED).text


def test_a_program_that_asks_again_is_told_that_nothing_changed_until_something_did(
    community: Community, client: FlaskClient, in_october: At, count_queries: Any
) -> None:
    an_experience(community)
    known = {"If-None-Match": client.get(FEED).headers["ETag"]}
    with count_queries() as statements:
        again = client.get(FEED, headers=known)
    assert (again.status_code, again.data, len(statements)) == (304, b"", 1)
    in_october("2026-10-01 09:10")  # no longer kept, but the same
    assert client.get(FEED, headers=known).status_code == 304
    an_experience(community)
    assert client.get(FEED, headers=known).status_code == 200


def test_what_is_kept_for_others_is_a_calendar_too(community: Community, client: FlaskClient) -> None:
    experience = an_experience(community)
    for address in (FEED, f"{page(experience)}.ics"):
        first, second = client.get(address), client.get(address)
        assert first.data == second.data
        for name in ("Content-Type", "Content-Disposition", "ETag", "Cache-Control"):
            assert first.headers.get(name) == second.headers.get(name)
    assert client.get(f"{page(experience)}.ics").headers["Content-Disposition"].endswith(f'"{experience.slug}.ics"')


def test_an_address_that_somebody_made_up_does_not_stand_in_what_is_kept(
    community: Community, client: FlaskClient
) -> None:
    an_experience(community)
    assert b"mallory" not in client.get(FEED, headers={"Host": "mallory.example.org"}).data


def test_the_address_by_which_people_join_stands_in_no_calendar(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    experience, [teacher] = an_experience(community, mode="online", title="Online"), people(community, 1)
    with transaction():
        experience.sessions[0].join_url = SECRET
    seat(experience, teacher)
    sign_in(client, teacher)
    for address in (FEED, f"{page(experience)}.ics", f"{page(experience)}/seat/calendar.ics"):
        [event] = read(client, address)
        assert (event["LOCATION"], "How to join stands on its page" in event["DESCRIPTION"]) == ("Online", True)
        assert SECRET not in client.get(address).text.replace("\r\n ", "")


def test_the_place_of_what_is_private_is_known_to_those_with_a_seat(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    experience, [teacher] = an_experience(community, is_private=True, place="Room 12"), people(community, 1)
    seat(experience, teacher)
    sign_in(client, teacher)
    assert "LOCATION" not in read(client, FEED)[0]
    assert "LOCATION" not in read(client, f"{page(experience)}.ics")[0]
    assert read(client, f"{page(experience)}/seat/calendar.ics")[0]["LOCATION"] == "Room 12"


def test_what_is_cancelled_stays_for_ninety_days_as_cancelled(
    community: Community, client: FlaskClient, in_october: At
) -> None:
    experience = an_experience(community, title="Gone", starts=[FALL, FALL + timedelta(weeks=26)])
    an_experience(community, title="On")
    with transaction():
        experience.sessions[0].cancelled_at, experience.sessions[0].sequence = clock.now(), 1
        refresh_public(community.id)
    assert [(one["SUMMARY"], one["STATUS"], one["SEQUENCE"]) for one in read(client, FEED)] == [
        ("Gone", "CANCELLED", "1"), ("On", "CONFIRMED", "0"), ("Gone", "CONFIRMED", "0"),
    ]  # fmt: skip
    in_october("2026-12-30 12:00")
    assert [one["SUMMARY"] for one in read(client, FEED)] == ["On", "Gone"]


def test_an_experience_that_is_cancelled_is_cancelled_in_all_its_sessions(
    community: Community, client: FlaskClient
) -> None:
    experience, [one] = an_experience(community, starts=weekly(2)), people(community, 1)
    cancel_experience(experience, reason="Snow.", by=one)
    assert [one["STATUS"] for one in read(client, f"{page(experience)}.ics")] == ["CANCELLED", "CANCELLED"]


def test_what_was_over_a_year_ago_is_left_out(community: Community, client: FlaskClient) -> None:
    an_experience(community, title="Old", starts=[FALL - timedelta(days=500)])
    an_experience(community, title="Past", starts=[FALL - timedelta(days=200)])
    assert list(stands(client, FEED)) == ["Past"]


def test_a_session_in_another_zone_is_told_in_that_zone(community: Community, client: FlaskClient) -> None:
    experience = an_experience(community)
    with transaction():
        experience.sessions[0].time_zone = "America/Los_Angeles"
        refresh_public(community.id)
    [event] = read(client, FEED)
    assert str(event["DTSTART"].tzinfo) == "America/Los_Angeles"
    assert event["DTSTART"] == FALL


@pytest.mark.parametrize(
    "wall",
    ["2026-11-01 00:30", "2026-11-01 01:30-04:00", "2026-11-01 01:30-05:00", "2027-03-14 01:30", "2027-03-14 03:00"],
)
def test_a_session_in_the_night_when_the_clocks_change_is_right_to_the_minute(
    community: Community, client: FlaskClient, wall: str, in_october: At
) -> None:
    start = in_october(wall)
    in_october("2026-10-01 09:00")
    an_experience(community, starts=[start])
    [event] = read(client, FEED)
    assert (event["DTSTART"], event["DTEND"]) == (start, start + 6 * HOUR)


def test_a_calendar_of_many_asks_as_few_questions_as_of_one(
    community: Community, client: FlaskClient, count_queries: Any, in_october: At
) -> None:
    counts = []
    for minute in (1, 2):
        an_experience(community, starts=weekly(1 + 4 * (minute - 1)))
        in_october(f"2026-10-01 09:0{minute}")
        with count_queries() as statements:
            client.get(FEED)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 4


def test_a_seats_file_follows_what_becomes_of_the_seat(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    experience, [teacher] = an_experience(community, title="Mine", starts=weekly(2)), people(community, 1)
    [mine] = seat(experience, teacher)
    sign_in(client, teacher)
    address = f"{page(experience)}/seat/calendar.ics"
    before = read(client, address)
    assert [one["STATUS"] for one in before] == ["CONFIRMED", "CONFIRMED"]
    with transaction():
        experience.sessions[0].sequence += 1
    moved = read(client, address)
    assert int(moved[0]["SEQUENCE"]) == int(before[0]["SEQUENCE"]) + 1
    give_up_seat(mine, by=teacher)
    gone = read(client, address)
    assert [one["STATUS"] for one in gone] == ["CANCELLED", "CANCELLED"]
    assert [one["UID"] for one in gone] == [one["UID"] for one in before]
    assert all(int(new["SEQUENCE"]) > int(old["SEQUENCE"]) for new, old in zip(gone, moved, strict=True))
    seat(experience, teacher)
    again = read(client, address)
    assert [one["STATUS"] for one in again] == ["CONFIRMED", "CONFIRMED"]
    assert all(int(new["SEQUENCE"]) > int(old["SEQUENCE"]) for new, old in zip(again, gone, strict=True))


def test_a_seat_in_one_meeting_of_a_space_is_that_meetings_file(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    space = an_experience(community, kind="space", joined_by="session", starts=weekly(3))
    [teacher] = people(community, 1)
    meeting = space.sessions[1]
    take_seat(space, teacher, by=teacher, session=meeting)
    sign_in(client, teacher)
    address = f"{page(space)}/seat/calendar.ics"
    assert [one["DTSTART"] for one in read(client, f"{address}?session={meeting.id}")] == [meeting.starts_at]
    assert client.get(f"{address}?session={space.sessions[0].id}").status_code == 404


def test_what_is_held_in_one_way_is_told_so_whatever_the_rest_of_the_series_is(community: Community) -> None:
    series = a_series(community, "in_person", "blended", "online", place="Room 12")
    here, there = people(community, 2)
    places = [
        [(event.place, event.words.split(".")[0]) for event in events_of(seat_entries(mine.id), sees_place=True)]
        for mine in (
            take_seat(series, here, by=here, mode="in_person"),
            take_seat(series, there, by=there, mode="online"),
        )
    ]
    room, screen = ("Room 12", "In person"), ("Online", "Online")
    assert places == [[room, room, screen], [room, screen, screen]]


def test_a_seat_in_the_room_is_online_where_one_session_of_a_series_went_online(community: Community) -> None:
    series, [teacher] = a_series(community, "blended", "blended"), people(community, 1)
    mine = take_seat(series, teacher, by=teacher, mode="in_person")
    take_online(series.sessions[0], reason="Snow is coming.", by=teacher)
    found = [event.place for event in events_of(seat_entries(mine.id), sees_place=True)]
    assert found == ["Online", "A member high school"]


def test_whoever_has_no_seat_has_no_file(community: Community, client: FlaskClient, sign_in: SignIn) -> None:
    experience, [teacher, other] = an_experience(community), people(community, 2)
    seat(experience, teacher)
    address = f"{page(experience)}/seat/calendar.ics"
    assert client.get(address).status_code == 303
    assert sign_in(client, other).get(address).status_code == 404


def test_whoever_waits_or_asks_has_no_file_and_whoever_gave_up_a_seat_has_one(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    full, [first, teacher] = an_experience(community, capacity=1), people(community, 2)
    [had, _], asked = seat(full, first, teacher), an_experience(community, needs_approval=True)
    [mine] = seat(asked, teacher)
    sign_in(client, teacher)
    assert [client.get(f"{page(one)}/seat/calendar.ics").status_code for one in (full, asked)] == [404, 404]
    give_up_seat(mine, by=teacher)
    assert client.get(f"{page(asked)}/seat/calendar.ics").status_code == 404
    give_up_seat(had, by=first)
    assert [one["STATUS"] for one in read(client, f"{page(full)}/seat/calendar.ics")] == ["CONFIRMED"]
    assert [one["STATUS"] for one in read(sign_in(client, first), f"{page(full)}/seat/calendar.ics")] == ["CANCELLED"]


def test_what_is_not_published_has_no_calendar(community: Community, client: FlaskClient) -> None:
    drafted, theirs = an_experience(community, is_published=False), an_experience(a_community("other"))
    assert [client.get(f"/example/agenda/{one.slug}.ics").status_code for one in (drafted, theirs)] == [404, 404]


def test_links_put_a_session_into_a_calendar_on_the_web(community: Community) -> None:
    experience = an_experience(community, title="Fall & all", summary="A day, together.")
    [mine] = seat(experience, *people(community, 1))
    [event] = events_of(seat_entries(mine.id), sees_place=True)
    google = parse_qs(urlsplit(google_link(event)).query)
    outlook = parse_qs(urlsplit(outlook_link(event)).query)
    assert (google["text"], google["dates"]) == (["Fall & all"], ["20261103T133000Z/20261103T193000Z"])
    assert google["location"] == outlook["location"] == ["A member high school"]
    assert (outlook["startdt"], outlook["enddt"]) == (["2026-11-03T13:30:00Z"], ["2026-11-03T19:30:00Z"])
    assert page(experience) in google["details"][0]
    assert page(experience) in outlook["body"][0]


def page(experience: Experience) -> str:
    return f"/example/agenda/{experience.slug}"
