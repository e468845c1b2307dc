"""Queries for what visitors and invited people are shown beside a letter: questions with answers, info sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from portal.core import clock
from portal.core.db import db
from portal.core.tokens import find, hash_of

from .asking_rules import asks_until, is_ahead, may_ask, seats_left, seats_words
from .models import AskedQuestion, Handover, InfoSession, InfoSignUp, Invitation, Round
from .sheet import MODES

SEAT = "info-seat"


@dataclass(frozen=True)
class Meeting:
    """An info session as it stands: when it ends, whether it is still to come, and its seats in words."""

    session: InfoSession
    ends_at: datetime
    is_ahead: bool
    is_full: bool
    seats: str

    @property
    def way_in(self) -> str:
        """The address to join online; empty when there is none, or none that a browser may follow."""
        link = self.session.join_link
        return link if link.startswith(("https://", "http://")) else ""


def meeting_of(session: InfoSession, taken: int) -> Meeting:
    """An info session of which `taken` seats are taken, as it stands now."""
    return Meeting(
        session,
        session.at + timedelta(minutes=session.minutes),
        is_ahead(session, clock.now()),
        seats_left(session, taken) == 0,
        seats_words(session, taken),
    )


def meetings_of(round: Round) -> list[Meeting]:
    """The info sessions of the round in their order, each with the seats it has left."""
    going = func.count(InfoSignUp.id).filter(InfoSignUp.cancelled_at.is_(None))
    chosen = (
        select(InfoSession, going)
        .outerjoin(InfoSignUp, InfoSignUp.info_session_id == InfoSession.id)
        .where(InfoSession.round_id == round.id)
        .group_by(InfoSession.id)
        .order_by(InfoSession.at, InfoSession.id)
    )
    found = [meeting_of(row[0], row[1]) for row in db.session.execute(chosen)]
    # Put where the relation would have read them, as if it had: the dates of the letter name them too.
    set_committed_value(round, "info_sessions", [one.session for one in found])
    return found


def beside(round: Round, now: datetime, invitation: Invitation | None = None) -> dict[str, Any]:
    """What stands beside the letter: questions with answers, until when one may ask, info sessions to come; for the
    person of `invitation` also what was asked from its page."""
    rows = _questions(round, invitation)
    return {
        "asked": [row for row in rows if row.published_at is not None],
        "questions": [row for row in rows if invitation is not None and row.invitation_id == invitation.id],
        "may_ask": may_ask(round, now), "asks_until": asks_until(round),
        "meetings": [one for one in meetings_of(round) if one.is_ahead], "modes": MODES,
    }  # fmt: skip


def find_handover(token: str) -> Handover | None:
    """Where the invitation went whose private link this was, if it was passed on or readdressed."""
    return db.session.scalar(select(Handover).where(Handover.old_token_hash == hash_of(token)))


def find_info_session(community_id: int, info_session_id: int) -> InfoSession | None:
    """The info session of this number, of a round that visitors of the community may see."""
    chosen = (
        select(InfoSession)
        .join(InfoSession.round)
        .options(contains_eager(InfoSession.round))
        .where(InfoSession.id == info_session_id, Round.community_id == community_id)
        .where(Round.published_at.is_not(None), Round.archived_at.is_(None))
    )
    return db.session.scalar(chosen)


def find_info_session_of(round: Round, info_session_id: int) -> InfoSession | None:
    """The info session of this number in the round, for staff."""
    chosen = select(InfoSession).where(InfoSession.id == info_session_id, InfoSession.round_id == round.id)
    return db.session.scalar(chosen)


def find_sign_up(token: str) -> InfoSignUp | None:
    """The seat at an info session that a private link leads to."""
    return find(InfoSignUp, SEAT, token)


def sign_up_for(session: InfoSession, address: str) -> InfoSignUp | None:
    """The seat of this mail address, taken or given up."""
    chosen = select(InfoSignUp).where(InfoSignUp.info_session_id == session.id, InfoSignUp.email == address)
    return db.session.scalar(chosen)


def sign_ups_of(session: InfoSession) -> Select[InfoSignUp]:
    """Who comes to the info session, in the order they signed up; who gave the seat up is left out."""
    chosen = select(InfoSignUp).options(joinedload(InfoSignUp.info_session))
    chosen = chosen.where(InfoSignUp.info_session_id == session.id, InfoSignUp.cancelled_at.is_(None))
    return chosen.order_by(InfoSignUp.signed_up_at, InfoSignUp.id)


def taken_seats(session: InfoSession) -> int:
    """How many seats of the info session are taken."""
    chosen = select(func.count()).select_from(InfoSignUp)
    chosen = chosen.where(InfoSignUp.info_session_id == session.id, InfoSignUp.cancelled_at.is_(None))
    return db.session.scalar(chosen) or 0


def _questions(round: Round, invitation: Invitation | None) -> list[AskedQuestion]:
    """Those that everybody can read, and those of the invitation, in the order they were published or asked."""
    shown: ColumnElement[bool] = AskedQuestion.published_at.is_not(None)
    if invitation is not None:
        shown = or_(shown, AskedQuestion.invitation_id == invitation.id)
    chosen = select(AskedQuestion).where(AskedQuestion.round_id == round.id, shown)
    order = func.coalesce(AskedQuestion.published_at, AskedQuestion.asked_at)
    return list(db.session.scalars(chosen.order_by(order, AskedQuestion.id)))
