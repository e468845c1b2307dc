"""What the worker needs to write the mail of a decision: the very words that staff looked at."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.accounts.models import Account
from portal.core.db import db
from portal.core.mail import writes
from portal.districts.queries import leads_of
from portal.letters.models import Letter
from portal.reviews.models import Decision

from .feedback_queries import letters_with_feedback
from .offer_queries import place_in_line
from .queries import offer_of, reply_until
from .release_queries import told_before
from .wording_rules import FEEDBACK, before_of, composed, values_of, words_of


@writes("decision_accept")
def decision_accept(decision_id: int, account_id: int, turn: int = 0) -> dict[str, Any] | None:
    """The offer of a place. Staff read the same words before they send it."""
    return _written(decision_id, account_id, turn)


@writes("decision_waitlist")
def decision_waitlist(decision_id: int, account_id: int, turn: int = 0) -> dict[str, Any] | None:
    """A place on the waitlist, and which one."""
    return _written(decision_id, account_id, turn)


@writes("decision_decline")
def decision_decline(decision_id: int, account_id: int, turn: int = 0) -> dict[str, Any] | None:
    """Not this time, without the reasons that staff noted for themselves."""
    return _written(decision_id, account_id, turn)


def _written(decision_id: int, account_id: int, turn: int) -> dict[str, Any] | None:
    """None for a mail that is stale: the decision was turned, or its offer taken back, before the mail could leave."""
    decision = db.session.get_one(Decision, decision_id)
    letter, round = decision.letter, decision.letter.round
    if turn and _is_stale(decision, turn):
        return None
    first = db.session.get_one(Account, account_id)
    leads = [first, *(lead for lead in leads_of(letter.community_id, letter.district_id) if lead.id != account_id)]
    values = values_of(
        decision.outcome, round, district=letter.district.label, names=[lead.name for lead in leads], url=_url(letter),
        **_own(decision),
    )  # fmt: skip
    before = before_of(told_before(decision), round.community.time_zone)
    after = FEEDBACK if letters_with_feedback([letter.id]) else ""
    subject, text = composed(words_of(decision, round), values, before=before, after=after)
    return {
        "community": round.community, "zone": round.community.time_zone, "letter": letter, "round": round,
        "subject": subject, "text": text, "cc": [lead.email for lead in leads[1:]],
    }  # fmt: skip


def _is_stale(decision: Decision, turn: int) -> bool:
    offer = offer_of(decision.letter) if decision.outcome == "accept" else None
    is_gone = offer is not None and offer.status == "taken_back"
    return decision.turn != turn or decision.status != "released" or is_gone


def _own(decision: Decision) -> dict[str, Any]:
    """The place in line of who waits; until when who is offered a place answers."""
    letter, round = decision.letter, decision.letter.round
    if decision.outcome != "accept":
        return {"place": place_in_line(decision) if decision.outcome == "waitlist" else 0, "reply_by": None}
    offer = offer_of(letter)
    until = offer.reply_by if offer is not None else None
    return {"place": 0, "reply_by": until or reply_until(round, round.community.time_zone)}


def _url(letter: Letter) -> str:
    return url_for(
        "cohorts.standing", community=letter.round.community.slug, letter_id=letter.id, _external=True
    )  # fmt: skip
