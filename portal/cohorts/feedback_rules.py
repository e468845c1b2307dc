"""What a district may learn about its letter, criterion by criterion: drafted, then approved."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from portal.core.errors import RuleBroken
from portal.core.text import tidy
from portal.letters.models import Letter
from portal.reviews.reading_models import Feedback
from portal.rounds.models import Criterion

LONGEST = 2000


def stamp_of(feedback: Feedback | None) -> str:
    """What a page carries to say which text it shows; empty while there is none."""
    return sha256(feedback.text.encode()).hexdigest()[:16] if feedback is not None else ""


def state_of(feedback: Feedback | None) -> tuple[str, str, str]:
    """Icon, word and tone of one criterion's feedback."""
    if feedback is None:
        return "ring", "Not written", ""
    if feedback.approved_at is None:
        return "pen", "A draft, which the district does not see", "now"
    return "check", "Approved for the district", "good"


def check_letter(letter: Letter) -> None:
    """Refuse feedback on a letter that was not sent, or that nobody reads any more."""
    if letter.status in ("draft", "not_submitted", "withdrawn"):
        raise RuleBroken("This letter is not with the readers, so there is nothing to say about it.")


def check_typed(criterion: Criterion, stored: Feedback | None, text: str, seen: str | None) -> str:
    """The text as it is kept. Refuse one that is too long, and one that would write over a colleague's."""
    words = tidy(text)
    if len(words) > LONGEST:
        raise RuleBroken(f"{criterion.label}: up to {LONGEST:,} characters fit.")
    before = stored.text if stored is not None else ""
    if seen is not None and seen != stamp_of(stored) and words != before:
        raise RuleBroken(
            f"{criterion.label}: somebody changed this feedback meanwhile. Load the page again to see it beside yours."
        )
    return words


def check_approval(feedback: Mapping[int, Feedback]) -> None:
    """Refuse to approve nothing."""
    if not feedback:
        raise RuleBroken("Write feedback on at least one point first. Then it can be approved.")
