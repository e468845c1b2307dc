"""Finding rounds and invitations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from portal.core import clock
from portal.core.db import db
from portal.core.tokens import find

from .models import Extension, Invitation, Round
from .rules import choose_shown

PURPOSE = "invitation"


def rounds_of(community_id: int) -> list[Round]:
    """Every round of the community, the newest closing date first."""
    chosen = select(Round).where(Round.community_id == community_id)
    return list(db.session.scalars(chosen.order_by(Round.closes_at.desc(), Round.id.desc())))


def shown_round(community_id: int) -> Round | None:
    """The round that visitors of the community see now: the open one, else the next, else the last."""
    return choose_shown(rounds_of(community_id), clock.now())


def find_round(community_id: int, round_id: int) -> Round | None:
    """The community's round of this number."""
    return db.session.scalar(select(Round).where(Round.community_id == community_id, Round.id == round_id))


def find_round_by_slug(community_id: int, slug: str) -> Round | None:
    """The community's round of this short name."""
    return db.session.scalar(select(Round).where(Round.community_id == community_id, Round.slug == slug))


def find_invitation(token: str) -> Invitation | None:
    """The invitation that a private link leads to."""
    return find(Invitation, PURPOSE, token)


def invitation_for(round_id: int, district_id: int) -> Invitation | None:
    """The invitation of this district in this round; one that was withdrawn is none."""
    found = any_invitation_for(round_id, district_id)
    return found if found is not None and found.withdrawn_at is None else None


def any_invitation_for(round_id: int, district_id: int) -> Invitation | None:
    """The same, be it withdrawn: a district has one row in a round for good."""
    chosen = select(Invitation).where(Invitation.round_id == round_id, Invitation.district_id == district_id)
    return db.session.scalar(chosen)


def invited_in(round: Round, districts: Sequence[int]) -> dict[int, Invitation]:
    """The invitations that these districts have in the round, by district."""
    chosen = select(Invitation).where(Invitation.round_id == round.id, Invitation.district_id.in_(districts))
    rows = db.session.scalars(chosen.where(Invitation.withdrawn_at.is_(None)).order_by(Invitation.id))
    return {row.district_id: row for row in rows}


def invitations_of(round: Round) -> Select[Any]:
    """Every invitation of the round with its district, in the order they were prepared."""
    chosen = select(Invitation).options(joinedload(Invitation.district)).where(Invitation.round_id == round.id)
    return chosen.where(Invitation.withdrawn_at.is_(None)).order_by(Invitation.id)


def extensions_of(round_id: int, district_id: int) -> list[Extension]:
    """The extensions that one district was given in the round, oldest first."""
    chosen = select(Extension).where(Extension.round_id == round_id, Extension.district_id == district_id)
    return list(db.session.scalars(chosen.order_by(Extension.id)))
