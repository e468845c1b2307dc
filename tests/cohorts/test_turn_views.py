"""The page on which staff change a decision that was sent, and what it leaves behind for others to see."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.cohorts.offering import offer_place, take_back_offer
from portal.cohorts.queries import offer_of
from portal.communities.models import Community
from portal.core import clock
from portal.districts.operations import affiliate
from portal.districts.queries import leads_of
from portal.letters.models import Letter
from portal.reviews.operations import prepare_decision
from tests.cohorts.builders import (
    a_closing_round,
    a_led_letter,
    an_offer,
    decided,
    everything,
)
from tests.cohorts.pages import hidden

SignIn = Callable[[FlaskClient, Account], FlaskClient]


@pytest.fixture
def letter(community: Community, staff: Account) -> Letter:
    """A letter whose district was offered a place."""
    letter = a_led_letter(a_closing_round(community))
    an_offer(letter, staff)
    return letter


def typed(page: str, **more: str) -> dict[str, str]:
    given = {"outcome": "decline", "reason": "Two letters were mixed up.", "typed": "harbor", "seen": hidden(page)}
    return {**given, **more}


def test_a_decision_that_was_sent_is_changed_on_its_page(
    desk: FlaskClient, letter: Letter, app: Flask, sign_in: SignIn
) -> None:
    url = f"/eclc/staff/letters/{letter.id}/turn"
    assert "Change this decision" in desk.get(f"/eclc/staff/letters/{letter.id}/decision").text
    page = desk.get(url).text
    assert ["it is taken back" in page, 'value="accept"' in page] == [True, False]
    answer = desk.post(url, data=typed(page))
    assert (answer.status_code, answer.location) == (303, f"/eclc/staff/letters/{letter.id}/decision")
    offer = offer_of(letter)
    assert offer is not None
    assert offer.status == "taken_back"
    timeline = desk.get(f"/eclc/staff/letters/{letter.id}/timeline").text
    assert "changed the decision that was sent: not this time" in timeline
    register = desk.get(f"/eclc/staff/rounds/{letter.round_id}/exceptions").text
    assert ["Offer a place → not this time" in register, "Two letters were mixed up." in register] == [True, True]
    lead = sign_in(app.test_client(), leads_of(letter.community_id, letter.district_id)[0])
    standing = lead.get(f"/eclc/letters/{letter.id}/standing").text
    assert ["The decision was changed" in standing, "Not this time" in standing, "mixed up" in standing] == [
        True, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        ({"outcome": ""}, 422, "Choose one of these."), ({"reason": ""}, 422, "Say why the decision changes."),
        ({"typed": ""}, 422, "Type the district"), ({"typed": "River"}, 409, "Type “Harbor” to confirm"),
        ({"outcome": "accept"}, 409, "This is what was decided already"), ({"seen": "old"}, 409, "Already decided by"),
    ],
)  # fmt: skip
def test_what_does_not_fit_comes_back_as_typed(
    desk: FlaskClient, letter: Letter, more: dict[str, str], status: int, words: str
) -> None:
    url = f"/eclc/staff/letters/{letter.id}/turn"
    before, page = everything(), desk.get(url).text
    answer = desk.post(url, data=typed(page, **more))
    assert (answer.status_code, words in answer.text, everything()) == (status, True, before)
    assert ("Two letters were mixed up." in answer.text) == ("reason" not in more)


def test_a_district_whose_place_from_the_waitlist_was_taken_back_can_wait_again_and_reads_what_happened(
    desk: FlaskClient, letter: Letter, staff: Account, app: Flask, sign_in: SignIn
) -> None:
    round = letter.round
    river = decided(a_led_letter(round, "River"), "waitlist", staff)
    decided(a_led_letter(round, "Hill"), "waitlist", staff)
    offer = offer_place(river, round, staff)
    take_back_offer(offer, "A slip.", staff)
    url = f"/eclc/staff/letters/{river.id}/turn"
    page = desk.get(url).text
    assert all(
        words in page for words in ("then offered a place from the waitlist", "Waitlist once more", "Taken back")
    )
    answer = desk.post(url, data=typed(page, outcome="waitlist", typed="River"))
    assert answer.status_code == 303
    lead = sign_in(app.test_client(), leads_of(river.community_id, river.district_id)[0])
    page = lead.get(f"/eclc/letters/{river.id}/standing").text
    assert all(
        words in page for words in ("Your district is on the waitlist", "The offer was taken back", "changed, and you")
    )


def test_before_it_was_sent_the_page_leads_back(desk: FlaskClient, community: Community, staff: Account) -> None:
    letter = a_led_letter(a_closing_round(community, slug="next"), "River")
    prepare_decision(letter, "decline", "", staff)
    answer = desk.get(f"/eclc/staff/letters/{letter.id}/turn")
    assert (answer.status_code, answer.location) == (303, f"/eclc/staff/letters/{letter.id}/decision")


def test_who_is_in_conflict_finds_no_page_and_no_line_in_the_register(
    desk: FlaskClient, letter: Letter, community: Community, staff: Account
) -> None:
    desk.post(
        f"/eclc/staff/letters/{letter.id}/turn", data=typed(desk.get(f"/eclc/staff/letters/{letter.id}/turn").text)
    )
    affiliate(staff, community.id, letter.district, "teacher-sped", clock.now().date(), None)
    assert desk.get(f"/eclc/staff/letters/{letter.id}/turn").status_code == 404
    assert "Offer a place →" not in desk.get(f"/eclc/staff/rounds/{letter.round_id}/exceptions").text
