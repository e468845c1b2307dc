"""Finding who stands in line, what is kept for whom, and which offers are due."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import CompoundSelect, Row, and_, bindparam, case, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from portal.agenda.models import Experience, Pool, Session
from portal.communities.queries import today_in
from portal.core.db import db
from portal.districts.models import Affiliation, Membership
from portal.districts.queries import covers

from .models import Enrollment, EnrollmentTeam, Seat, SeatHold, SeatOffer
from .queries import OF_LINE

HAS_OFFER = (
    select(SeatOffer.id)
    .where(SeatOffer.enrollment_id == Enrollment.id, SeatOffer.status == "open")
    .correlate(Enrollment)
    .exists()
)
LINE = (
    select(
        Enrollment.id, Enrollment.queue_number, Enrollment.waits_for, Enrollment.state, Enrollment.district_id,
        Enrollment.account_id, Enrollment.hold_id,
        case((EnrollmentTeam.split_at.is_(None), Enrollment.team_id)).label("team_id"),
    )
    .outerjoin(EnrollmentTeam, EnrollmentTeam.id == Enrollment.team_id)
    .where(*OF_LINE, ~HAS_OFFER)
    .order_by(Enrollment.queue_number, Enrollment.id)
)  # fmt: skip
SHARES = (
    select(SeatHold)
    .where(
        SeatHold.experience_id == bindparam("experience_id"),
        func.coalesce(SeatHold.session_id, 0) == bindparam("session_id"),
        SeatHold.kind.in_(("district", "role")),
        SeatHold.released_at.is_(None), SeatHold.until > bindparam("now"), SeatHold.remaining > 0,
    )
    .order_by(SeatHold.kind, SeatHold.id)  # a district's before a role's
    .execution_options(populate_existing=True)
)  # fmt: skip

wished, dated = aliased(Pool), aliased(Session)
IS_FULL = (  # whether a date has no seat of the kind that this person waits for, and has none yet
    select(Pool.id)
    .join(dated, dated.id == Pool.session_id)
    .where(
        Pool.experience_id == Enrollment.experience_id,
        dated.cancelled_at.is_(None),
        func.coalesce(Enrollment.session_id, dated.id) == dated.id,
        Pool.capacity - Pool.taken - Pool.held <= 0,
        # Where a date has no pool of that kind, its only one is for all.
        or_(
            Pool.mode == Enrollment.waits_for,
            ~select(wished.id)
            .where(wished.session_id == dated.id, wished.mode == Enrollment.waits_for)
            .correlate(dated, Enrollment)
            .exists(),
        ),
        ~select(Seat.id)
        .where(Seat.enrollment_id == Enrollment.id, Seat.pool_id == Pool.id)
        .correlate(Enrollment, Pool)
        .exists(),
    )
    .correlate(Enrollment)
    .exists()
)


def in_line(experience_id: int, session_id: int | None) -> list[Row[Any]]:
    """Everybody who stands in a line and has no open offer, in the order of the line; `team_id` while it waits
    together.
    """
    return list(db.session.execute(LINE, {"experience_id": experience_id, "session_id": session_id or 0}))


def shares_of(experience_id: int, session_id: int | None, now: datetime) -> list[SeatHold]:
    """The shares for districts, then for roles, out of which somebody can still take a seat."""
    asked = {"experience_id": experience_id, "session_id": session_id or 0, "now": now}
    return list(db.session.scalars(SHARES, asked))


def find_hold(hold_id: int) -> SeatHold | None:
    """The share or hold with this number, as it stands now."""
    return db.session.scalar(select(SeatHold).where(SeatHold.id == hold_id).execution_options(populate_existing=True))


def pools_held(enrollment_ids: Iterable[int]) -> dict[int, set[int]]:
    """In which pools each of these enrollments has a seat."""
    chosen = select(Seat.enrollment_id, Seat.pool_id).where(Seat.enrollment_id.in_(list(enrollment_ids)))
    found = dict[int, set[int]]()
    for enrollment_id, pool_id in db.session.execute(chosen.order_by(Seat.id)):
        found.setdefault(enrollment_id, set()).add(pool_id)
    return found


def roles_at_members(account_ids: Collection[int], community_id: int) -> dict[int, frozenset[str]]:
    """The roles that each of these people has today in member districts."""
    today = literal(today_in(community_id))
    chosen = (
        select(Affiliation.account_id, Affiliation.role)
        .join(
            Membership,
            and_(
                Membership.community_id == Affiliation.community_id, Membership.district_id == Affiliation.district_id
            ),
        )
        .where(Affiliation.community_id == community_id, Affiliation.account_id.in_(account_ids))
        .where(covers(Affiliation, today), covers(Membership, today))
        .order_by(Affiliation.id)
    )
    found = dict[int, frozenset[str]]()
    for account_id, role in db.session.execute(chosen):
        found[account_id] = found.get(account_id, frozenset()) | {role}
    return found


def open_offer(enrollment_id: int) -> SeatOffer | None:
    """The offer that this person has not answered yet."""
    chosen = select(SeatOffer).where(SeatOffer.enrollment_id == enrollment_id, SeatOffer.status == "open")
    return db.session.scalar(chosen.execution_options(populate_existing=True))


class RunOut(NamedTuple):
    """An offer, or a share or hold, whose time is over."""

    is_offer: bool
    id: int
    experience_id: int


def run_out(experience_id: int, now: datetime) -> list[RunOut]:
    """What has run out in the experience and was not ended yet, the earliest first."""
    chosen = _run_out(now, experience_id).order_by("until", "is_offer", "id")
    return [RunOut(bool(is_offer), number, owner) for is_offer, number, owner, _ in db.session.execute(chosen)]


def experiences_run_out(now: datetime) -> list[int]:
    """The experiences in which anything has run out."""
    over = _run_out(now).subquery()
    return list(db.session.scalars(select(over.c.experience_id).distinct().order_by(over.c.experience_id)))


def last_offer(enrollment_id: int) -> SeatOffer | None:
    """The newest offer that this person had, however it ended."""
    chosen = select(SeatOffer).where(SeatOffer.enrollment_id == enrollment_id).order_by(SeatOffer.id.desc()).limit(1)
    return db.session.scalar(chosen)


class Served(NamedTuple):
    """A line: of an experience, or of one of its meetings; when it starts, and how it moves near to that."""

    id: int
    session_id: int | None
    starts_at: datetime
    offer_within_hours: int
    offer_hold_hours: int
    cutoff_hours: int


def lines_with_seats(now: datetime) -> list[Served]:
    """The lines in which somebody waits for whom something to come has a seat left in each date, or whom a share may
    fit, by experience. What was cancelled neither counts as a start nor has seats.
    """
    unit = func.coalesce(Enrollment.session_id, Session.id) == Session.id
    fits = select(SeatHold.id).where(
        SeatHold.experience_id == Enrollment.experience_id, SeatHold.mode == Enrollment.waits_for,
        func.coalesce(SeatHold.session_id, 0) == func.coalesce(Enrollment.session_id, 0),
        SeatHold.released_at.is_(None), SeatHold.until > now, SeatHold.remaining > 0,
        or_(SeatHold.kind == "role", and_(SeatHold.kind == "district", SeatHold.district_id == Enrollment.district_id)),
    )  # fmt: skip
    chosen = (
        select(
            Experience.id, Enrollment.session_id, func.min(Session.starts_at, type_=Session.starts_at.type),
            Experience.offer_within_hours, Experience.offer_hold_hours, Experience.cutoff_hours,
        )
        .join(Experience, Experience.id == Enrollment.experience_id)
        .join(Session, and_(Session.experience_id == Experience.id, unit, Session.cancelled_at.is_(None)))
        .where(Enrollment.waits_for.is_not(None), ~HAS_OFFER, or_(~IS_FULL, fits.correlate(Enrollment).exists()))
        .where(Experience.published_at.is_not(None), Experience.cancelled_at.is_(None))
        .group_by(Experience.id, Enrollment.session_id)
        .having(func.min(Session.starts_at) > now)
        .order_by(Experience.id, Enrollment.session_id)
    )  # fmt: skip
    return [Served(*row) for row in db.session.execute(chosen)]


def meetings_waited_for(experience_id: int) -> list[int | None]:
    """The lines of the experience in which somebody waits: None for that of the whole."""
    chosen = select(Enrollment.session_id).where(
        Enrollment.experience_id == experience_id, Enrollment.waits_for.is_not(None)
    )
    return list(db.session.scalars(chosen.distinct().order_by(Enrollment.session_id)))


def _run_out(now: datetime, experience_id: int | None = None) -> CompoundSelect[Any]:
    offers = (
        select(literal(1).label("is_offer"), SeatOffer.id, Enrollment.experience_id, SeatOffer.until)
        .join(Enrollment, Enrollment.id == SeatOffer.enrollment_id)
        .where(SeatOffer.status == "open", SeatOffer.until <= now)
    )
    holds = select(literal(0), SeatHold.id, SeatHold.experience_id, SeatHold.until).where(
        SeatHold.released_at.is_(None), SeatHold.until <= now
    )
    if experience_id is not None:
        offers = offers.where(Enrollment.experience_id == experience_id)
        holds = holds.where(SeatHold.experience_id == experience_id)
    return union_all(offers, holds)
