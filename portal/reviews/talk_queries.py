"""What was said about a letter, as far as a person may hear it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.core.db import db
from portal.letters.models import Letter

from .queries import is_staff
from .reading_models import Remark
from .reading_queries import running_assignment
from .scoring_queries import is_decision_sent, review_of
from .talk_rules import audiences_of


def audiences_for(person: Any, letter: Letter) -> tuple[str, ...]:
    """Whom this person talks with about the letter; nobody before they have handed in what they read.

    Once the decision was sent nobody scores any more, and staff who had not are kept from the talk no longer.
    """
    given, is_ours = running_assignment(letter, person.account_id), is_staff(person, letter.community_id)
    return audiences_of(
        is_staff=is_ours, is_reader=given is not None,
        has_handed_in=given is None or _has_scored(person, letter) or (is_ours and is_decision_sent(letter)),
    )  # fmt: skip


def remarks_of(letter: Letter, audiences: tuple[str, ...]) -> list[Remark]:
    """What was said to these audiences, the oldest first, with names."""
    chosen = select(Remark).options(joinedload(Remark.account)).where(Remark.letter_id == letter.id)
    return list(db.session.scalars(chosen.where(Remark.audience.in_(audiences)).order_by(Remark.id)))


def last_remark(letter: Letter, account_id: int) -> Remark | None:
    """What this person said last about the letter."""
    mine = select(Remark).where(Remark.letter_id == letter.id, Remark.account_id == account_id)
    return db.session.scalar(mine.order_by(Remark.id.desc()).limit(1))


def _has_scored(person: Any, letter: Letter) -> bool:
    review = review_of(letter, person.account_id)
    return review is not None and review.handed_in_at is not None
