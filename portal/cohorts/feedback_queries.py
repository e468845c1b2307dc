"""Finding what a district may learn about its letter, and what readers noted of which that is made."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from portal.core.db import db
from portal.letters.models import Letter
from portal.reviews.reading_models import Feedback
from portal.rounds.models import Criterion


def feedback_of(letter: Letter) -> dict[int, Feedback]:
    """The feedback on the letter, drafted or approved, by the number of the criterion."""
    chosen = select(Feedback).where(Feedback.letter_id == letter.id).order_by(Feedback.id)
    return {row.criterion_id: row for row in db.session.scalars(chosen)}


def approved_feedback(letter: Letter) -> list[Feedback]:
    """What the district may read, in the order of the criteria. Ask only for a letter whose decision it knows."""
    chosen = (
        select(Feedback)
        .join(Feedback.criterion)
        .options(contains_eager(Feedback.criterion))
        .where(Feedback.letter_id == letter.id, Feedback.approved_at.is_not(None))
        .order_by(Criterion.position, Feedback.id)
    )
    return list(db.session.scalars(chosen))


def letters_with_feedback(letter_ids: Iterable[int]) -> set[int]:
    """Those of the letters about which something was approved for their districts."""
    chosen = select(Feedback.letter_id).where(
        Feedback.approved_at.is_not(None), Feedback.letter_id.in_(set(letter_ids))
    )
    return set(db.session.scalars(chosen.distinct()))
