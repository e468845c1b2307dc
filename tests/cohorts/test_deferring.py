"""A district that asked to wait is invited to the next round first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.cohorts.deferring import prepare_deferred
from portal.cohorts.models import PlaceOffer
from portal.cohorts.offer_queries import deferred_to
from portal.cohorts.offering import accept_offer, defer_offer, offer_again, turn_down_offer
from portal.cohorts.turning import turn_decision
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.districts.operations import affiliate
from portal.letters.operations import start_letter
from portal.reviews.conflicts import set_conflict
from portal.rounds.copying import copy_round, proposal
from portal.rounds.models import Invitation, Round
from tests.cohorts.builders import (
    a_closing_round,
    a_community,
    a_led_letter,
    a_staff_member,
    an_offer,
    everything,
    owed,
)
from tests.conftest import moment_of
from tests.rounds.builders import a_round

At = Callable[[str], Any]


@pytest.fixture
def offer(community: Community, staff: Account) -> PlaceOffer:
    """A place that Harbor asked to have in the next round instead."""
    made = an_offer(a_led_letter(a_closing_round(community)), staff)
    defer_offer(made, None)
    return made


def next_round(community: Community, offer: PlaceOffer, staff: Account) -> Round:
    round = offer.letter.round
    return copy_round(round, community, proposal(round), by=staff)


def invited(round: Round) -> list[tuple[str, str]]:
    rows = db.session.query(Invitation).filter_by(round_id=round.id).order_by(Invitation.id)
    return [(row.district.label, row.to_email) for row in rows]


def test_the_copy_of_a_round_has_the_invitations_of_those_who_waited(
    community: Community, offer: PlaceOffer, staff: Account
) -> None:
    told = owed("invitation")
    made = next_round(community, offer, staff)
    assert invited(made) == [("Harbor", "lead.harbor@example.org")]
    assert (owed("invitation"), [row[0].id for row in deferred_to(made, staff)]) == (told, [offer.letter_id])


def test_a_copy_invites_nobody_else(community: Community, staff: Account) -> None:
    offer = an_offer(a_led_letter(a_closing_round(community)), staff)
    turn_down_offer(offer, None)
    assert invited(next_round(community, offer, staff)) == []


def test_preparing_twice_prepares_once(community: Community, offer: PlaceOffer, staff: Account) -> None:
    made = next_round(community, offer, staff)
    before = everything()
    assert (prepare_deferred(made, staff), everything()) == (0, before)


def test_a_round_that_is_no_copy_gets_them_when_staff_ask(
    community: Community, offer: PlaceOffer, staff: Account, at: At
) -> None:
    made = a_later_round(community, at)
    assert (invited(made), prepare_deferred(made, staff)) == ([], 1)
    assert invited(made) == [("Harbor", "lead.harbor@example.org")]


def test_a_round_that_has_closed_invites_nobody(
    community: Community, offer: PlaceOffer, staff: Account, at: At
) -> None:
    made = a_later_round(community, at)
    at("2027-12-01 09:00")
    before = everything()
    with pytest.raises(RuleBroken):
        prepare_deferred(made, staff)
    assert everything() == before


def test_the_round_that_a_district_left_does_not_list_it(offer: PlaceOffer, staff: Account) -> None:
    assert list(deferred_to(offer.letter.round, staff)) == []


def test_the_communities_do_not_know_of_each_others_districts(
    offer: PlaceOffer, community: Community, staff: Account, at: At
) -> None:
    assert list(deferred_to(a_later_round(a_community("other"), at), staff)) == []


def test_who_wrote_again_waits_no_longer(community: Community, offer: PlaceOffer, staff: Account, at: At) -> None:
    made = a_later_round(community, at)
    at("2027-10-01 09:00")
    start_letter(made, offer.letter.district, staff)
    assert [row[0].id for row in deferred_to(made, staff)] == [offer.letter_id]  # in the round that it writes for
    third = a_later_round(community, at, slug="round-2028", year=2028)
    assert list(deferred_to(third, staff)) == []


def test_who_was_offered_a_place_again_and_took_it_waits_no_longer(
    community: Community, offer: PlaceOffer, staff: Account, at: At
) -> None:
    accept_offer(offer_again(offer, staff), None)
    made = a_later_round(community, at)
    assert (list(deferred_to(made, staff)), prepare_deferred(made, staff)) == ([], 0)


def test_who_asked_twice_to_wait_is_listed_once(
    community: Community, offer: PlaceOffer, staff: Account, at: At
) -> None:
    defer_offer(offer_again(offer, staff), None)
    made = a_later_round(community, at)
    assert ([row[0].id for row in deferred_to(made, staff)], prepare_deferred(made, staff)) == ([offer.letter_id], 1)


def test_who_asked_to_wait_and_was_declined_since_is_not_listed(
    community: Community, offer: PlaceOffer, staff: Account, at: At
) -> None:
    turn_decision(offer.letter, "decline", "They wrote to us.", by=staff)
    made = a_later_round(community, at)
    assert (list(deferred_to(made, staff)), prepare_deferred(made, staff)) == ([], 0)


@pytest.mark.parametrize("said", ["job", "earlier round", "this round"])
def test_who_has_a_conflict_neither_sees_nor_invites_who_waits(
    community: Community, offer: PlaceOffer, staff: Account, at: At, said: str
) -> None:
    made, colleague = a_later_round(community, at), a_staff_member(community, "admin")
    district = offer.letter.district
    if said == "job":
        affiliate(staff, community.id, district, "superintendent", clock.now().date(), None)
    else:
        set_conflict(
            offer.letter.round if said == "earlier round" else made, staff, district, "A cousin.", by=colleague
        )
    assert (list(deferred_to(made, staff)), prepare_deferred(made, staff), invited(made)) == ([], 0, [])
    assert (len(deferred_to(made, colleague)), prepare_deferred(made, colleague)) == (1, 1)


def a_later_round(community: Community, at: At, slug: str = "round-2027", year: int = 2027) -> Round:
    at(f"{year}-08-01 09:00")
    dates = dict.fromkeys(
        ("intent_by", "questions_until", "review_from", "review_to", "conversations_from", "conversations_to",
         "decisions_on", "reply_by", "orientation_on", "term_from", "term_to")
    )  # fmt: skip
    spans = {"opens_at": moment_of(f"{year}-09-14 09:00"), "closes_at": moment_of(f"{year}-10-30 17:00")}
    return a_round(community, slug=slug, **dates, **spans)
