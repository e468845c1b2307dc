"""Who belongs, works and leads where, on which day, and what is known of a district."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask

from portal.accounts.operations import start_sign_in
from portal.communities.operations import set_words
from portal.core import clock
from portal.core.db import db, transaction
from portal.districts.actors import load_actor
from portal.districts.operations import (
    affiliate,
    begin_membership,
    end_affiliation,
    end_membership,
    grant_lead,
    record_fact,
)
from portal.districts.queries import (
    Chosen,
    affiliations_of,
    districts_filtered,
    districts_of_domain,
    find_by_leaid,
    find_by_slug,
    is_member,
    latest_facts,
    leads_of,
    members_of,
    states_there,
)
from tests.districts.builders import a_community, a_district, a_person

At = Callable[[str], datetime]
Counting = Callable[[], AbstractContextManager[list[str]]]
JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)


def test_a_district_is_found_by_number_and_short_name(app: Flask) -> None:
    district = a_district("Amesbury", leaid="2501860", slug="amesbury")
    assert (find_by_leaid("2501860"), find_by_slug("amesbury")) == (district, district)
    assert (find_by_leaid("2501861"), find_by_slug("lynn")) == (None, None)


@pytest.mark.parametrize(
    "address, expected",
    [
        ("lead@beverlyschools.org", ["Beverly"]),
        ("nurse@STAFF.beverlyschools.org", ["Beverly"]),
        ("lead@tritownschoolunion.com", ["Boxford", "Middleton", "Topsfield"]),
        ("lead@k12.ma.us", []),
        ("lead@gmail.com", []),
        ("lead@notbeverlyschools.org", []),
        ("lead@org", []),
        ("lead", []),
        ("x" * 10_000, []),
    ],
)
def test_an_address_leads_to_the_districts_whose_site_has_its_domain(
    app: Flask, address: str, expected: list[str]
) -> None:
    a_district("Beverly", website="http://www.beverlyschools.org")
    for name in ("Topsfield", "Middleton", "Boxford"):
        a_district(name, website="http://www.tritownschoolunion.com/")
    a_district("Closed", website="http://www.beverlyschools.org", is_open=False)
    a_district("Free", domain="gmail.com"), a_district("State", domain="k12.ma.us"), a_district("Without")

    assert [district.name for district in districts_of_domain(address)] == expected


@pytest.mark.parametrize(
    "day, expected",
    [(date(2026, 6, 30), False), (JULY, True), (AUGUST, True), (date(2026, 8, 2), False)],
)
def test_a_district_is_a_member_from_the_first_to_the_last_day(app: Flask, day: date, expected: bool) -> None:
    community, district = a_community(), a_district()
    membership = begin_membership(community.id, district, JULY, None)
    end_membership(membership, AUGUST, None)
    assert is_member(community.id, district.id, day) == expected
    assert ([row.id for row in members_of(community.id, day)] == [membership.id]) == expected


def test_when_no_day_is_said_today_is_meant(app: Flask, at: At) -> None:
    community, district = a_community(), a_district()
    begin_membership(community.id, district, JULY, None)
    at("2026-06-30 12:00")
    assert not is_member(community.id, district.id)
    at("2026-07-01 12:00")
    assert is_member(community.id, district.id)


def test_members_of_one_community_are_not_those_of_another(app: Flask) -> None:
    here, there = a_community(), a_community("south-shore", "South Shore Learning Community")
    lynn, beverly = a_district("Lynn"), a_district("Beverly")
    for district in (lynn, beverly):
        begin_membership(here.id, district, JULY, None)
    begin_membership(there.id, lynn, JULY, None)
    assert [row.district.name for row in members_of(here.id, AUGUST)] == ["Beverly", "Lynn"]
    assert [row.district.name for row in members_of(there.id, AUGUST)] == ["Lynn"]


@pytest.mark.parametrize("number", [1, 3])
def test_members_come_with_their_districts_in_one_query(app: Flask, count_queries: Counting, number: int) -> None:
    community = a_community()
    for n in range(number):
        begin_membership(community.id, a_district(f"District {n}"), JULY, None)
    community_id = community.id
    db.session.expire_all()
    with count_queries() as statements:
        assert len([row.district.name for row in members_of(community_id, AUGUST)]) == number
    assert len(statements) == 1


def test_leads_are_those_of_the_district_and_the_community_with_an_open_account(app: Flask) -> None:
    here, there = a_community(), a_community("south-shore", "South Shore Learning Community")
    lynn, beverly = a_district("Lynn"), a_district("Beverly")
    first, second, closed, other = (a_person(f"Lead {n}") for n in range(4))
    for person in (first, second, closed):
        grant_lead(person, here.id, lynn, None)
    grant_lead(other, here.id, beverly, None)
    grant_lead(other, there.id, lynn, None)
    with transaction():
        closed.disabled_at = clock.now()
    assert leads_of(here.id, lynn.id) == [first, second]


def test_jobs_are_those_of_the_day(app: Flask) -> None:
    community, person = a_community(), a_person()
    past = affiliate(person, community.id, a_district("Lynn"), "teacher", JULY, None)
    end_affiliation(past, AUGUST, None)
    affiliate(person, community.id, a_district("Beverly"), "nurse", AUGUST, None)
    jobs = {day: [row.district.name for row in affiliations_of(person.id, community.id, day)] for day in (JULY, AUGUST)}
    assert jobs == {JULY: ["Lynn"], AUGUST: ["Beverly", "Lynn"]}


def test_the_newest_year_of_each_fact_is_the_one_to_show(app: Flask, count_queries: Counting) -> None:
    beverly, lynn, bare = a_district("Beverly"), a_district("Lynn"), a_district("Boxford")
    record_fact(beverly, "students", "4600", "MA DESE", "2017-18")
    record_fact(beverly, "students", "4525", "MA DESE", "2016-17")
    record_fact(beverly, "schools", "8", "NCES CCD", "2024-25")
    record_fact(lynn, "students", "15000", "MA DESE", "2016-17")
    ids = [beverly.id, lynn.id, bare.id]
    with count_queries() as statements:
        facts = latest_facts(ids)
    shown = {number: {name: fact.value for name, fact in known.items()} for number, known in facts.items()}
    assert shown == {ids[0]: {"students": "4600", "schools": "8"}, ids[1]: {"students": "15000"}, ids[2]: {}}
    assert len(statements) == 1


def filtered(**chosen: Any) -> list[str]:
    return [district.name for district in db.session.scalars(districts_filtered(Chosen(**chosen)))]


@pytest.mark.parametrize(
    "chosen, expected",
    [
        ({}, ["Beverly", "North Beverly", "Lynn", "Beverly Charter"]),
        ({"is_open": None}, ["Closed", "Beverly", "North Beverly", "Lynn", "Beverly Charter"]),
        ({"is_open": False}, ["Closed"]),
        ({"state": "MA"}, ["Beverly", "North Beverly", "Lynn"]),
        ({"kind": "charter"}, ["Beverly Charter"]),
        ({"place": "beverly"}, ["Beverly", "North Beverly", "Beverly Charter"]),
        ({"place": " Essex  county"}, ["Lynn"]),
        ({"place": "ESSEX"}, ["Lynn"]),
        ({"place": "%"}, []),
        ({"text": "Bevrely"}, ["Beverly", "Beverly Charter", "North Beverly"]),
        ({"text": "Bevrely", "state": "MA"}, ["Beverly", "North Beverly"]),
        ({"text": "Bevrely", "state": "MA", "place": "beverly", "kind": "district"}, ["Beverly", "North Beverly"]),
        ({"text": "0030"}, ["Beverly"]),
        ({"text": "Zzyzx"}, []),
        ({"text": "'''"}, []),
        ({"state": "XX"}, []),
    ],
)
def test_staff_choose_districts_by_words_state_kind_and_place(
    app: Flask, chosen: dict[str, Any], expected: list[str]
) -> None:
    a_district("Beverly", state_code="MA-0030"), a_district("North Beverly", "Beverly")
    a_district("Beverly Charter", "Beverly", state="NJ", kind="charter")
    record_fact(a_district("Lynn"), "county", "Essex County", "MA DESE", "2016-17")
    a_district("Closed", "Andover", is_open=False)

    assert filtered(**chosen) == expected


def test_what_staff_chose_can_be_paged_in_the_same_order(app: Flask) -> None:
    for number in range(5):
        a_district(f"Lincoln {number}", "Lincoln")
    for chosen in (Chosen(), Chosen(text="Lincoln")):
        query = districts_filtered(chosen)
        pages = [list(db.session.scalars(query.limit(2).offset(start))) for start in (0, 2, 4)]
        assert [district.name for page in pages for district in page] == [f"Lincoln {number}" for number in range(5)]


def test_the_states_with_districts_are_known(app: Flask) -> None:
    a_district("Lynn"), a_district("Lincoln", state="NE"), a_district("Beverly"), a_district("Nowhere", state="")
    assert states_there() == ["MA", "NE"]


def test_a_day_begins_and_ends_where_the_community_lives(app: Flask, at: At) -> None:
    community, district = a_community(), a_district()
    at("2026-12-15 23:30")  # in UTC it is the 16th already
    membership = begin_membership(community.id, district, date(2026, 12, 16), None)
    assert (is_member(community.id, district.id), members_of(community.id)) == (False, [])
    at("2026-12-16 00:00")
    assert (is_member(community.id, district.id), members_of(community.id)) == (True, [membership])
    end_membership(membership, date(2026, 12, 20), None)
    at("2026-12-20 23:59")
    assert is_member(community.id, district.id) is True
    at("2026-12-21 00:00")
    assert is_member(community.id, district.id) is False


def test_a_job_is_there_until_the_end_of_its_last_day(app: Flask, at: At) -> None:
    at("2026-12-15 10:00")
    community, person, district = a_community(), a_person(), a_district()
    begin_membership(community.id, district, date(2026, 12, 15), None)
    job = affiliate(person, community.id, district, "nurse", date(2026, 12, 15), None)
    token = start_sign_in(person, way="password")
    end_affiliation(job, date(2026, 12, 18), None)
    for wall, is_there in (("2026-12-18 23:59", True), ("2026-12-19 00:00", False)):
        at(wall)
        actor = load_actor(token)
        assert actor is not None
        assert (actor.districts_in(community.id) == {district.id}) is is_there
        assert (actor.roles_at_members(community.id) == {"nurse"}) is is_there
        assert (affiliations_of(person.id, community.id) == [job]) is is_there


def test_each_community_counts_its_own_days(app: Flask, at: At) -> None:
    at("2026-12-15 23:30")
    east, west = a_community(), a_community("far-west", "Far West Learning Community")
    set_words(west, time_zone="Pacific/Kiritimati")
    person, district = a_person(), a_district()
    for community in (east, west):
        affiliate(person, community.id, district, "nurse", date(2026, 12, 16), None)
    actor = load_actor(start_sign_in(person, way="password"))
    assert actor is not None
    assert (actor.districts_in(east.id), actor.districts_in(west.id)) == (set(), {district.id})
