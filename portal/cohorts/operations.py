"""Decisions that reach the district. What else fills a cohort is named here: places, offers, teams."""

from __future__ import annotations

from portal.core import clock
from portal.core.db import lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.outbox import post
from portal.districts.queries import leads_of
from portal.letters.models import Letter
from portal.reviews.models import Decision
from portal.reviews.operations import prepare_decision
from portal.reviews.queries import decider_of, decision_of
from portal.reviews.rules import check, check_seen
from portal.rounds.rules import stage_of

from .offering import accept_offer, offer_place, turn_down_offer
from .placing import create_cohort, place_existing_member
from .queries import places_left
from .rules import check_places
from .teams import claim_team_seat, invite_to_team, renew_invitation

__all__ = [
    "accept_offer", "claim_team_seat", "create_cohort", "invite_to_team", "place_existing_member", "renew_invitation",
    "turn_down_offer",
]  # fmt: skip


def prepare(letter: Letter, outcome: str, rationale: str, by: Doer | None, *, seen: str = "") -> Decision:
    """Prepare a decision; a place is only offered while one is left. Raises RuleBroken as prepare_decision does."""
    with transaction():
        # Looked at here for the sentence; what counts is the look under the lock when the decision is sent.
        round = lock(letter.round)
        if outcome == "accept":
            check_places(places_left(round))
        return prepare_decision(letter, outcome, rationale, by, seen=seen)


def release_decision(letter: Letter, by: Doer | None, *, seen: str | None = None) -> Decision:
    """Send the prepared decision: an offer when a place was meant, and one mail to every lead of the district.

    `seen` is the stamp of the decision whose mail the person looked at. The same person may press twice.
    Raises RuleBroken when no place is left, when nobody leads the district, and when somebody else sent it.
    """
    with transaction():
        round = lock(letter.round)
        letter, decision = lock(letter), decision_of(letter)
        # The second press of the same person is no conflict; that of somebody else is one, and says who was first.
        if decision is not None and decision.released_by_id and by and decision.released_by_id == by.account_id:
            return decision
        check("release", letter, decision, stage_of(round, clock.now()), decider_of(decision))
        assert decision is not None
        if seen is not None:
            check_seen(decision, seen, decider_of(decision))
        if decision.outcome == "accept":
            offer_place(letter, round, by)
        decision.status, decision.released_at = "released", clock.now()
        decision.released_by_id = by.account_id if by else None
        _tell_leads(letter, decision)
        record(decision, "release", by, community_id=letter.community_id, outcome=decision.outcome)
    return decision


def _tell_leads(letter: Letter, decision: Decision) -> None:
    leads = leads_of(letter.community_id, letter.district_id)
    if not leads:
        raise RuleBroken("Nobody leads this district yet, so nobody would hear of it. Name a lead first.")
    for lead in leads:
        post(
            f"decision_{decision.outcome}", to=lead.email, community_id=letter.community_id,
            once=f"decision:{decision.id}:{lead.id}", decision_id=decision.id, account_id=lead.id,
        )  # fmt: skip
