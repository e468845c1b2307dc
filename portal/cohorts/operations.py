"""What fills a cohort is named here: decisions, releases, places, offers, teams."""

from __future__ import annotations

from portal.reviews.operations import prepare_decision

from .offering import accept_offer, turn_down_offer
from .placing import create_cohort, place_existing_member
from .releasing import ask_release, carry_out_releases, release_decision
from .teams import claim_team_seat, invite_to_team, renew_invitation

__all__ = [
    "accept_offer", "ask_release", "carry_out_releases", "claim_team_seat", "create_cohort", "invite_to_team",
    "place_existing_member", "prepare_decision", "release_decision", "renew_invitation", "turn_down_offer",
]  # fmt: skip
