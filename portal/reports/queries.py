"""How far the districts of a round came: counted and listed by the same conditions, so that each number is its list."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Select, and_, bindparam, case, exists, func, or_, select

from portal.cohorts.models import PlaceOffer
from portal.core.db import look_up
from portal.districts.models import District
from portal.letters.models import Answer, Endorsement, Letter, Submission
from portal.letters.rules import UNSENT
from portal.reviews.conflict_queries import CONFLICTED, asked_in
from portal.reviews.models import Decision
from portal.reviews.reading_models import Review
from portal.reviews.scoring_queries import COUNTS
from portal.rounds.models import Invitation, Question, Round

from .rules import GROUPS, STEPS

OFFERS = ("open", "turned-down", "deferred", "expired", "taken-back")  # groups by where an offer stands
# An offer counts when it came of the decision as it stands, not of one that was turned since.
HOLDS = PlaceOffer.turn == func.coalesce(Decision.turn, PlaceOffer.turn)
EVERY = 2**31  # rows, where all are asked for


def counts_of(reader: Any, round: Round) -> dict[str, int]:
    """How many districts of the round are in each of GROUPS, without those that this reader must learn nothing of."""
    [row] = look_up(_counted(), _asked(reader, round))
    return dict(zip(GROUPS, row, strict=True))


def count_in(reader: Any, round: Round, group: str) -> int:
    """How many districts are in one of GROUPS."""
    [[count]] = look_up(_counted_in(group), _asked(reader, round))
    return int(count)


def districts_in(
    reader: Any, round: Round, group: str, size: int = EVERY, skipped: int = 0
) -> Sequence[Row[Any]]:  # fmt: skip
    """The districts in one of GROUPS by their name, each with the moment at which it reached each step."""
    return look_up(_listed(group), {**_asked(reader, round), "size": size, "skipped": skipped})


def asks_for_signature(round: Round) -> bool:
    """Whether letters of this round are endorsed."""
    asked = exists().where(Question.round_id == bindparam("round_id"), Question.kind == "endorsement")
    [[is_asked]] = look_up(select(asked), {"round_id": round.id})
    return bool(is_asked)


def has_conflicts(reader: Any, round: Round) -> bool:
    """Whether districts are left out because this reader must learn nothing of their letters."""
    return len(look_up(CONFLICTED, _asked(reader, round))) > 0


# Composed once: putting these together for every request took longer than the database does.
@cache
def _counted() -> Select[Any]:
    come = _come()
    columns: list[Any] = [func.count().filter(_is_in(come, group)).label(group) for group in GROUPS]
    return select(*columns).select_from(come)


@cache
def _counted_in(group: str) -> Select[Any]:
    come = _come()
    return select(func.count()).select_from(come).where(_is_in(come, group))


@cache
def _listed(group: str) -> Select[Any]:
    come = _come()
    chosen = select(District.name, District.city, District.state, District.kind, *come.c)
    chosen = chosen.join(come, come.c.district_id == District.id).where(_is_in(come, group))
    return chosen.order_by(District.name, District.id).limit(bindparam("size")).offset(bindparam("skipped"))


def _come() -> Any:
    """One row for each district that was invited or has a letter: when it came how far, and what became of it."""
    here: BindParameter[int] = bindparam("round_id")
    invited = select(Invitation.district_id).where(Invitation.round_id == here, Invitation.withdrawn_at.is_(None))
    there = invited.union(select(Letter.district_id).where(Letter.round_id == here)).subquery("there")
    known = and_(
        Invitation.round_id == here, Invitation.district_id == there.c.district_id, Invitation.withdrawn_at.is_(None)
    )
    own = and_(Letter.round_id == here, Letter.district_id == there.c.district_id)
    said_no = func.coalesce(Invitation.answer, "") == "not_this_year"
    # An empty letter that was begun before somebody said "not this year" is no step on the way.
    is_going = or_(~said_no, Letter.status != "draft", _has(Answer), _has(Submission))
    chosen = (
        select(
            there.c.district_id, Letter.id.label("letter_id"), Invitation.id.label("invitation_id"),
            Letter.status, Invitation.answer, Decision.outcome.label("released"),
            Invitation.sent_at.label("invited"), Invitation.opened_at.label("opened"),
            case((Invitation.answer == "interested", Invitation.answered_at)).label("interested"),
            case((is_going, Letter.started_at)).label("started"),
            _first(Endorsement, Endorsement.signed_at).label("endorsed"),
            _first(Submission, Submission.submitted_at).label("submitted"),
            _first(Review, Review.handed_in_at, COUNTS).label("reviewed"),
            _first(PlaceOffer, PlaceOffer.offered_at, HOLDS).label("offered"),
            _first(PlaceOffer, PlaceOffer.answered_at, HOLDS, PlaceOffer.status == "accepted").label("accepted"),
            _newest_offer().label("offer"),
        )
        .select_from(there)
        .outerjoin(Invitation, known)
        .outerjoin(Letter, own)
        .outerjoin(Decision, and_(Decision.letter_id == Letter.id, Decision.status == "released"))
        .where(there.c.district_id.not_in(CONFLICTED))
    )  # fmt: skip
    # Worked out once: the counts ask for each of these columns many times.
    return chosen.cte("come").prefix_with("MATERIALIZED")


def _is_in(come: Any, group: str) -> ColumnElement[bool]:
    """Whether a district of `come` belongs to `group`."""
    return _reached(come, group) if group in STEPS else _sides(come)[group]


def _reached(come: Any, step: str) -> ColumnElement[bool]:
    # A later step counts for all before it: who answers without a letter was never sent one, and is still on the way.
    later = list(STEPS)[list(STEPS).index(step) :]
    answered = [func.coalesce(come.c.answer, "") != ""] if step in ("invited", "opened") else []
    return or_(*(come.c[name].is_not(None) for name in later), *answered)


def _sides(come: Any) -> dict[str, ColumnElement[bool]]:
    answer, is_going = func.coalesce(come.c.answer, ""), _reached(come, "interested")
    is_sent, is_read, is_offered = (
        _reached(come, "submitted"),
        come.c.reviewed.is_not(None),
        come.c.offered.is_not(None),
    )
    return {
        "not-sent": ~_reached(come, "invited"),
        "not-opened": and_(_reached(come, "invited"), ~_reached(come, "opened")),
        "silent": and_(_reached(come, "opened"), ~is_going, answer == ""),
        "not-this-year": and_(~is_going, answer == "not_this_year"),
        "writing": and_(_reached(come, "started"), ~is_sent, come.c.status.in_(UNSENT)),
        "not-submitted": and_(~is_sent, come.c.status == "not_submitted"),
        "withdrawn": and_(is_sent, come.c.status == "withdrawn"),
        "unread": and_(is_sent, come.c.status != "withdrawn", ~is_read, ~is_offered),
        "unscored": and_(is_offered, ~is_read),
        "waitlisted": and_(come.c.released == "waitlist", ~is_offered),
        "declined": come.c.released == "decline",
        **{key: come.c.offer == key.replace("-", "_") for key in OFFERS},
    }


def _first(model: Any, moment: Any, *which: Any) -> Any:
    """The first moment of this kind in a letter's life; none while there is none."""
    chosen = select(func.min(moment)).where(model.letter_id == Letter.id, *which)
    return chosen.correlate(Letter, Decision).scalar_subquery()


def _newest_offer() -> Any:
    newest = select(PlaceOffer.status).where(PlaceOffer.letter_id == Letter.id, HOLDS).order_by(PlaceOffer.id.desc())
    return newest.limit(1).correlate(Letter, Decision).scalar_subquery()


def _has(model: Any) -> ColumnElement[bool]:
    return exists().where(model.letter_id == Letter.id).correlate(Letter)


def _asked(reader: Any, round: Round) -> dict[str, Any]:
    return {"reader_id": reader.account_id, **asked_in(round.id)}
