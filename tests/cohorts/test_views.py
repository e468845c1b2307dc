from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account
from portal.cohorts.models import PlaceOffer, TeamSeat
from portal.cohorts.operations import accept_offer, claim_team_seat, invite_to_team
from portal.communities.models import Community
from portal.core.db import db
from portal.districts.operations import grant_lead
from portal.districts.queries import is_member, leads_of
from portal.letters.models import Letter
from portal.reviews.operations import prepare_decision
from tests.cohorts.builders import (
    a_closing_round,
    a_community,
    a_district,
    a_lead,
    a_led_letter,
    a_letter,
    a_staff_member,
    an_offer,
    decided,
    everything,
    link_to,
    owed,
    seats_of,
)

At = Callable[[str], Any]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
Count = Callable[[], AbstractContextManager[list[str]]]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def letter(community: Community) -> Letter:
    """Harbor's letter, sent, in a round that has closed."""
    return a_led_letter(a_closing_round(community))


@pytest.fixture
def lead(community: Community, letter: Letter) -> Account:
    return leads_of(community.id, letter.district_id)[0]


@pytest.fixture
def offer(community: Community, letter: Letter) -> PlaceOffer:
    return an_offer(letter, a_staff_member(community))


@pytest.fixture
def seats(offer: PlaceOffer, lead: Account) -> list[TeamSeat]:
    return seats_of(accept_offer(offer, lead).id)


def at_letter(letter: Letter, rest: str) -> str:
    return f"/eclc/letters/{letter.id}/{rest}"


def test_a_lead_sees_that_the_letter_is_read_and_nothing_of_a_prepared_decision(
    community: Community, letter: Letter, lead: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    page = sign_in(client, lead).get(at_letter(letter, "standing")).text
    prepare_decision(letter, "accept", "A secret reason.", a_staff_member(community))
    assert client.get(at_letter(letter, "standing")).text == page
    assert ["Your letter is being read" in page, f"XX-2026-{letter.id:04d}" in page, "offer/acceptance" in page] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    "outcome, title",
    [("accept", "There is a place for your district"), ("waitlist", "on the waitlist"), ("decline", "Not this time")],
)
def test_a_released_decision_is_shown_without_the_reason_or_the_names_of_staff(
    community: Community, letter: Letter, lead: Account, client: FlaskClient, sign_in: SignIn, outcome: str, title: str
) -> None:
    decided(letter, outcome, a_staff_member(community), rationale="A secret reason.")
    page = sign_in(client, lead).get(at_letter(letter, "standing")).text
    assert [title in page, "secret" in page, "Program staff" in page] == [True, False, False]
    assert ("You are number 1 in line." in page) == (outcome == "waitlist")


def test_a_lead_without_a_member_district_reads_of_the_offer_and_until_when(
    offer: PlaceOffer, lead: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    page = sign_in(client, lead).get("/eclc/district").text.replace("\u00a0", " ")
    assert all(words in page for words in ("A place is offered to Harbor. Answer by", "Jan 15, 2027, 5:00 PM"))
    assert at_letter(offer.letter, "standing") in page


def test_a_lead_without_a_member_district_reads_where_each_letter_stands(
    community: Community, letter: Letter, lead: Account, client: FlaskClient, sign_in: SignIn, count_queries: Count
) -> None:
    sign_in(client, lead).get("/eclc/district")
    with count_queries() as one:
        page = client.get("/eclc/district").text
    assert ["Your letter is being read." in page, "is offered" in page] == [True, False]
    prepare_decision(letter, "accept", "", a_staff_member(community))
    assert client.get("/eclc/district").text == page
    for name in ("River", "Hill"):
        grant_lead(lead, community.id, a_led_letter(letter.round, name).district, None)
    with count_queries() as three:
        assert client.get("/eclc/district").text.count("Your letter is being read.") == 3
    assert len(three) <= len(one), "\n".join(three)


def test_a_stranger_s_letter_offer_and_seat_do_not_exist(
    offer: PlaceOffer, letter: Letter, seats: list[TeamSeat], client: FlaskClient, sign_in: SignIn
) -> None:
    other = a_lead(letter.round.community, a_district("River"))
    sign_in(client, other)
    before = everything()
    paths = [
        at_letter(letter, "standing"),
        at_letter(letter, "offer/refusal"),
        f"/eclc/district?district={letter.district_id}",
    ]
    posts = [
        at_letter(letter, "offer/acceptance"),
        at_letter(letter, "offer/refusal"),
        f"/eclc/district/seats/{seats[2].id}/invitation",
    ]
    assert [client.get(path).status_code for path in paths[:2]] == [404, 404]
    assert [client.post(path, data={"name": "A", "email": "a@example.org"}).status_code for path in posts] == [404] * 3
    assert everything() == before


def test_a_visitor_is_asked_to_sign_in(letter: Letter, client: FlaskClient) -> None:
    answers = [client.get(at_letter(letter, "standing")), client.post(at_letter(letter, "offer/acceptance"))]
    assert [(answer.status_code, "/sign-in" in answer.location) for answer in answers] == [(303, True)] * 2


def test_a_letter_without_an_offer_has_nothing_to_answer(
    letter: Letter, lead: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    assert sign_in(client, lead).post(at_letter(letter, "offer/acceptance")).status_code == 404


def test_accepting_leads_to_the_district_s_page(
    offer: PlaceOffer, letter: Letter, lead: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    answer = sign_in(client, lead).post(at_letter(letter, "offer/acceptance"))
    assert (answer.status_code, answer.location) == (303, f"/eclc/district?district={letter.district_id}")
    page = client.get(answer.location).text
    assert ["The place is yours" in page, "1 of 3 seats joined" in page, "Name a team of about twelve" in page] == [
        True
    ] * 3


def test_looking_at_the_refusal_turns_nothing_down(
    offer: PlaceOffer, letter: Letter, lead: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, lead)
    before = everything()
    assert client.get(at_letter(letter, "offer/refusal")).status_code == 200
    assert everything() == before


def test_turning_down_takes_a_note_along(
    offer: PlaceOffer, letter: Letter, lead: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, lead)
    too_long = client.post(at_letter(letter, "offer/refusal"), data={"note": "x" * 501})
    answer = client.post(at_letter(letter, "offer/refusal"), data={"note": "No substitutes."})
    assert (too_long.status_code, answer.status_code, answer.location) == (422, 303, at_letter(letter, "standing"))
    kept = db.session.get_one(PlaceOffer, offer.id)
    assert (kept.status, kept.note, is_member(1, letter.district_id)) == ("turned_down", "No substitutes.", False)
    again = client.post(at_letter(letter, "offer/acceptance"), headers={"Referer": "http://localhost:8000/"})
    assert again.status_code == 303
    assert "turned this place down" in client.get(at_letter(letter, "standing")).text


def test_a_lead_whose_district_is_no_member_is_led_to_the_letter(
    letter: Letter, lead: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    page = sign_in(client, lead).get("/eclc/district").text
    assert [at_letter(letter, "standing") in page, "not a member of" in page] == [True, True]


def test_somebody_without_a_district_reads_how_to_get_in(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    page = sign_in(client, find_or_open_account(email="stranger@example.org")).get("/eclc/district")
    assert (page.status_code, "You are in no member district yet." in page.text) == (200, True)


def test_a_lead_invites_a_colleague_to_a_seat_by_part_or_by_page(
    seats: list[TeamSeat], lead: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, lead)
    path, field = f"/eclc/district/seats/{seats[2].id}/invitation", f"seat-{seats[2].id}-"
    typed = {f"{field}name": "Nurse", f"{field}email": "nurse@example.org"}
    answer = client.post(path, data=typed, headers=HTMX)
    assert (answer.status_code, answer.text.startswith('<section id="team"')) == (200, True)
    assert "A link went to nurse@example.org." in answer.text
    plain = client.post(path, data=typed)
    assert (plain.status_code, plain.location) == (303, "/eclc/district")
    assert owed("team_invitation")[1:] == [("team_invitation", "nurse@example.org")] * 2


@pytest.mark.parametrize(
    "name, email, status, sentence",
    [
        ("", "nurse@example.org", 422, "Give your colleague’s name."),
        ("Nurse", "", 422, "Give your colleague’s mail address."),
        ("Nurse", "no address", 409, "Give one mail address"),
        ("Nurse", "teacher.harbor@example.org", 409, "has another seat on your team"),
    ],
)
def test_what_cannot_be_mailed_comes_back_as_typed(
    seats: list[TeamSeat],
    lead: Account,
    client: FlaskClient,
    sign_in: SignIn,
    name: str,
    email: str,
    status: int,
    sentence: str,
) -> None:
    sign_in(client, lead)
    path, field = f"/eclc/district/seats/{seats[2].id}/invitation", f"seat-{seats[2].id}-"
    before = everything()
    for headers in ({}, HTMX):
        answer = client.post(path, data={f"{field}name": name, f"{field}email": email}, headers=headers)
        assert (answer.status_code, sentence in answer.text, f'value="{email}"' in answer.text) == (status, True, True)
        assert answer.text.count('id="team"') == 1
    assert everything() == before


def test_a_member_reads_the_team_without_addresses_and_forms(
    seats: list[TeamSeat], client: FlaskClient, sign_in: SignIn
) -> None:
    claim_team_seat(link_to(seats[1]), "Teacher")
    account = find_or_open_account(email="teacher.harbor@example.org")
    page = sign_in(client, account).get("/eclc/district").text
    assert ["2 of 3 seats joined" in page, "seats/" in page, "lead.harbor@example.org" in page] == [True, False, False]
    answer = client.post(f"/eclc/district/seats/{seats[2].id}/invitation")
    assert answer.status_code == 404


def test_a_person_with_two_districts_chooses(
    seats: list[TeamSeat], letter: Letter, lead: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    second = a_letter(letter.round, a_district("River"))
    a_lead(letter.round.community, second.district, lead.email)
    staff = find_or_open_account(email="staff@example.org")
    accept_offer(an_offer(second, staff), lead)
    sign_in(client, lead)
    pages = [client.get(f"/eclc/district{rest}").text for rest in ("", f"?district={second.district_id}")]
    assert ["<h1>Harbor Public" in pages[0], "<h1>River Public" in pages[1]] == [True, True]
    assert [client.get(f"/eclc/district?district={bad}").status_code for bad in ("99999999999999999999", "0")] == [
        404,
        404,
    ]


def test_looking_at_a_team_link_changes_nothing(seats: list[TeamSeat], client: FlaskClient) -> None:
    before = everything()
    path = f"/eclc/join/{link_to(seats[1])}"
    assert [client.get(path).status_code, client.head(path).status_code, client.get(path).status_code] == [200] * 3
    assert everything() == before


def test_joining_claims_the_seat_and_signs_nobody_in(seats: list[TeamSeat], client: FlaskClient) -> None:
    path = f"/eclc/join/{link_to(seats[1])}"
    answer = client.post(path, data={"name": "Teacher Harbor"})
    assert (answer.status_code, answer.location) == (303, path)
    page = client.get(path)
    assert ["You are on the team" in page.text, "Signed in as" in page.text] == [True, False]
    assert owed("sign_in_link") == [("sign_in_link", "teacher.harbor@example.org")]
    again = client.post(path, data={"name": "Somebody else"})
    assert (again.status_code, db.session.get_one(TeamSeat, seats[1].id).name) == (303, "Teacher Harbor")


def test_joining_asks_for_a_name(seats: list[TeamSeat], client: FlaskClient) -> None:
    before = everything()
    answers = [client.post(f"/eclc/join/{link_to(seats[1])}", data={"name": name}) for name in ("", "x" * 81)]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert everything() == before


def test_an_old_link_offers_a_new_one_with_one_press(seats: list[TeamSeat], client: FlaskClient, at: At) -> None:
    path = f"/eclc/join/{link_to(seats[1])}"
    at("2027-02-01 10:00")
    assert "Mail me a new link" in client.get(path).text
    refused = client.post(path, data={"name": "Teacher"})
    renewed = client.post(f"{path}/renewal")
    assert (refused.status_code, renewed.status_code, len(owed("team_invitation"))) == (409, 303, 2)
    assert client.get(f"/eclc/join/{link_to(seats[1])}").text.count("Join the team of") >= 1


def test_an_unknown_link_and_a_link_of_another_community_are_no_pages(
    seats: list[TeamSeat], client: FlaskClient
) -> None:
    a_community("other")
    paths = [f"/eclc/join/{'x' * 43}", f"/other/join/{link_to(seats[1])}", "/eclc/join/short"]
    assert [client.get(path).status_code for path in paths] == [404] * 3
    assert [client.post(path, data={"name": "A"}).status_code for path in paths] == [404] * 3
    assert [client.post(f"{path}/renewal").status_code for path in paths] == [404] * 3


def test_a_seat_that_went_elsewhere_says_whom_to_ask(seats: list[TeamSeat], lead: Account, client: FlaskClient) -> None:
    old = link_to(seats[1])
    invite_to_team(seats[1], "Nurse", "nurse@example.org", lead)
    assert "This seat went to somebody else" in client.get(f"/eclc/join/{old}").text


def test_a_district_s_pages_ask_seven_times_at_most_for_three_seats_or_ten(
    seats: list[TeamSeat], letter: Letter, lead: Account, client: FlaskClient, sign_in: SignIn, count_queries: Any
) -> None:
    sign_in(client, lead)
    pages, asked = (at_letter(letter, "standing"), "/eclc/district"), []
    for _ in range(2):
        for path in pages:
            with count_queries() as statements:
                client.get(path)
            asked.append(len(statements))
        seat = db.session.get_one(TeamSeat, seats[2].id)
        more = {"membership_id": seat.membership_id, "role": seat.role, "from_date": seat.from_date}
        db.session.add_all(TeamSeat(**more) for _ in range(7))
        db.session.commit()
    assert (asked[:2], max(asked) <= 7) == (asked[2:], True)
