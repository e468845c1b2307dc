"""What staff see when they write feedback: each criterion with what its readers noted, and the text beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.letters.models import Letter
from portal.reviews.queries import decision_of
from portal.reviews.reading_models import Feedback, Review
from portal.reviews.rules import is_released
from portal.reviews.scoring_queries import reviews_for
from portal.rounds.models import Criterion

from .feedback_queries import feedback_of
from .feedback_rules import stamp_of, state_of


@dataclass(frozen=True)
class Point:
    """One criterion: who noted what, and what the district may read of it."""

    criterion: Criterion
    notes: Sequence[tuple[str, int | None, str]]
    text: str
    stamp: str
    state: tuple[str, str, str]


def feedback_page(reader: Any, letter: Letter, typed: Mapping[int, str] | None = None) -> dict[str, Any]:
    """The criteria of the letter's round with the readers' comments that were handed in, and the feedback so far.

    Who is still to score the letter themselves reads no comments.
    """
    reviews, known = reviews_for(reader, letter), feedback_of(letter)
    points = [_point(one, reviews, known.get(one.id), typed) for one in letter.round.criteria]
    return {
        "letter": letter, "round": letter.round, "points": points, "is_sent": is_released(decision_of(letter)),
        "overall": [(review.account.name, review.comment) for review in reviews if review.comment],
        "approved": [row for row in known.values() if row.approved_at is not None], "written": len(known),
    }  # fmt: skip


def _point(
    criterion: Criterion, reviews: Sequence[Review], stored: Feedback | None, typed: Mapping[int, str] | None
) -> Point:
    notes = [
        (review.account.name, score.level, score.comment)
        for review in reviews for score in review.scores if score.criterion_id == criterion.id
    ]  # fmt: skip
    text = (typed or {}).get(criterion.id, stored.text if stored is not None else "")
    return Point(criterion, notes, text, stamp_of(stored), state_of(stored))
