"""What the pages of standing, deciding and belonging show."""

from __future__ import annotations

from typing import Any

from portal.accounts.models import Account
from portal.core import clock
from portal.core.access import community, me
from portal.core.mail import preview
from portal.core.text import in_a_row
from portal.districts.queries import leads_of
from portal.letters.deadlines import is_open, open_return, time_of, told_until, withdraw_until
from portal.letters.models import Letter
from portal.letters.queries import last_submission, name_of, roles_for
from portal.letters.rules import may as may_move
from portal.letters.versions import pdf_state
from portal.reviews.models import Decision
from portal.reviews.queries import decider_of, decision_of
from portal.reviews.rules import OUTCOMES, decision_words, shown_status, stamp_of
from portal.reviews.rules import may as may_decide
from portal.rounds.rules import stage_of

from .district_forms import LeadForm
from .feedback_queries import approved_feedback
from .forms import DecisionForm, WithdrawForm
from .offer_queries import place_in_line
from .offer_rules import STATES, state_at
from .queries import decided_of, happened_to, may_answer_for, offer_of, places_left
from .release_queries import leads_told, mails_of
from .release_rules import Item, mark_of
from .standing import ahead, happened, standing
from .timeline import told
from .turn_rules import may_turn

OWN_MOVES = {"may_reopen": "reopen", "may_withdraw": "withdraw", "may_undo": "undo withdrawal"}
APPROVED = "approve feedback"
SHOWN_STEPS = 6  # of what happened; what came before is folded away


def standing_page(letter: Letter) -> dict[str, Any]:
    """Where the letter stands, as its district may know it."""
    decision, offer = decided_of(letter)
    sent, moment = last_submission(letter), clock.now()
    now = standing(letter, sent is not None, decision, offer, moment)
    rows, reply_by = happened_to(letter, decision=decision), offer.reply_by if offer else None
    steps = happened(rows, letter, community().time_zone)
    return {
        "letter": letter, "round": letter.round, "standing": now, "offer": offer, "receipt": sent,
        **_answer_page(letter, now.may_answer),
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


def decision_page(
    letter: Letter, form: DecisionForm | None = None, lead_form: LeadForm | None = None
) -> dict[str, Any]:  # fmt: skip
    """What staff mean to decide about the letter, the very mail it would send, and who would get it."""
    decision, stage, left = decision_of(letter), stage_of(letter.round, clock.now()), places_left(letter.round)
    leads = leads_told(letter)
    offer = offer_of(letter)
    return {
        "letter": letter, "round": letter.round, "receipt": last_submission(letter), "decision": decision, "left": left,
        "decided": decision_words(decision), "words": OUTCOMES[decision.outcome] if decision else "",
        "decider": decider_of(decision), "leads": leads, "stage": stage,
        "form": form or _decision_form(decision), "options": _options(letter),
        "mail": _mail(decision, leads), "mails": mails_of(decision) if decision and decision.released_at else [],
        "offer": offer,
        "offer_mark": STATES[state_at(offer, clock.now())] if offer else (),
        "answered_by": name_of(offer.answered_by_id) if offer else "",
        "may_prepare": may_decide("prepare", letter, decision, stage),
        "may_release": may_decide("release", letter, decision, stage), "seen": _mark(decision, leads),
        "may_turn": may_turn(letter, decision, offer, stage), "lead_form": lead_form or LeadForm(formdata=None),
    }  # fmt: skip


def timeline_page(letter: Letter) -> dict[str, Any]:
    """What happened to the letter, for staff."""
    rows = happened_to(letter, decision=decision_of(letter))
    return {
        "letter": letter, "round": letter.round, "until": told_until(letter, clock.now()),
        "is_open": is_open(letter, clock.now()),
        "steps": told(rows, letter, community().time_zone),
        "status": shown_status(letter, last_submission(letter) is not None, clock.now()),
    }  # fmt: skip


def _answer_page(letter: Letter, is_asked: bool) -> dict[str, Any]:
    is_own = may_answer_for(me(), letter)
    leads = leads_of(letter.community_id, letter.district_id) if is_asked and not is_own else []
    return {"may_answer": is_asked and is_own, "answer_by_whom": in_a_row([lead.name for lead in leads])}


def _decision_form(decision: Decision | None) -> DecisionForm:
    outcome, rationale = (decision.outcome, decision.rationale) if decision else (None, "")
    return DecisionForm(formdata=None, outcome=outcome, rationale=rationale, seen=stamp_of(decision))


def _options(letter: Letter) -> dict[str, str]:
    return {name: words for name, words in OUTCOMES.items() if name != "waitlist" or letter.round.has_waitlist}


def _mark(decision: Decision | None, leads: list[Account]) -> str:
    return mark_of(Item(decision, leads), decision.letter.round) if decision else ""


def _mail(decision: Decision | None, leads: list[Account]) -> tuple[str, str] | None:
    if decision is None or not leads:
        return None
    return preview(f"decision_{decision.outcome}", {"decision_id": decision.id, "account_id": leads[0].id})
