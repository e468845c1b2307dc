"""A decision that was sent becomes another one: its offer is taken back, its mail is stale, the district hears once."""

from __future__ import annotations

from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.letters.models import Letter
from portal.reviews.models import Decision
from portal.reviews.queries import decider_of, decision_of, last_in_line
from portal.rounds.rules import stage_of

from .line_queries import next_reached
from .offering import offer_place, take_back_offer
from .queries import offer_of
from .release_queries import leads_told
from .releasing import NOBODY, tell
from .turn_rules import check_line, check_turn, check_wish


def turn_decision(
    letter: Letter, outcome: str, reason: str, *, by: Doer | None, seen: str | None = None,
    confirmation: str | None = None,
) -> Decision:  # fmt: skip
    """Turn a decision that was sent into another one, and tell the district by one mail.

    A mail of the old decision that has not left never does; an offer without an answer is taken back, and its place
    goes to the next in line. `seen` is the stamp of what the person looked at, `confirmation` the name they typed.
    Raises RuleBroken for a place that was accepted, without a reason, and when no place is left for an offer.
    """
    with transaction():
        round = lock(letter.round)
        letter, found, offer = lock(letter), decision_of(letter), offer_of(letter)
        decision = check_turn(letter, found, offer, stage_of(round, clock.now()))
        check_wish(
            letter, decision, offer, outcome, reason, seen=seen, confirmation=confirmation, decider=decider_of(decision)
        )
        check_line(outcome, offer, does_wait=next_reached(round) is not None)
        if offer is not None and offer.status == "open":
            take_back_offer(offer, reason, by, is_told=False)
        before = decision.outcome
        _turn(decision, outcome, reason, by)
        if outcome == "accept":
            offer_place(letter, round, by)
        leads = leads_told(letter)
        if not leads:
            raise RuleBroken(NOBODY)
        tell(decision, leads, f"decision:{decision.id}:{decision.turn}")
        record(
            decision, "turn", by, community_id=letter.community_id, note=reason.strip(), outcome=outcome, before=before
        )
    return decision


def _turn(decision: Decision, outcome: str, reason: str, by: Doer | None) -> None:
    last = last_in_line(decision.letter.round)
    now, account_id = clock.now(), by.account_id if by else None
    decision.outcome, decision.turned_reason, decision.turn = outcome, reason.strip(), decision.turn + 1
    decision.waitlist_position = last + 1 if outcome == "waitlist" else None
    decision.mail_subject = decision.mail_text = ""  # they were written for the other decision
    decision.prepared_at = decision.released_at = now
    decision.prepared_by_id = decision.released_by_id = account_id
    db.session.flush()
