"""Offers of a place: answered in time or not, passed on to the next in line, with more places or fewer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.cohorts import jobs
from portal.cohorts.models import PlaceOffer
from portal.cohorts.offer_queries import next_in_line, place_in_line, places_unclaimed
from portal.cohorts.offering import (
    accept_offer,
    change_places,
    defer_offer,
    expire_offers,
    extend_offer,
    offer_again,
    offer_next,
    remind_offers,
    remind_silent,
    serve_waiting,
    take_back_offer,
    turn_down_offer,
)
from portal.cohorts.queries import offer_of, places_left
from portal.cohorts.turning import turn_decision
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.districts.operations import affiliate, end_membership
from portal.districts.queries import leads_of
from portal.letters.models import Letter
from portal.reviews.conflicts import declare_conflict
from portal.reviews.exceptions import exceptions_of
from portal.reviews.operations import prepare_decision
from portal.reviews.queries import decision_of
from portal.rounds.models import Round
from tests.cohorts.builders import (
    a_closing_round,
    a_led_letter,
    a_staff_member,
    an_offer,
    decided,
    everything,
    owed,
)
from tests.conftest import moment_of

At = Callable[[str], Any]
END = "2027-01-15 17:00"  # the round's reply-by
LATE = "2027-01-15 17:00:01"


@pytest.fixture
def round(community: Community) -> Round:
    """A round with one place."""
    return a_closing_round(community, capacity=1)


@pytest.fixture
def offer(round: Round, staff: Account) -> PlaceOffer:
    """The one place, offered to Harbor."""
    return an_offer(a_led_letter(round), staff)


@pytest.fixture
def line(offer: PlaceOffer, round: Round, staff: Account) -> list[Letter]:
    """River and Hill, who wait in this order."""
    return [decided(a_led_letter(round, name), "waitlist", staff) for name in ("River", "Hill")]


def lead_of(letter: Letter) -> Account:
    return leads_of(letter.community_id, letter.district_id)[0]


def status_of(letter: Letter) -> str:
    offer = offer_of(letter)
    return offer.status if offer is not None else ""


def turn_decision_silently(letter: Letter) -> None:
    """As if it had been turned while its district could still be reached."""
    decision = decision_of(letter)
    assert decision is not None
    decision.outcome, decision.turn, decision.waitlist_position = "decline", 2, None
    db.session.commit()


def prepared_accept(round: Round, staff: Account, name: str = "Late") -> Letter:
    letter = a_led_letter(round, name)
    prepare_decision(letter, "accept", "", staff)
    return letter


@pytest.mark.parametrize("verb", [accept_offer, turn_down_offer, defer_offer])
def test_the_last_second_still_counts(offer: PlaceOffer, at: At, verb: Callable[..., Any]) -> None:
    at(END)
    verb(offer, lead_of(offer.letter))
    assert offer.status in ("accepted", "turned_down", "deferred")


@pytest.mark.parametrize("verb", [accept_offer, turn_down_offer, defer_offer])
def test_a_second_later_is_too_late_even_if_no_job_has_run(offer: PlaceOffer, at: At, verb: Callable[..., Any]) -> None:
    at(LATE)
    before = everything()
    with pytest.raises(RuleBroken, match="The time to answer this offer is over"):
        verb(offer, lead_of(offer.letter))
    assert (everything(), offer.status) == (before, "open")


@pytest.mark.parametrize(
    "verb, status, noted",
    [(turn_down_offer, "turned_down", "turn down"), (defer_offer, "deferred", "defer")],
)
def test_a_place_that_comes_back_goes_to_the_next_in_line_at_once(
    offer: PlaceOffer, line: list[Letter], round: Round, verb: Callable[..., Any], status: str, noted: str
) -> None:
    verb(offer, lead_of(offer.letter), " Not this year. ")
    assert (offer.status, offer.note, offer.answered_by_id) == (status, "Not this year.", lead_of(offer.letter).id)
    new = offer_of(line[0])
    assert new is not None
    assert (new.status, new.from_waitlist, new.replaces_id, status_of(line[1])) == ("open", True, offer.id, "")
    assert new.reply_by == moment_of("2026-12-22 17:00")  # a week, at five in the afternoon
    assert [row.verb for row in history_of(offer)][-1] == noted
    assert owed("place_offered") == [("place_offered", "lead.river@example.org")]
    assert owed(f"place_{status}") == [(f"place_{status}", "lead.harbor@example.org")]
    assert places_left(round) == 0


@pytest.mark.parametrize("verb", [turn_down_offer, defer_offer])
def test_giving_a_place_back_twice_passes_it_on_once(
    offer: PlaceOffer, line: list[Letter], verb: Callable[..., Any]
) -> None:
    verb(offer, None)
    before = everything()
    verb(offer, None)
    assert (everything(), status_of(line[1])) == (before, "")


@pytest.mark.parametrize("first, second", [(turn_down_offer, accept_offer), (defer_offer, turn_down_offer),
                                           (accept_offer, defer_offer)])  # fmt: skip
def test_an_answer_stands(offer: PlaceOffer, first: Callable[..., Any], second: Callable[..., Any]) -> None:
    first(offer, None)
    before = everything()
    with pytest.raises(RuleBroken, match=r"\.$"):
        second(offer, None)
    assert everything() == before


def test_a_second_press_after_a_membership_ended_begins_none(offer: PlaceOffer, at: At) -> None:
    first = accept_offer(offer, lead_of(offer.letter))
    end_membership(first, clock.now().date(), None)
    at("2027-03-01 09:00")
    before = everything()
    assert (accept_offer(offer, lead_of(offer.letter)).id, everything()) == (first.id, before)


def test_time_that_ends_is_noted_told_and_passes_the_place_on(offer: PlaceOffer, line: list[Letter], at: At) -> None:
    at(LATE)
    assert (expire_offers(), offer.status, offer.answered_at, offer.answered_by_id) == (
        1, "expired", clock.now(), None,
    )  # fmt: skip
    assert owed("place_expired") == [("place_expired", "lead.harbor@example.org")]
    assert owed("offer_answered") == [("offer_answered", "staff@example.org")]
    assert (status_of(line[0]), status_of(line[1])) == ("open", "")
    assert offer_of(line[0]).reply_by == moment_of("2027-01-22 17:00")  # type: ignore[union-attr]


def test_the_job_may_run_twice_and_late(offer: PlaceOffer, line: list[Letter], at: At) -> None:
    at(END)
    before = everything()
    assert (jobs.pass_places_on(), everything()) == (0, before)
    at("2027-01-20 03:00")
    assert jobs.pass_places_on() == 1
    before = everything()
    assert (jobs.pass_places_on(), everything()) == (0, before)


def test_an_answered_offer_does_not_expire(offer: PlaceOffer, at: At) -> None:
    accept_offer(offer, None)
    at(LATE)
    before = everything()
    assert (expire_offers(), offer.status, everything()) == (0, "accepted", before)


def test_those_in_line_are_served_one_after_the_other(offer: PlaceOffer, line: list[Letter], at: At) -> None:
    turn_down_offer(offer, None)
    at("2026-12-22 17:00:01")
    expire_offers()
    assert [status_of(letter) for letter in line] == ["expired", "open"]
    at("2026-12-29 17:00:01")
    expire_offers()
    assert [status_of(letter) for letter in line] == ["expired", "expired"]


def test_a_place_that_comes_back_is_free_while_nobody_waits(offer: PlaceOffer, round: Round) -> None:
    turn_down_offer(offer, None)
    assert (places_left(round), places_unclaimed(round), owed("place_offered")) == (1, 1, [])


def test_who_comes_into_line_later_gets_the_place_that_came_back(
    offer: PlaceOffer, round: Round, staff: Account
) -> None:
    turn_down_offer(offer, None)
    letter = decided(a_led_letter(round, "River"), "waitlist", staff)
    assert (serve_waiting(), status_of(letter), serve_waiting()) == (1, "open", 0)
    assert offer_of(letter).replaces_id == offer.id  # type: ignore[union-attr]


def test_places_that_were_never_offered_are_not_given_away_by_a_job(community: Community, staff: Account) -> None:
    round = a_closing_round(community, capacity=3)
    letter = decided(a_led_letter(round), "waitlist", staff)
    before = everything()
    assert (jobs.pass_places_on(), status_of(letter), everything()) == (0, "", before)


def test_nothing_that_is_only_prepared_gets_a_place(offer: PlaceOffer, round: Round, staff: Account) -> None:
    prepare_decision(a_led_letter(round, "River"), "waitlist", "", staff)
    turn_down_offer(offer, None)
    assert (next_in_line(round), owed("place_offered")) == (None, [])


def test_an_offer_is_taken_back_for_a_reason_that_the_district_reads(
    offer: PlaceOffer, line: list[Letter], staff: Account
) -> None:
    take_back_offer(offer, "It was meant for another district.", staff)
    assert (offer.status, offer.note) == ("taken_back", "It was meant for another district.")
    assert owed("offer_taken_back") == [("offer_taken_back", "lead.harbor@example.org")]
    assert status_of(line[0]) == "open"
    before = everything()
    take_back_offer(offer, "Pressed twice.", staff)
    assert everything() == before


@pytest.mark.parametrize("reason", ["", "  "])
def test_nothing_is_taken_back_without_a_reason(offer: PlaceOffer, staff: Account, reason: str) -> None:
    before = everything()
    with pytest.raises(RuleBroken, match="Say why"):
        take_back_offer(offer, reason, staff)
    assert (everything(), offer.status) == (before, "open")


def test_an_accepted_place_is_not_taken_back(offer: PlaceOffer, staff: Account) -> None:
    accept_offer(offer, None)
    before = everything()
    with pytest.raises(RuleBroken, match="It is a member now"):
        take_back_offer(offer, "Because.", staff)
    assert (everything(), offer.status) == (before, "accepted")


def test_one_district_gets_more_time(offer: PlaceOffer, staff: Account, at: At) -> None:
    until = moment_of("2027-01-29 17:00")
    extend_offer(offer, until, "The board meets on the 26th.", staff)
    before = everything()
    extend_offer(offer, until, "Pressed twice.", staff)
    assert (offer.reply_by, everything()) == (until, before)
    assert owed("offer_more_time") == [("offer_more_time", "lead.harbor@example.org")]
    at("2027-01-20 09:00")
    assert expire_offers() == 0
    accept_offer(offer, None)
    assert offer.status == "accepted"


def test_more_time_comes_in_time_even_between_the_end_and_the_job(offer: PlaceOffer, staff: Account, at: At) -> None:
    at(LATE)
    extend_offer(offer, moment_of("2027-01-20 17:00"), "Snow.", staff)
    assert (expire_offers(), offer.status) == (0, "open")


@pytest.mark.parametrize(
    "until, reason, words",
    [("2027-01-29 17:00", " ", "Say why"), ("2027-01-15 17:00", "Because.", None),
     ("2027-01-14 17:00", "Because.", "time that was given stays given")],
)  # fmt: skip
def test_time_is_only_made_longer_and_for_a_reason(
    offer: PlaceOffer, staff: Account, until: str, reason: str, words: str | None
) -> None:
    before, was = everything(), offer.reply_by
    if words is None:
        extend_offer(offer, moment_of(until), reason, staff)
    else:
        with pytest.raises(RuleBroken, match=words):
            extend_offer(offer, moment_of(until), reason, staff)
    assert (everything(), offer.reply_by) == (before, was)


def test_an_offer_that_has_ended_gets_no_more_time(offer: PlaceOffer, staff: Account) -> None:
    turn_down_offer(offer, None)
    with pytest.raises(RuleBroken, match="turned this place down"):
        extend_offer(offer, moment_of("2027-01-29 17:00"), "Because.", staff)


def test_the_silent_are_reminded_once_three_days_before(offer: PlaceOffer, at: At) -> None:
    at("2027-01-12 16:59")
    assert (remind_silent(), owed("offer_reminder")) == (0, [])
    at("2027-01-12 17:00")
    assert (remind_silent(), remind_silent()) == (1, 0)
    assert owed("offer_reminder") == [("offer_reminder", "lead.harbor@example.org")]
    assert offer.reminded_at == clock.now()


def test_for_who_was_reminded_already_no_lock_is_taken(
    offer: PlaceOffer, at: At, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    at("2027-01-12 17:00")
    with count_queries() as first:
        assert remind_silent() == 1
    with count_queries() as again:
        assert remind_silent() == 0
    assert [any(one.startswith("UPDATE") for one in asked) for asked in (first, again)] == [True, False]


@pytest.mark.parametrize("verb", [accept_offer, turn_down_offer, defer_offer])
def test_who_has_answered_is_not_reminded(offer: PlaceOffer, at: At, verb: Callable[..., Any]) -> None:
    verb(offer, None)
    at("2027-01-13 09:00")
    assert (remind_silent(), owed("offer_reminder")) == (0, [])


def test_a_reminder_that_comes_too_late_is_none(offer: PlaceOffer, at: At) -> None:
    at(LATE)
    assert (remind_silent(), owed("offer_reminder")) == (0, [])


def test_nobody_is_reminded_on_the_day_of_the_offer(
    offer: PlaceOffer, line: list[Letter], round: Round, at: At
) -> None:
    round.waitlist_reply_days = 2
    db.session.commit()
    turn_down_offer(offer, None)
    assert remind_silent() == 0
    at("2026-12-16 10:00")
    assert remind_silent() == 1


def test_staff_remind_who_is_silent_and_nobody_twice_a_day(offer: PlaceOffer, staff: Account, at: At) -> None:
    assert (remind_offers([offer], staff), remind_offers([offer], staff)) == (1, 0)
    at("2026-12-16 10:00")
    assert remind_offers([offer], staff) == 1
    assert len(owed("offer_reminder")) == 2


def test_more_places_go_to_those_who_wait_before_anybody(
    offer: PlaceOffer, line: list[Letter], round: Round, staff: Account
) -> None:
    late = prepared_accept(round, staff)
    made = change_places(round, 2, "A gift.", staff, seen=1)
    assert ([one.letter_id for one in made], places_left(round)) == ([line[0].id], 0)
    assert owed("place_offered") == [("place_offered", "lead.river@example.org")]
    with pytest.raises(RuleBroken, match="All places"):
        decided(late, "accept", staff)


def test_more_places_than_wait_stay_free(offer: PlaceOffer, line: list[Letter], round: Round, staff: Account) -> None:
    made = change_places(round, 9, "A gift.", staff, seen=1)
    assert ([one.letter_id for one in made], places_left(round)) == ([letter.id for letter in line], 6)


def test_fewer_places_take_none_away(community: Community, staff: Account) -> None:
    round = a_closing_round(community, capacity=3)
    offers = [an_offer(a_led_letter(round, name), staff) for name in ("A", "B", "C")]
    waits = decided(a_led_letter(round, "River"), "waitlist", staff)
    change_places(round, 2, "Our funder gives less.", staff, seen=3)
    assert ([offer.status for offer in offers], places_left(round)) == (["open"] * 3, -1)
    turn_down_offer(offers[0], None)
    assert (places_left(round), status_of(waits)) == (0, "")
    turn_down_offer(offers[1], None)
    assert (places_left(round), status_of(waits)) == (0, "open")


def test_places_that_go_and_come_again_are_offered_again(community: Community, staff: Account) -> None:
    round = a_closing_round(community, capacity=2)
    offers = [an_offer(a_led_letter(round, name), staff) for name in ("A", "B")]
    waits = decided(a_led_letter(round, "River"), "waitlist", staff)
    change_places(round, 1, "Less.", staff, seen=2)
    turn_down_offer(offers[0], None)
    assert (jobs.pass_places_on(), status_of(waits)) == (0, "")
    change_places(round, 2, "More again.", staff, seen=1)
    assert status_of(waits) == "open"


@pytest.mark.parametrize(
    "places, reason, seen, words",
    [(2, " ", 1, "Say why"), (2, "Because.", 3, "Somebody changed this meanwhile"), (0, "Because.", 1, "at least one")],
)
def test_the_number_of_places_is_changed_with_a_reason_and_eyes_open(
    offer: PlaceOffer, round: Round, staff: Account, places: int, reason: str, seen: int, words: str
) -> None:
    before = everything()
    with pytest.raises(RuleBroken, match=words):
        change_places(round, places, reason, staff, seen=seen)
    assert (everything(), round.capacity) == (before, 1)


def test_before_closing_places_are_changed_in_the_round_itself(
    offer: PlaceOffer, round: Round, staff: Account, at: At
) -> None:
    at("2026-10-01 10:00")
    with pytest.raises(RuleBroken, match="Letters have not closed yet"):
        change_places(round, 2, "Because.", staff, seen=1)


def test_the_same_number_changes_nothing(offer: PlaceOffer, round: Round, staff: Account) -> None:
    before = everything()
    assert (change_places(round, 1, "", staff, seen=1), everything()) == ([], before)


def test_staff_offer_a_free_place_to_the_next_in_line(community: Community, staff: Account) -> None:
    round = a_closing_round(community, capacity=1)
    letter = decided(a_led_letter(round), "waitlist", staff)
    assert (offer_next(round, staff).letter_id, status_of(letter)) == (letter.id, "open")
    before = everything()
    with pytest.raises(RuleBroken, match="Nobody waits in line"):
        offer_next(round, staff)
    assert everything() == before


def test_nothing_is_offered_to_the_next_in_line_that_is_not_free(
    offer: PlaceOffer, line: list[Letter], round: Round, staff: Account
) -> None:
    before = everything()
    with pytest.raises(RuleBroken, match="All places"):
        offer_next(round, staff)
    assert everything() == before


def test_who_was_late_is_offered_the_place_again_if_nobody_waits(offer: PlaceOffer, staff: Account, at: At) -> None:
    at(LATE)
    expire_offers()
    again = offer_again(offer, staff)
    assert (again.status, again.reply_by, offer_again(offer, staff).id) == (
        "open", moment_of("2027-01-22 17:00"), again.id,
    )  # fmt: skip
    accept_offer(again, None)
    assert again.status == "accepted"


def test_those_who_wait_go_before_those_who_were_late(
    offer: PlaceOffer, line: list[Letter], round: Round, staff: Account, at: At
) -> None:
    at(LATE)
    expire_offers()
    before = everything()
    with pytest.raises(RuleBroken, match="Others wait in line"):
        offer_again(offer, staff)
    assert everything() == before


def test_nothing_is_offered_again_in_an_archived_round(offer: PlaceOffer, round: Round, staff: Account) -> None:
    turn_down_offer(offer, None)
    round.archived_at = clock.now()
    db.session.commit()
    before = everything()
    with pytest.raises(RuleBroken, match="archived"):
        offer_again(offer, staff)
    assert everything() == before


@pytest.mark.parametrize("status", ["withdrawn", "returned"])
def test_nothing_is_offered_again_for_a_letter_that_is_not_with_the_community(
    offer: PlaceOffer, staff: Account, status: str
) -> None:
    turn_down_offer(offer, None)
    offer.letter.status = status
    db.session.commit()
    before = everything()
    with pytest.raises(RuleBroken, match="does not lead to a place any more"):
        offer_again(offer, staff)
    assert everything() == before


def test_nothing_is_offered_again_after_the_decision_was_turned(offer: PlaceOffer, staff: Account) -> None:
    turn_decision(offer.letter, "decline", "They wrote to us.", by=staff)
    before = everything()
    with pytest.raises(RuleBroken, match="does not lead to a place any more"):
        offer_again(offer, staff)
    assert everything() == before


def test_the_next_in_line_is_offered_one_place_however_often_it_is_pressed(
    community: Community, staff: Account
) -> None:
    round = a_closing_round(community, capacity=2)
    line = [decided(a_led_letter(round, name), "waitlist", staff) for name in ("River", "Hill")]
    first = offer_next(round, staff, seen=line[0].id)
    assert (offer_next(round, staff, seen=line[0].id).id, status_of(line[1])) == (first.id, "")


def test_who_looked_at_an_older_line_looks_again(community: Community, staff: Account) -> None:
    round = a_closing_round(community, capacity=2)
    line = [decided(a_led_letter(round, name), "waitlist", staff) for name in ("River", "Hill")]
    turn_decision(line[0], "decline", "They wrote to us.", by=staff)
    before = everything()
    with pytest.raises(RuleBroken, match="The line changed meanwhile"):
        offer_next(round, staff, seen=line[0].id)
    assert everything() == before


def test_nobody_decides_about_their_own_district_as_the_next_in_line(community: Community, staff: Account) -> None:
    round = a_closing_round(community, capacity=2)
    river = decided(a_led_letter(round, "River"), "waitlist", staff)
    affiliate(staff, community.id, river.district, "superintendent", clock.now().date(), None)
    before = everything()
    with pytest.raises(RuleBroken, match="A colleague must offer this place") as refusal:
        offer_next(round, staff, seen=river.id)
    assert ("River" in str(refusal.value), everything()) == (False, before)


def test_a_place_that_comes_back_passes_by_whom_no_mail_reaches(offer: PlaceOffer, line: list[Letter]) -> None:
    lead_of(line[0]).disabled_at = clock.now()
    db.session.commit()
    turn_down_offer(offer, None)
    assert [status_of(letter) for letter in line] == ["", "open"]


def test_a_reminder_that_nobody_would_get_is_not_counted_and_comes_once_somebody_can_be_reached(
    offer: PlaceOffer, staff: Account, at: At
) -> None:
    lead = lead_of(offer.letter)
    lead.disabled_at = clock.now()
    db.session.commit()
    at("2027-01-13 09:00")
    assert (remind_offers([offer], staff), remind_silent(), offer.reminded_at) == (0, 0, None)
    lead.disabled_at = None
    db.session.commit()
    assert (remind_silent(), remind_silent(), owed("offer_reminder")) == (1, 0, [("offer_reminder", lead.email)])


def test_staff_offer_no_place_to_a_district_that_would_not_hear_of_it(
    offer: PlaceOffer, line: list[Letter], round: Round, staff: Account
) -> None:
    for letter in (offer.letter, *line):
        lead_of(letter).disabled_at = clock.now()
    db.session.commit()
    turn_down_offer(offer, None)
    before = everything()
    with pytest.raises(RuleBroken, match="No mail reaches anybody"):
        offer_next(round, staff, seen=line[0].id)
    assert (everything(), jobs.pass_places_on()) == (before, 0)
    for letter in line:
        turn_decision_silently(letter)
    with pytest.raises(RuleBroken, match="No mail reaches anybody"):
        offer_again(offer, staff)
    assert everything() == before


def test_a_place_that_was_given_out_by_a_decision_is_not_given_away_once_more(
    community: Community, staff: Account
) -> None:
    round = a_closing_round(community, capacity=2)
    turn_down_offer(an_offer(a_led_letter(round), staff), None)
    assert places_unclaimed(round) == 1
    an_offer(a_led_letter(round, "Hill"), staff)
    waits = decided(a_led_letter(round, "River"), "waitlist", staff)
    before = everything()
    assert (places_unclaimed(round), jobs.pass_places_on(), status_of(waits), everything()) == (0, 0, "", before)


def test_nobody_jumps_the_line_of_an_archived_round(offer: PlaceOffer, line: list[Letter], round: Round) -> None:
    round.archived_at = clock.now()
    db.session.commit()
    turn_down_offer(offer, None)
    assert (offer.status, jobs.pass_places_on(), owed("place_offered")) == ("turned_down", 0, [])


def test_who_waits_moves_up_as_those_ahead_are_offered_places(offer: PlaceOffer, line: list[Letter]) -> None:
    decisions = [decision_of(letter) for letter in line]
    assert [place_in_line(one) for one in decisions if one] == [1, 2]
    turn_down_offer(offer, None)
    assert place_in_line(decisions[1]) == 1  # type: ignore[arg-type]


def test_places_in_line_tell_nothing_of_what_is_only_prepared(line: list[Letter], round: Round, staff: Account) -> None:
    prepare_decision(a_led_letter(round, "Meadow"), "waitlist", "", staff)
    ahead = decision_of(db.session.query(Letter).order_by(Letter.id.desc()).first())  # type: ignore[arg-type]
    assert ahead is not None
    ahead.waitlist_position = 0
    db.session.commit()
    assert [place_in_line(decision_of(letter)) for letter in line] == [1, 2]  # type: ignore[arg-type]


def test_staff_who_work_for_the_district_hear_nothing_of_its_answer(
    offer: PlaceOffer, community: Community, staff: Account
) -> None:
    other = a_staff_member(community, "admin")
    today = clock.now().date() - timedelta(days=30)
    affiliate(other, community.id, offer.letter.district, "superintendent", today, None)
    turn_down_offer(offer, None)
    assert owed("offer_answered") == [("offer_answered", "staff@example.org")]


def test_more_time_taken_back_and_other_places_stand_in_the_register_of_exceptions(
    round: Round, offer: PlaceOffer, staff: Account, at: At
) -> None:
    extend_offer(offer, moment_of("2027-01-20 17:00"), "Their board meets late.", staff)
    at("2026-12-16 10:00")
    take_back_offer(offer, "Sent by mistake.", staff)
    at("2026-12-17 10:00")
    change_places(round, 2, "A grant came through.", staff, seen=1)
    name, found = "Program staff", exceptions_of(round, staff)
    assert [(one.kind, one.district, one.detail.replace("\u00a0", " "), one.why, one.who) for one in found] == [
        ("Number of places changed", "", "Places: 1 → 2", "A grant came through.", name),
        ("Offer taken back", "Harbor", "", "Sent by mistake.", name),
        ("More time for an offer", "Harbor", "Until Wed, Jan 20, 2027, 5:00 PM ET", "Their board meets late.", name),
    ]  # fmt: skip
    declare_conflict(offer.letter, "", by=staff)
    assert [one.kind for one in exceptions_of(round, staff)] == ["Number of places changed"]
