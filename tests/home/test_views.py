"""The front doors as a visitor sees them: the portal, a community, its members."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.communities.models import Community
from portal.communities.operations import set_words
from tests.accounts.builders import a_person
from tests.home.builders import a_cohort, a_community, a_member
from tests.house.html import faults_of
from tests.rounds.builders import AFTER, LATE, OPEN, a_round

Stop = Callable[[str], datetime]
Count = Callable[[], AbstractContextManager[list[str]]]
DOORS = ["/", "/eclc/", "/eclc/members"]


@pytest.fixture
def community(app: Flask, at: Stop) -> Community:
    """A community while its letters are open."""
    at(OPEN)
    return a_community(headline="Districts learn together", summary="Sixteen districts of one county.")


@pytest.mark.parametrize("path", DOORS)
def test_a_front_door_opens_for_everyone_and_keeps_nothing_private(
    community: Community, client: FlaskClient, path: str
) -> None:
    answer = client.get(path)
    assert (answer.status_code, "Set-Cookie" in answer.headers, "<form" in answer.text) == (200, False, False)


@pytest.mark.parametrize("members", [0, 3])
def test_every_front_door_is_sound_html_whoever_belongs(
    community: Community, client: FlaskClient, tmp_path: Path, members: int
) -> None:
    a_cohort(community, *[a_member(community) for _ in range(members)][1:])
    a_round(community)
    assert faults_of({path: client.get(path).text for path in DOORS}, tmp_path) == []


@pytest.mark.parametrize("path", ["/eclc/", "/eclc/members"])
def test_one_and_thirty_members_take_the_same_queries(
    community: Community, client: FlaskClient, count_queries: Count, path: str
) -> None:
    cohort = a_cohort(community, a_member(community))
    a_member(community)
    few = asked(client, count_queries, path)
    a_cohort(community, *(a_member(community) for _ in range(14)), name="Cohort 2")
    for _ in range(15):
        a_member(community)
    assert (len(asked(client, count_queries, path)), cohort.name) == (len(few), "Cohort 1")


def test_one_and_thirty_communities_take_the_same_queries(
    community: Community, client: FlaskClient, count_queries: Count
) -> None:
    few = asked(client, count_queries, "/")
    for number in range(29):
        a_community(f"network-{number}", f"Network {number}")
    assert len(asked(client, count_queries, "/")) == len(few)


def test_the_portal_names_every_community_by_name(community: Community, client: FlaskClient) -> None:
    a_community("ecet2", "Arlington Teachers", region="Massachusetts")
    page = client.get("/").text
    assert page.index("Arlington Teachers") < page.index("Essex County Learning Community")
    assert '<a href="/ecet2/">Arlington Teachers</a>' in page


def test_a_portal_without_communities_says_how_to_open_one(client: FlaskClient) -> None:
    assert "There is no community here yet." in client.get("/").text


def test_a_community_speaks_in_its_own_words(community: Community, client: FlaskClient) -> None:
    assert "<h1>Districts learn together</h1>" in client.get("/eclc/").text
    set_words(community, headline="", mission="We *meet*.")
    page = client.get("/eclc/").text
    assert ("<h1>Essex County Learning Community</h1>" in page, "<em>meet</em>" in page) == (True, True)


@pytest.mark.parametrize(("moment", "is_shown"), [(OPEN, True), (LATE, False), (AFTER, False)])
def test_the_open_letter_is_on_the_front_page_until_it_closes(
    community: Community, client: FlaskClient, at: Stop, moment: str, is_shown: bool
) -> None:
    a_round(community)
    at(moment)
    assert ("The Letter of Invitation is open" in client.get("/eclc/").text) is is_shown


def test_a_community_without_dates_says_where_they_will_appear(community: Community, client: FlaskClient) -> None:
    assert "No date is set yet." in client.get("/eclc/").text


def test_a_member_stands_in_its_cohort_with_its_number_and_year(community: Community, client: FlaskClient) -> None:
    a_cohort(community, a_member(community, "Beverly Public Schools"))
    a_member(community, "Andover Public Schools", students="")
    page = client.get("/eclc/members").text
    assert (
        page.index("Cohort 1</h2>") < page.index("Beverly Public Schools") < page.index("Joined outside a cohort</h2>")
    )
    assert ('4,525 <span class="soft">(2016-17)</span>' in page, "not on record" in page) == (True, True)
    assert "<h1>Two member districts</h1>" in page


def test_a_community_without_members_says_how_people_come(community: Community, client: FlaskClient) -> None:
    assert "No district is a member here." in client.get("/eclc/members").text


def test_a_community_that_does_not_exist_is_no_page(community: Community, client: FlaskClient) -> None:
    assert [client.get(path).status_code for path in ("/nowhere/", "/nowhere/members")] == [404, 404]


def test_a_signed_in_person_reads_the_same_front_page(
    community: Community, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    sign_in(client, a_person())
    answer = client.get("/eclc/")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")


def asked(client: FlaskClient, count_queries: Count, path: str) -> list[str]:
    """The queries of one visit; a change since the last one has made the kept page stale."""
    with count_queries() as statements:
        assert client.get(path).status_code == 200
    return statements
