"""What is done to districts and to people's ties with them, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.communities.queries import public_version
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import History, history_of
from portal.districts import operations
from portal.districts.models import Affiliation, District, DistrictFact, DistrictPermission, Membership
from portal.districts.operations import (
    add_district,
    affiliate,
    begin_membership,
    end_affiliation,
    end_membership,
    grant_lead,
    record_fact,
)
from tests.districts.builders import a_community, a_district, a_person
from tests.districts.meeting import all_look_before_one_writes

At = Callable[[str], datetime]
JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)


def rows(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def verbs(thing: Any) -> list[str]:
    return [row.verb for row in history_of(thing)]


# The directory


def test_a_district_is_added_with_its_history(app: Flask) -> None:
    district = add_district(name="Amesbury", city="Amesbury", state="MA", leaid="2501860", slug="amesbury")
    assert (district.name, district.kind, district.is_open, district.is_fictitious) == (
        "Amesbury",
        "district",
        True,
        False,
    )
    assert verbs(district) == ["add"]


def test_a_district_is_known_by_the_domain_of_its_website(app: Flask) -> None:
    assert add_district(name="Beverly", website="http://www.beverlyschools.org").domain == "beverlyschools.org"
    assert add_district(name="Lynn", website="", domain="lynnschools.org").domain == "lynnschools.org"
    assert add_district(name="Salem").domain == ""


def test_districts_without_a_number_may_be_many(app: Flask) -> None:
    a_district("Sample River"), a_district("Demo Hill")
    assert rows(District) == 2


@pytest.mark.parametrize(
    "fields, sentence",
    [
        ({"leaid": "1860"}, "“1860” is no NCES number. It has seven digits, such as 2501860; zeros count."),
        ({"leaid": "2501860"}, "The NCES number 2501860 belongs to another district already."),
        ({"slug": "amesbury"}, "The short name “amesbury” belongs to another district. Choose another one."),
    ],
)
def test_a_number_or_short_name_belongs_to_one_district(app: Flask, fields: dict[str, str], sentence: str) -> None:
    a_district("Amesbury", leaid="2501860", slug="amesbury")
    with pytest.raises(RuleBroken) as refused:
        add_district(name="Another", **fields)
    assert refused.value.sentence == sentence
    assert (rows(District), rows(History)) == (1, 1)


@pytest.mark.parametrize("is_locked", [True, False])
def test_two_who_add_the_same_district_at_once_add_one(
    app: Flask, two_at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch, is_locked: bool
) -> None:

    def add(number: int) -> str:
        return add_district(name=f"Amesbury {number}", leaid="2501860").name

    with all_look_before_one_writes(monkeypatch, operations, "lock_directory", is_locked) as goes_wrong:
        answers = two_at_once(add)
    errors = {type(answer) for answer in answers if isinstance(answer, Exception)}
    assert (errors, rows(District)) == ({IntegrityError if goes_wrong else RuleBroken}, 1)


# Facts


def test_a_fact_keeps_its_source_and_year(app: Flask) -> None:
    district = a_district()
    fact = record_fact(district, "students", "4525", "MA DESE", "2016-17")
    assert (fact.name, fact.value, fact.source, fact.year) == ("students", "4525", "MA DESE", "2016-17")
    assert verbs(district) == ["add", "record fact"]


def test_the_same_fact_again_changes_nothing_and_another_value_corrects_it(app: Flask) -> None:
    district = a_district()
    first = record_fact(district, "students", "4525", "MA DESE", "2016-17")
    again = record_fact(district, "students", "4525", "MA DESE", "2016-17")
    assert (again.id, verbs(district)) == (first.id, ["add", "record fact"])
    corrected = record_fact(district, "students", "4530", "MA DESE", "2016-17")
    assert (corrected.id, corrected.value, rows(DistrictFact)) == (first.id, "4530", 1)


def test_facts_of_other_years_stand_side_by_side(app: Flask) -> None:
    district = a_district()
    for year in ("2016-17", "2017-18"):
        record_fact(district, "students", "4525", "MA DESE", year)
    assert rows(DistrictFact) == 2


def test_a_fact_of_a_member_renews_what_visitors_see(app: Flask) -> None:
    community, district = a_community(), a_district()
    record_fact(district, "students", "4525", "MA DESE", "2016-17")
    assert version_of(community) == 1
    begin_membership(community.id, district, JULY, None)
    record_fact(district, "students", "4530", "MA DESE", "2016-17")
    assert version_of(community) == 3


def version_of(community: Community) -> int:
    db.session.rollback()
    return public_version(community.slug)


# Jobs


def test_a_person_may_have_several_jobs_in_several_districts(app: Flask) -> None:
    community, person = a_community(), a_person()
    for name in ("Beverly", "Danvers"):
        district = a_district(name)
        for role in ("nurse", "teacher"):
            affiliate(person, community.id, district, role, JULY, person)
    assert rows(Affiliation) == 4


def test_the_same_job_again_is_the_same_row(app: Flask) -> None:
    community, person, district = a_community(), a_person(), a_district()
    first = affiliate(person, community.id, district, "teacher", JULY, None)
    again = affiliate(person, community.id, district, "teacher", AUGUST, None)
    assert (again.id, again.from_date) == (first.id, JULY)
    assert verbs(person) == ["open", "affiliate"]


def test_a_job_that_ended_can_begin_anew_and_the_past_stays(app: Flask) -> None:
    community, person, district = a_community(), a_person(), a_district()
    first = affiliate(person, community.id, district, "teacher", JULY, None)
    end_affiliation(first, AUGUST, None)
    second = affiliate(person, community.id, district, "teacher", date(2026, 10, 1), None)
    assert second.id != first.id
    assert (first.from_date, first.to_date) == (JULY, AUGUST)


def test_ending_a_job_twice_ends_it_once(app: Flask) -> None:
    community, person, district = a_community(), a_person(), a_district()
    job = affiliate(person, community.id, district, "teacher", JULY, None)
    end_affiliation(job, AUGUST, None)
    end_affiliation(job, AUGUST, None)
    assert verbs(person) == ["open", "affiliate", "end affiliation"]


def test_a_job_does_not_end_before_it_began(app: Flask) -> None:
    community, person, district = a_community(), a_person(), a_district()
    job = affiliate(person, community.id, district, "teacher", JULY, None)
    with pytest.raises(RuleBroken):
        end_affiliation(job, date(2026, 6, 1), None)
    db.session.refresh(job)
    assert (job.to_date, verbs(person)) == (None, ["open", "affiliate"])


# Leads


def test_a_lead_is_granted_once(app: Flask, at: At) -> None:
    moment = at("2026-10-01 09:00")
    community, person, district = a_community(), a_person(), a_district()
    first = grant_lead(person, community.id, district, person)
    again = grant_lead(person, community.id, district, person)
    assert (first.id, first.kind, first.granted_at) == (again.id, "lead", moment)
    assert verbs(person) == ["open", "grant lead"]


def test_a_lead_in_one_community_is_none_in_another(app: Flask) -> None:
    here, there = a_community(), a_community("south-shore", "South Shore Learning Community")
    person, district = a_person(), a_district()
    for community in (here, there):
        grant_lead(person, community.id, district, None)
    assert rows(DistrictPermission) == 2


# Memberships


def test_a_membership_begins_open_ended_and_renews_what_visitors_see(app: Flask) -> None:
    community, district = a_community(), a_district()
    membership = begin_membership(community.id, district, JULY, None, note="Cohort 1")
    assert (membership.from_date, membership.to_date, membership.note) == (JULY, None, "Cohort 1")
    assert [(row.verb, row.community_id, row.note) for row in history_of(membership)] == [
        ("begin", community.id, "Cohort 1")
    ]
    assert version_of(community) == 2


def test_a_member_that_begins_again_stays_the_same_member(app: Flask) -> None:
    community, district = a_community(), a_district()
    first = begin_membership(community.id, district, JULY, None)
    again = begin_membership(community.id, district, AUGUST, None)
    assert (again.id, again.from_date, rows(Membership)) == (first.id, JULY, 1)


def test_a_membership_ends_once_with_its_last_day(app: Flask) -> None:
    community, district = a_community(), a_district()
    membership = begin_membership(community.id, district, JULY, None)
    end_membership(membership, AUGUST, None, note="Moved away")
    end_membership(membership, AUGUST, None)
    assert (membership.to_date, verbs(membership)) == (AUGUST, ["begin", "end"])
    assert version_of(community) == 3


def test_a_district_that_left_can_come_back_later_but_not_earlier(app: Flask) -> None:
    community, district = a_community(), a_district()
    membership = begin_membership(community.id, district, JULY, None)
    end_membership(membership, AUGUST, None)
    with pytest.raises(RuleBroken, match="lasts until August 1, 2026"):
        begin_membership(community.id, district, AUGUST, None)
    assert rows(Membership) == 1
    assert begin_membership(community.id, district, date(2027, 7, 1), None).id != membership.id


@pytest.mark.parametrize("to_date", [date(2026, 6, 30), date(2026, 9, 1)])
def test_an_impossible_end_leaves_no_trace(app: Flask, to_date: date) -> None:
    community, district = a_community(), a_district()
    membership = begin_membership(community.id, district, JULY, None)
    if to_date > AUGUST:
        end_membership(membership, AUGUST, None)
    before = (membership.to_date, verbs(membership), version_of(community))
    with pytest.raises(RuleBroken):
        end_membership(membership, to_date, None)
    db.session.refresh(membership)
    assert (membership.to_date, verbs(membership), version_of(community)) == before


# At once


@pytest.mark.parametrize("is_locked", [True, False])
@pytest.mark.parametrize("verb", ["affiliate", "lead", "member"])
def test_what_two_do_at_once_happens_once(
    app: Flask, two_at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch, verb: str, is_locked: bool
) -> None:
    community, person, district = a_community(), a_person(), a_district()
    ids = (community.id, person.id, district.id)

    def act(number: int) -> int:
        return do(verb, *ids)

    with all_look_before_one_writes(monkeypatch, operations, "lock", is_locked) as goes_wrong:
        answers = two_at_once(act)
    errors = [answer for answer in answers if isinstance(answer, Exception)]
    assert len(errors) == (1 if goes_wrong else 0)
    assert len({answer for answer in answers if isinstance(answer, int)}) == 1


def do(verb: str, community_id: int, account_id: int, district_id: int) -> int:
    account, district = db.session.get_one(Account, account_id), db.session.get_one(District, district_id)
    if verb == "affiliate":
        return affiliate(account, community_id, district, "teacher", JULY, None).id
    if verb == "lead":
        return grant_lead(account, community_id, district, None).id
    return begin_membership(community_id, district, JULY, None).id
