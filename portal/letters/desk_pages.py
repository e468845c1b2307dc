"""What the pages of the staff's desk show beside the thing itself."""

from __future__ import annotations

from portal.core import clock
from portal.core.db import db
from portal.districts.models import District
from portal.districts.queries import search_districts
from portal.rounds.desk import rounds_open_to
from portal.rounds.models import Inquiry, Round
from portal.rounds.rules import may

from .queries import name_of

MOST = 6  # districts to choose from; who finds none of them looks again with other words


def districts_for(inquiry: Inquiry, looked_for: str) -> list[District]:
    """The districts that an inquiry may come from: the one that was named first, then those like what is looked for."""
    named = [inquiry.district] if inquiry.district is not None else []
    found = search_districts(looked_for, MOST) if looked_for.strip() else []
    return [*named, *(one for one in found if one not in named)]


def find_district(number: str) -> District:
    """The district of a number that was among the choices."""
    return db.session.get_one(District, int(number))


def letter_rounds(community_id: int) -> list[Round]:
    """The rounds whose questions and answers can be written, the newest closing date first."""
    return list(db.session.scalars(rounds_open_to(community_id)))


def inviting_rounds(community_id: int) -> list[Round]:
    """The rounds that districts can be invited to now, the newest closing date first."""
    return [round for round in letter_rounds(community_id) if may("invite", round, clock.now())]


def settled_words(account_id: int | None) -> str:
    """Who settled it, for staff."""
    return name_of(account_id) if account_id is not None else ""
