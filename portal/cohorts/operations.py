"""Deciding about a letter. What else fills a cohort is named here: releases, places, offers, teams."""

from __future__ import annotations

from portal.core.db import lock, transaction
from portal.core.history import Doer
from portal.letters.models import Letter
from portal.reviews.models import Decision
from portal.reviews.operations import prepare_decision

from .offering import accept_offer, turn_down_offer
from .placing import create_cohort, place_existing_member
from .queries import places_left
from .releasing import ask_release, carry_out_releases, release_decision
from .rules import check_places
from .teams import claim_team_seat, invite_to_team, renew_invitation

__all__ = [
    "accept_offer", "ask_release", "carry_out_releases", "claim_team_seat", "create_cohort", "invite_to_team",
    "place_existing_member", "release_decision", "renew_invitation", "turn_down_offer",
]  # fmt: skip


def prepare(letter: Letter, outcome: str, rationale: str, by: Doer | None, *, seen: str = "") -> Decision:
    """Prepare a decision; a place is only offered while one is left. Raises RuleBroken as prepare_decision does."""
    with transaction():
        # Looked at here for the sentence; what counts is the look under the lock when the decision is sent.
        round = lock(letter.round)
        if outcome == "accept":
            check_places(places_left(round))
        return prepare_decision(letter, outcome, rationale, by, seen=seen)
