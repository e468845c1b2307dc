from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Account
from portal.cohorts.models import CohortPlace, PlaceOffer
from portal.cohorts.operations import (
    accept_offer,
    create_cohort,
    place_existing_member,
    release_decision,
    turn_down_offer,
)
from portal.cohorts.promise_queries import pledge_of
from portal.cohorts.queries import cohorts_with_members, offer_of, places_left
from portal.cohorts.release_queries import reachable_leads
from portal.cohorts.release_rules import Item, mark_of
from portal.cohorts.wording import word_letter, word_round
from portal.communities.models import Community
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.districts.models import Affiliation
from portal.districts.operations import affiliate, begin_membership
from portal.districts.queries import affiliations_of, is_member, leads_of
from portal.letters.models import Letter
from portal.reviews.models import Decision
from portal.reviews.operations import prepare_decision
from portal.reviews.queries import decision_of
from portal.reviews.rules import stamp_of
from tests.cohorts.builders import (
    DECIDING,
    a_closing_round,
    a_community,
    a_district,
    a_lead,
    a_led_letter,
    a_letter,
    a_staff_member,
    an_offer,
    cohort_of,
    decided,
    everything,
    owed,
    seats_of,
)
from tests.conftest import moment_of

At = Callable[[str], Any]
REPLY_BY = moment_of("2027-01-15 17:00")


def test_releasing_an_offer_makes_it_and_mails_the_district_once(app: Flask, at: At) -> None:
    now = at(DECIDING)
    community = a_community()
    staff, letter = a_staff_member(community), a_led_letter(a_closing_round(community))
    a_lead(community, letter.district, "second.harbor@example.org")
    offer = an_offer(letter, staff)
    decision = decision_of(letter)
    assert decision is not None
    assert (offer.status, offer.offered_at, offer.reply_by) == ("open", now, REPLY_BY)
    assert (decision.status, decision.released_at, decision.released_by_id) == ("released", now, staff.id)
    assert [row.verb for row in history_of(decision)] == ["prepare", "release"]
    assert owed() == [("decision_accept", "lead.harbor@example.org")]


@pytest.mark.parametrize("outcome", ["waitlist", "decline"])
def test_other_decisions_mail_without_offering(app: Flask, at: At, outcome: str) -> None:
    at(DECIDING)
    community = a_community()
    letter = decided(a_led_letter(a_closing_round(community)), outcome, a_staff_member(community))
    assert (offer_of(letter), owed()) == (None, [(f"decision_{outcome}", "lead.harbor@example.org")])


def test_a_decision_that_is_sent_late_leaves_two_weeks_to_answer(app: Flask, at: At) -> None:
    at("2027-01-10 10:00")
    community = a_community()
    offer = an_offer(a_led_letter(a_closing_round(community)), a_staff_member(community))
    assert offer.reply_by == moment_of("2027-01-24 17:00")


def test_pressing_send_twice_sends_once(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    staff, letter = a_staff_member(community), a_led_letter(a_closing_round(community))
    an_offer(letter, staff)
    before = everything()
    release_decision(letter, staff)
    assert everything() == before


def test_a_colleague_who_sends_later_is_told_who_did(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    letter = decided(a_led_letter(a_closing_round(community)), "decline", a_staff_member(community))
    other, before = a_staff_member(community, "admin"), everything()
    with pytest.raises(RuleBroken, match="Already decided by Program staff: not this time"):
        release_decision(letter, other)
    assert everything() == before


def test_a_mail_that_nobody_looked_at_is_not_sent(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    staff, letter = a_staff_member(community), a_led_letter(a_closing_round(community))
    decision = prepare_decision(letter, "accept", "", staff)
    seen = mark_now(decision)
    prepare_decision(letter, "decline", "", staff, seen=stamp_of(decision))
    with pytest.raises(RuleBroken, match="Look at it before you change it"):
        release_decision(letter, staff, seen=seen)
    assert (owed(), offer_of(letter)) == ([], None)


def mark_now(decision: Decision) -> str:
    """What the page of this decision's mail carries just now."""
    letter = decision.letter
    leads = reachable_leads(letter.community_id, [letter.district_id])[letter.district_id]
    return mark_of(Item(decision, leads), letter.round)


def word_the_letter(letter: Letter, staff: Account) -> None:
    word_letter(letter, "Hello {{district}}", "Other words: {{link}} until {{reply_by}}.", by=staff)


def word_the_round(letter: Letter, staff: Account) -> None:
    word_round(letter.round, "accept", "Hello {{district}}", "Other words: {{link}} until {{reply_by}}.", by=staff)


def add_a_lead(letter: Letter, staff: Account) -> None:
    a_lead(letter.round.community, letter.district, "second.harbor@example.org")


@pytest.mark.parametrize("change", [word_the_letter, word_the_round, add_a_lead])
def test_words_or_addresses_that_nobody_looked_at_are_not_sent(
    app: Flask, at: At, change: Callable[[Letter, Account], None]
) -> None:
    at(DECIDING)
    community = a_community()
    staff, letter = a_staff_member(community), a_led_letter(a_closing_round(community))
    decision = prepare_decision(letter, "accept", "", staff)
    seen = mark_now(decision)
    change(letter, staff)
    before = everything()
    with pytest.raises(RuleBroken, match="changed after you looked. Nothing was sent"):
        release_decision(letter, staff, seen=seen)
    assert (everything(), decision.status) == (before, "prepared")
    assert release_decision(letter, staff, seen=mark_now(decision)).status == "released"


def test_nothing_is_sent_that_was_not_prepared(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    staff, letter = a_staff_member(community), a_led_letter(a_closing_round(community))
    before = everything()
    with pytest.raises(RuleBroken, match="Prepare a decision first"):
        release_decision(letter, staff)
    assert everything() == before


def test_a_district_that_nobody_leads_cannot_be_told(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    staff, letter = a_staff_member(community), a_letter(a_closing_round(community), a_district())
    prepare_decision(letter, "accept", "", staff)
    before = everything()
    with pytest.raises(RuleBroken, match="Nobody whom a mail reaches leads this district"):
        release_decision(letter, staff)
    assert (everything(), decision_of(letter).status) == (before, "prepared")  # type: ignore[union-attr]


def test_a_round_that_fills_no_cohort_offers_nothing(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    staff, round = a_staff_member(community), a_closing_round(community)
    letter = a_led_letter(round)
    prepare_decision(letter, "accept", "", staff)
    db.session.delete(cohort_of(round))
    db.session.commit()
    with pytest.raises(RuleBroken, match="fills no cohort yet"):
        release_decision(letter, staff)
    assert (owed(), offer_of(letter)) == ([], None)


def test_no_more_places_are_offered_than_there_are(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    staff, round = a_staff_member(community), a_closing_round(community, capacity=1)
    first, second = a_led_letter(round, "Harbor"), a_led_letter(round, "River")
    prepare_decision(second, "accept", "", staff)
    an_offer(first, staff)
    before = everything()
    with pytest.raises(RuleBroken, match="All places of this round are offered or taken"):
        release_decision(second, staff)
    assert (places_left(round), owed(), before["place_offers"]) == (
        0,
        [("decision_accept", "lead.harbor@example.org")],
        1,
    )


def test_a_place_that_is_turned_down_can_be_offered_again(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    staff, round = a_staff_member(community), a_closing_round(community, capacity=1)
    first, second = a_led_letter(round, "Harbor"), a_led_letter(round, "River")
    offer, lead = an_offer(first, staff), leads_of(community.id, first.district_id)[0]
    turn_down_offer(offer, lead, "No substitutes.")
    assert (offer.status, offer.note, offer.answered_by_id, places_left(round)) == (
        "turned_down",
        "No substitutes.",
        lead.id,
        1,
    )
    assert an_offer(second, staff).status == "open"
    assert owed("place_turned_down") == [("place_turned_down", "lead.harbor@example.org")]
    assert owed("offer_answered") == [("offer_answered", "staff@example.org")]
    assert [(row.verb, row.note) for row in history_of(offer)] == [("offer", ""), ("turn down", "No substitutes.")]


def test_accepting_makes_a_member_in_the_cohort_from_today(app: Flask, at: At) -> None:
    at("2026-12-20 21:30")  # the next day already in UTC
    community = a_community()
    offer = an_offer(a_led_letter(a_closing_round(community)), a_staff_member(community))
    lead = leads_of(community.id, offer.letter.district_id)[0]
    membership = accept_offer(offer, lead)
    assert (membership.from_date, membership.to_date, membership.note) == (date(2026, 12, 20), None, "Cohort 4")
    assert is_member(community.id, offer.letter.district_id)
    assert (offer.status, offer.answered_by_id) == ("accepted", lead.id)
    assert [(cohort.name, [row.id for row in group]) for cohort, group in cohorts_with_members(community.id)] == [
        ("Cohort 4", [membership.id])
    ]
    assert [row.verb for row in history_of(offer)] == ["offer", "accept"]
    assert owed("place_accepted") + owed("offer_answered") == [
        ("place_accepted", "lead.harbor@example.org"), ("offer_answered", "staff@example.org")
    ]  # fmt: skip


def test_accepting_turns_the_frozen_roster_into_a_team(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    offer = an_offer(a_led_letter(a_closing_round(community)), a_staff_member(community))
    lead = leads_of(community.id, offer.letter.district_id)[0]
    seats = seats_of(accept_offer(offer, lead).id)
    assert [(seat.role, seat.school, seat.name, seat.email) for seat in seats] == [
        ("superintendent", "Central office", "Head", "lead.harbor@example.org"),
        ("teacher-sped", "Harbor Middle", "Teacher", "teacher.harbor@example.org"),
        ("teacher-sped", "Harbor High", "", ""),
    ]
    assert [seat.affiliation is not None for seat in seats] == [True, False, False]
    assert owed("team_invitation") == [("team_invitation", "teacher.harbor@example.org")]
    assert [job.role for job in affiliations_of(lead.id, community.id)] == ["superintendent"]


def test_a_lead_who_stands_on_no_roster_gets_the_job_that_the_letter_says(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    letter = a_led_letter(a_closing_round(community), "River", team=[])
    lead = leads_of(community.id, letter.district_id)[0]
    other = a_lead(community, letter.district, "other.river@example.org")
    accept_offer(an_offer(letter, a_staff_member(community)), lead)
    jobs = [[job.role for job in affiliations_of(person.id, community.id)] for person in (lead, other)]
    assert jobs == [["superintendent"], ["lead"]]


def test_a_lead_who_has_a_job_in_the_district_keeps_just_that(app: Flask, at: At) -> None:
    now = at(DECIDING)
    community = a_community()
    letter = a_led_letter(a_closing_round(community), "River", team=[])
    lead = leads_of(community.id, letter.district_id)[0]
    affiliate(lead, community.id, letter.district, "teacher-sped", now.date(), None)
    accept_offer(an_offer(letter, a_staff_member(community)), lead)
    assert [job.role for job in affiliations_of(lead.id, community.id)] == ["teacher-sped"]


def test_accepting_twice_is_accepting_once(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    offer = an_offer(a_led_letter(a_closing_round(community)), a_staff_member(community))
    lead = leads_of(community.id, offer.letter.district_id)[0]
    first, before = accept_offer(offer, lead).id, everything()
    assert (accept_offer(offer, lead).id, everything()) == (first, before)


def test_what_was_turned_down_cannot_be_accepted_and_the_other_way_round(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    staff, round = a_staff_member(community), a_closing_round(community)
    down, taken = (an_offer(a_led_letter(round, name), staff) for name in ("Harbor", "River"))
    turn_down_offer(down, staff)
    accept_offer(taken, staff)
    before = everything()
    with pytest.raises(RuleBroken, match="turned this place down"):
        accept_offer(down, staff)
    with pytest.raises(RuleBroken, match="accepted this place already"):
        turn_down_offer(taken, staff)
    turn_down_offer(down, staff)
    assert (everything(), [down.status, taken.status]) == (before, ["turned_down", "accepted"])


def test_a_district_that_is_a_member_already_keeps_its_membership(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    offer = an_offer(a_led_letter(a_closing_round(community)), a_staff_member(community))
    earlier = begin_membership(community.id, offer.letter.district, date(2020, 1, 1), None)
    assert accept_offer(offer, None).id == earlier.id
    assert (earlier.from_date, pledge_of(earlier).cohort.name) == (date(2020, 1, 1), "Cohort 4")  # type: ignore[union-attr]


def test_visitors_pages_are_made_anew_when_a_district_joins(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    offer = an_offer(a_led_letter(a_closing_round(community)), a_staff_member(community))
    before = db.session.get_one(Community, community.id).public_version
    accept_offer(offer, None)
    db.session.expire_all()
    assert db.session.get_one(Community, community.id).public_version == before + 1


def test_a_member_is_placed_in_a_cohort_once(app: Flask, at: At) -> None:
    at(DECIDING)
    community = a_community()
    cohort = create_cohort(
        community, slug="first", name="Cohort 1", starts_on=date(2018, 7, 1), ends_on=date(2020, 6, 30)
    )
    membership = begin_membership(community.id, a_district(), date(2018, 7, 1), None)
    first = place_existing_member(cohort, membership)
    assert (place_existing_member(cohort, membership).id, db.session.query(CohortPlace).count()) == (first.id, 1)
    assert [group for _, group in cohorts_with_members(community.id)] == [[membership]]


def test_cohorts_of_another_community_are_not_shown(app: Flask, at: At) -> None:
    at(DECIDING)
    create_cohort(a_community("other"), slug="first", name="Cohort 1", starts_on=date(2018, 7, 1))
    assert cohorts_with_members(a_community().id) == []


def test_a_district_has_one_live_offer_in_the_database_too(app: Flask, at: At) -> None:
    now = at(DECIDING)
    community = a_community()
    offer = an_offer(a_led_letter(a_closing_round(community)), a_staff_member(community))
    db.session.add(PlaceOffer(cohort_id=offer.cohort_id, letter_id=offer.letter_id, offered_at=now))
    with pytest.raises(IntegrityError):
        db.session.commit()
    db.session.rollback()
    assert db.session.query(Affiliation).count() == 0
