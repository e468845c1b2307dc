from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account
from portal.cohorts.models import CommitmentCheck
from portal.cohorts.operations import accept_offer, claim_team_seat
from portal.cohorts.promise_queries import find_promise, kept_promises, pledge_of
from portal.cohorts.promises import tick_promise, untick_promise
from portal.cohorts.teams import invite_to_team
from portal.communities.models import Community
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.districts.models import Membership
from portal.districts.queries import leads_of
from portal.rounds.models import Commitment, Question
from tests.cohorts.builders import (
    DECIDING,
    a_closing_round,
    a_community,
    a_led_letter,
    a_staff_member,
    an_offer,
    everything,
    link_to,
    seats_of,
)
from tests.cohorts.rush import meet_at, no_lock
from tests.rounds.builders import a_round

At = Callable[[str], Any]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
Rush = Callable[..., list[Any]]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def member(app: Flask, at: At) -> Membership:
    at(DECIDING)
    return a_member()


def a_member() -> Membership:
    community = a_community()
    letter = a_led_letter(a_closing_round(community))
    return accept_offer(an_offer(letter, a_staff_member(community)), leads_of(1, letter.district_id)[0])


@pytest.fixture
def lead(member: Membership) -> Account:
    return leads_of(1, member.district_id)[0]


@pytest.fixture
def staff(member: Membership) -> Account:
    return find_or_open_account(email="staff@example.org")


def first(member: Membership) -> Commitment:
    return pledge_of(member).promises[0].commitment


def test_a_tick_says_who_and_when_and_how(member: Membership, lead: Account, at: At) -> None:
    at("2027-02-01 14:00")
    tick_promise(member, first(member), note="  Twelve people,\nfour schools. ", by=lead)
    one = pledge_of(member).promises[0]
    assert one.check is not None
    assert (one.is_kept, one.done_by, one.check.note) == (True, "Lead of Harbor", "Twelve people, four schools.")
    assert one.check.done_at == at("2027-02-01 14:00")
    assert [(row.verb, row.data.get("code")) for row in history_of(member)][-1] == ("keep promise", "c1")
    assert kept_promises([member.id]) == {member.id: 1}


def test_a_second_tick_leaves_the_first_as_it_is_but_a_new_note_is_kept(
    member: Membership, lead: Account, staff: Account
) -> None:
    promise = first(member)
    tick_promise(member, promise, note="Twelve people.", by=lead)
    before = everything()
    for note in ("", "Twelve people."):
        assert tick_promise(member, promise, note=note, by=staff).done_by_id == lead.id
    assert everything() == before
    assert tick_promise(member, promise, note="Thirteen people.", by=staff).note == "Thirteen people."
    assert db.session.query(CommitmentCheck).one().done_by_id == staff.id


def test_a_tick_can_be_taken_back_once(member: Membership, lead: Account) -> None:
    promise = first(member)
    untick_promise(member, promise, by=lead)  # nothing is ticked yet
    tick_promise(member, promise, by=lead)
    untick_promise(member, promise, by=lead)
    before = everything()
    untick_promise(member, promise, by=lead)
    assert (everything(), pledge_of(member).promises[0].is_kept) == (before, False)
    assert [row.verb for row in history_of(member)][-2:] == ["keep promise", "reopen promise"]


def test_a_note_longer_than_a_line_is_refused(member: Membership, lead: Account) -> None:
    before = everything()
    with pytest.raises(RuleBroken, match="Shorten the note to 300 characters. It has 301."):
        tick_promise(member, first(member), note="x" * 301, by=lead)
    assert everything() == before


def test_a_promise_of_another_round_is_not_the_district_s(member: Membership) -> None:
    other = a_round(db.session.get_one(Community, member.community_id), slug="round-2027")
    strange = db.session.query(Commitment).filter_by(round_id=other.id).first()
    assert strange is not None
    assert (find_promise(member, strange.id), find_promise(member, first(member).id)) == (None, first(member))


def two_ticks(two_at_once: Rush) -> list[Any]:
    member = a_member()
    number, promise, lead = member.id, first(member).id, leads_of(1, member.district_id)[0].id

    def tick(n: int) -> str:
        by, note = db.session.get_one(Account, lead), f"Note {n}"
        found = db.session.get_one(Commitment, promise)
        return tick_promise(db.session.get_one(Membership, number), found, note=note, by=by).note

    return two_at_once(tick)


def test_two_ticks_at_once_make_one(app: Flask, at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    at(DECIDING)
    meet_at(monkeypatch, "portal.cohorts.promises", "check_of")
    assert sorted(two_ticks(two_at_once)) == ["Note 0", "Note 1"]
    assert db.session.query(CommitmentCheck).count() == 1


def test_without_the_lock_one_of_two_ticks_fails(
    app: Flask, at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(DECIDING)
    meet_at(monkeypatch, "portal.cohorts.promises", "check_of", seconds=10)
    with no_lock(monkeypatch, "portal.cohorts.promises"):
        answers = two_ticks(two_at_once)
    assert any(isinstance(answer, Exception) for answer in answers)  # the unique rows are the last wall


def test_lead_and_staff_tick_the_same_list_and_both_see_it(
    member: Membership, lead: Account, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    promise = first(member)
    at_lead = f"/eclc/district/{member.district_id}/promises/{promise.id}"
    at_staff = f"/eclc/staff/members/{member.id}/promises/{promise.id}"
    sign_in(client, lead)
    answer = client.post(at_lead, data={"note": "Twelve people."}, headers=HTMX)
    assert (answer.status_code, answer.text.startswith('<section id="promises"')) == (200, True)
    assert "1 of 2 ticked" in answer.text
    other = sign_in(client.application.test_client(), staff)
    page = other.get(f"/eclc/staff/members/{member.id}").text
    assert ["Twelve people." in page, "Lead of Harbor" in page] == [True, True]
    assert other.post(f"{at_staff}/removal").location == f"/eclc/staff/members/{member.id}"
    assert "0 of 2 ticked" in client.get("/eclc/district").text
    assert other.post(at_staff, headers=HTMX).status_code == 200
    plain = client.post(f"{at_lead}/removal")
    assert (plain.status_code, plain.location) == (303, "/eclc/district")


@pytest.mark.parametrize("note", ["x" * 301, "My number is 123-45-6789."])
def test_a_note_that_cannot_stay_comes_back_as_typed(
    member: Membership, lead: Account, staff: Account, client: FlaskClient, sign_in: SignIn, note: str
) -> None:
    promise, before = first(member), everything()
    doors = {
        lead: f"/eclc/district/{member.district_id}/promises/{promise.id}",
        staff: f"/eclc/staff/members/{member.id}/promises/{promise.id}",
    }
    for person, path in doors.items():
        browser = sign_in(client.application.test_client(), person)
        for headers in ({}, HTMX):
            answer = browser.post(path, data={"note": note}, headers=headers)
            assert (answer.status_code, note in answer.text, answer.text.count('id="promises"')) == (422, True, 1)
    assert {**everything(), "sign_ins": before["sign_ins"]} == before


def test_a_colleague_reads_the_list_and_cannot_tick(member: Membership, client: FlaskClient, sign_in: SignIn) -> None:
    claim_team_seat(link_to(seats_of(member.id)[1]), "Teacher")
    sign_in(client, find_or_open_account(email="teacher.harbor@example.org"))
    page = client.get("/eclc/district").text
    assert ["0 of 2 ticked" in page, "Tick it" in page] == [True, False]
    before = everything()
    path = f"/eclc/district/{member.district_id}/promises/{first(member).id}"
    assert [client.post(path).status_code, client.post(f"{path}/removal").status_code] == [404, 404]
    assert everything() == before


def test_a_promise_that_is_not_there_has_no_door(
    member: Membership, lead: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, lead)
    path = f"/eclc/district/{member.district_id}/promises/999999"
    assert [client.post(path).status_code, client.post(f"{path}/removal").status_code] == [404, 404]


def test_a_lead_reads_how_many_of_the_roster_have_their_mail_until_all_do(
    member: Membership, lead: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, lead)
    page, seats = client.get("/eclc/district").text, seats_of(member.id)
    assert "2 of 3 colleagues on the roster have their mail; name the other one below." in page
    with transaction():
        seats[0].from_date = date(2027, 2, 1)  # comes back later, so nobody can be named yet
        seats[0].affiliation_id, seats[0].email = None, ""
    assert "1 of 2 colleagues on the roster has their mail" in client.get("/eclc/district").text
    invite_to_team(seats[2], "Nurse", "nurse@example.org", lead)
    assert "colleagues on the roster" not in client.get("/eclc/district").text


def test_the_district_sees_what_its_team_lacks(
    member: Membership, lead: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    rules = [
        {"id": "r1", "text": "At least one superintendent", "any_role": ["superintendent"], "min": 1},
        {"id": "r2", "text": "At least four teachers", "any_role": ["teacher-sped"], "min": 4},
    ]
    question = db.session.query(Question).first()
    assert question is not None
    question.kind, question.settings = "roster", {"rules": rules}
    db.session.commit()
    page = sign_in(client, lead).get("/eclc/district").text
    part = page[page.index('id="gaps"') :]
    assert ["Named" in part, "3 missing" in part, "At least four teachers" in part] == [True, True, True]
