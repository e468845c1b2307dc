"""Queries for the staff's desk: what people asked, visitors' inquiries, who wants to answer without an invitation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, union_all
from sqlalchemy.orm import joinedload

from portal.core.db import db
from portal.core.outbox import Outgoing

from .models import AnswerRequest, AskedQuestion, Inquiry, Round

NEWS = "desk_news"  # the template of the mail that tells staff of new things

# of each kind of thing: its table, when it came, whether it waits for staff
KINDS: dict[str, tuple[Any, Any, ColumnElement[bool]]] = {
    "questions": (AskedQuestion, AskedQuestion.asked_at, AskedQuestion.answered_at.is_(None)),
    "inquiries": (Inquiry, Inquiry.came_at, Inquiry.state == "open"),
    "requests": (
        AnswerRequest, AnswerRequest.confirmed_at,
        and_(AnswerRequest.outcome == "", AnswerRequest.fits.is_(False)),
    ),
}  # fmt: skip
SHOWN: dict[str, ColumnElement[bool]] = {  # what staff see at all; the address of a request is confirmed by its owner
    "questions": AskedQuestion.id.is_not(None),
    "inquiries": Inquiry.id.is_not(None),
    "requests": and_(AnswerRequest.fits.is_(False), AnswerRequest.confirmed_at.is_not(None)),
}


@dataclass(frozen=True)
class Waiting:
    """How many things wait on the desk."""

    questions: int = 0
    inquiries: int = 0
    requests: int = 0

    @property
    def all(self) -> int:
        return self.questions + self.inquiries + self.requests


def things(community_id: int, kind: str, *, is_settled: bool = False) -> Select[Any]:
    """The things of one `kind` (a key of KINDS) that wait, the longest first; or those settled, the newest first."""
    model, came, waits = KINDS[kind]
    chosen = select(model).options(joinedload(model.district)).where(model.community_id == community_id, SHOWN[kind])
    if is_settled:
        return chosen.where(~waits).order_by(came.desc(), model.id.desc())
    return chosen.where(waits).order_by(came, model.id)


def waiting_on(community_id: int, *, since: datetime | None = None) -> Waiting:
    """How many things of each kind wait for the community's staff; only those that came after `since` if it is given.

    One query, for it stands in the menu of every page of staff.
    """
    parts = []
    for kind, (model, came, waits) in KINDS.items():
        counted = select(func.count()).select_from(model).where(model.community_id == community_id, waits, SHOWN[kind])
        counted = counted if since is None else counted.where(came > since)
        parts.append(counted.scalar_subquery().label(kind))
    return Waiting(**db.session.execute(select(*parts)).one()._asdict())


def newest_on(community_id: int) -> datetime | None:
    """When the newest thing that still waits arrived."""
    newest = [
        select(func.max(came).label("at")).where(model.community_id == community_id, waits, SHOWN[kind])
        for kind, (model, came, waits) in KINDS.items()
    ]
    found: datetime | None = db.session.scalar(select(func.max(union_all(*newest).subquery().c.at)))
    return found


def told_at(community_id: int) -> dict[str, datetime]:
    """When each member of staff was last told of new things, by mail address."""
    chosen = select(Outgoing.to_address, func.max(Outgoing.posted_at)).group_by(Outgoing.to_address)
    chosen = chosen.where(Outgoing.template == NEWS, Outgoing.community_id == community_id)
    return {row[0]: row[1] for row in db.session.execute(chosen)}


def find_asked(community_id: int, question_id: int) -> AskedQuestion | None:
    """The question of this number that was asked in the community."""
    chosen = select(AskedQuestion).options(joinedload(AskedQuestion.round), joinedload(AskedQuestion.district))
    return db.session.scalar(chosen.where(AskedQuestion.id == question_id, AskedQuestion.community_id == community_id))


def find_inquiry(community_id: int, inquiry_id: int) -> Inquiry | None:
    """The inquiry of this number that reached the community."""
    chosen = select(Inquiry).options(joinedload(Inquiry.district), joinedload(Inquiry.invitation))
    return db.session.scalar(chosen.where(Inquiry.id == inquiry_id, Inquiry.community_id == community_id))


def find_request(community_id: int, request_id: int) -> AnswerRequest | None:
    """The request of this number that staff of the community decide."""
    chosen = select(AnswerRequest).options(joinedload(AnswerRequest.round), joinedload(AnswerRequest.district))
    chosen = chosen.where(AnswerRequest.id == request_id, AnswerRequest.community_id == community_id)
    return db.session.scalar(chosen.where(SHOWN["requests"]))


def communities_with_news() -> list[int]:
    """The communities on whose desk anything waits."""
    found = [
        select(model.community_id).where(waits, SHOWN[kind]) for kind, (model, _, waits) in KINDS.items()
    ]  # fmt: skip
    return sorted(set(db.session.scalars(union_all(*found))))


def rounds_open_to(community_id: int) -> Select[Round]:
    """The rounds of the community that are not archived, the newest closing date first."""
    chosen = select(Round).where(Round.community_id == community_id, Round.archived_at.is_(None))
    return chosen.order_by(Round.closes_at.desc(), Round.id.desc())
