"""What staff do on the board: prepare several decisions at once, take them back, order the waitlist. No effect yet."""

from __future__ import annotations

from collections.abc import Sequence

from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.letters.models import Letter
from portal.reviews.models import Decision
from portal.reviews.operations import prepare_decision
from portal.reviews.queries import decider_of, decision_of
from portal.reviews.rules import OUTCOMES, check_seen, is_released
from portal.rounds.models import Round
from portal.rounds.rules import ARCHIVED, stage_of

from .release_queries import prepared_in

SENT = "This decision was sent. It can be changed on the letter’s own page."
Chosen = Sequence[tuple[Letter, str]]  # each with the stamp of the decision that the page showed


def prepare_many(round: Round, chosen: Chosen, outcome: str, *, by: Doer) -> int:
    """Prepare the same decision for several letters, all or none; says how many. Reasons that were noted stay.

    Raises RuleBroken, naming the district, when one cannot be decided or somebody else decided meanwhile.
    """
    if not chosen:
        raise RuleBroken("Choose at least one letter first.")
    if outcome not in OUTCOMES:
        raise RuleBroken("Press the button that says what you mean to decide about the chosen letters.")
    with transaction():
        lock(round)
        for letter, seen in sorted(chosen, key=lambda one: one[0].id):
            _prepare(letter, seen, outcome, by)
    return len(chosen)


def clear_many(chosen: Chosen, *, by: Doer) -> int:
    """Take prepared decisions back, all or none: the letters are undecided again. Says how many there were.

    Raises RuleBroken, naming the district, for what was sent, and when somebody else decided or took it back meanwhile;
    and when none of them is decided.
    """
    if not chosen:
        raise RuleBroken("Choose at least one letter first.")
    with transaction():
        lock(chosen[0][0].round)
        count = sum(_clear(letter, seen, by) for letter, seen in sorted(chosen, key=lambda one: one[0].id))
        if not count:
            raise RuleBroken("None of the chosen letters is decided, so there is nothing to take back.")
        return count


def move_in_line(letter: Letter, step: int, *, by: Doer) -> bool:
    """Move a prepared place on the waitlist one up (step -1) or down (1); says whether there was somewhere to go.

    Raises RuleBroken for a letter that is not on the prepared waitlist: what districts were told keeps its order.
    """
    with transaction():
        round, decision = lock(letter.round), decision_of(letter)
        if decision is None or decision.outcome != "waitlist" or is_released(decision):
            raise RuleBroken("Only a place on the waitlist that was not sent yet can be moved.")
        line = [one for one in prepared_in(round, by.account_id) if one.outcome == "waitlist"]
        if decision not in line:
            raise RuleBroken("This letter is with its district just now. It can be moved when it is back.")
        there = line.index(decision) + (1 if step > 0 else -1)
        if not 0 <= there < len(line):
            return False
        other = line[there]
        decision.waitlist_position, other.waitlist_position = other.waitlist_position, decision.waitlist_position
        record(decision, "move in line", by, community_id=letter.community_id, to=decision.waitlist_position)
    return True


def _prepare(letter: Letter, seen: str, outcome: str, by: Doer) -> None:
    decision = decision_of(letter)
    rationale = decision.rationale if decision is not None else ""
    try:
        prepare_decision(letter, outcome, rationale, by, seen=seen)
    except RuleBroken as broken:
        raise RuleBroken(f"{letter.district.label}: {broken.sentence}") from broken


def _clear(letter: Letter, seen: str, by: Doer) -> int:
    decision = decision_of(lock(letter))
    try:
        _check_clear(decision, seen, letter.round)
    except RuleBroken as broken:
        raise RuleBroken(f"{letter.district.label}: {broken.sentence}") from broken
    if decision is None:
        return 0
    record(decision, "clear", by, community_id=letter.community_id, outcome=decision.outcome)
    db.session.delete(decision)
    db.session.flush()
    return 1


def _check_clear(decision: Decision | None, seen: str, round: Round) -> None:
    if is_released(decision):
        raise RuleBroken(SENT)
    if stage_of(round, clock.now()) != "closed":
        raise RuleBroken(ARCHIVED)
    check_seen(decision, seen, decider_of(decision))
