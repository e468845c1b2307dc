"""Where each person can go from a page: the menu follows what they may do in the community that is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.accounts.operations import grant_permission
from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.districts.operations import add_district, affiliate, begin_membership, grant_lead
from tests.accounts.builders import a_person

SignIn = Callable[[FlaskClient, Account], FlaskClient]
PUBLIC = [("/eclc/", "Home"), ("/eclc/agenda", "Agenda"), ("/eclc/letter", "Letter")]
OWN = [("/my", "My learning"), ("/my/account", "You")]


@pytest.fixture
def community(app: Flask) -> Community:
    return create_community(slug="eclc", name="Essex County", kind="district_network")


def test_a_visitor_reads_and_signs_in(community: Community, client: FlaskClient) -> None:
    assert menu(client, "/eclc/") == [*PUBLIC, ("/sign-in", "Sign in")]


def test_outside_of_a_community_a_visitor_can_only_sign_in(client: FlaskClient) -> None:
    assert menu(client, "/") == [("/sign-in", "Sign in")]


@pytest.mark.parametrize(("path", "first"), [("/eclc/nothing/here", "Home"), ("/nobody/here", "Sign in")])
def test_where_there_is_no_page_the_community_in_the_address_still_frames(
    community: Community, client: FlaskClient, path: str, first: str
) -> None:
    assert menu(client, path)[0][1] == first


def test_a_community_without_districts_has_no_letter(client: FlaskClient) -> None:
    create_community(slug="ecet2", name="Teachers", kind="teacher_network")
    assert [words for _, words in menu(client, "/ecet2/")] == ["Home", "Agenda", "Sign in"]


def test_an_educator_has_a_page_of_their_own(community: Community, client: FlaskClient, sign_in: SignIn) -> None:
    assert menu(sign_in(client, a_person()), "/eclc/") == [*PUBLIC, *OWN]


def test_a_lead_comes_to_the_district(community: Community, client: FlaskClient, sign_in: SignIn) -> None:
    lead = a_lead(community)
    assert menu(sign_in(client, lead), "/eclc/") == [*PUBLIC, ("/eclc/district", "Our district"), *OWN]


def test_who_works_in_a_member_district_comes_to_it_too(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    teacher, district = a_person(), add_district(name="Beverly")
    affiliate(teacher, community.id, district, "teacher", date(2020, 7, 1), None)
    assert menu(sign_in(client, teacher), "/eclc/") == [*PUBLIC, *OWN]
    begin_membership(community.id, district, date(2020, 7, 1), None)
    assert menu(client, "/eclc/") == [*PUBLIC, ("/eclc/district", "Our district"), *OWN]


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        ("admin", ("/eclc/staff/", "Staff")),
        ("staff", ("/eclc/staff/", "Staff")),
        ("reviewer", ("/eclc/staff/queue", "Letters to read")),
    ],
)
def test_each_permission_leads_to_its_own_work(
    community: Community, client: FlaskClient, sign_in: SignIn, kind: str, way: tuple[str, str]
) -> None:
    person = grant_permission(community, email="hub@example.org", kind=kind)
    assert menu(sign_in(client, person), "/eclc/") == [*PUBLIC, way, *OWN]


def test_what_one_may_do_elsewhere_is_not_in_this_community_s_menu(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    other = create_community(slug="other", name="Another County", kind="district_network")
    director = grant_permission(other, email="director@example.org", kind="admin")
    assert menu(sign_in(client, director), "/eclc/") == [*PUBLIC, *OWN]


def test_one_s_own_pages_are_framed_by_the_one_community_one_belongs_to(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    district = add_district(name="Beverly")
    teacher = a_person()
    affiliate(teacher, community.id, district, "teacher", date(2020, 7, 1), None)
    assert menu(sign_in(client, teacher), "/my") == [*PUBLIC, *OWN]


def test_who_belongs_to_two_communities_or_none_has_a_frame_of_their_own(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    assert menu(sign_in(client, a_person()), "/my") == OWN
    other = create_community(slug="other", name="Another County", kind="district_network")
    for place in (community, other):
        grant_permission(place, email="teacher@example.org", kind="reviewer")
    assert menu(client, "/my") == OWN


@pytest.mark.parametrize(
    ("path", "marked"),
    [("/eclc/", "Home"), ("/eclc/agenda", "Agenda"), ("/eclc/letter", "Letter"), ("/my", "My learning")],
)
def test_a_page_marks_itself_in_the_menu(
    community: Community, client: FlaskClient, sign_in: SignIn, path: str, marked: str
) -> None:
    _, _, page = sign_in(client, a_lead(community)).get(path).text.partition('<nav aria-label="Main">')
    assert re.findall(r'aria-current="page">([^<]+)</a>', page.partition("</nav>")[0]) == [marked]


def a_lead(community: Community) -> Account:
    lead = a_person("lead@example.org")
    grant_lead(lead, community.id, add_district(name="Harbor"), None)
    return lead


def menu(client: FlaskClient, path: str) -> list[tuple[str, str]]:
    """The menu of a page: where each line leads, and its words."""
    nav = re.search(r'<nav aria-label="Main">(.*?)</nav>', client.get(path).text, re.DOTALL)
    return re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)</a>', nav[1]) if nav else []


@pytest.mark.parametrize(
    ("kind", "first"), [("admin", "/eclc/staff/"), ("staff", "/eclc/staff/"), ("reviewer", "/eclc/staff/queue")]
)
def test_people_who_run_a_community_begin_at_their_work(
    community: Community, client: FlaskClient, sign_in: SignIn, kind: str, first: str
) -> None:
    grant_permission(community, email="teacher@example.org", kind=kind)
    assert sign_in(client, a_person()).get("/sign-in").location == first


def test_a_lead_begins_at_the_district_and_everyone_else_at_their_own_learning(
    community: Community, app: Flask, sign_in: SignIn
) -> None:
    lead, other = a_lead(community), a_person("nobody-yet@example.org")
    assert sign_in(app.test_client(), lead).get("/sign-in").location == "/eclc/district"
    assert sign_in(app.test_client(), other).get("/sign-in").location == "/my"
