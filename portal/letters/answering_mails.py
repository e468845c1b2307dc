"""What the worker needs to write to those who answer without an invitation, and to the colleagues who write already."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.core import clock
from portal.core.db import db
from portal.core.mail import writes
from portal.core.tokens import token_of
from portal.rounds.models import AnswerRequest
from portal.rounds.queries import extensions_of
from portal.rounds.rules import may_answer, told_end

from .answering_queries import REQUEST
from .queries import letter_of


@writes("answer_request")
def answer_request(request_id: int) -> dict[str, Any] | None:
    """The private link that confirms an address; nothing once the round takes no answers. It repeats nothing that was
    typed: anybody can give anybody's address."""
    request = db.session.get_one(AnswerRequest, request_id)
    times = extensions_of(request.round_id, request.district_id)
    if not may_answer(request.round, times, clock.now()):
        return None
    place = request.round.community
    url = url_for("letters.answer_request", community=place.slug, token=token_of(request, REQUEST), _external=True)
    return {**_about(request), "url": url, "until": told_end(request.round, times)}


@writes("writing_wanted")
def writing_wanted(request_id: int) -> dict[str, Any] | None:
    """The news for a writer that somebody of the district wants to write too; nothing when there is no letter any
    more."""
    request = db.session.get_one(AnswerRequest, request_id)
    letter = letter_of(request.round_id, request.district_id)
    if letter is None:
        return None
    url = url_for("letters.show", community=request.round.community.slug, letter_id=letter.id, _external=True)
    return {**_about(request), "request": request, "url": url}


def _about(request: AnswerRequest) -> dict[str, Any]:
    place = request.round.community
    return {
        "community": place, "zone": place.time_zone, "round": request.round, "district": request.district.label,
    }  # fmt: skip
