"""The agenda: each experience once, at its next date, found by filters, and marked for its reader."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.agenda.operations import add_faculty, create_agenda
from portal.communities.models import Community
from portal.core.access import gate_of
from portal.enrollments.operations import take_seat
from tests.enrollments.builders import FALL, a_community, a_person, a_series, an_experience, people, seat, weekly

SignIn = Callable[[FlaskClient, Account], FlaskClient]
LIST = "/example/agenda"


pytestmark = pytest.mark.usefixtures("in_october")


def test_experiences_stand_under_their_months_by_their_next_date(
    community: Community, client: FlaskClient, in_october: Callable[[str], datetime]
) -> None:
    an_experience(community, title="December", starts=[FALL + timedelta(weeks=5)])
    an_experience(
        community, title="Series", kind="series", starts=[FALL - timedelta(weeks=1), FALL + timedelta(weeks=2)]
    )
    an_experience(community, title="November")
    assert outline(client.get(LIST).text) == [
        "October 2026",
        "Series",
        "November 2026",
        "November",
        "December 2026",
        "December",
    ]
    in_october("2026-10-28 09:00")
    page = client.get(LIST).text
    assert outline(page) == ["November 2026", "November", "Series", "December 2026", "December"]
    assert "Series, 2 of 2 · 8:30\u00a0AM–2:30\u00a0PM" in page


def test_a_mixed_series_is_marked_by_its_next_date(
    community: Community, client: FlaskClient, in_october: Callable[[str], datetime]
) -> None:
    a_series(community, "in_person", "online")
    ways = re.compile(r'class="extra"><span class="st">.*?<span>(.*?)</span>', re.DOTALL)
    assert ways.findall(client.get(LIST).text) == ["In person"]
    in_october("2026-11-04 09:00")
    assert ways.findall(client.get(LIST).text) == ["Online"]


def test_the_month_is_the_communitys_own(client: FlaskClient, app: Flask) -> None:
    west = a_community("west", time_zone="America/Los_Angeles")
    an_experience(west, title="Late", starts=[datetime(2026, 11, 1, 5, tzinfo=UTC)])
    assert outline(client.get("/west/agenda").text) == ["October 2026", "Late"]


def test_two_communities_that_changed_as_often_show_each_its_own(
    community: Community, client: FlaskClient, app: Flask
) -> None:
    other = a_community("other")
    an_experience(community, title="Ours")
    an_experience(other, title="Theirs")
    assert community.public_version == other.public_version
    assert outline(client.get(LIST).text) == ["November 2026", "Ours"]
    assert outline(client.get("/other/agenda").text) == ["November 2026", "Theirs"]


def test_what_is_over_stands_under_earlier_this_year(
    community: Community, client: FlaskClient, in_october: Callable[[str], datetime]
) -> None:
    an_experience(community, title="First", starts=[FALL])
    an_experience(community, title="Second", starts=[FALL + timedelta(days=1)])
    in_october("2026-11-04 20:00")
    assert outline(client.get(LIST).text) == []
    assert 'href="/example/agenda?past=1"' in client.get(LIST).text
    assert outline(client.get(f"{LIST}?past=1").text) == ["November 2026", "Second", "First"]
    in_october("2027-11-20 09:00")
    assert outline(client.get(f"{LIST}?past=1").text) == []


@pytest.mark.parametrize(
    "query, titles",
    [
        ("kind=series", ["Para"]),
        ("kind=pop_up", ["Pop"]),
        ("mode=online", ["Pop", "Blend"]),
        ("mode=in_person", ["Para", "Blend"]),
        ("quarter=winter", ["Blend"]),
        ("role=principal", ["Pop", "Blend"]),
        ("role=teacher", ["Para", "Pop"]),
        ("role=teacher&kind=series", ["Para"]),
        ("kind=party&mode=telepathy&quarter=fifth&page=x", ["Para", "Pop", "Blend"]),
        ("kind=&mode=&quarter=&role=", ["Para", "Pop", "Blend"]),
        ("page=99", ["Para", "Pop", "Blend"]),
        ("page=99999999999999999999", ["Para", "Pop", "Blend"]),
        ("kind=space", []),
    ],
)
def test_a_filter_is_an_address_that_can_be_shared(
    community: Community, client: FlaskClient, query: str, titles: list[str]
) -> None:
    an_experience(community, title="Para", kind="series", audience=["teacher"])
    an_experience(community, title="Pop", kind="pop_up", mode="online")
    an_experience(community, title="Blend", mode="blended", quarter="winter", audience=["principal"])
    page = client.get(f"{LIST}?{query}")
    page = client.get(page.location) if page.status_code == 303 else page
    assert page.status_code == 200
    assert [line for line in outline(page.text) if line != "November 2026"] == titles
    assert f"{len(titles)} of 3 shown" in page.text


def test_words_that_nobody_knows_are_as_good_as_none_and_do_not_fill_the_shelf(
    app: Flask, community: Community, client: FlaskClient
) -> None:
    an_experience(community, audience=["teacher"])
    shelf = app.extensions["kept_fragments"]
    assert "1 of 1 shown" in client.get(LIST).text
    before = len(shelf)
    for word in ("nobody", "no-one", "somebody"):
        for name in ("role", "faculty", "kind", "quarter"):
            assert "1 of 1 shown" in client.get(f"{LIST}?{name}={word}").text
        assert b"BEGIN:VEVENT" in client.get(f"{LIST}.ics?role={word}").data
    assert len(shelf) == before


@pytest.mark.parametrize(
    "asked, there",
    [
        ("page=99", ""), ("kind=gathering&page=2", "?kind=gathering"), ("past=1&page=7", "?past=1"),
        ("view=month&month=2099-01", "?view=month"), ("seats=1&view=month&month=2001-01", "?seats=1&view=month"),
    ],
)  # fmt: skip
def test_a_page_or_a_month_that_there_is_not_leads_to_one_that_there_is(
    community: Community, client: FlaskClient, asked: str, there: str
) -> None:
    an_experience(community)
    answer = client.get(f"{LIST}?{asked}")
    assert (answer.status_code, answer.location) == (303, f"{LIST}{there}")
    assert client.get(answer.location).status_code == 200


def test_addresses_without_end_push_nothing_off_the_shelf(
    app: Flask, community: Community, client: FlaskClient
) -> None:
    an_experience(community)
    pages, parts = app.extensions["kept_pages"], app.extensions["kept_fragments"]
    for address in ("", "?view=month", "?kind=gathering"):
        assert "ETag" in client.get(LIST + address).headers
    before = (len(pages), len(parts))
    for number in range(2, 12):
        more = (f"page={number}", f"view=month&page={number}", f"q=word{number}", f"x={number}", f"month=2026-{number}")
        for asked in (*more, f"view=month&month=20{number + 40}-01", f"view=month&month={number}"):
            assert client.get(f"{LIST}?{asked}").status_code in {200, 303}
    assert (len(pages), len(parts)) == before


def test_no_door_keeps_what_it_was_asked_beside_its_address(
    app: Flask, community: Community, client: FlaskClient
) -> None:
    found = an_experience(community)
    rules = [rule for rule in app.url_map.iter_rules() if gate_of(app, rule.endpoint) == "kept"]
    leader = add_faculty(community, slug="a-leader", title="A Leader")
    names = {"community": community.slug, "experience": found.slug, "person": leader.slug}
    with app.test_request_context():
        addresses = [
            url_for(rule.endpoint, **{name: names[name] for name in rule.arguments})
            for rule in rules
            if rule.arguments <= names.keys()
        ]
    assert {f"{LIST}.ics", f"{LIST}/{found.slug}", f"{LIST}/{found.slug}.ics", "/example/faculty"} <= set(addresses)
    answers = [client.get(address) for address in addresses]
    assert [(one.status_code, "ETag" in one.headers) for one in answers] == [(200, True)] * len(addresses)
    pages = app.extensions["kept_pages"]
    before = len(pages)
    for asked in ("q=word", "x=1", "kind=series&kind=series", "kind=%73eries", "view=month&x=1"):
        for address in addresses:
            assert client.get(f"{address}?{asked}").status_code == 200
    for more in (
        {"HX-Request": "word"},
        {"HX-Request": "true", "HX-Request-Type": "word"},
        {"HX-Request-Type": "full"},
    ):
        for address in addresses:
            assert client.get(address, headers=more).status_code == 200
    assert len(pages) == before


def test_the_filters_of_a_calendar_are_kept_as_those_of_the_list(
    app: Flask, community: Community, client: FlaskClient
) -> None:
    an_experience(community)
    for address in (f"{LIST}?kind=gathering&mode=online", f"{LIST}.ics?kind=gathering&mode=online"):
        before = len(app.extensions["kept_pages"])
        client.get(address)
        assert len(app.extensions["kept_pages"]) == before + 1


def test_an_address_of_bytes_that_are_no_words_is_refused(community: Community, client: FlaskClient) -> None:
    answer = client.get(LIST, environ_overrides={"QUERY_STRING": "kind=\xff"})
    assert answer.status_code == 400


def test_the_chosen_filters_stay_chosen(community: Community, client: FlaskClient) -> None:
    page = client.get(f"{LIST}?kind=series&role=principal").text
    assert '<option value="series" selected>' in page
    assert '<option value="principal" selected>' in page
    assert '<details class="filters" open>' in page


def test_nothing_to_show_says_what_to_do(community: Community, client: FlaskClient) -> None:
    assert "Nothing is on the agenda yet." in client.get(LIST).text
    an_experience(community)
    assert "Try fewer filters." in client.get(f"{LIST}?kind=space").text


def test_drafts_and_other_communities_do_not_show(community: Community, client: FlaskClient) -> None:
    an_experience(community, is_published=False)
    an_experience(a_community("other"))
    assert outline(client.get(LIST).text) == []


def test_the_year_is_called_as_the_community_calls_it(community: Community, client: FlaskClient) -> None:
    create_agenda(community, slug="2026-27", title="Learning agenda 2026–27", published_at=FALL - timedelta(days=90))
    create_agenda(community, slug="2027-28", title="Still a draft")
    assert "<h1>Learning agenda 2026–27</h1>" in client.get(LIST).text


def test_a_reader_sees_what_is_theirs_and_what_is_open(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    [teacher], others = people(community, 1), people(community, 2)
    held, full = an_experience(community, title="Held"), an_experience(community, title="Full", capacity=1)
    an_experience(community, title="Open")
    an_experience(community, title="Shut", audience=["principal"])
    an_experience(community, title="Gone", cancelled_at=FALL - timedelta(days=40))
    seat(full, *others)
    seat(held, teacher)
    seat(full, teacher)
    marks = marks_of(sign_in(client, teacher).get(LIST).text)
    assert marks == {
        "Held": ("", "You have a seat"), "Full": ("", "You are 2nd in line"), "Open": ("", "Open to you"),
        "Shut": (" shut", "For principals"), "Gone": (" shut", "Cancelled"),
    }  # fmt: skip


def test_a_row_says_when_one_cannot_sign_up_now(
    community: Community, client: FlaskClient, sign_in: SignIn, in_october: Callable[[str], datetime]
) -> None:
    [teacher] = people(community, 1)
    an_experience(community, title="Begun", starts=weekly(2, FALL - timedelta(weeks=5)))
    an_experience(
        community, title="Meets", kind="space", joined_by="session", starts=weekly(2, FALL - timedelta(weeks=5))
    )
    an_experience(community, title="Closed", closes_at=FALL - timedelta(weeks=5))
    an_experience(community, title="Later", opens_at=FALL)
    an_experience(community, title="Full", capacity=0)
    assert marks_of(sign_in(client, teacher).get(LIST).text) == {
        "Begun": (" shut", "Sign-up is over"), "Meets": ("", "Open to you"), "Closed": (" shut", "Sign-up is over"),
        "Later": ("", "Sign-up opens later"), "Full": ("", "Full, you can wait in line"),
    }  # fmt: skip


def test_readers_of_the_same_roles_share_the_list_but_not_their_seats(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    experience, [first, second] = an_experience(community, title="Held"), people(community, 2)
    seat(experience, first)
    assert marks_of(sign_in(client, first).get(LIST).text) == {"Held": ("", "You have a seat")}
    assert marks_of(sign_in(client, second).get(LIST).text) == {"Held": ("", "Open to you")}
    assert "<!--mine" not in client.get(LIST).text


def test_a_seat_in_another_meeting_of_a_space_is_not_one_in_the_next(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    [teacher] = people(community, 1)
    space = an_experience(community, title="Space", kind="space", joined_by="session", starts=weekly(2))
    take_seat(space, teacher, by=teacher, session=space.sessions[1])
    assert marks_of(sign_in(client, teacher).get(LIST).text) == {"Space": ("", "Open to you")}
    take_seat(space, teacher, by=teacher, session=space.sessions[0])
    assert marks_of(client.get(LIST).text) == {"Space": ("", "You have a seat")}


def test_visitors_see_for_whom_things_are(community: Community, client: FlaskClient) -> None:
    an_experience(community, title="All")
    an_experience(community, title="Some", audience=["principal"])
    assert marks_of(client.get(LIST).text) == {"All": ("", "For all staff"), "Some": ("", "For principals")}


def test_a_person_without_a_job_finds_nothing_open(community: Community, client: FlaskClient, sign_in: SignIn) -> None:
    an_experience(community, title="All")
    assert marks_of(sign_in(client, a_person()).get(LIST).text) == {"All": (" shut", "For member districts")}


def test_the_list_asks_as_few_questions_for_thirty_as_for_one(
    community: Community, client: FlaskClient, sign_in: SignIn, count_queries: Any
) -> None:
    teacher, *others = people(community, 6)
    sign_in(client, teacher)
    seat(an_experience(community), teacher, *others)
    first = [ask(client, count_queries) for _ in range(2)]
    for number in range(29):
        seat(an_experience(community, starts=weekly(1 + number % 6)), *others[: number % 6], teacher)
    assert [ask(client, count_queries) for _ in range(2)] == first == [12, 3]


def test_a_visitors_list_stays_a_304_until_something_changes(
    community: Community, client: FlaskClient, count_queries: Any
) -> None:
    experience, [teacher] = an_experience(community), people(community, 1)
    first = client.get(LIST)
    assert "Set-Cookie" not in first.headers
    known = {"If-None-Match": first.headers["ETag"]}
    with count_queries() as statements:
        assert client.get(LIST, headers=known).status_code == 304
    assert len(statements) == 1
    seat(experience, teacher)
    assert client.get(LIST, headers=known).status_code == 200


def test_more_than_fifty_are_paged_and_the_filters_stay(community: Community, client: FlaskClient) -> None:
    for number in range(52):
        an_experience(community, title=f"Number {number}", starts=[FALL + timedelta(hours=number)])
    page = client.get(f"{LIST}?quarter=fall").text
    assert len(outline(page)) == 51
    assert 'href="?quarter=fall&amp;page=2"' in page
    assert outline(client.get(f"{LIST}?quarter=fall&page=2").text) == ["November 2026", "Number 50", "Number 51"]


def ask(client: FlaskClient, count_queries: Any) -> int:
    with count_queries() as statements:
        client.get(LIST)
    return len(statements)


def outline(page: str) -> list[str]:
    """Months and titles of the list, in order."""
    found = re.findall(r'<h2 class="say" id="m\d+">(.*?)</h2>|<h3><a [^>]*>(.*?)</a>', page)
    return [month or title for month, title in found]


def marks_of(page: str) -> dict[str, tuple[str, str]]:
    """Each row's title with how it is folded and the last of its words."""
    rows = re.findall(r'<article class="ev( shut)?">(.*?)</article>', page, re.DOTALL)
    return {titles(row): (shut, re.findall(r"<span>([^<]+)</span></span></p>", row)[-1]) for shut, row in rows}


def titles(row: str) -> str:
    return re.findall(r"<h3><a [^>]*>(.*?)</a>", row)[0]
