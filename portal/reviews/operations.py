"""What staff do about a letter before the district hears of it."""

from __future__ import annotations

from typing import Any

from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.history import Doer, record
from portal.letters.models import Letter
from portal.rounds.rules import stage_of

from .models import Decision
from .queries import decider_of, decision_of, last_in_line
from .rules import check, check_outcome, check_seen


def prepare_decision(letter: Letter, outcome: str, rationale: str, by: Doer | None, *, seen: str = "") -> Decision:
    """Note what staff mean to decide: accept, waitlist (at the end of the line) or decline. No district sees it.

    `seen` is rules.stamp_of the decision that the person looked at. Asking for the same again changes nothing.
    Raises RuleBroken while the round is open, for a letter that was not submitted, after the release, and when
    somebody else decided meanwhile.
    """
    with transaction():
        round = lock(letter.round)
        # Round first, then letter, as everywhere: the order of locks is what keeps two deciders from waiting for each
        # other.
        letter, decision = lock(letter), decision_of(letter)
        check("prepare", letter, decision, stage_of(round, clock.now()), decider_of(decision))
        check_outcome(outcome, has_waitlist=round.has_waitlist)
        if decision is not None and (decision.outcome, decision.rationale) == (outcome, rationale):
            return decision
        check_seen(decision, seen, decider_of(decision))
        decision = decision or Decision(letter_id=letter.id, prepared_at=clock.now())
        _take(decision, letter, outcome, rationale, by)
        db.session.flush()
        record(decision, "prepare", by, community_id=letter.community_id, note=rationale, outcome=outcome)
    return decision


def _take(decision: Decision, letter: Letter, outcome: str, rationale: str, by: Doer | None) -> None:
    place: Any = decision.waitlist_position if outcome == "waitlist" else None
    # A place once given is kept when the decision is edited; leaving the list and coming back goes to its end.
    if outcome == "waitlist" and place is None:
        place = last_in_line(letter.round) + 1
    decision.outcome, decision.rationale, decision.waitlist_position = outcome, rationale, place
    decision.prepared_at, decision.prepared_by_id = clock.now(), by.account_id if by else None
    db.session.add(decision)
