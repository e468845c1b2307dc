"""The pages of offers: for the district that was offered a place, and for staff."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account
from portal.cohorts.models import PlaceOffer
from portal.cohorts.offering import accept_offer, change_places, defer_offer, expire_offers, turn_down_offer
from portal.cohorts.queries import offer_of
from portal.cohorts.turning import turn_decision
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.districts.operations import affiliate, end_membership
from portal.districts.queries import leads_of
from portal.letters.models import Editor, Letter
from portal.rounds.models import Round
from tests.cohorts.builders import (
    a_closing_round,
    a_community,
    a_led_letter,
    a_staff_member,
    an_offer,
    decided,
    everything,
    owed,
)
from tests.house.html import faults_of

At = Callable[[str], Any]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
Count = Callable[[], AbstractContextManager[list[str]]]
LATE = "2027-01-15 17:00:01"
LATER = {"day": "2027-01-29", "reason": "The board meets."}


@pytest.fixture
def round(community: Community) -> Round:
    return a_closing_round(community, capacity=1)


@pytest.fixture
def offer(round: Round, staff: Account) -> PlaceOffer:
    return an_offer(a_led_letter(round), staff)


@pytest.fixture
def waiting(offer: PlaceOffer, round: Round, staff: Account) -> Letter:
    return decided(a_led_letter(round, "River"), "waitlist", staff)


@pytest.fixture
def desk(client: FlaskClient, sign_in: SignIn, staff: Account, offer: PlaceOffer) -> FlaskClient:
    return sign_in(client, staff)


@pytest.fixture
def lead(client: FlaskClient, sign_in: SignIn, offer: PlaceOffer) -> FlaskClient:
    return sign_in(client, leads_of(offer.letter.community_id, offer.letter.district_id)[0])


def own(offer: PlaceOffer, rest: str) -> str:
    return f"/eclc/letters/{offer.letter_id}/{rest}"


def of_round(round: Round, rest: str = "offers") -> str:
    return f"/eclc/staff/rounds/{round.id}/{rest}"


def of(offer: PlaceOffer, rest: str) -> str:
    return f"/eclc/staff/offers/{offer.id}/{rest}"


def a_co_editor(letter: Letter) -> Account:
    account = find_or_open_account(email="writer@example.org", name="Writer")
    seat = {"name": account.name, "email": account.email, "invited_at": clock.now(), "joined_at": clock.now()}
    db.session.add(Editor(letter=letter, account_id=account.id, **seat))
    db.session.commit()
    return account


def disable(account: Account) -> None:
    account.disabled_at = clock.now()
    db.session.commit()


def plain(answer: TestResponse) -> str:
    return answer.text.replace("\u00a0", " ")


def state(offer: PlaceOffer) -> str:
    db.session.refresh(offer)
    return offer.status


def test_the_district_reads_until_when_it_can_answer_and_how(lead: FlaskClient, offer: PlaceOffer) -> None:
    page = plain(lead.get(own(offer, "standing")))
    assert all(words in page for words in ("Jan 15, 2027, 5:00", "offer/acceptance", "offer/refusal", "offer/deferral"))


def test_after_its_time_there_is_nothing_to_press(
    client: FlaskClient, sign_in: SignIn, offer: PlaceOffer, at: At
) -> None:
    at("2027-01-15 17:00:00")
    lead = sign_in(client, leads_of(offer.letter.community_id, offer.letter.district_id)[0])
    assert "Accept the place" in lead.get(own(offer, "standing")).text
    at(LATE)
    page = lead.get(own(offer, "standing")).text
    assert ["The time to answer is over" in page, "offer/acceptance" in page] == [True, False]


@pytest.mark.parametrize("rest", ["offer/acceptance", "offer/refusal", "offer/deferral"])
def test_an_answer_that_comes_late_is_refused_with_a_way_on(
    client: FlaskClient, sign_in: SignIn, offer: PlaceOffer, at: At, rest: str
) -> None:
    at(LATE)
    lead = sign_in(client, leads_of(offer.letter.community_id, offer.letter.district_id)[0])
    before = everything()
    lead.post(own(offer, rest))
    assert "Write to the community’s staff" in lead.get(own(offer, "standing")).text
    assert (everything(), state(offer)) == (before, "open")


def test_a_district_waits_for_the_next_round(lead: FlaskClient, offer: PlaceOffer, waiting: Letter) -> None:
    page = lead.get(own(offer, "offer/deferral")).text
    assert ["What is not promised" in page, "goes to another district now" in page] == [True, True]
    answer = lead.post(own(offer, "offer/deferral"), data={"note": "A new superintendent."})
    assert (answer.status_code, state(offer), offer.note) == (303, "deferred", "A new superintendent.")
    page = lead.get(own(offer, "standing")).text
    assert ["Your district waits for the next round" in page, "A new superintendent." in page] == [True, False]
    assert owed("place_offered") == [("place_offered", "lead.river@example.org")]


@pytest.mark.parametrize("rest", ["offer/refusal", "offer/deferral"])
def test_a_question_that_was_answered_leads_to_where_the_letter_stands(
    lead: FlaskClient, offer: PlaceOffer, rest: str
) -> None:
    defer_offer(offer, None)
    answer = lead.get(own(offer, rest))
    assert (answer.status_code, answer.location) == (303, own(offer, "standing"))
    page = lead.get(answer.location).text
    assert ["Your district asked to wait for the next round. Write to" in page, "another district" in page] == [
        True, False,
    ]  # fmt: skip


def test_a_word_that_is_too_long_comes_back_as_typed(lead: FlaskClient, offer: PlaceOffer) -> None:
    answer = lead.post(own(offer, "offer/deferral"), data={"note": "x" * 501})
    assert (answer.status_code, "x" * 501 in answer.text, state(offer)) == (422, True, "open")


def test_who_waits_reads_its_place_and_then_its_offer(
    client: FlaskClient, sign_in: SignIn, offer: PlaceOffer, waiting: Letter
) -> None:
    browser = sign_in(client, leads_of(waiting.community_id, waiting.district_id)[0])
    path = f"/eclc/letters/{waiting.id}/standing"
    assert "You are number 1 in line." in browser.get(path).text
    turn_down_offer(offer, None)
    page = browser.get(path).text
    assert ["There is a place for your district" in page, "you were next in line" in page] == [True, True]


@pytest.mark.parametrize("rest", ["offer/acceptance", "offer/refusal", "offer/deferral"])
def test_another_district_answers_for_itself_only(
    client: FlaskClient, sign_in: SignIn, offer: PlaceOffer, waiting: Letter, rest: str
) -> None:
    browser = sign_in(client, leads_of(waiting.community_id, waiting.district_id)[0])
    before = everything()
    assert browser.post(own(offer, rest)).status_code == 404
    assert (everything(), state(offer)) == (before, "open")


def test_an_old_page_pressed_after_the_membership_ended_leads_to_where_the_letter_stands(
    client: FlaskClient, sign_in: SignIn, offer: PlaceOffer, at: At
) -> None:
    lead = leads_of(offer.letter.community_id, offer.letter.district_id)[0]
    end_membership(accept_offer(offer, lead), clock.now().date(), None)
    at("2027-03-01 09:00")
    answer = sign_in(client, lead).post(own(offer, "offer/acceptance"))
    assert answer.location == own(offer, "standing")
    assert "Your district accepted this place already." in client.get(answer.location).text


@pytest.mark.parametrize("rest", ["offer/acceptance", "offer/refusal", "offer/deferral"])
def test_who_only_writes_the_letter_reads_who_can_answer_and_does_not(
    client: FlaskClient, sign_in: SignIn, offer: PlaceOffer, rest: str
) -> None:
    browser = sign_in(client, a_co_editor(offer.letter))
    page = browser.get(own(offer, "standing")).text
    assert ["Lead of Harbor can answer for Harbor" in page, rest in page] == [True, False]
    before = everything()
    assert browser.post(own(offer, rest)).status_code == 404
    assert (everything(), state(offer)) == (before, "open")


def test_where_nobody_leads_the_writer_reads_that_whoever_does_can_answer(
    client: FlaskClient, sign_in: SignIn, offer: PlaceOffer
) -> None:
    writer = sign_in(client, a_co_editor(offer.letter))
    [lead] = leads_of(offer.letter.community_id, offer.letter.district_id)
    lead.disabled_at = clock.now()
    db.session.commit()
    page = plain(writer.get(own(offer, "standing")))
    assert "Nobody leads your district yet. Whoever does can answer for Harbor." in page


def test_staff_see_who_is_silent_and_who_waits(desk: FlaskClient, round: Round, waiting: Letter) -> None:
    page = plain(desk.get(of_round(round)))
    assert all(words in page for words in ("Waits for an answer", "Jan 15, 2027", "River", "0 of 1"))


def test_the_page_costs_the_same_for_one_district_and_for_three(
    desk: FlaskClient, round: Round, staff: Account, waiting: Letter, count_queries: Count
) -> None:
    with count_queries() as one:
        desk.get(of_round(round))
    change_places(round, 3, "A gift.", staff, seen=1)  # one of them goes to River
    an_offer(a_led_letter(round, "Hill"), staff)
    for name in ("Cove", "Bay", "Point"):
        decided(a_led_letter(round, name), "waitlist", staff)
    with count_queries() as three:
        desk.get(of_round(round))
    assert len(three) <= len(one), "\n".join(one)


def test_staff_who_work_for_a_district_see_nothing_of_its_offer(
    desk: FlaskClient, community: Community, round: Round, staff: Account, offer: PlaceOffer
) -> None:
    affiliate(staff, community.id, offer.letter.district, "superintendent", offer.offered_at.date(), None)
    page = desk.get(of_round(round)).text
    assert ["Harbor" in page, "0 of 1" in page] == [False, True]
    before = everything()
    for rest, data in (("more-time", LATER), ("taking-back", {"reason": "Because."}), ("renewal", {})):
        assert desk.post(of(offer, rest), data=data).status_code == 404
    desk.post(of_round(round, "offers/reminders"), data={"offer": str(offer.id)})
    assert (everything(), state(offer), owed("offer_reminder")) == (before, "open", [])


def test_staff_of_another_community_find_no_such_offer(
    client: FlaskClient, sign_in: SignIn, offer: PlaceOffer, round: Round
) -> None:
    other = a_community("other")
    browser = sign_in(client, a_staff_member(other, email="staff@other.example.org"))
    before = everything()
    assert browser.get(f"/other/staff/rounds/{round.id}/offers").status_code == 404
    for rest, data in (("more-time", LATER), ("taking-back", {"reason": "Because."}), ("renewal", {})):
        assert browser.post(f"/other/staff/offers/{offer.id}/{rest}", data=data).status_code == 404
    assert (everything(), state(offer)) == (before, "open")


def test_staff_remind_those_whom_they_chose(desk: FlaskClient, round: Round, offer: PlaceOffer) -> None:
    assert "Harbor" in desk.get(of_round(round, "offers/reminders")).text
    answer = desk.post(of_round(round, "offers/reminders"), data={})
    assert (answer.status_code, "Choose at least one district." in answer.text) == (422, True)
    assert owed("offer_reminder") == []
    desk.post(of_round(round, "offers/reminders"), data={"offer": str(offer.id)})
    assert owed("offer_reminder") == [("offer_reminder", "lead.harbor@example.org")]
    page = desk.get(of_round(round, "offers/reminders")).text
    assert ["Nobody is to be reminded." in page, "left out: Harbor." in page] == [True, True]


def test_staff_give_more_time(desk: FlaskClient, offer: PlaceOffer) -> None:
    assert desk.get(of(offer, "more-time")).status_code == 200
    assert desk.post(of(offer, "more-time"), data=LATER).status_code == 303
    assert "Jan 29, 2027" in plain(desk.get(of_round(offer.letter.round)))


@pytest.mark.parametrize(
    "data, status",
    [({"day": "2027-01-29", "reason": ""}, 422), ({"day": "soon", "reason": "x"}, 422),
     ({"day": "2027-01-01", "reason": "Sooner."}, 409), ({"day": "9999-12-31", "reason": "x"}, 422),
     ({"day": "2072-01-29", "reason": "A slip."}, 409)],
)  # fmt: skip
def test_more_time_that_is_none_is_refused(
    desk: FlaskClient, offer: PlaceOffer, data: dict[str, str], status: int
) -> None:
    before = everything()
    assert desk.post(of(offer, "more-time"), data=data).status_code == status
    assert everything() == before


@pytest.mark.parametrize("rest", ["more-time", "taking-back"])
def test_what_staff_do_to_an_open_offer_is_not_asked_once_the_district_has_answered(
    desk: FlaskClient, offer: PlaceOffer, rest: str
) -> None:
    accept_offer(offer, None)
    answer = desk.get(of(offer, rest))
    assert (answer.status_code, answer.location.endswith("/offers")) == (303, True)
    assert "The district accepted this place. It is a member now." in desk.get(answer.location).text


def test_staff_take_an_offer_back(desk: FlaskClient, offer: PlaceOffer, waiting: Letter) -> None:
    assert desk.get(of(offer, "taking-back")).status_code == 200
    assert desk.post(of(offer, "taking-back"), data={"reason": ""}).status_code == 422
    assert desk.post(of(offer, "taking-back"), data={"reason": "A mistake."}).status_code == 303
    assert (state(offer), owed("place_offered")) == ("taken_back", [("place_offered", "lead.river@example.org")])


def test_staff_offer_a_place_again(desk: FlaskClient, round: Round, offer: PlaceOffer, at: At) -> None:
    turn_down_offer(offer, None)
    assert "Offer it again" in desk.get(of_round(round)).text
    desk.post(of(offer, "renewal"))
    assert owed("place_offered") == [("place_offered", "lead.harbor@example.org")]


def test_staff_offer_a_free_place_to_the_next_in_line(
    client: FlaskClient, sign_in: SignIn, round: Round, staff: Account
) -> None:
    river = decided(a_led_letter(round, "River"), "waitlist", staff)
    hill = decided(a_led_letter(round, "Hill"), "waitlist", staff)
    round.capacity = 2
    db.session.commit()
    desk, seen = sign_in(client, staff), {"seen": str(river.id)}
    page = desk.get(of_round(round)).text
    assert ["Offer it to the next in line" in page, f'name="seen" value="{river.id}"' in page] == [True, True]
    assert desk.post(of_round(round), data=seen).status_code == 303
    assert owed("place_offered") == [("place_offered", "lead.river@example.org")]
    before = everything()
    assert [desk.post(of_round(round), data=seen).status_code, everything()] == [303, before]
    assert "River is offered the place" in desk.get(of_round(round)).text
    for other in ({}, {"seen": "x"}, {"seen": "9" * 30}):
        assert desk.post(of_round(round), data=other).status_code in (303, 409)
    assert [everything(), offer_of(hill)] == [before, None]


def test_who_has_a_conflict_with_the_next_in_line_leaves_the_place_to_a_colleague(
    client: FlaskClient, sign_in: SignIn, community: Community, round: Round, staff: Account
) -> None:
    river = decided(a_led_letter(round, "River"), "waitlist", staff)
    decided(a_led_letter(round, "Hill"), "waitlist", staff)
    affiliate(staff, community.id, river.district, "superintendent", clock.now().date(), None)
    desk, before = sign_in(client, staff), everything()
    page = desk.get(of_round(round)).text
    assert ["A colleague must offer it" in page, "Offer it to the next in line" in page] == [True, False]
    for seen in ({"seen": str(river.id)}, {}):
        desk.post(of_round(round), data=seen)
    page = desk.get(of_round(round)).text
    assert ["River" in page, everything(), owed("place_offered")] == [False, before, []]


def test_a_place_is_offered_again_only_where_the_decision_still_leads_to_one(
    desk: FlaskClient, round: Round, offer: PlaceOffer, staff: Account
) -> None:
    turn_down_offer(offer, None)
    turn_decision(offer.letter, "decline", "They wrote to us.", by=staff)
    before = everything()
    assert "Offer it again" not in desk.get(of_round(round)).text
    assert [desk.post(of(offer, "renewal")).status_code in (303, 409), everything()] == [True, before]


def test_staff_read_whom_of_the_line_no_mail_reaches(desk: FlaskClient, round: Round, waiting: Letter) -> None:
    assert "No mail reaches" not in desk.get(of_round(round)).text
    disable(leads_of(waiting.community_id, waiting.district_id)[0])
    page = desk.get(of_round(round)).text
    assert ["No mail reaches its leads" in page, f"/staff/letters/{waiting.id}/decision" in page] == [True, True]


def test_staff_change_the_number_of_places(desk: FlaskClient, round: Round, waiting: Letter) -> None:
    assert desk.get(of_round(round, "offers/places")).status_code == 200
    answer = desk.post(of_round(round, "offers/places"), data={"places": "2", "reason": "A gift.", "seen": "1"})
    assert (answer.status_code, owed("place_offered")) == (303, [("place_offered", "lead.river@example.org")])
    assert "A gift." in desk.get(of_round(round, "exceptions")).text
    again = desk.post(of_round(round, "offers/places"), data={"places": "3", "reason": "Another.", "seen": "1"})
    assert (again.status_code, "the round has 2" in again.text) == (409, True)


@pytest.mark.parametrize("places, reason", [("", "x"), ("0", "x"), ("501", "x"), ("two", "x"), ("2", ""), ("²", "x")])
def test_a_number_that_is_none_changes_nothing(desk: FlaskClient, round: Round, places: str, reason: str) -> None:
    before = everything()
    answer = desk.post(of_round(round, "offers/places"), data={"places": places, "reason": reason, "seen": "1"})
    assert (answer.status_code, everything()) == (422, before)
    assert ["Not a valid" in answer.text, "Give a number from 1 to 500." in answer.text] == [
        False,
        reason == "x" and places != "2",
    ]


def test_every_state_of_an_offer_has_a_sound_page(
    desk: FlaskClient, round: Round, staff: Account, at: At, tmp_path: Path
) -> None:
    change_places(round, 6, "A gift.", staff, seen=1)
    made = [an_offer(a_led_letter(round, name), staff) for name in ("Bay", "Cove", "Dale", "Elm")]
    decided(a_led_letter(round, "River"), "waitlist", staff)
    accept_offer(made[0], None)
    turn_down_offer(made[1], None, "No <b>time</b>.")
    defer_offer(made[2], None)
    pages = {"offers": desk.get(of_round(round)).text}
    assert all(words in pages["offers"] for words in ("Accepted", "Turned down", "Waits for the next round"))
    pages["places"] = desk.get(of_round(round, "offers/places")).text
    pages["reminders"] = desk.get(of_round(round, "offers/reminders")).text
    pages["time"] = desk.get(of(made[3], "more-time")).text
    pages["back"] = desk.get(of(made[3], "taking-back")).text
    at(LATE)
    expire_offers()
    assert faults_of(pages, tmp_path) == []
