"""Queries for those who build rounds: a round with all its parts, the list of rounds, and what stands in them."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from portal.core.db import db
from portal.core.history import History

from .models import Commitment, Criterion, InfoSession, Question, Round, Section

Part = TypeVar("Part", Commitment, Criterion, InfoSession, Question, Section)
WHOLE = (
    joinedload(Round.community, innerjoin=True),
    selectinload(Round.info_sessions),
    selectinload(Round.commitments),
    selectinload(Round.sections).selectinload(Section.questions),
    selectinload(Round.criteria),
)


def whole_rounds(community_id: int) -> Select[Any]:
    """The rounds of the community with all their parts, the newest closing date first."""
    chosen = select(Round).options(*WHOLE).where(Round.community_id == community_id)
    return chosen.order_by(Round.closes_at.desc(), Round.id.desc())


def find_whole_round(community_id: int, round_id: int) -> Round | None:
    """The community's round of this number with all its parts."""
    chosen: Round | None = db.session.scalar(whole_rounds(community_id).where(Round.id == round_id))
    return chosen


def find_part(model: type[Part], round: Round, number: int) -> Part | None:
    """The section, question, commitment, criterion or info session of this number, if it is part of the round."""
    return db.session.scalar(select(model).where(model.id == number, model.round_id == round.id))


def happened_in(round: Round) -> Select[Any]:
    """What was done with the round, the newest first."""
    chosen = select(History).where(History.subject_table == Round.__tablename__, History.subject_id == round.id)
    return chosen.order_by(History.at.desc(), History.id.desc())
