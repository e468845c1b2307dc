"""When a place may be offered, how long a team invitation works, and what is known of a decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from portal.core.errors import RuleBroken
from portal.reviews.models import Decision

from .models import TeamInvitation, TeamSeat

INVITATION_LIFETIME = timedelta(days=30)
SHORTEST_REPLY = timedelta(days=14)  # what a decision that is sent late leaves to answer
TAKEN = ("open", "accepted")


@dataclass(frozen=True)
class RosterRow:
    """One row of a letter's roster: a job, where, and who, if that is known."""

    role: str
    school: str = ""
    name: str = ""
    email: str = ""


ROSTER = ("role", "school", "name", "email")
LEAD = "lead"  # the job of a lead whom the letter does not name: nobody has said which one it is


def released(decision: Decision | None) -> Decision | None:
    """The decision as the district may know it: none before its release."""
    return decision if decision is not None and decision.status == "released" else None


def check_places(left: int) -> None:
    """Refuse to offer a place that is not there."""
    if left < 1:
        raise RuleBroken(
            "All places of this round are offered or taken. Wait until a place comes back, or give the round more."
        )


def may_claim(invitation: TeamInvitation, now: datetime) -> bool:
    """Whether a team invitation still works: not used, and younger than thirty days."""
    return invitation.claimed_at is None and now < invitation.expires_at


def seat_state(seat: TeamSeat) -> str:
    """Where a seat of the team stands: joined, invited, named (no mail yet), or open (waits for a name)."""
    if seat.affiliation_id is not None:
        return "joined"
    if seat.email:
        return "invited"
    return "named" if seat.name else "open"


def has_begun(seat: TeamSeat, today: date) -> bool:
    """Whether the seat is there already; one that comes back waits until the day after its person's last."""
    return seat.from_date <= today


def check_begun(seat: TeamSeat, today: date) -> None:
    """Refuse to give or take a seat before its first day: until then it is somebody else's."""
    if not has_begun(seat, today):
        raise RuleBroken(f"This seat is free from {seat.from_date:%B %-d, %Y}. Fill it from that day on.")


def check_invite(seat: TeamSeat, others: list[str], address: str) -> None:
    """Refuse to invite somebody to a seat that is taken or gone, or a person who has another seat of the team."""
    if seat.to_date is not None:
        raise RuleBroken("This seat is no longer part of the team.")
    if seat.affiliation_id is not None:
        raise RuleBroken(f"{seat.name or 'A colleague'} joined in this seat already.")
    if address in others:
        raise RuleBroken("This address has another seat on your team. Give this seat to somebody else.")


def join_state(invitation: TeamInvitation, now: datetime) -> str:
    """What the page of a team invitation offers: the way to sign in (joined), to join (open), a new link (over), or
    nothing, because the seat went to somebody else (gone).
    """
    seat = invitation.team_seat
    is_own_seat = seat.email == invitation.email
    if invitation.claimed_at is not None or (seat.affiliation_id is not None and is_own_seat):
        return "joined"
    if not is_own_seat or seat.to_date is not None:
        return "gone"
    return "open" if may_claim(invitation, now) else "over"


def check_claim(seat: TeamSeat, invitation: TeamInvitation, now: datetime) -> None:
    """Refuse a team invitation that ran out, or whose seat went to somebody else."""
    check_renewal(seat, invitation)
    if not may_claim(invitation, now):
        raise RuleBroken(
            "A newer link took the place of this one, or it is older than 30 days. Have a new one mailed below."
        )


def check_renewal(seat: TeamSeat, invitation: TeamInvitation) -> None:
    """Refuse a new link for a seat that is gone, joined, or given to another address."""
    if seat.affiliation_id is not None:
        raise RuleBroken("This seat on the team is taken already. If it is yours, sign in.")
    if seat.to_date is not None or seat.email != invitation.email:
        raise RuleBroken("This seat on the team went to somebody else. Ask your district’s lead.")


def roster_rows(content: Mapping[str, Any]) -> list[RosterRow]:
    """The team in a frozen letter (Submission.content), in its order; a row without a role names nobody."""
    rows = content.get("roster", [])
    return [RosterRow(*(str(row.get(name) or "").strip() for name in ROSTER)) for row in rows if row.get("role")]


def job_words(role: str, labels: Mapping[str, str]) -> str:
    """What people call this job; a lead of whom nobody has said which job it is acts for the district."""
    return labels.get(role, "Acts for the district" if role == LEAD else role)


def role_of_contact(content: Mapping[str, Any], email: str, labels: Mapping[str, str]) -> str:
    """The job that a frozen letter gives this person as its contact, as one of `labels` (slug to words); else LEAD."""
    questions = [question for section in content.get("sections", []) for question in section["questions"]]
    contacts = [question["value"] or {} for question in questions if question["kind"] == "contact"]
    named = {str(one.get("email", "")).lower(): str(one.get("role", "")).casefold() for one in contacts}
    slugs = {label.casefold(): slug for slug, label in labels.items()}
    return slugs.get(named.get(email, ""), LEAD)
