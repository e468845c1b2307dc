"""Finding one's way on the agenda: what is open, what has seats, who leads it, words, moved dates, months."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.agenda.models import Experience, Faculty, Session
from portal.agenda.operations import add_faculty, create_experience, publish_experience
from portal.agenda.planning_models import SessionChange
from portal.agenda.queries import find_faculty
from portal.communities.models import Community
from portal.communities.operations import add_roles, refresh_public
from portal.core import clock
from portal.core.db import db, transaction
from portal.districts.models import District
from portal.enrollments.changing import cancel_experience
from portal.enrollments.models import SeatHold
from portal.enrollments.operations import take_seat
from portal.enrollments.seating import keep
from tests.enrollments.builders import (
    FALL,
    a_community,
    a_district,
    a_person,
    an_experience,
    people,
    seat,
    weekly,
)

SignIn = Callable[[FlaskClient, Account], FlaskClient]
At = Callable[[str], datetime]
LIST = "/example/agenda"


pytestmark = pytest.mark.usefixtures("in_october")


def test_open_to_me_leaves_out_what_is_for_others_or_over(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    [teacher] = people(community, 1)
    for title, fields in {
        "Open": {},
        "Line": {"capacity": 0},
        "Later": {"opens_at": FALL - timedelta(days=9)},
        "No line": {"capacity": 0, "has_waitlist": False},
        "Others": {"audience": ["principal"]},
        "Invited": {"reach": "invited"},
        "Closed": {"closes_at": FALL - timedelta(days=40)},
        "Gone": {"cancelled_at": FALL - timedelta(days=40)},
    }.items():
        an_experience(community, title=title, **fields)
    assert titles(sign_in(client, teacher).get(f"{LIST}?open=1").text) == ["Open", "Line", "Later"]
    assert 'id="f-open" name="open" value="1" checked' in client.get(f"{LIST}?open=1").text


def test_a_visitor_who_was_sent_the_address_sees_what_is_not_cancelled(
    community: Community, client: FlaskClient
) -> None:
    an_experience(community, title="On")
    an_experience(community, title="Gone", cancelled_at=FALL - timedelta(days=40))
    page = client.get(f"{LIST}?open=1").text
    assert titles(page) == ["On"]
    assert 'name="open"' not in page


def test_what_has_seats_has_one_for_whoever_asks_now(community: Community, client: FlaskClient) -> None:
    free, full = an_experience(community, title="Free"), an_experience(community, title="Full", capacity=1)
    kept = an_experience(community, title="Kept", capacity=2)
    over = an_experience(community, title="Room gone, online left", mode="blended", capacity=1)
    series = an_experience(community, title="One date is full", capacity=2, starts=weekly(2))
    seat(free, *people(community, 1))
    seat(full, *people(community, 2))
    [early] = people(community, 1)
    take_seat(over, early, by=early, mode="in_person")
    with transaction():
        keep([kept.sessions[0].pools[0].id], 2)
        series.sessions[1].pools[0].capacity = 0
        refresh_public(community.id)
    assert titles(client.get(f"{LIST}?seats=1").text) == ["Free", "Room gone, online left"]


def test_a_free_seat_for_which_somebody_waits_is_not_had_by_asking(community: Community, client: FlaskClient) -> None:
    full = an_experience(community, title="Full", capacity=1)
    seat(full, *people(community, 2))
    with transaction():
        full.sessions[0].pools[0].capacity = 2
        refresh_public(community.id)
    assert titles(client.get(f"{LIST}?seats=1").text) == []


def test_a_share_of_the_seats_counts_for_those_for_whom_it_is_kept(
    community: Community, client: FlaskClient, sign_in: SignIn, in_october: At
) -> None:
    mine, theirs = a_district(community), a_district(community)
    experience = an_experience(community, title="Shared", capacity=2)
    share(experience, 2, district=mine)
    assert titles(client.get(f"{LIST}?seats=1").text) == []
    sign_in(client, a_person(community, theirs))
    page = client.get(LIST).text
    assert titles(client.get(f"{LIST}?seats=1").text) == []
    assert "Full, you can wait in line" in page
    assert "0 of 2 seats taken · 2 seats are kept" in page
    sign_in(client, a_person(community, mine))
    assert "Open to you" in client.get(LIST).text
    assert titles(client.get(f"{LIST}?seats=1").text) == ["Shared"]
    in_october("2026-10-20 09:00")  # the share is over, whoever has yet to give it to the line
    assert titles(client.get(f"{LIST}?seats=1").text) == []


def test_a_share_for_a_role_counts_for_that_role(community: Community, client: FlaskClient, sign_in: SignIn) -> None:
    experience, [teacher], [principal] = (
        an_experience(community, title="Shared", capacity=1),
        people(community, 1),
        people(community, 1, role="principal"),
    )
    share(experience, 1, role="principal")
    assert titles(sign_in(client, teacher).get(f"{LIST}?seats=1").text) == []
    assert titles(sign_in(client, principal).get(f"{LIST}?seats=1").text) == ["Shared"]


@pytest.mark.parametrize(
    "query, found",
    [
        ("q=dialogue", ["Circles"]),
        ("q=science", ["Books"]),
        ("q=sceince", ["Books"]),
        ("q=drumming", ["Circles"]),
        ("q=counselors", ["Books"]),
        ("q=principal+reading", []),
        ("q=cirlces", ["Circles"]),
        ("q=artist", ["Circles"]),
        ("q=reading+aloud", ["Books"]),
        ("q=nothing+of+this", []),
        ("q=", ["Circles", "Books"]),
        ("faculty=artist", ["Circles"]),
        ("faculty=nobody", ["Circles", "Books"]),
        ("faculty=%27--", ["Circles", "Books"]),
        ("q=" + "x" * 5000, []),
        ("q=%3Cscript%3E", []),
    ],
)
def test_words_and_people_are_found(community: Community, client: FlaskClient, query: str, found: list[str]) -> None:
    led(community, "Circles", summary="A day of dialogue.")
    with transaction():
        db.session.query(Faculty).one().topics = ["drumming"]
    add_roles(community, [("counselor", "School counselor", "district")])
    an_experience(
        community, title="Books", summary="Reading aloud with families.", audience=["counselor"],
        pdp={"topic": "The science of reading"},
    )  # fmt: skip
    page = client.get(f"{LIST}?{query}")
    assert (page.status_code, titles(page.text)) == (200, found)
    assert "<script>" not in page.text


def test_the_ways_to_show_it_keep_the_filters(community: Community, client: FlaskClient) -> None:
    an_experience(community)
    page = client.get(f"{LIST}?kind=gathering&seats=1&q=gath").text
    assert f'href="{LIST}?q=gath&amp;kind=gathering&amp;seats=1&amp;view=month"' in page
    page = client.get(f"{LIST}?kind=gathering&view=month&month=2026-11").text
    assert f'href="{LIST}?kind=gathering"' in page
    assert f'href="{LIST}?kind=gathering&amp;view=month&amp;month=2026-12"' in page


def test_a_session_that_is_cancelled_is_not_the_next_one(community: Community, client: FlaskClient) -> None:
    experience = an_experience(community, title="Series", kind="series", starts=weekly(3))
    with transaction():
        experience.sessions[0].cancelled_at = clock.now()
        refresh_public(community.id)
    page = client.get(LIST).text
    assert 'datetime="2026-11-10"' in page
    assert "Series, 1 of 2" in page


def test_when_every_session_is_cancelled_so_is_the_row(community: Community, client: FlaskClient) -> None:
    experience = an_experience(community, title="Gone")
    with transaction():
        experience.sessions[0].cancelled_at = clock.now()
        refresh_public(community.id)
    assert "Cancelled" in client.get(LIST).text
    assert titles(client.get(f"{LIST}?seats=1").text) == []


def test_a_date_that_was_moved_says_from_when(community: Community, client: FlaskClient) -> None:
    experience = an_experience(community, title="Moved")
    move(experience.sessions[0], timedelta(weeks=2))
    page = client.get(LIST).text
    assert 'datetime="2026-11-17"' in page
    assert re.search(r"moved from <time[^>]*>Tue, Nov\u00a03, 2026</time>", page)


def test_a_month_has_its_weeks_and_each_session_on_its_day(community: Community, client: FlaskClient) -> None:
    an_experience(community, title="Series", starts=weekly(5))
    an_experience(community, title="Draft", is_published=False)
    an_experience(a_community("other"), title="Theirs")
    page = client.get(f"{LIST}?view=month&month=2026-11").text
    assert days_of(page) == {f"2026-11-{day:02}": ["Series"] for day in (3, 10, 17, 24)}
    assert page.count("<tr>") == 6  # the days' names, and five weeks
    assert "4\u00a0dates" in page
    assert days_of(client.get(f"{LIST}?view=month&month=2026-12").text) == {"2026-12-01": ["Series"]}
    assert "Nothing is on in this month." in client.get(f"{LIST}?view=month&month=2026-10").text


def test_the_day_is_the_communitys_own(client: FlaskClient, app: Flask) -> None:
    west = a_community("west", time_zone="America/Los_Angeles")
    an_experience(west, title="Late", starts=[clock.to_utc(datetime(2026, 10, 31, 23), "America/Los_Angeles")])
    assert days_of(client.get("/west/agenda?view=month&month=2026-10").text) == {"2026-10-31": ["Late"]}
    assert days_of(client.get("/west/agenda?view=month&month=2026-11").text) == {}


def test_a_moved_date_stays_on_its_old_day_as_moved(community: Community, client: FlaskClient) -> None:
    experience = an_experience(community, title="Moved")
    move(experience.sessions[0], timedelta(weeks=5))
    page = client.get(f"{LIST}?view=month&month=2026-11").text
    assert days_of(page) == {"2026-11-03": ["Moved"]}
    assert "Moved to" in page
    page = client.get(f"{LIST}?view=month&month=2026-12").text
    assert days_of(page) == {"2026-12-08": ["Moved"]}
    assert "Moved to" not in page


def test_what_is_cancelled_says_so_in_the_month(community: Community, client: FlaskClient) -> None:
    experience = an_experience(community, title="Series", starts=weekly(2))
    with transaction():
        experience.sessions[0].cancelled_at = clock.now()
        refresh_public(community.id)
    page = client.get(f"{LIST}?view=month&month=2026-11").text
    assert page.count('<span class="fine">Cancelled</span>') == 1


def test_the_filters_narrow_the_month_too(community: Community, client: FlaskClient) -> None:
    an_experience(community, title="Ours")
    an_experience(community, title="Pop", kind="pop_up")
    page = client.get(f"{LIST}?view=month&month=2026-11&kind=pop_up").text
    assert days_of(page) == {"2026-11-03": ["Pop"]}
    assert "that fits" in client.get(f"{LIST}?view=month&month=2026-12&kind=pop_up").text


@pytest.mark.parametrize(
    "month, shown",
    [("2026-09", "September 2026"), ("2028-10", "October 2028"), ("2028-11", "October 2026"),
     ("1999-01", "October 2026"), ("2026-13", "October 2026"), ("x", "October 2026"),
     ("2025-10", "October 2025"), ("2025-09", "October 2026")],
)  # fmt: skip
def test_calendars_reach_a_year_back_and_two_ahead(
    community: Community, client: FlaskClient, month: str, shown: str
) -> None:
    page = client.get(f"{LIST}?view=month&month={month}")
    page = client.get(page.location) if page.status_code == 303 else page
    assert month_name(page.text) == shown


def test_the_month_opens_on_the_next_date_that_fits(community: Community, client: FlaskClient, in_october: At) -> None:
    an_experience(community, starts=[FALL - timedelta(days=40)])
    an_experience(community, kind="series", starts=[FALL, FALL + timedelta(weeks=4)])
    an_experience(community, kind="pop_up", starts=[FALL + timedelta(weeks=10)])
    an_experience(community, starts=[FALL - timedelta(days=20)], cancelled_at=FALL - timedelta(days=40))
    assert month_name(client.get(f"{LIST}?view=month").text) == "November 2026"
    assert month_name(client.get(f"{LIST}?kind=pop_up&view=month").text) == "January 2027"
    assert month_name(client.get(f"{LIST}?kind=space&view=month").text) == "October 2026"
    in_october("2026-11-04 09:00")
    assert month_name(client.get(f"{LIST}?view=month").text) == "December 2026"


def test_the_month_marks_what_is_the_readers_own_and_nobody_elses(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    [mine, other] = people(community, 2)
    series = an_experience(community, title="Series", starts=weekly(2))
    space = an_experience(community, title="Space", kind="space", joined_by="session", starts=weekly(2))
    seat(series, mine)
    take_seat(space, mine, by=mine, session=space.sessions[1])
    with transaction():
        series.sessions[0].cancelled_at = clock.now()
        refresh_public(community.id)
    page = sign_in(client, mine).get(f"{LIST}?view=month&month=2026-11").text
    assert [(day, page_of_day(page, day).count("You have a seat")) for day in (3, 10)] == [(3, 0), (10, 2)]
    page = sign_in(client, other).get(f"{LIST}?view=month&month=2026-11").text
    assert ("Series" in page, "You have a seat" in page, "<!--mine" in page) == (True, False, False)


def test_days_that_are_over_step_back(
    community: Community, client: FlaskClient, sign_in: SignIn, in_october: At
) -> None:
    series = an_experience(community, title="Series", starts=weekly(3))
    [mine] = people(community, 1)
    seat(series, mine)
    in_october("2026-11-10 20:00")
    page = sign_in(client, mine).get(f"{LIST}?view=month&month=2026-11").text
    assert ["You had a seat" in page_of_day(page, day) for day in (3, 10, 17)] == [True, False, False]
    assert ["You have a seat" in page_of_day(page, day) for day in (3, 10, 17)] == [False, True, True]
    assert [bool(re.search(f'<td class="past"><time datetime="2026-11-{day:02}"', page)) for day in (3, 10, 17)] == [
        True, False, False,
    ]  # fmt: skip
    assert '<td class="bare past"><time datetime="2026-11-09"' in page


def test_today_is_marked(community: Community, client: FlaskClient) -> None:
    page = client.get(f"{LIST}?view=month").text
    assert re.findall(r'aria-current="date"><time datetime="(.*?)"', page) == ["2026-10-01"]


def test_a_month_asks_as_few_questions_for_thirty_as_for_one(
    community: Community, client: FlaskClient, count_queries: Any, in_october: At
) -> None:
    counts = []
    for minute in (1, 2):
        in_october(f"2026-10-01 09:0{minute}")
        for number in range(1 if minute == 1 else 29):
            an_experience(community, starts=weekly(1 + number % 4))
        with count_queries() as statements:
            client.get(f"{LIST}?view=month&month=2026-11")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_a_visitors_month_is_kept(community: Community, client: FlaskClient, count_queries: Any) -> None:
    an_experience(community)
    first = client.get(f"{LIST}?view=month&month=2026-11")
    assert "Set-Cookie" not in first.headers
    with count_queries() as statements:
        again = client.get(f"{LIST}?view=month&month=2026-11", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, len(statements)) == (304, 1)


def test_who_leads_it_has_a_page_with_what_is_coming_and_what_is_over(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    led(community, "Circles", bio="Works with **drums**.")
    led(community, "Last year", starts=FALL - timedelta(days=200))
    an_experience(community, title="Somebody else’s")
    page = client.get("/example/faculty/artist").text
    assert titles(page) == ["Circles", "Last year"]
    assert "<strong>drums</strong>" in page
    assert "Coming up" in page
    assert "Behind us" in page
    [teacher] = people(community, 1)
    assert "Open to you" in sign_in(client, teacher).get("/example/faculty/artist").text


def test_everybody_who_leads_something_stands_in_one_list(community: Community, client: FlaskClient) -> None:
    assert "Nobody is named yet." in client.get("/example/faculty").text
    led(community, "Circles")
    add_faculty(community, slug="new", title="Not on the agenda yet")
    page = client.get("/example/faculty").text
    assert 'href="/example/faculty/artist">Teaching artist</a>' in page
    assert "Next: Circles" in page
    assert "Not on the agenda yet" not in page


def test_whoever_leads_from_afar_reads_the_hour_where_they_are(community: Community, client: FlaskClient) -> None:
    artist = add_faculty(community, slug="artist", title="Teaching artist")
    led(community, "Circles")
    assert "Where they are" not in client.get(f"{LIST}/circles").text
    with transaction():
        artist.time_zone = "Europe/London"
        refresh_public(community.id)
    made = led(community, "Afar")
    page = client.get(f"{LIST}/{made.slug}").text
    assert "8:30–10:30\u00a0AM\u00a0ET" in page
    assert "1:30–3:30\u00a0PM\u00a0GMT" in page
    assert 'href="/example/faculty/artist"' in page


def test_faculty_of_another_community_are_not_there(community: Community, client: FlaskClient) -> None:
    add_faculty(a_community("other"), slug="artist", title="Theirs")
    assert client.get("/example/faculty/artist").status_code == 404


def led(community: Community, title: str, *, starts: datetime = FALL, summary: str = "", bio: str = "") -> Experience:
    """A gathering that the teaching artist leads."""
    artist = find_faculty(community.id, "artist") or add_faculty(community, slug="artist", title="Teaching artist")
    if bio:
        with transaction():
            artist.bio = bio
    fields = {"slug": title.lower().replace(" ", "-"), "title": title, "kind": "gathering", "mode": "in_person"}
    session = {"starts_at": starts, "ends_at": starts + timedelta(hours=2)}
    made = create_experience(community, None, {**fields, "capacity": 3, "summary": summary}, [session], [artist])
    publish_experience(made)
    return made


def share(experience: Experience, seats: int, *, district: District | None = None, role: str = "") -> None:
    """Keep so many seats until October 15 for people of a district, or of a role."""
    with transaction():
        hold = SeatHold(
            community_id=experience.community_id, experience_id=experience.id, kind="role" if role else "district",
            district_id=district.id if district else None, role=role, seats=seats, remaining=seats,
            until=clock.now() + timedelta(days=14), made_at=clock.now(),
        )  # fmt: skip
        db.session.add(hold)
        keep([pool.id for session in experience.sessions for pool in session.pools], seats)
        refresh_public(experience.community_id)


def move(session: Session, by: timedelta) -> None:
    with transaction():
        change = SessionChange(
            session_id=session.id, kind="moved", old_starts_at=session.starts_at, old_ends_at=session.ends_at,
            old_mode=session.mode, at=clock.now(),
        )  # fmt: skip
        db.session.add(change)
        session.starts_at, session.ends_at = session.starts_at + by, session.ends_at + by
        refresh_public(session.experience.community_id)


def titles(page: str) -> list[str]:
    return [found.replace("&#39;", "’") for found in re.findall(r"<h3><a [^>]*>(.*?)</a>", page)]


def month_name(page: str) -> str:
    return re.findall(r'<h2 id="month-name">(.*?)</h2>', page)[0]


def page_of_day(page: str, day: int) -> str:
    """What stands on this day of November."""
    return re.findall(rf'<time datetime="2026-11-{day:02}">.*?</td>', page, re.DOTALL)[0]


def days_of(page: str) -> dict[str, list[str]]:
    """What the month shows on each day."""
    cells = re.findall(r'<td[^>]*><time datetime="(.*?)">(.*?)</td>', page, re.DOTALL)
    return {day: found for day, cell in cells if (found := re.findall(r"<li[^>]*><a [^>]*>(.*?)</a>", cell))}


def test_what_is_cancelled_says_so_also_to_those_who_had_a_seat(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    [teacher] = people(community, 1)
    experience = an_experience(community, title="Gone", capacity=1)
    seat(experience, teacher)
    cancel_experience(experience, reason="The hall burned down.", by=teacher)
    page = sign_in(client, teacher).get(LIST).text
    assert [words in page for words in ("Cancelled", "You have a seat", "seats taken")] == [True, False, False]
    assert "seats taken" not in client.get(f"{LIST}/{experience.slug}").text


def test_seats_are_those_that_the_reader_can_take_now(
    community: Community, client: FlaskClient, sign_in: SignIn, app: Flask
) -> None:
    for title, fields in {
        "Open": {},
        "Later": {"opens_at": FALL - timedelta(days=9)},
        "Others": {"audience": ["principal"]},
        "Closed": {"closes_at": FALL - timedelta(days=40)},
        "Full": {"capacity": 0},
    }.items():
        an_experience(community, title=title, **fields)
    [teacher] = people(community, 1)
    asked = f"{LIST}?seats=1"
    assert titles(sign_in(client, teacher).get(asked).text) == ["Open"]
    assert titles(app.test_client().get(asked).text) == ["Open", "Others"]


def test_what_staff_put_in_no_part_of_the_year_is_in_that_of_its_next_date(
    community: Community, client: FlaskClient
) -> None:
    an_experience(community, title="By its date", starts=[FALL], quarter="")
    an_experience(community, title="As staff say", starts=[FALL], quarter="winter")
    found = {part: titles(client.get(f"{LIST}?quarter={part}").text) for part in ("fall", "winter", "spring")}
    assert found == {"fall": ["By its date"], "winter": ["As staff say"], "spring": []}
