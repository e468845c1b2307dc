"""For whom an experience is: everyone of member districts, of some cohorts, who is invited, or anyone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.agenda.planning_models import ExperienceInvitee
from portal.agenda.rules import Person
from portal.cohorts.models import Cohort
from portal.cohorts.placing import create_cohort, place_existing_member
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken
from portal.districts.models import District
from portal.districts.operations import affiliate
from portal.districts.queries import members_of
from portal.enrollments.holding import hold_seats
from portal.enrollments.models import SeatHold
from portal.enrollments.operations import take_seat
from portal.enrollments.queries import find_enrollment, person_of
from tests.enrollments.builders import (
    FALL,
    LONG_AGO,
    a_community,
    a_district,
    a_person,
    an_experience,
    colleagues,
    owed,
    states,
)

SignIn = Callable[[FlaskClient, Account], FlaskClient]
DAY = date(2026, 10, 20)


pytestmark = pytest.mark.usefixtures("in_october")


def test_what_is_for_a_cohort_seats_the_people_of_its_districts_only(community: Community) -> None:
    inside, outside = a_district(community), a_district(community)
    experience = for_cohort(community, a_cohort(community, inside))
    teacher = a_person(community, inside)
    assert take_seat(experience, teacher, by=teacher).state == "seated"
    refused(experience, a_person(community, outside), "districts of some cohorts")
    refused(experience, a_person(), "districts of some cohorts")


def test_a_job_outside_of_the_cohort_does_not_open_what_is_for_its_role(community: Community) -> None:
    inside, outside = a_district(community), a_district(community)
    experience = for_cohort(community, a_cohort(community, inside), audience=["principal"])
    person = a_person(community, inside, "teacher")
    affiliate(person, community.id, outside, "principal", LONG_AGO, None)
    refused(experience, person, "other roles")


def test_the_district_one_comes_from_is_the_one_in_the_cohort(community: Community) -> None:
    outside, inside = a_district(community), a_district(community)
    experience = for_cohort(community, a_cohort(community, inside))
    person = a_person(community, outside)
    affiliate(person, community.id, inside, "teacher", LONG_AGO, None)
    take_seat(experience, person, by=person)
    found = find_enrollment(experience.id, None, person.id)
    assert found is not None
    assert found.district_id == inside.id


def test_whoever_is_invited_gets_a_seat_by_mail_address_whatever_its_letters(community: Community) -> None:
    experience, guest = an_experience(community, reach="invited"), a_person()
    invite(experience, guest.email)
    assert take_seat(experience, guest, by=guest).state == "seated"
    found = find_enrollment(experience.id, None, guest.id)
    assert found is not None
    assert found.district_id is None
    refused(experience, a_person(community, a_district(community)), "people who were invited")


@pytest.mark.parametrize("reach", ["cohorts", "invited"])
def test_a_lead_keeps_no_seats_where_nobody_of_the_district_is_meant(
    community: Community, client: FlaskClient, sign_in: SignIn, reach: str
) -> None:
    inside, lead, [guest] = colleagues(community, 1)
    outside, other, _ = colleagues(community, 0)
    experience = for_cohort(community, a_cohort(community, inside))
    if reach == "invited":
        experience = an_experience(community, reach="invited")
        invite(experience, guest.email.upper())
    with pytest.raises(RuleBroken, match="nobody of your district"):
        hold_seats(experience, outside.id, 1, DAY, by=other)
    assert hold_seats(experience, inside.id, 1, DAY, by=lead).seats == 1
    for district, account, status in ((inside, lead, 200), (outside, other, 404)):
        page, path = sign_in(client, account), f"/example/district/{district.id}"
        listed = page.get(f"/example/district/seats?district={district.id}").text
        assert page.get(f"{path}/enrolling?experience={experience.slug}").status_code == status
        assert (f'<option value="{experience.slug}">' in listed) == (status == 200)
    sent = {"experience": experience.slug, "hold-seats": "1", "hold-until": "2026-10-20", "people": [other.id]}
    assert [page.post(f"{path}/{door}", data=sent).status_code for door in ("holds", "enrolling")] == [404, 404]
    assert db.session.query(SeatHold).count() == 1


def test_an_invitation_to_one_thing_opens_no_other(community: Community) -> None:
    mine, other, guest = (
        an_experience(community, reach="invited"),
        an_experience(community, reach="invited"),
        a_person(),
    )
    invite(mine, guest.email)
    refused(other, guest, "people who were invited")


def test_anyone_with_an_account_comes_to_what_is_for_anyone(community: Community) -> None:
    experience, guest = an_experience(community, reach="anyone"), a_person()
    assert take_seat(experience, guest, by=guest).state == "seated"


def test_what_is_for_members_stays_shut_for_guests(community: Community) -> None:
    refused(an_experience(community), a_person(), "work in a member district")


def test_a_person_is_known_by_jobs_cohorts_and_invitations(community: Community) -> None:
    inside, left = a_district(community), a_district(community, is_member=False)
    cohort = a_cohort(community, inside)
    mine, drafted = for_cohort(community, cohort), for_cohort(community, cohort, is_published=False)
    party, person = an_experience(community, reach="invited"), a_person(community, inside)
    affiliate(person, community.id, left, "principal", LONG_AGO, None)
    invite(party, person.email)
    meant = frozenset({(mine.id, "teacher"), (drafted.id, "teacher")})
    expected = Person(frozenset({"teacher"}), meant, frozenset({party.id}), True)
    assert person_of(person.id, community.id) == expected
    assert person_of(person.id, a_community("other").id) == Person(is_signed_in=True)


def test_the_pages_say_for_whom_it_is_and_open_it_to_these(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    inside, outside = a_district(community), a_district(community)
    experience = for_cohort(community, a_cohort(community, inside), slug="ours", title="Ours")
    assert "All staff of the districts in Cohort 3" in client.get("/example/agenda/ours").text
    assert "For some cohorts" in client.get("/example/agenda").text
    sign_in(client, a_person(community, inside))
    assert "Open to you" in client.get("/example/agenda").text
    assert "Take a seat" in client.get("/example/agenda/ours").text
    sign_in(client, a_person(community, outside))
    assert "For some cohorts" in client.get("/example/agenda").text
    assert "Take a seat" not in client.get("/example/agenda/ours").text
    assert states(experience) == []


def test_an_invitation_opens_the_row_without_any_other_change(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    experience, guest = an_experience(community, reach="invited"), a_person()
    sign_in(client, guest)
    assert "By invitation" in client.get("/example/agenda").text
    invite(experience, guest.email)
    assert "Open to you" in client.get("/example/agenda").text


def test_an_agenda_for_all_members_asks_nothing_more_about_its_reader(
    community: Community, client: FlaskClient, sign_in: SignIn, count_queries: Any
) -> None:
    an_experience(community)
    sign_in(client, a_person(community, a_district(community)))
    client.get("/example/agenda")
    with count_queries() as statements:
        client.get("/example/agenda")
    assert [one for one in statements if "experience_cohorts" in one or "experience_invitees" in one] == []


def a_cohort(community: Community, *districts: District) -> Cohort:
    cohort = create_cohort(community, slug="cohort-3", name="Cohort 3", starts_on=date(2026, 7, 1))
    for membership in members_of(community.id):
        if membership.district_id in {district.id for district in districts}:
            place_existing_member(cohort, membership)
    return cohort


def for_cohort(community: Community, cohort: Cohort, **fields: Any) -> Experience:
    return an_experience(community, starts=[FALL], reach="cohorts", cohorts=[cohort], **fields)


def invite(experience: Experience, email: str) -> None:
    with transaction():
        row = ExperienceInvitee(experience_id=experience.id, email=email.lower(), invited_at=clock.now())
        db.session.add(row)


def refused(experience: Experience, account: Account, sentence: str) -> None:
    before = (states(experience), owed())
    with pytest.raises(RuleBroken, match=sentence):
        take_seat(experience, account, by=account)
    assert (states(experience), owed()) == before
