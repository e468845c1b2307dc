"""When a decision that was sent may be turned into another one."""

from __future__ import annotations

from portal.core.errors import RuleBroken
from portal.letters.models import Letter
from portal.reviews.models import Decision
from portal.reviews.rules import OUTCOMES, check_outcome, check_seen, is_released, said

from .models import PlaceOffer
from .offer_rules import ENDED, check_reason

MEMBER = "This district accepted its place and is a member. A membership ends on the district’s page, not here."
AGAIN = "Waitlist once more, at the end of the line"
UNEXPLAINED = "Say why the decision changes. The reason stays with the letter, and the district is not told."
ALONE = (
    "No other district waits, so the place would come back to this one at once. Choose “not this time”, or give the "
    "round fewer places first."
)


def may_turn(letter: Letter, decision: Decision | None, offer: PlaceOffer | None, stage: str) -> bool:
    """Whether the decision can still be turned; the way to it is drawn by this."""
    is_member = offer is not None and offer.status == "accepted"
    return is_released(decision) and letter.status == "submitted" and stage == "closed" and not is_member


def confirming_words(letter: Letter) -> str:
    """What staff type to confirm that a decision which was sent changes: the district's name."""
    return letter.district.label.strip()


def check_turn(letter: Letter, decision: Decision | None, offer: PlaceOffer | None, stage: str) -> Decision:
    """Refuse to turn what was not sent, what is archived or withdrawn, and a place that was accepted."""
    if decision is None or not is_released(decision):
        raise RuleBroken("This decision was not sent yet. Change it where it is prepared.")
    if offer is not None and offer.status == "accepted":
        raise RuleBroken(MEMBER)
    if not may_turn(letter, decision, offer, stage):
        raise RuleBroken("A decision can be changed until its round is put into the archive. This one stays.")
    return decision


def check_wish(
    letter: Letter, decision: Decision, offer: PlaceOffer | None, outcome: str, reason: str, *, seen: str | None,
    confirmation: str | None, decider: str,
) -> None:  # fmt: skip
    """Refuse to turn a decision into the same, without a reason or the typed name, and after somebody else did."""
    if seen is not None:
        check_seen(decision, seen, decider)
    check_outcome(outcome, has_waitlist=letter.round.has_waitlist)
    if outcome not in others(decision, offer, has_waitlist=letter.round.has_waitlist):
        raise RuleBroken(f"This is what was decided already: {said(decision)}. Choose another decision.")
    check_reason(reason, UNEXPLAINED)
    if confirmation is not None and _folded(confirmation) != _folded(confirming_words(letter)):
        raise RuleBroken(f"Type “{confirming_words(letter)}” to confirm that the decision changes.")


def check_line(outcome: str, offer: PlaceOffer | None, *, does_wait: bool) -> None:
    """Refuse to put a district that holds an offer onto a waitlist on which nobody else waits."""
    if outcome == "waitlist" and offer is not None and offer.status == "open" and not does_wait:
        raise RuleBroken(ALONE)


def has_left_line(decision: Decision, offer: PlaceOffer | None) -> bool:
    """Whether the district was on the waitlist, was offered a place, and neither has it nor waits any more."""
    is_own = offer is not None and offer.turn == decision.turn and offer.status in ENDED
    return is_own and decision.outcome == "waitlist"


def others(decision: Decision, offer: PlaceOffer | None, *, has_waitlist: bool) -> dict[str, str]:
    """The decisions that this one can be turned into, with their words. Whose offer from the waitlist ended can wait
    once more, at the end of the line."""
    is_out = has_left_line(decision, offer)
    shown = {**OUTCOMES, "waitlist": AGAIN} if is_out else OUTCOMES
    return {
        name: words
        for name, words in shown.items()
        if (name != decision.outcome or is_out) and (has_waitlist or name != "waitlist")
    }


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
