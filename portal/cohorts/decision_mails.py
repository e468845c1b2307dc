"""What the worker needs to write the mail of a decision: the very words that staff looked at."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.accounts.models import Account
from portal.core import clock
from portal.core.db import db
from portal.core.mail import writes
from portal.letters.models import Letter
from portal.reviews.models import Decision

from .feedback_queries import letters_with_feedback
from .offer_queries import place_in_line
from .offer_rules import state_at
from .queries import offers_by, reply_until
from .release_queries import leads_told, told_before
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
    """None for a mail that is stale: before it could leave, the decision was turned or its offer answered or ended."""
    decision = db.session.get_one(Decision, decision_id)
    letter, round = decision.letter, decision.letter.round
    if turn and _is_stale(decision, turn):
        return None
    first = db.session.get_one(Account, account_id)
    # As the rehearsal shows it: nobody in copy whom no mail reaches.
    others = leads_told(letter)
    leads = [first, *(lead for lead in others if lead.id != account_id)]
    values = values_of(
        decision.outcome, round, district=letter.district.label, names=[lead.name for lead in leads],
        url=standing_url(letter), **_own(decision),
    )  # fmt: skip
    before = before_of(told_before(decision), round.community.time_zone)
    after = FEEDBACK if letters_with_feedback([letter.id]) else ""
    subject, text = composed(words_of(decision, round), values, before=before, after=after)
    return {
        "community": round.community, "zone": round.community.time_zone, "letter": letter, "round": round,
        "subject": subject, "text": text, "cc": [lead.email for lead in leads[1:]],
    }  # fmt: skip


def _is_stale(decision: Decision, turn: int) -> bool:
    if decision.turn != turn or decision.status != "released":
        return True
    # What came of it since has a mail of its own: an answer, another offer, or a place for who waited.
    since = [state_at(offer, clock.now()) for offer in offers_by(decision)]
    return since not in ([], ["open"]) if decision.outcome == "accept" else bool(since)


def _own(decision: Decision) -> dict[str, Any]:
    """The place in line of who waits; until when who is offered a place answers."""
    round = decision.letter.round
    if decision.outcome != "accept":
        return {"place": place_in_line(decision) if decision.outcome == "waitlist" else 0, "reply_by": None}
    until = next((offer.reply_by for offer in offers_by(decision)), None)
    return {"place": 0, "reply_by": until or reply_until(round, round.community.time_zone)}


def standing_url(letter: Letter) -> str:
    """Where the district reads what became of its letter."""
    return url_for("cohorts.standing", community=letter.round.community.slug, letter_id=letter.id, _external=True)
