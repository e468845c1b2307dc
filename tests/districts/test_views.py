"""Staff look districts up: search, paging, facts with their source; nobody else may."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.districts.operations import begin_membership, grant_lead, record_fact
from tests.districts.builders import a_community, a_district, a_person, a_staff_member

SignIn = Callable[[FlaskClient, Account], FlaskClient]
Counting = Callable[[], AbstractContextManager[list[str]]]
PATH = "/north-shore/staff/districts"


@pytest.fixture
def community(app: Flask) -> Community:
    return a_community()


@pytest.fixture
def coordinator(community: Community, client: FlaskClient, sign_in: SignIn) -> FlaskClient:
    return sign_in(client, a_staff_member(community))


def words(html: str) -> str:
    """What a reader reads of the main part."""
    main = html.partition("<main")[2].partition("</main>")[0].partition(">")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split()).replace("\u00a0", " ")


def rows(html: str) -> list[str]:
    return [" ".join(cell.split()) for cell in re.findall(r'<th scope="row">(.*?)<br>', html)]


def test_an_empty_directory_says_how_it_is_filled(coordinator: FlaskClient) -> None:
    shown = words(coordinator.get(PATH).text)
    assert "No districts yet." in shown
    assert "districts import FILE" in shown


def test_districts_stand_by_state_and_town_with_what_is_known(community: Community, coordinator: FlaskClient) -> None:
    lynn, beverly = a_district("Lynn", leaid="2507110"), a_district("Beverly", grades="PK-12", state_code="MA-0030")
    a_district("Barre", state="VT")
    record_fact(beverly, "students", "4525", "MA DESE", "2016-17")
    begin_membership(community.id, lynn, date(2020, 7, 1), None)
    html = coordinator.get(PATH).text
    shown = words(html)
    assert rows(html) == ["Beverly", "Lynn", "Barre"]
    assert "3 districts in the directory, by state and town." in shown
    assert "Beverly Beverly, MA School district PK-12 4,525 students (MA DESE, 2016-17) MA-0030 No" in shown
    assert "Lynn Lynn, MA School district Not known Nothing yet 2507110 Since Wed, Jul 1, 2020" in shown


def test_what_is_closed_invented_or_no_district_says_so(coordinator: FlaskClient) -> None:
    a_district("River Charter", kind="charter", is_open=False), a_district("Test Cove", is_fictitious=True)
    shown = words(coordinator.get(PATH).text)
    assert "Charter school, not open" in shown
    assert "School district, invented for the demo" in shown


@pytest.mark.parametrize("asked", ["Bevelry", "MA-0030", "be"])
def test_a_search_shows_what_is_meant_and_keeps_the_words(coordinator: FlaskClient, asked: str) -> None:
    a_district("Beverly", state_code="MA-0030"), a_district("Lynn")
    html = coordinator.get(PATH, query_string={"q": asked}).text
    assert rows(html) == ["Beverly"]
    assert f'value="{asked}"' in html
    assert f"1 district like “{asked}”, the nearest first." in words(html)


def test_a_search_without_a_find_says_what_to_try(coordinator: FlaskClient) -> None:
    a_district("Beverly")
    html = coordinator.get(PATH, query_string={"q": "<b>Zzyzx</b>"}).text
    assert "No district is like “&lt;b&gt;Zzyzx&lt;/b&gt;”." in html
    assert "Show all districts" in html


@pytest.mark.parametrize("asked", ["x" * 10_000, "' OR 1=1 --", "%", '"', "*", "NEAR(a b)", "é" * 50])
def test_odd_questions_are_answered(coordinator: FlaskClient, asked: str) -> None:
    a_district("Beverly")
    answer = coordinator.get(PATH, query_string={"q": asked})
    assert (answer.status_code, rows(answer.text)) == (200, [])


@pytest.mark.parametrize(
    "query, status", [("q=a%00b", 400), ("q=%ff", 400), ("page=-1", 200), ("page=" + "9" * 20, 200)]
)
def test_broken_signs_are_refused_and_pages_that_are_not_there_lead_to_the_nearest(
    coordinator: FlaskClient, query: str, status: int
) -> None:
    a_district("Beverly")
    assert coordinator.get(f"{PATH}?{query}").status_code == status


@pytest.mark.parametrize("asked, ways", [("", "?page=2"), ("lincoln", "?q=lincoln&amp;page=2")])
def test_long_lists_come_in_pages(coordinator: FlaskClient, asked: str, ways: str) -> None:
    for number in range(51):
        a_district(f"Lincoln {number:02}", "Lincoln")
    first = coordinator.get(PATH, query_string={"q": asked} if asked else {}).text
    second = coordinator.get(PATH, query_string={"q": asked, "page": 2}).text
    assert (len(rows(first)), rows(second)) == (50, ["Lincoln 50"])
    assert "1–50 of 51" in words(first)
    assert f'href="{ways}"' in first


def test_more_than_two_hundred_are_not_counted_but_narrowed(coordinator: FlaskClient) -> None:
    for number in range(201):
        a_district(f"Lincoln {number:03}", "Lincoln")
    shown = words(coordinator.get(PATH, query_string={"q": "Lincoln"}).text)
    assert "The 200 districts nearest to “Lincoln”. Add the state, such as NE, to see fewer." in shown


def test_the_page_costs_the_same_queries_for_one_and_for_three(
    community: Community, coordinator: FlaskClient, count_queries: Counting
) -> None:
    counts = []
    for number in (1, 2):
        for n in range(number):
            district = a_district(f"Lincoln {number}{n}", "Lincoln")
            record_fact(district, "students", "100", "MA DESE", "2016-17")
            begin_membership(community.id, district, date(2020, 7, 1), None)
        coordinator.get(PATH, query_string={"q": "Lincoln"})
        for query in ({}, {"q": "Lincoln"}):
            with count_queries() as statements:
                coordinator.get(PATH, query_string=query)
            counts.append(len(statements))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 7  # the gate's two, and one for what waits on the staff's desk


def test_only_staff_of_the_community_may_look(
    community: Community, app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    assert client.get(PATH).status_code == 303
    lead = a_person("Superintendent")
    grant_lead(lead, community.id, a_district(), None)
    assert sign_in(app.test_client(), lead).get(PATH).status_code == 403
    elsewhere = a_staff_member(a_community("south-shore", "South Shore Learning Community"))
    assert sign_in(app.test_client(), elsewhere).get(PATH).status_code == 403
    assert sign_in(app.test_client(), elsewhere).get("/no-such/staff/districts").status_code == 404


def test_after_a_search_there_is_a_way_back_to_all(coordinator: FlaskClient) -> None:
    a_district("Beverly")
    way = f'<a href="{PATH}">Show all</a>'
    assert [way in coordinator.get(PATH, query_string=query).text for query in ({}, {"q": "Beverly"})] == [False, True]
