"""What the worker needs to write the mails that the staff's desk sends: answers, refusals, and the news for staff."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.communities.models import Community
from portal.core.db import db
from portal.core.mail import writes

from .desk import waiting_on
from .models import AnswerRequest, AskedQuestion, Inquiry, Round


@writes("question_answered")
def question_answered(question_id: int) -> dict[str, Any]:
    """The answer of the staff, with the question as it was asked."""
    question = db.session.get_one(AskedQuestion, question_id)
    return {**_about(question.round), "question": question}


@writes("inquiry_answered")
def inquiry_answered(inquiry_id: int) -> dict[str, Any]:
    """The answer of the staff to a visitor, with what they wrote."""
    inquiry = db.session.get_one(Inquiry, inquiry_id)
    return {**_at(inquiry.community_id), "inquiry": inquiry}


@writes("request_declined")
def request_declined(request_id: int) -> dict[str, Any]:
    """Why somebody cannot answer for a district."""
    request = db.session.get_one(AnswerRequest, request_id)
    contact = url_for("rounds.contact", community=request.round.community.slug, _external=True)
    return {**_about(request.round), "request": request, "contact_url": contact}


@writes("desk_news")
def desk_news(desk_of: int) -> dict[str, Any] | None:
    """How many things wait on the staff's desk; nothing when all were settled meanwhile. No word of what they say."""
    words, waiting = _at(desk_of), waiting_on(desk_of)
    url = url_for("letters.desk", community=words["community"].slug, _external=True)
    return {**words, "waiting": waiting, "url": url} if waiting.all else None


def _at(community_id: int) -> dict[str, Any]:
    community = db.session.get_one(Community, community_id)
    return {"community": community, "zone": community.time_zone}


def _about(round: Round) -> dict[str, Any]:
    letter = url_for("rounds.letter", community=round.community.slug, _external=True)
    return {**_at(round.community_id), "round": round, "letter_url": letter}
