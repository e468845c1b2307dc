"""What visitors and invited people bring to the staff's desk: questions about a round, and inquiries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from portal.accounts.rules import normal_address
from portal.accounts.throttle import check_often
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.history import record
from portal.core.outbox import post
from portal.core.text import one_line, tidy

from .asking_rules import check_asking
from .models import AskedQuestion, Inquiry, Invitation, Round

TOO_MUCH = "Five messages came from this address within an hour. Wait an hour, then write the next one."
SAME = timedelta(days=1)  # within it the same words again are the same message


@dataclass(frozen=True)
class Asked:
    """A question, and who wants to know."""

    name: str
    email: str
    text: str


@dataclass(frozen=True)
class Visitor:
    """Somebody who wants to hear about the community: who they are, and what they would like to know."""

    name: str
    email: str
    message: str
    role: str = ""
    district_text: str = ""
    district_id: int | None = None


def ask_question(round: Round, asked: Asked, *, invitation: Invitation | None = None) -> AskedQuestion:
    """Put a question about the round on the staff's desk and mail a receipt. The same again is the same question.

    Raises RuleBroken when it is too late to ask or the address is none, TooManyTries after five within an hour.
    """
    address, text, now = normal_address(asked.email), tidy(asked.text), clock.now()
    check_often("desk", address, TOO_MUCH)
    with transaction():
        check_asking(lock(round), now, round.community.time_zone)
        same = select(AskedQuestion).where(AskedQuestion.round_id == round.id, AskedQuestion.email == address)
        same = same.where(AskedQuestion.text == text, AskedQuestion.asked_at > now - SAME)
        found = db.session.scalar(same.order_by(AskedQuestion.id).limit(1))
        if found is not None:
            return found
        question = AskedQuestion(
            community_id=round.community_id, round_id=round.id, invitation_id=invitation.id if invitation else None,
            district_id=invitation.district_id if invitation else None,
            name=one_line(asked.name), email=address, text=text, asked_at=now,
        )  # fmt: skip
        db.session.add(question)
        db.session.flush()
        post(
            "question_received", to=address, community_id=round.community_id, once=f"question-received:{question.id}",
            question_id=question.id,
        )  # fmt: skip
        record(question, "ask", None, community_id=round.community_id)
    return question


def inquire(community_id: int, visitor: Visitor) -> Inquiry:
    """Put a visitor's inquiry on the staff's desk and mail a receipt. The same again is the same inquiry.

    Raises RuleBroken when the address is none, TooManyTries after five within an hour.
    """
    address, message, now = normal_address(visitor.email), tidy(visitor.message), clock.now()
    check_often("desk", address, TOO_MUCH)
    with transaction():
        # Messages of a community take turns, or a double press would lie on the desk twice.
        lock(db.session.get_one(Community, community_id))
        same = select(Inquiry).where(Inquiry.community_id == community_id, Inquiry.email == address)
        same = same.where(Inquiry.message == message, Inquiry.came_at > now - SAME)
        found = db.session.scalar(same.order_by(Inquiry.id).limit(1))
        if found is not None:
            return found
        inquiry = Inquiry(
            community_id=community_id, name=one_line(visitor.name), email=address, role=one_line(visitor.role),
            district_id=visitor.district_id, district_text=one_line(visitor.district_text), message=message,
            came_at=now,
        )  # fmt: skip
        db.session.add(inquiry)
        db.session.flush()
        post(
            "inquiry_received", to=address, community_id=community_id, once=f"inquiry-received:{inquiry.id}",
            inquiry_id=inquiry.id,
        )  # fmt: skip
        record(inquiry, "inquire", None, community_id=community_id)
    return inquiry
