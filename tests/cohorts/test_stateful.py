"""Two deciders, districts, a sweeping worker and the clock, in whatever order: places are kept, each district has one
decision that lives at most, and hears once of each release."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from portal.accounts.models import Account
from portal.cohorts import jobs
from portal.cohorts.models import PlaceOffer
from portal.cohorts.offer_queries import line_of, places_unclaimed
from portal.cohorts.offer_rules import is_late
from portal.cohorts.offering import (
    accept_offer,
    change_places,
    defer_offer,
    extend_offer,
    offer_again,
    offer_next,
    take_back_offer,
    turn_down_offer,
)
from portal.cohorts.queries import offer_of, places_left
from portal.cohorts.release_queries import outgoings, reachable_leads
from portal.cohorts.release_rules import Item, digest, mark_of
from portal.cohorts.releasing import ask_release, release_decision
from portal.cohorts.turning import turn_decision
from portal.core import clock
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.outbox import Outgoing
from portal.districts.models import Membership
from portal.districts.queries import leads_of
from portal.letters.models import Letter
from portal.reviews.operations import prepare_decision
from portal.reviews.queries import decision_of
from portal.reviews.rules import stamp_of
from portal.rounds.models import Round
from tests.cohorts.builders import a_closing_round, a_community, a_led_letter, a_staff_member
from tests.conftest import moment_of

START = moment_of("2026-12-15 10:00")
LETTERS, DECIDERS = st.integers(0, 4), st.integers(0, 1)
OUTCOMES = st.sampled_from(["accept", "waitlist", "decline"])
ANSWERS: dict[str, Callable[..., Any]] = {
    "accept": accept_offer, "turn down": turn_down_offer, "defer": defer_offer,
}  # fmt: skip
NUMBERS = count(1)  # each run of the machine has a community of its own in the same database


class Places(RuleBasedStateMachine):
    """A round with a few places, five letters, two people who decide, and time that goes by."""

    @initialize(places=st.integers(1, 3))
    def begin(self, places: int) -> None:
        number, self.now = next(NUMBERS), START
        with clock.told(self.now):
            community = a_community(f"place-{number}")
            round = a_closing_round(community, capacity=places)
            names = [f"{name}{number}" for name in ("Harbor", "River", "Hill", "Cove", "Valley")]
            self.letters = [a_led_letter(round, name).id for name in names]
            people = [a_staff_member(community, email=f"staff-{n}-{number}@example.org") for n in range(2)]
            self.round_id, self.community_id, self.people = round.id, community.id, [one.id for one in people]
        self.stamps: dict[tuple[int, int], str] = {}
        self.marks: dict[tuple[int, int], str] = {}  # of the mail that a decider looked at
        self.live, self.offers, self.digests = 0, set[int](), ["", ""]

    # What people do. Each press may be refused with a sentence; nothing else may go wrong.

    @rule(n=LETTERS, who=DECIDERS)
    def look(self, n: int, who: int) -> None:
        """A decider opens the page of a letter, and of the release."""
        decision, letter = decision_of(self.letter(n)), self.letter(n)
        leads = reachable_leads(letter.community_id, [letter.district_id]).get(letter.district_id, [])
        self.stamps[n, who] = stamp_of(decision)
        self.marks[n, who] = mark_of(Item(decision, leads), letter.round) if decision else ""
        self.digests[who] = digest(outgoings(self.round, self.people[who]))

    @rule(n=LETTERS, who=DECIDERS, outcome=OUTCOMES)
    def prepare(self, n: int, who: int, outcome: str) -> None:
        self.press(lambda: prepare_decision(self.letter(n), outcome, "", self.person(who), seen=self.seen(n, who)))

    @rule(n=LETTERS, who=DECIDERS, outcome=OUTCOMES)
    def prepare_at_a_glance(self, n: int, who: int, outcome: str) -> None:
        self.look(n, who)
        self.prepare(n, who, outcome)

    @rule(n=LETTERS, who=DECIDERS)
    def release_one(self, n: int, who: int) -> None:
        self.press(lambda: release_decision(self.letter(n), self.person(who), seen=self.marks.get((n, who), "")))

    @rule(who=DECIDERS, is_fresh=st.booleans())
    def release_all(self, who: int, is_fresh: bool) -> None:
        if is_fresh:
            self.digests[who] = digest(outgoings(self.round, self.people[who]))
        self.press(lambda: ask_release(self.round, self.digests[who], by=self.person(who)))

    @rule(n=LETTERS, who=DECIDERS, outcome=OUTCOMES)
    def turn(self, n: int, who: int, outcome: str) -> None:
        self.press(lambda: turn_decision(self.letter(n), outcome, "A mistake.", by=self.person(who)))

    @rule(n=LETTERS, answer=st.sampled_from(sorted(ANSWERS)))
    def answer(self, n: int, answer: str) -> None:
        offer = offer_of(self.letter(n))
        if offer is None:
            return
        was_late, was = is_late(offer, self.now), offer.status
        is_taken = self.press(lambda: ANSWERS[answer](offer, self.lead(n)))
        db.session.refresh(offer)
        assert not (is_taken and was == "open" and was_late), "an answer that came too late was taken"
        assert was == "open" or offer.status == was, "an answer was changed by a later one"

    @rule(n=LETTERS, who=DECIDERS)
    def take_back(self, n: int, who: int) -> None:
        offer = offer_of(self.letter(n))
        if offer is not None:
            self.press(lambda: take_back_offer(offer, "A mistake.", self.person(who)))

    @rule(n=LETTERS, who=DECIDERS, days=st.integers(-3, 20))
    def give_more_time(self, n: int, who: int, days: int) -> None:
        offer = offer_of(self.letter(n))
        if offer is not None and offer.reply_by is not None:
            until = offer.reply_by + timedelta(days=days)
            self.press(lambda: extend_offer(offer, until, "Snow.", self.person(who)))

    @rule(who=DECIDERS)
    def offer_to_the_next(self, who: int) -> None:
        self.press(lambda: offer_next(self.round, self.person(who)))

    @rule(n=LETTERS, who=DECIDERS)
    def offer_once_more(self, n: int, who: int) -> None:
        offer = offer_of(self.letter(n))
        if offer is not None:
            self.press(lambda: offer_again(offer, self.person(who)))

    @rule(who=DECIDERS, places=st.integers(0, 4))
    def change_the_places(self, who: int, places: int) -> None:
        seen = self.round.capacity
        self.press(lambda: change_places(self.round, places, "A gift, or less.", self.person(who), seen=seen))

    @rule()
    def sweep(self) -> None:
        """The worker comes by: what was asked is sent, what is over ends, what is free is offered."""
        for job in (jobs.carry_out_releases, jobs.pass_places_on, jobs.remind_silent):
            with clock.told(self.now):
                job()
        late = [offer.id for offer in self.all_offers() if offer.status == "open" and is_late(offer, self.now)]
        assert late == [], "the worker left an offer open whose time is over"
        is_waiting = db.session.scalar(line_of(self.round).limit(1)) is not None
        assert not (is_waiting and min(places_left(self.round), places_unclaimed(self.round)) > 0), (
            "a place stands free"
        )

    @rule(hours=st.sampled_from([1, 24, 72, 24 * 8, 24 * 20]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    # What must hold at any moment.

    @invariant()
    @precondition(lambda self: hasattr(self, "letters"))
    def no_more_places_than_there_are(self) -> None:
        """Fewer places take none away, so what is too many may only become less."""
        live = [offer for offer in self.all_offers() if offer.status in ("open", "accepted")]
        assert len(live) <= max(self.round.capacity, self.live)
        self.live = len(live)
        assert max(Counter(offer.letter_id for offer in live).values(), default=1) == 1

    @invariant()
    @precondition(lambda self: hasattr(self, "letters"))
    def a_place_comes_of_the_decision_that_lives(self) -> None:
        for offer in self.all_offers():
            decision = decision_of(offer.letter)
            assert decision is not None
            if offer.status in ("open", "accepted"):
                assert (decision.status, decision.turn) == ("released", offer.turn)
                assert decision.outcome in ("accept", "waitlist")
        members = db.session.query(Membership).filter_by(community_id=self.community_id).count()
        assert members == [offer.status for offer in self.all_offers()].count("accepted")

    @invariant()
    @precondition(lambda self: hasattr(self, "letters"))
    def a_district_hears_once_of_each_decision(self) -> None:
        told = Counter((row.ids["decision_id"], row.ids["turn"]) for row in self.mails("decision_"))
        assert max(told.values(), default=1) == 1
        rows = [decision_of(self.letter(n)) for n in range(5)]
        assert {(row.id, row.turn) for row in rows if row and row.status == "released"} <= set(told)
        assert not {row.id for row in rows if row and row.status == "prepared"} & {number for number, _ in told}
        offered = Counter(row.ids["offer_id"] for row in self.mails("place_offered"))
        assert max(offered.values(), default=1) == 1

    @invariant()
    @precondition(lambda self: hasattr(self, "letters"))
    def nobody_in_line_is_passed_over(self) -> None:
        new = [offer for offer in self.all_offers() if offer.id not in self.offers and offer.from_waitlist]
        self.offers = {offer.id for offer in self.all_offers()}
        waiting = [decision_of(letter) for letter in db.session.scalars(line_of(self.round))]
        ahead = min((one.waitlist_position or 0 for one in waiting if one), default=1000)
        places = [decision_of(offer.letter) for offer in new]
        assert all((one.waitlist_position or 0) < ahead for one in places if one)

    # How the machine looks and presses.

    @property
    def round(self) -> Round:
        return db.session.get_one(Round, self.round_id)

    def letter(self, n: int) -> Letter:
        return db.session.get_one(Letter, self.letters[n])

    def person(self, who: int) -> Account:
        return db.session.get_one(Account, self.people[who])

    def lead(self, n: int) -> Account:
        return leads_of(self.community_id, self.letter(n).district_id)[0]

    def seen(self, n: int, who: int) -> str:
        return self.stamps.get((n, who), "")

    def all_offers(self) -> list[PlaceOffer]:
        chosen = select(PlaceOffer).join(PlaceOffer.letter).where(Letter.round_id == self.round_id)
        return list(db.session.scalars(chosen.order_by(PlaceOffer.id)))

    def mails(self, template: str) -> list[Outgoing]:
        chosen = select(Outgoing).where(
            Outgoing.community_id == self.community_id, Outgoing.template.startswith(template)
        )
        return list(db.session.scalars(chosen.order_by(Outgoing.id)))

    def press(self, act: Callable[[], Any]) -> bool:
        """Whether what was pressed was done, or refused with a sentence. Nothing else may go wrong."""
        with clock.told(self.now), suppress(RuleBroken):
            act()
            return True
        return False


def test_places_are_kept_whatever_happens_in_whatever_order(app: Flask, request: pytest.FixtureRequest) -> None:
    walks = 20 if request.config.getoption("--database") == "sqlite" else 8
    chosen = settings(
        max_examples=walks, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck),
        derandomize="CI" in os.environ, database=None,
    )  # fmt: skip
    run_state_machine_as_test(Places, settings=chosen)  # type: ignore[no-untyped-call]
