from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.accounts.queries import find_account
from portal.cohorts.join_queries import LINK_PURPOSE, REQUEST_PURPOSE, running_link
from portal.cohorts.joining import Joiner, ask_to_join, confirm_join, end_join_link, make_join_link
from portal.cohorts.models import JoinRequest
from portal.cohorts.operations import accept_offer
from portal.core.db import db, transaction
from portal.core.tokens import token_of
from portal.districts.models import Membership
from portal.districts.queries import is_member, leads_of
from portal.letters.models import Letter
from tests.cohorts.builders import (
    DECIDING,
    a_closing_round,
    a_community,
    a_district,
    a_lead,
    a_led_letter,
    a_staff_member,
    an_offer,
    everything,
    owed,
)

At = Callable[[str], Any]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
HTMX = {"HX-Request": "true"}
TYPED = {"name": "Nurse", "email": "nurse@harborschools.org", "role": "teacher-sped", "school": "Harbor Middle"}


@pytest.fixture
def letter(app: Flask, at: At) -> Letter:
    at(DECIDING)
    letter = a_led_letter(a_closing_round(a_community()))
    with transaction():
        letter.district.domain = "harborschools.org"
    return letter


@pytest.fixture
def member(letter: Letter) -> Membership:
    return accept_offer(an_offer(letter, a_staff_member(letter.round.community)), lead_of(letter.district_id))


@pytest.fixture
def neighbor(member: Membership) -> Membership:
    """River, a member too, with the same domain of mail as Harbor."""
    community = db.session.get_one(Letter, 1).round.community
    second = a_led_letter(db.session.get_one(Letter, 1).round, "River")
    with transaction():
        second.district.domain = "harborschools.org"
    return accept_offer(an_offer(second, a_staff_member(community)), None)


def lead_of(district_id: int) -> Account:
    return leads_of(1, district_id)[0]


def newest() -> JoinRequest:
    return db.session.query(JoinRequest).order_by(JoinRequest.id.desc()).first()  # type: ignore[return-value]


def test_from_the_school_address_to_the_district_in_three_steps(member: Membership, client: FlaskClient) -> None:
    assert "Join your district" in client.get("/eclc/join").text
    answer = client.post("/eclc/join", data=TYPED)
    assert (answer.status_code, answer.location) == (303, "/eclc/join/sent")
    path = f"/eclc/join/requests/{token_of(newest(), REQUEST_PURPOSE)}"
    before = everything()
    page = client.get(path).text
    assert ["Harbor Public Schools" in page, "so you are in at once" in page, everything() == before] == [True] * 3
    assert client.post(path).location == path
    assert "You are in" in client.get(path).text
    assert (newest().outcome, find_account(TYPED["email"]) is not None) == ("joined", True)


def test_by_part_the_page_moves_on_by_itself(member: Membership, client: FlaskClient) -> None:
    answer = client.post("/eclc/join", data=TYPED, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, "/eclc/join/sent")


@pytest.mark.parametrize("email", ["nurse@gmail.com", "nurse@elsewhere.org", "nurse@students.harborschools.org"])
def test_an_address_that_tells_nothing_asks_which_district(member: Membership, client: FlaskClient, email: str) -> None:
    before = everything()
    for headers in ({}, HTMX):
        answer = client.post("/eclc/join", data={**TYPED, "email": email}, headers=headers)
        assert (answer.status_code, "Choose it from the list" in answer.text) == (422, True)
        assert f'value="{email}"' in answer.text
    assert everything() == before
    chosen = client.post("/eclc/join", data={**TYPED, "email": email, "district": str(member.district_id)})
    assert (chosen.status_code, newest().fits, owed("join_confirmation")) == (
        303,
        False,
        [("join_confirmation", email)],
    )


def test_an_address_of_several_members_asks_which(
    member: Membership, neighbor: Membership, client: FlaskClient
) -> None:
    assert client.post("/eclc/join", data=TYPED).status_code == 422
    answer = client.post("/eclc/join", data={**TYPED, "district": str(neighbor.district_id)})
    assert (answer.status_code, newest().membership_id, newest().fits) == (303, neighbor.id, True)


@pytest.mark.parametrize("district", ["999999", "x", "2²"])
def test_a_district_that_is_no_member_is_no_choice(member: Membership, client: FlaskClient, district: str) -> None:
    other = a_district("Cove")
    before = everything()
    for number in (district, str(other.id)):
        typed = {**TYPED, "email": "nurse@example.org", "district": number}
        assert client.post("/eclc/join", data=typed).status_code == 422
    assert everything() == before


def test_the_answer_is_the_same_whether_or_not_there_is_an_account(member: Membership, client: FlaskClient) -> None:
    confirm_join(token_of(ask_to_join(member, Joiner(**TYPED)), REQUEST_PURPOSE))
    known = client.post("/eclc/join", data=TYPED)
    assert owed("join_known") == [("join_known", TYPED["email"])]
    unknown = client.post("/eclc/join", data={**TYPED, "email": "new@harborschools.org"})
    assert (known.status_code, known.data, known.location) == (unknown.status_code, unknown.data, unknown.location)


@pytest.mark.parametrize("missing", ["name", "email", "role"])
def test_what_is_missing_is_asked_for(member: Membership, client: FlaskClient, missing: str) -> None:
    before = everything()
    answer = client.post("/eclc/join", data={**TYPED, missing: ""})
    assert (answer.status_code, "One answer needs another look" in answer.text, everything()) == (422, True, before)


def test_where_no_district_is_a_member_the_page_shows_the_way_in(letter: Letter, client: FlaskClient) -> None:
    page = client.get("/eclc/join").text
    assert ["No district is a member here yet." in page, "<form action" in page.split("<footer")[0]] == [True, False]


def test_a_lead_makes_a_link_gives_it_away_renews_and_ends_it(
    member: Membership, client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, lead_of(member.district_id))
    at_district = f"/eclc/district/{member.district_id}"
    made = client.post(f"{at_district}/join-link", headers=HTMX)
    assert (made.status_code, made.text.startswith('<section id="joining"')) == (200, True)
    assert "The link is made." in made.text
    shown = re.search(r"/eclc/join/by/([\w-]+)", made.text)
    assert shown is not None
    visitor = client.application.test_client()
    assert "Join Harbor Public Schools" in visitor.get(shown[0]).text
    assert visitor.post(shown[0], data={**TYPED, "email": "nurse@example.org"}).location == "/eclc/join/sent"
    assert (newest().way, newest().membership_id) == ("link", member.id)
    assert client.post(f"{at_district}/join-link").location == f"{at_district}/people"
    assert "This link was ended" in visitor.get(shown[0]).text
    refused = visitor.post(shown[0], data=TYPED)
    assert (refused.status_code, "ended by the district’s lead" in refused.text) == (409, True)
    assert "The earlier one does not work any more." in client.post(f"{at_district}/join-link", headers=HTMX).text
    client.post(f"{at_district}/join-link/ending")
    assert running_link(member.id) is None
    assert "There is no link now" in client.get(f"{at_district}/people").text


def test_a_lead_lets_in_or_turns_away_who_has_confirmed(
    member: Membership, client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, lead_of(member.district_id))
    asked = [
        ask_to_join(member, Joiner(name, f"{name.lower()}@example.org", "teacher-sped")) for name in ("Ann", "Ben")
    ]
    for one in asked:
        confirm_join(token_of(one, REQUEST_PURPOSE))
    page = client.get(f"/eclc/district/{member.district_id}/people").text
    assert ["Ann" in page, "Ben" in page, "Who works here" in page] == [True] * 3
    at_requests = f"/eclc/district/{member.district_id}/requests"
    answers = [
        client.post(f"{at_requests}/{one.id}/{outcome}")
        for one, outcome in zip(asked, ("joined", "declined"), strict=True)
    ]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert [one.outcome for one in asked] == ["joined", "declined"]
    assert client.post(f"{at_requests}/{asked[0].id}/nonsense").status_code == 404
    turned_away = client.get(f"/eclc/join/requests/{token_of(asked[1], REQUEST_PURPOSE)}").text
    assert ["The district did not accept your request" in turned_away, "decides" in turned_away] == [True, False]


@pytest.mark.parametrize("domain", ["harborschools.org", ""])
def test_the_lead_reads_that_addresses_of_the_district_are_in_only_where_its_domain_is_known(
    member: Membership, client: FlaskClient, sign_in: SignIn, domain: str
) -> None:
    with transaction():
        member.district.domain = domain
    make_join_link(member, lead_of(member.district_id))
    page = sign_in(client, lead_of(member.district_id)).get(f"/eclc/district/{member.district_id}/people").text
    words = ("own domain is in at once", "where it is not one of your district, you decide")
    others = ("web address is not on record, so you decide about each one", "by mail; then you decide")
    assert [word in page for word in words + others] == [bool(domain)] * 2 + [not domain] * 2


def test_buttons_about_a_request_begin_with_what_is_seen_and_end_with_whom(
    member: Membership, client: FlaskClient, sign_in: SignIn
) -> None:
    confirm_join(token_of(ask_to_join(member, Joiner("Ann", "ann@example.org", "teacher-sped")), REQUEST_PURPOSE))
    staff = sign_in(
        client.application.test_client(), db.session.query(Account).filter_by(email="staff@example.org").one()
    )
    at_staff = staff.get(f"/eclc/staff/members/{member.id}").text
    at_lead = sign_in(client, lead_of(member.district_id)).get(f"/eclc/district/{member.district_id}/people").text
    for page, where in ((at_lead, "here"), (at_staff, "there")):
        assert 'Let in<span class="vh"> Ann</span>' in page
        assert f'They do not work {where}<span class="vh">: Ann</span>' in page


def test_the_district_s_page_tells_its_lead_that_somebody_asks_and_nobody_else(
    member: Membership, client: FlaskClient, sign_in: SignIn
) -> None:
    confirm_join(token_of(ask_to_join(member, Joiner(**TYPED)), REQUEST_PURPOSE))  # in: a member without the lead
    sign_in(client, lead_of(member.district_id))
    before = client.get("/eclc/district").text
    for name in ("ann", "ben"):
        request = ask_to_join(member, Joiner(name, f"{name}@example.org", "teacher-sped"))
        assert (name, "asks to join" in client.get("/eclc/district").text) == (name, name == "ben")
        confirm_join(token_of(request, REQUEST_PURPOSE))
    after = client.get("/eclc/district").text.replace("\xa0", " ")
    assert ["to join" in before, "2 people ask to join" in after] == [False, True]
    assert f'href="/eclc/district/{member.district_id}/people#joining"' in after
    colleague = find_account(TYPED["email"])
    assert colleague is not None
    assert "to join" not in sign_in(client.application.test_client(), colleague).get("/eclc/district").text


def test_what_belongs_to_the_lead_does_not_exist_for_others(
    member: Membership, neighbor: Membership, client: FlaskClient, sign_in: SignIn
) -> None:
    request = confirm_join(
        token_of(ask_to_join(member, Joiner("Ann", "ann@example.org", "teacher-sped")), REQUEST_PURPOSE)
    )
    colleague = find_account("lead.river@example.org")
    assert colleague is not None
    sign_in(client, colleague)
    here, there = (f"/eclc/district/{one.district_id}" for one in (member, neighbor))
    before = everything()
    assert client.get(f"{here}/people").status_code == 404
    posts = ["join-link", "join-link/ending", f"requests/{request.id}/joined", "lead", "lead/taking-back"]
    assert [client.post(f"{here}/{rest}").status_code for rest in posts] == [404] * 5
    assert client.post(f"{there}/requests/{request.id}/joined").status_code == 404  # somebody else's request
    assert (everything(), is_member(1, member.district_id)) == (before, True)


def test_links_of_another_community_and_unknown_ones_are_no_pages(member: Membership, client: FlaskClient) -> None:
    other = a_community("other")
    link = make_join_link(member, lead_of(member.district_id))
    request = ask_to_join(member, Joiner(**TYPED))
    tokens = [token_of(link, LINK_PURPOSE), token_of(request, REQUEST_PURPOSE)]
    paths = [f"/{other.slug}/join/by/{tokens[0]}", f"/{other.slug}/join/requests/{tokens[1]}"]
    paths += [f"/eclc/join/by/{tokens[1]}", f"/eclc/join/requests/{tokens[0]}", f"/eclc/join/by/{'x' * 43}"]
    before = everything()
    assert [client.get(path).status_code for path in paths] == [404] * 5
    assert [client.post(path, data=TYPED).status_code for path in paths] == [404] * 5
    assert everything() == before


def test_a_request_by_a_link_that_is_ended_meanwhile_can_still_be_confirmed(
    member: Membership, client: FlaskClient
) -> None:
    lead = lead_of(member.district_id)
    request = ask_to_join(member, Joiner(**TYPED), link=make_join_link(member, lead))
    end_join_link(member, lead)
    client.post(f"/eclc/join/requests/{token_of(request, REQUEST_PURPOSE)}")
    assert db.session.get_one(JoinRequest, request.id).outcome == "joined"


def test_the_people_page_asks_as_often_for_one_as_for_five(
    member: Membership, client: FlaskClient, sign_in: SignIn, count_queries: Any
) -> None:
    sign_in(client, lead_of(member.district_id))
    asked = []
    for number in range(2):
        with count_queries() as statements:
            client.get(f"/eclc/district/{member.district_id}/people")
        asked.append(len(statements))
        for name in "abcd" if not number else "":
            person = Joiner(name, f"{name}@harborschools.org", "teacher-sped")
            confirm_join(token_of(ask_to_join(member, person), REQUEST_PURPOSE))
    a_lead(db.session.get_one(Letter, 1).round.community, member.district, "second@example.org")
    assert asked[0] == asked[1]
