"""The letter that a district wrote in an earlier round, and what stood in an answer before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.core.db import db

from .models import AnswerRevision, Letter
from .queries import WHOLE, last_submission


def find_earlier(letter: Letter) -> Letter | None:
    """The last letter that the same district wrote in the same community before this one."""
    if letter.earlier_id is None:
        return None
    chosen = select(Letter).where(Letter.id == letter.earlier_id).options(joinedload(Letter.round))
    return db.session.scalar(chosen)


def sent_content(letter: Letter) -> Mapping[str, Any] | None:
    """A letter as it was sent last; None when it never was."""
    sent = last_submission(letter)
    return sent.content if sent is not None else None


def whole_of(letter: Letter) -> Letter:
    """The letter with everything written in it."""
    chosen = select(Letter).where(Letter.id == letter.id).options(*WHOLE, joinedload(Letter.district))
    return db.session.scalars(chosen.execution_options(populate_existing=True)).unique().one()


def texts_before(answer_ids: Sequence[int]) -> dict[int, Any]:
    """What stood in these answers before their last text, by answer; those that had no other text are left out."""
    if not answer_ids:
        return {}
    chosen = select(AnswerRevision).where(AnswerRevision.answer_id.in_(answer_ids))
    rows = list(db.session.scalars(chosen.order_by(AnswerRevision.version, AnswerRevision.id)))
    texts: dict[int, list[Any]] = {}
    for row in rows:
        texts.setdefault(row.answer_id, []).append(row.value)
    return {number: kept[-2] for number, kept in texts.items() if len(kept) > 1}
