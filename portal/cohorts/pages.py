"""What the pages of standing, deciding and belonging show."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from flask import url_for

from portal.accounts.models import Account
from portal.communities.queries import role_labels
from portal.core import clock
from portal.core.access import community, me
from portal.core.db import db
from portal.core.mail import preview
from portal.districts.models import Membership
from portal.letters.deadlines import is_open, open_return, time_of, told_until, withdraw_until
from portal.letters.models import Letter
from portal.letters.queries import last_submission, letters_of, name_of, roles_for
from portal.letters.rules import may as may_move
from portal.letters.versions import pdf_state
from portal.reviews.models import Decision
from portal.reviews.queries import decider_of, decision_of
from portal.reviews.rules import OUTCOMES, decision_words, shown_status, stamp_of
from portal.reviews.rules import may as may_decide
from portal.rounds.rules import stage_of

from .feedback_queries import approved_feedback
from .forms import DecisionForm, SeatForm, WithdrawForm
from .models import TeamInvitation, TeamSeat
from .offer_queries import place_in_line
from .queries import cohort_of_membership, decided_of, happened_to, offer_of, places_left, team_of
from .release_queries import reachable_leads
from .rules import may_claim, seat_state
from .standing import ahead, happened, standing
from .timeline import told
from .turn_rules import may_turn

OWN_MOVES = {"may_reopen": "reopen", "may_withdraw": "withdraw", "may_undo": "undo withdrawal"}
APPROVED = "approve feedback"
SHOWN_STEPS = 6  # of what happened; what came before is folded away


@dataclass(frozen=True)
class SeatRow:
    """A seat of the team as the page shows it; with a form where the reader may invite somebody to it."""

    seat: TeamSeat
    role: str
    state: str
    invitation: TeamInvitation | None = None
    form: SeatForm | None = None
    is_over: bool = False


def standing_page(letter: Letter) -> dict[str, Any]:
    """Where the letter stands, as its district may know it."""
    decision, offer = decided_of(letter)
    sent, moment = last_submission(letter), clock.now()
    now = standing(letter, sent is not None, decision, offer, moment)
    rows, reply_by = happened_to(letter, decision=decision, offer=offer), offer.reply_by if offer else None
    steps = happened(rows, letter, community().time_zone)
    return {
        "letter": letter, "round": letter.round, "standing": now, "offer": offer, "receipt": sent,
        "in_line": place_in_line(decision) if now.code == "waitlisted" and decision else 0,
        "earlier": steps[:-SHOWN_STEPS], "steps": [*steps[-SHOWN_STEPS:], *ahead(now.code, letter, reply_by, moment)],
        "time": time_of(letter, moment), "sent_back": open_return(letter),
        "pdf": pdf_state(sent) if sent else "", **moves_page(letter, decision),
        # The history is read anyway: without an approval in it there is nothing to ask for.
        "feedback": approved_feedback(letter) if decision and APPROVED in {row.verb for row in rows} else [],
    }  # fmt: skip


def moves_page(letter: Letter, decision: Decision | None) -> dict[str, Any]:
    """What this person can still do with a letter that was sent, and until when; nothing once it is decided."""
    roles, now = roles_for(me(), letter), clock.now()
    return {
        name: decision is None and may_move(verb, letter, roles, now) for name, verb in OWN_MOVES.items()
    } | {"withdraw_until": withdraw_until(letter)}  # fmt: skip


def withdrawal_page(letter: Letter, form: WithdrawForm | None = None) -> dict[str, Any]:
    """What a withdrawal means, before it is done."""
    decision, _ = decided_of(letter)
    return {
        "letter": letter, "receipt": last_submission(letter), "form": form or WithdrawForm(formdata=None),
        **moves_page(letter, decision),
    }  # fmt: skip


def decision_page(letter: Letter, form: DecisionForm | None = None) -> dict[str, Any]:
    """What staff mean to decide about the letter, the very mail it would send, and who would get it."""
    decision, stage, left = decision_of(letter), stage_of(letter.round, clock.now()), places_left(letter.round)
    leads = reachable_leads(letter.community_id, [letter.district_id]).get(letter.district_id, [])
    offer = offer_of(letter)
    return {
        "letter": letter, "round": letter.round, "receipt": last_submission(letter), "decision": decision, "left": left,
        "decided": decision_words(decision), "decider": decider_of(decision), "leads": leads, "stage": stage,
        "form": form or _decision_form(decision), "options": _options(letter, decision, left),
        "mail": _mail(decision, leads), "offer": offer, "answered_by": name_of(offer.answered_by_id) if offer else "",
        "may_prepare": may_decide("prepare", letter, decision, stage),
        "may_release": may_decide("release", letter, decision, stage), "seen": stamp_of(decision),
        "may_turn": may_turn(letter, decision, offer, stage),
    }  # fmt: skip


def timeline_page(letter: Letter) -> dict[str, Any]:
    """What happened to the letter, for staff."""
    rows = happened_to(letter, decision=decision_of(letter), offer=offer_of(letter))
    return {
        "letter": letter, "round": letter.round, "until": told_until(letter, clock.now()),
        "is_open": is_open(letter, clock.now()),
        "steps": told(rows, letter, community().time_zone),
        "status": shown_status(letter, last_submission(letter) is not None, clock.now()),
    }  # fmt: skip


def district_page(
    memberships: list[Membership], chosen: Membership, form: SeatForm | None = None, seat_id: int = 0
) -> dict[str, Any]:
    """The district's own page; `form` is what was typed for the seat `seat_id`."""
    is_lead = chosen.district_id in me().led_districts(community().id)
    labels = role_labels(community().id)
    rows = [
        seat_row(seat, labels.get(seat.role, seat.role), is_lead, form if seat.id == seat_id else None)
        for seat in team_of(chosen)
    ]
    cohort, commitments = cohort_of_membership(chosen)
    return {
        "membership": chosen, "memberships": memberships, "district": chosen.district, "is_lead": is_lead, "rows": rows,
        "joined": sum(row.state == "joined" for row in rows), "open_roles": _open_roles(rows), "cohort": cohort,
        "commitments": commitments, "letters": other_letters({row.district_id for row in memberships}),
    }  # fmt: skip


def seat_row(seat: TeamSeat, role: str, is_lead: bool, form: SeatForm | None = None) -> SeatRow:
    """One seat of the team; leads get a form for what is not joined yet."""
    state, invitation = seat_state(seat), seat.invitations[-1] if seat.invitations else None
    is_over = invitation is not None and not may_claim(invitation, clock.now())
    shown = (form or _seat_form(seat)) if is_lead and state != "joined" else None
    return SeatRow(seat, role, state, invitation, shown, is_over)


def other_letters(members: set[int]) -> list[Letter]:
    """The letters that this person writes for a district that is not among the `members`."""
    # A member's page does without this question where nobody leads a second district: their own page lists all letters.
    if members and not me().led_districts(community().id) - members:
        return []
    chosen = letters_of(me(), community().id).where(Letter.district_id.not_in(members))
    return list(db.session.scalars(chosen).unique())


def shown_membership(memberships: list[Membership], asked: int | None) -> Membership | None:
    """Which of the person's member districts is shown: the one asked for, else the first; None for a stranger's."""
    if asked is None:
        return memberships[0]
    return next((row for row in memberships if row.district_id == asked), None)


def district_url(membership: Membership, memberships: list[Membership]) -> str:
    """The URL of the district's page; it names the district only where a person has several."""
    return url_for("cohorts.district", district=membership.district_id if len(memberships) > 1 else None)


def _decision_form(decision: Decision | None) -> DecisionForm:
    outcome, rationale = (decision.outcome, decision.rationale) if decision else (None, "")
    return DecisionForm(formdata=None, outcome=outcome, rationale=rationale, seen=stamp_of(decision))


def _options(letter: Letter, decision: Decision | None, left: int) -> dict[str, str]:
    kept = decision.outcome if decision else ""
    is_open = {"accept": left > 0 or kept == "accept", "waitlist": letter.round.has_waitlist, "decline": True}
    return {outcome: words for outcome, words in OUTCOMES.items() if is_open[outcome]}


def _mail(decision: Decision | None, leads: list[Account]) -> tuple[str, str] | None:
    if decision is None or not leads:
        return None
    return preview(f"decision_{decision.outcome}", {"decision_id": decision.id, "account_id": leads[0].id})


def _open_roles(rows: list[SeatRow]) -> list[tuple[str, int]]:
    return sorted(Counter(row.role for row in rows if row.state in ("open", "named")).items())


def _seat_form(seat: TeamSeat) -> SeatForm:
    return SeatForm(formdata=None, prefix=f"seat-{seat.id}", name=seat.name, email=seat.email)
