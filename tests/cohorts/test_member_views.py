from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account
from portal.accounts.queries import find_account
from portal.cohorts.join_queries import REQUEST_PURPOSE
from portal.cohorts.joining import Joiner, ask_to_join, confirm_join
from portal.cohorts.leaving import end_district
from portal.cohorts.operations import accept_offer, claim_team_seat
from portal.communities.models import Community
from portal.core.audit import Audit
from portal.core.db import db, transaction
from portal.core.tokens import token_of
from portal.districts.models import Affiliation, Membership
from portal.districts.operations import affiliate, begin_membership, end_affiliation
from portal.districts.queries import affiliations_of, is_member, leads_of
from portal.rounds.models import Round
from tests.cohorts.builders import (
    DECIDING,
    a_closing_round,
    a_community,
    a_district,
    a_lead,
    a_led_letter,
    a_staff_member,
    an_offer,
    cohort_of,
    everything,
    link_to,
    owed,
    seats_of,
)

At = Callable[[str], Any]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
TEACHER, JAN_29 = "teacher.harbor@example.org", date(2027, 1, 29)


@pytest.fixture
def member(app: Flask, at: At) -> Membership:
    """Harbor in Cohort 4, with the lead and a teacher on its team."""
    at(DECIDING)
    letter = a_led_letter(a_closing_round(a_community()))
    found = accept_offer(an_offer(letter, a_staff_member(letter.round.community)), lead_of(letter.district_id))
    claim_team_seat(link_to(seats_of(found.id)[1]), "Teacher Harbor")
    return found


@pytest.fixture
def staff(member: Membership, client: FlaskClient, sign_in: SignIn) -> FlaskClient:
    """A browser of the community's staff."""
    return sign_in(client, find_or_open_account(email="staff@example.org"))


def lead_of(district_id: int) -> Account:
    return leads_of(1, district_id)[0]


def job_of(email: str) -> Affiliation:
    account = find_account(email)
    assert account is not None
    return affiliations_of(account.id, 1)[0]


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_visitors_see_districts_from_to_and_people_of_members_see_who_is_on_the_teams(
    member: Membership, staff: FlaskClient, sign_in: SignIn
) -> None:
    end_district(member, JAN_29, "It merged.", by=lead_of(member.district_id))
    path = "/eclc/cohorts/cohort-round-2026"
    visitor = staff.application.test_client().get(path).text
    assert "Harbor Public Schools Harbor, MA Tue, Dec 15, 2026 Fri, Jan 29, 2027" in words(visitor)
    assert ["Teacher Harbor" in visitor, "It merged" in visitor] == [False, False]
    inside = [staff, *(sign_in(staff.application.test_client(), one) for one in insiders(member))]
    assert ["Teacher Harbor" in one.get(path).text for one in inside] == [True, True, True]
    stranger = sign_in(staff.application.test_client(), find_or_open_account(email="stranger@example.org"))
    assert "Teacher Harbor" not in stranger.get(path).text
    assert TEACHER not in inside[1].get(path).text


def insiders(member: Membership) -> list[Account]:
    teacher = find_account(TEACHER)
    assert teacher is not None
    return [teacher, lead_of(member.district_id)]


def test_growth_is_drawn_and_stands_in_a_table(member: Membership, staff: FlaskClient) -> None:
    begin_membership(1, a_district("River"), date(2024, 7, 1), None)
    page = staff.application.test_client().get("/eclc/cohorts").text
    assert "2024 1 0 1 2025 0 0 1 2026 1 0 2" in words(page[page.index("<tbody>") : page.index("</tbody>")])
    assert (page.count("<rect"), "Cohort 4" in page) == (3, True)


def test_a_cohort_of_another_community_has_no_page(member: Membership, staff: FlaskClient) -> None:
    a_community("other")
    assert [staff.get(f"/{slug}/cohorts/{cohort}").status_code for slug, cohort in (
        ("other", "cohort-round-2026"), ("eclc", "cohort-none"))] == [404, 404]  # fmt: skip
    assert "No cohort has begun yet." in staff.get("/other/cohorts").text


def test_a_cohort_without_districts_says_when_they_come(member: Membership, staff: FlaskClient, at: At) -> None:
    a_closing_round(db.session.get_one(Community, 1), slug="round-2027")
    assert "No district is in this cohort yet." in staff.get("/eclc/cohorts/cohort-round-2027").text


def test_staff_see_members_of_today_and_those_that_ended(
    member: Membership, staff: FlaskClient, sign_in: SignIn, at: At
) -> None:
    page = words(staff.get("/eclc/staff/members").text)
    assert "Harbor Cohort 4 Tue, Dec 15, 2026 Lead of Harbor 2 of 3" in page
    end_district(member, JAN_29, "It merged.", by=lead_of(member.district_id))
    at("2027-01-30 09:00")
    sign_in(staff, find_or_open_account(email="staff@example.org"))
    assert "Harbor Cohort 4" not in words(staff.get("/eclc/staff/members").text)
    assert "Harbor Cohort 4" in words(staff.get("/eclc/staff/members?show=past").text)
    assert staff.get("/eclc/staff/members?show=nonsense").status_code == 200


def test_the_list_asks_as_often_for_one_member_as_for_four(
    member: Membership, staff: FlaskClient, count_queries: Any
) -> None:
    asked = []
    for _ in range(2):
        with count_queries() as statements:
            staff.get("/eclc/staff/members")
        asked.append(len(statements))
        for name in ("River", "Cove", "Hill"):
            district = a_district(name) if len(asked) == 1 else None
            if district is not None:
                begin_membership(1, district, date(2026, 12, 1), None)
                a_lead(db.session.get_one(Community, 1), district)
    assert asked[0] == asked[1]


def test_staff_settle_who_asks_to_join(member: Membership, staff: FlaskClient) -> None:
    request = ask_to_join(member, Joiner("Nurse", "nurse@example.org", "teacher-sped"))
    at_request = f"/eclc/staff/members/{member.id}/requests/{request.id}/joined"
    assert staff.post(at_request).status_code == 404  # the address is not confirmed yet
    confirm_join(token_of(request, REQUEST_PURPOSE))
    assert "Nurse" in staff.get(f"/eclc/staff/members/{member.id}").text
    assert staff.post(at_request).location == f"/eclc/staff/members/{member.id}"
    assert owed("join_joined") == [("join_joined", "nurse@example.org")]


def test_staff_name_a_lead_and_end_one_but_never_the_last(member: Membership, staff: FlaskClient) -> None:
    at_member = f"/eclc/staff/members/{member.id}"
    only = lead_of(member.district_id)
    refused = staff.post(f"{at_member}/leads/{only.id}/ending", headers={"HX-Request": "true"})
    assert (refused.status_code, "alone acts for this district" in refused.text) == (409, True)
    slip = staff.post(f"{at_member}/leads", data={"name": "Principal", "email": "nobody"})
    assert (slip.status_code, "Give one mail address" in slip.text) == (422, True)
    typed = {"name": "Principal", "email": "principal@example.org"}
    assert staff.post(f"{at_member}/leads", data=typed).location == at_member
    assert staff.post(f"{at_member}/leads", data=typed).status_code == 409
    assert staff.post(f"{at_member}/leads/{only.id}/ending").location == at_member
    for nobody in (only.id, 999_999):  # who does not lead any more, and who never did
        assert staff.post(f"{at_member}/leads/{nobody}/ending").location == at_member
    assert [one.email for one in leads_of(1, member.district_id)] == ["principal@example.org"]
    actions = [row.action for row in db.session.query(Audit).order_by(Audit.id)]
    assert [action for action in actions if "lead" in action] == ["named lead", "ended lead"]


def test_staff_note_that_a_district_leaves_and_take_it_back(
    member: Membership, staff: FlaskClient, client: FlaskClient, sign_in: SignIn
) -> None:
    at_ending = f"/eclc/staff/members/{member.id}/ending"
    before = everything()
    assert "Note the last day" in staff.get(at_ending).text
    for typed, status in (
        ({"last_day": "", "reason": "It merged."}, 422),
        ({"last_day": "2027-01-29", "reason": ""}, 422),
        ({"last_day": "29 January", "reason": "It merged."}, 422),
        ({"last_day": "2020-01-01", "reason": "It merged."}, 409),
    ):
        answer = staff.post(at_ending, data=typed)
        assert (answer.status_code, f'value="{typed["reason"]}"' in answer.text) == (status, True)
    assert everything() == before
    assert staff.post(at_ending, data={"last_day": "2027-01-29", "reason": "It merged."}).status_code == 303
    assert db.session.get_one(Membership, member.id).to_date == JAN_29
    lead = sign_in(staff.application.test_client(), lead_of(member.district_id))
    assert "The membership ends on Fri, Jan" in words(lead.get("/eclc/district").text)
    assert staff.post(f"{at_ending}/taking-back").status_code == 303
    assert db.session.get_one(Membership, member.id).to_date is None


def test_staff_note_a_move_or_that_somebody_just_leaves(member: Membership, staff: FlaskClient) -> None:
    river = begin_membership(1, a_district("River"), date(2026, 12, 1), None)
    at_move = f"/eclc/staff/members/{member.id}/people/{job_of(TEACHER).id}/move"
    page = staff.get(at_move).text
    assert [name in page for name in ("River Public Schools", "None of our members")] == [True, True]
    before = everything()
    good = {"district": str(river.id), "role": "teacher-sped", "from_day": "2027-01-30"}
    for slip in (
        {"district": ""},
        {"district": str(member.id)},
        {"role": "x"},
        {"from_day": "soon"},
        {"district": "9²"},
    ):
        assert staff.post(at_move, data={**good, **slip}).status_code == 422
    assert everything() == before
    assert staff.post(at_move, data=good).location == f"/eclc/staff/members/{member.id}"
    assert (job_of(TEACHER).to_date, owed("job_begins")) == (JAN_29, [("job_begins", TEACHER)])
    lead = f"/eclc/staff/members/{member.id}/people/{job_of('lead.harbor@example.org').id}/move"
    answer = staff.post(lead, data={**good, "district": "0"})
    assert (answer.status_code, "acts for this district" in answer.text) == (409, True)


def test_a_member_of_another_community_has_no_page_for_staff(member: Membership, staff: FlaskClient) -> None:
    other = begin_membership(a_community("other").id, member.district, date(2026, 12, 1), None)
    at_member = f"/eclc/staff/members/{other.id}"
    assert [staff.get(path).status_code for path in (at_member, f"{at_member}/ending")] == [404, 404]
    assert [staff.post(f"{at_member}/{rest}").status_code for rest in ("ending", "ending/taking-back", "leads")] == [
        404
    ] * 3
    assert is_member(other.community_id, member.district_id)


def test_a_lead_ends_a_colleague_s_job_and_takes_a_seat_back(
    member: Membership, staff: FlaskClient, sign_in: SignIn
) -> None:
    lead = sign_in(staff.application.test_client(), lead_of(member.district_id))
    here, seat = f"/eclc/district/{member.district_id}", seats_of(member.id)[1]
    before = everything()
    assert [lead.get(f"{here}/{rest}").status_code for rest in (
        f"people/{job_of(TEACHER).id}/leaving", f"seats/{seat.id}/return")] == [200, 200]  # fmt: skip
    for path in (f"{here}/people/{job_of(TEACHER).id}/leaving", f"{here}/seats/{seat.id}/return"):
        assert lead.post(path, data={"last_day": "soon"}).status_code == 422
        assert lead.post(path, data={"last_day": "2020-01-01"}).status_code == 409
    assert everything() == before
    answer = lead.post(f"{here}/seats/{seat.id}/return", data={"last_day": "2027-01-29"})
    assert answer.location == f"/eclc/district?district={member.district_id}"
    raw, seats = lead.get("/eclc/district").text, seats_of(member.id)
    page = words(raw)
    assert ["Until Fri, Jan" in page, "Free from Sat, Jan" in page] == [True, True]
    assert [f'id="invite-{one.id}"' in raw for one in seats[-2:]] == [True, False]  # the last one is not there yet
    answer = lead.post(f"{here}/people/{job_of(TEACHER).id}/leaving", data={"last_day": "2027-01-29"})
    assert (answer.location, job_of(TEACHER).to_date) == (f"{here}/people", JAN_29)
    history = words(lead.get(f"{here}/history").text)
    assert "Teacher Harbor leaves the district as Special education teacher, last day January 29, 2027" in history


def test_a_lead_without_a_job_is_somebody_who_acts_for_the_district(
    member: Membership, staff: FlaskClient, sign_in: SignIn
) -> None:
    typed = {"name": "Principal", "email": "principal@example.org"}
    staff.post(f"/eclc/staff/members/{member.id}/leads", data=typed)
    lead = sign_in(staff.application.test_client(), lead_of(member.district_id))
    here = f"/eclc/district/{member.district_id}/people"
    assert "Principal Acts for the district Tue, Dec" in words(lead.get(here).text).replace("\xa0", " ")
    leaving = lead.get(f"{here}/{job_of('principal@example.org').id}/leaving").text
    assert "Job Acts for the district" in words(leaving)


def test_an_educator_ends_their_own_job_but_nobody_else_s(
    member: Membership, staff: FlaskClient, sign_in: SignIn
) -> None:
    teacher = find_account(TEACHER)
    assert teacher is not None
    browser = sign_in(staff.application.test_client(), teacher)
    here = f"/eclc/district/{member.district_id}/people"
    lead_job = job_of("lead.harbor@example.org")
    assert browser.get(f"{here}/{lead_job.id}/leaving").status_code == 404
    assert browser.post(f"{here}/{lead_job.id}/leaving", data={"last_day": "2027-01-29"}).status_code == 404
    assert browser.get(here).status_code == 404
    assert f"/eclc/district/{member.district_id}/leaving" in browser.get("/eclc/district").text
    own = browser.get(f"/eclc/district/{member.district_id}/leaving")
    assert (own.status_code, own.location) == (303, f"{here}/{job_of(TEACHER).id}/leaving")
    assert "You leave Harbor" in browser.get(own.location).text
    answer = browser.post(f"{here}/{job_of(TEACHER).id}/leaving", data={"last_day": "2027-01-29"})
    assert (answer.location, owed("job_ends")) == ("/eclc/district", [("job_ends", "lead.harbor@example.org")])


def test_who_noted_a_last_day_is_led_back_and_who_has_no_job_here_finds_nothing(
    member: Membership, staff: FlaskClient, sign_in: SignIn, at: At
) -> None:
    teacher, here = find_account(TEACHER), f"/eclc/district/{member.district_id}"
    assert teacher is not None
    browser = sign_in(staff.application.test_client(), teacher)
    browser.post(f"{here}/people/{job_of(TEACHER).id}/leaving", data={"last_day": "2027-01-29"})
    before = everything()
    again = browser.get(f"{here}/leaving")
    assert (again.status_code, again.location) == (303, f"/eclc/district?district={member.district_id}")
    assert "Your last day is noted already." in browser.get(again.location).text
    assert everything() == before
    at("2027-01-30 09:00")
    assert sign_in(browser, teacher).get(f"{here}/leaving").status_code == 404


def test_a_job_without_a_last_day_is_the_one_that_can_end(
    member: Membership, staff: FlaskClient, sign_in: SignIn
) -> None:
    teacher, job = find_account(TEACHER), job_of(TEACHER)
    assert teacher is not None
    with transaction():
        other = affiliate(teacher, 1, member.district, "coach", job.from_date, None)
        end_affiliation(job, JAN_29, None)
    own = sign_in(staff.application.test_client(), teacher).get(f"/eclc/district/{member.district_id}/leaving")
    assert own.location == f"/eclc/district/{member.district_id}/people/{other.id}/leaving"


def test_the_cohort_that_a_round_fills_leads_to_its_page(member: Membership, staff: FlaskClient) -> None:
    found = cohort_of(db.session.query(Round).one())
    assert f"/eclc/cohorts/{found.slug}" in staff.get(f"/eclc/staff/members/{member.id}").text
