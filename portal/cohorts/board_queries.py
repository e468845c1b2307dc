"""What the board shows, read at once for all letters of a round: how many there are does not count."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import and_, func, select

from portal.accounts.models import Account, Permission
from portal.core import clock
from portal.core.db import db
from portal.districts.models import Affiliation, District, Membership
from portal.districts.queries import covers
from portal.letters.models import Letter, Submission
from portal.reviews.models import Decision
from portal.reviews.queries import HAS_VERSION, LAST, STUDENTS, readable_ids, readable_letters
from portal.reviews.rules import is_released, stamp_of
from portal.reviews.scoring_queries import summaries_for
from portal.reviews.scoring_rules import Summary
from portal.rounds.models import Round

from .board_rules import Card, Load
from .models import PlaceOffer
from .offer_queries import NEWEST_OFFER
from .offer_rules import state_at


def cards_of(reader: Any, round: Round) -> list[Card]:
    """Every letter of the round that was sent and that this member of staff may know of, by the district's name."""
    known = readable_ids(reader, round)
    name = func.coalesce(func.nullif(District.short_name, ""), District.name)
    chosen = (
        select(
            Letter.id, Letter.status, name.label("district"), District.kind, District.grades,
            STUDENTS.label("students"), Submission.is_late, Decision, PlaceOffer,
        )
        .join(District, District.id == Letter.district_id)
        .join(Submission, and_(Submission.letter_id == Letter.id, Submission.number == LAST))
        .outerjoin(Decision, Decision.letter_id == Letter.id)
        .outerjoin(PlaceOffer, and_(PlaceOffer.id == NEWEST_OFFER, PlaceOffer.turn == Decision.turn))
        .where(Letter.id.in_(known), HAS_VERSION)
        .order_by(District.name, Letter.id)
    )  # fmt: skip
    summed = summaries_for(reader, round)
    return [_card(row, summed.get(row.id, Summary())) for row in db.session.execute(chosen)]


def chosen_letters(reader: Any, round: Round, numbers: Iterable[int]) -> list[Letter]:
    """Those letters of these numbers that the reader may know of; of the others nothing is said."""
    return list(db.session.scalars(readable_letters(reader, round).where(Letter.id.in_(set(numbers)))))


def decided_apart(reader: Any, round: Round) -> tuple[int, int]:
    """How many letters of the round are not decided, and how many decisions cannot go out because the letter is with
    its district; of those that the reader may know of."""
    known = readable_ids(reader, round)
    undecided = func.count().filter(Letter.status == "submitted", Decision.id.is_(None))
    away = func.count().filter(Letter.status != "submitted", Decision.status == "prepared")
    chosen = select(undecided, away).select_from(Letter).outerjoin(Decision, Decision.letter_id == Letter.id)
    row = db.session.execute(chosen.where(Letter.id.in_(known))).one()
    return row[0], row[1]


def coach_load(community_id: int, day: date) -> Load:
    """How many people run the community, how many districts are its members or have an offer, how many educators."""
    staff = select(func.count(Permission.account_id.distinct())).join(Account, Account.id == Permission.account_id)
    staff = staff.where(Permission.community_id == community_id, Permission.kind.in_(("admin", "staff")))
    members = select(Membership.district_id).where(Membership.community_id == community_id, covers(Membership, day))
    offers = select(func.count(Letter.district_id.distinct())).join(PlaceOffer, PlaceOffer.letter_id == Letter.id)
    offers = offers.where(Letter.community_id == community_id, PlaceOffer.status == "open")
    people = select(func.count(Affiliation.account_id.distinct())).where(Affiliation.community_id == community_id)
    row = db.session.execute(
        select(
            staff.where(Account.disabled_at.is_(None)).scalar_subquery(),
            select(func.count()).select_from(members.distinct().subquery()).scalar_subquery(),
            offers.where(Letter.district_id.not_in(members)).scalar_subquery(),
            people.where(covers(Affiliation, day), Affiliation.district_id.in_(members)).scalar_subquery(),
        )
    ).one()
    return Load(*row)


def _card(row: Any, summary: Summary) -> Card:
    decision: Decision | None = row.Decision
    return Card(
        row.id, row.district, row.kind, row.grades or "", _number(row.students), row.status, row.is_late, summary,
        decision.outcome if decision else "", (decision.waitlist_position or 0) if decision else 0,
        is_released(decision), stamp_of(decision),
        state_at(row.PlaceOffer, clock.now()) if row.PlaceOffer else "",
    )  # fmt: skip


def _number(value: str | None) -> int | None:
    return int(value) if value and value.isdecimal() else None
