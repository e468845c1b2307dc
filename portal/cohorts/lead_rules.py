"""When the lead of a district can be handed over, accepted, and given up."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from portal.accounts.models import Account
from portal.core.errors import RuleBroken

from .models import LeadHandOver

LIFETIME = timedelta(days=14)
NOT_LEAD = "You do not act for this district any more. Ask who does."


def hand_over_state(hand_over: LeadHandOver, now: datetime) -> str:
    """Where a hand-over stands: accepted, taken_back, open, or over."""
    if hand_over.accepted_at is not None:
        return "accepted"
    if hand_over.taken_back_at is not None:
        return "taken_back"
    return "open" if now < hand_over.expires_at else "over"


def check_asking(address: str, by_id: int | None, leads: Collection[Account]) -> None:
    """Refuse somebody who does not lead the district, and a colleague who leads it already."""
    if by_id not in {lead.id for lead in leads}:
        raise RuleBroken(NOT_LEAD)
    if address in {lead.email for lead in leads}:
        raise RuleBroken(f"{address} acts for your district already.")


def check_acceptance(hand_over: LeadHandOver, now: datetime, leads: Collection[Account]) -> None:
    """Refuse a hand-over that was taken back or ran out, or whose giver has nothing to give any more."""
    state = hand_over_state(hand_over, now)
    if state == "taken_back":
        raise RuleBroken("This was taken back, or a newer link took its place. Ask the person who wrote to you.")
    if state == "over":
        raise RuleBroken("This link is older than 14 days. Ask the person who wrote to you for a new one.")
    if hand_over.from_account_id not in {lead.id for lead in leads}:
        raise RuleBroken("The person who wrote to you does not act for the district any more. Ask who does.")


def check_lead_end(account: Account, leads: Collection[Account]) -> None:
    """Refuse to leave a district without anybody who acts for it."""
    if {lead.id for lead in leads} <= {account.id}:
        raise RuleBroken(
            f"{account.name} alone acts for this district. Hand the lead over, or add a second lead, first."
        )


def check_open(account: Account) -> None:
    """Refuse to let a closed account act for a district: nobody could reach it, and it could not sign in."""
    if account.disabled_at is not None:
        raise RuleBroken("The account of this address is closed, so it cannot act for a district. Name another person.")
