"""Finding those who answer without an invitation, and the districts they may mean."""

from __future__ import annotations

from portal.core.db import db
from portal.core.tokens import find
from portal.districts.models import District
from portal.districts.queries import search_districts
from portal.rounds.models import AnswerRequest

REQUEST = "answer-request"
MOST = 12  # found districts; who finds more types more


def find_answer_request(token: str) -> AnswerRequest | None:
    """The request that a private link leads to."""
    return find(AnswerRequest, REQUEST, token)


def find_district(district_id: int) -> District | None:
    """The district of this number in the directory."""
    return db.session.get(District, district_id)


def open_districts(asked: str) -> list[District]:
    """The open districts most likely meant by what was typed."""
    return [one for one in search_districts(asked, 2 * MOST) if one.is_open][:MOST] if asked else []
