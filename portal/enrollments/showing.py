"""What the page of one experience shows, read in one query: itself, its sessions and seats, what the reader has."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, func, or_, select

from portal.agenda.models import Experience, Pool, Session, leads
from portal.agenda.models import Faculty as FacultyTable
from portal.agenda.rules import Person
from portal.core.db import db, look_up

from .line_rules import phase
from .models import Enrollment, SeatHold, SeatOffer
from .notices import HAS_NEWS_HERE
from .question_queries import HAS_QUESTIONS
from .rules import NO_LINE, Asking, Seats, offer_state, refusal_of, tightest
from .seat_rules import Choice, Mine, choices_of, has_room, standing

COLUMNS = (
    Experience.id, Experience.slug, Experience.title, Experience.kind, Experience.mode, Experience.summary,
    Experience.note, Experience.place, Experience.min_to_run, Experience.reach, Experience.audience,
    Experience.is_private, Experience.has_waitlist, Experience.joined_by, Experience.opens_at, Experience.closes_at,
    Experience.snow_date, Experience.pdp, Experience.facilitator_id, Experience.cancelled_at,
    Experience.needs_approval, Experience.offer_within_hours, Experience.offer_hold_hours, Experience.cutoff_hours,
    Experience.join_minutes, Experience.cancel_reason, Experience.description,
)  # fmt: skip
IN_LINE = (  # in the line of the pool: seats side by side have one each, and else the line has no mode
    select(func.count())
    .where(
        Enrollment.experience_id == Experience.id,
        Enrollment.waits_for.in_(("", Pool.mode)),
        func.coalesce(Enrollment.session_id, Session.id) == Session.id,
    )
    .correlate(Experience, Session, Pool)
    .scalar_subquery()
)
MINE = and_(
    Enrollment.experience_id == Experience.id,
    Enrollment.account_id == bindparam("account_id"),
    or_(Enrollment.session_id.is_(None), Enrollment.session_id == Session.id),
)
# Built once: putting so wide a statement together costs more than running it.
ANY_PAGE = (
    select(
        *COLUMNS, Session.id.label("session_id"), Session.starts_at, Session.ends_at, Session.mode.label("how"),
        Session.label, Session.credit_minutes, (Session.join_url != "").label("has_link"),
        Session.cancelled_at.is_not(None).label("is_off"), Session.sequence, Session.place.label("own_place"),
        Pool.mode.label("pool_mode"), Pool.taken, Pool.held, Pool.capacity, IN_LINE.label("waiting"),
        Enrollment.id.label("enrollment_id"), Enrollment.state, Enrollment.mode.label("my_mode"), Enrollment.waits_for,
        Enrollment.team_id, SeatOffer.mode.label("offer_mode"), SeatOffer.until.label("offer_until"),
        HAS_QUESTIONS.label("has_questions"), HAS_NEWS_HERE.label("has_news"),
    )
    .join(Session, Session.experience_id == Experience.id)
    .join(Pool, Pool.session_id == Session.id)
    .outerjoin(Enrollment, MINE)
    .outerjoin(SeatOffer, and_(SeatOffer.enrollment_id == Enrollment.id, SeatOffer.status == "open"))
    .where(Experience.community_id == bindparam("community_id"), Experience.slug == bindparam("slug"))
    .order_by(Session.starts_at, Session.id, Pool.id)
)  # fmt: skip
PAGE = ANY_PAGE.where(Experience.published_at.is_not(None))

SHARES = (
    select(SeatHold.session_id, SeatHold.mode, SeatHold.district_id, SeatHold.role, SeatHold.remaining)
    .where(SeatHold.experience_id == bindparam("experience_id"), SeatHold.kind.in_(("district", "role")))
    .where(SeatHold.released_at.is_(None), SeatHold.until > bindparam("now"), SeatHold.remaining > 0)
    .order_by(SeatHold.id)
)


@dataclass(frozen=True)
class Meeting:
    """One session with its seats, and the reader's enrollment in it, if any."""

    session_id: int
    starts_at: datetime
    ends_at: datetime
    mode: str
    label: str
    credit_minutes: int
    has_link: bool
    is_off: bool
    seats: tuple[Seats, ...]
    mine: Mine | None
    sequence: int
    place: str


@dataclass(frozen=True)
class Offer:
    """What the aside says about a seat in everything, or in one meeting: a state, a sentence, and how full it is."""

    state: str  # what one has (seat_rules.standing), what one can ask for (rules.offer_state), or past: it is over
    sentence: str
    seats: tuple[Seats, ...]
    starts_at: datetime
    ends_at: datetime
    phase: str  # how its line moves
    mine: Mine | None
    session_id: int | None = None
    label: str = ""
    choices: Sequence[Choice] = ()

    @property
    def other(self) -> Choice | None:
        """The other way to come, for who has a seat or waits where there are two."""
        mine = self.mine.mode if self.mine else ""
        return next((one for one in self.choices if mine and one.mode != mine), None)

    @property
    def is_free(self) -> bool:
        """Whether a seat is left in the mode that the reader waits for: after the cut-off it is there to be taken."""
        mode = self.mine.waits_for if self.mine else None
        return any(one.left for one in self.seats if mode in {"", one.mode})


@dataclass(frozen=True)
class Shown:
    """An experience as its page needs it."""

    experience: Any
    meetings: tuple[Meeting, ...]

    @property
    def is_joined_by_session(self) -> bool:
        return bool(self.experience.joined_by == "session")

    @property
    def minutes(self) -> int:
        return sum(meeting.credit_minutes for meeting in self.held)

    @property
    def held(self) -> Sequence[Meeting]:
        """Those that are not cancelled; all of them where none is left."""
        return [meeting for meeting in self.meetings if not meeting.is_off] or self.meetings

    def next_meeting(self, now: datetime) -> Meeting:
        """The one that is on or comes next; the last one when all are over."""
        return next((one for one in self.held if one.ends_at > now), self.held[-1])


def find_shown(community_id: int, slug: str, account_id: int | None) -> Shown | None:
    """The published experience of this address as the reader `account_id` (None: a visitor) sees it."""
    return _found(PAGE, community_id, slug, account_id)


def find_previewed(community_id: int, slug: str) -> Shown | None:
    """The experience of this address, published or not, as somebody sees it who has no seat; none without a date."""
    return _found(ANY_PAGE, community_id, slug, None)


def _found(page: Select[Any], community_id: int, slug: str, account_id: int | None) -> Shown | None:
    asked = {"community_id": community_id, "slug": slug, "account_id": account_id or 0}
    rows = look_up(page, asked)
    if not rows:
        return None
    sessions = (list(group) for _, group in groupby(rows, key=lambda row: row.session_id))
    return Shown(rows[0], tuple(_meeting(group) for group in sessions))


def offers_of(shown: Shown, now: datetime, zone: str, person: Person) -> list[Offer]:
    """What can be asked for now: the whole, or each meeting of a space to come."""
    if not shown.is_joined_by_session:
        return [_offer(shown, shown.held, now, zone, person)]
    coming = [one for one in shown.held if one.ends_at > now] or [shown.held[-1]]
    offers = [_offer(shown, [one], now, zone, person) for one in coming]
    is_said_once = all(offer.state in {"refused", "visitor", "past"} for offer in offers)
    return offers[:1] if is_said_once else offers


def has_kept(shown: Shown) -> bool:
    """Whether seats are kept for somebody: then it matters who the reader is."""
    return any(one.held for meeting in shown.held for one in meeting.seats)


def with_shares(shown: Shown, roles: Collection[str], districts: Collection[int], now: datetime) -> Shown:
    """The same for somebody with these roles and districts: how many seats are kept for them in shares."""
    asked = {"experience_id": shown.experience.id, "now": now}
    fitting = [one for one in look_up(SHARES, asked) if one.role in roles or one.district_id in districts]
    return replace(shown, meetings=tuple(_with_kept(meeting, fitting) for meeting in shown.meetings))


def faculty_of(experience_id: int) -> Sequence[FacultyTable]:
    """Who leads it."""
    chosen = select(FacultyTable).join(leads, leads.c.faculty_id == FacultyTable.id)
    return db.session.scalars(chosen.where(leads.c.experience_id == experience_id).order_by(FacultyTable.id)).all()


def _meeting(rows: Sequence[Row[Any]]) -> Meeting:
    row = rows[0]
    return Meeting(
        row.session_id, row.starts_at, row.ends_at, row.how, row.label, row.credit_minutes, row.has_link,
        row.is_off, tuple(Seats(one.pool_mode, one.taken, one.capacity, one.held, one.waiting) for one in rows),
        _mine(row) if row.enrollment_id else None, row.sequence, row.own_place,
    )  # fmt: skip


def _with_kept(meeting: Meeting, shares: Sequence[Row[Any]]) -> Meeting:
    here = [one for one in shares if one.session_id in {None, meeting.session_id}]
    kept = {seats.mode: sum(one.remaining for one in here if one.mode in {"", seats.mode}) for seats in meeting.seats}
    return replace(meeting, seats=tuple(replace(seats, kept=kept[seats.mode]) for seats in meeting.seats))


def _mine(row: Row[Any]) -> Mine:
    return Mine(
        row.enrollment_id, row.state, row.my_mode, row.waits_for, row.team_id is not None, row.offer_mode,
        row.offer_until,
    )  # fmt: skip


def _offer(shown: Shown, meetings: Sequence[Meeting], now: datetime, zone: str, person: Person) -> Offer:
    first, seats = meetings[0], tightest([meeting.seats for meeting in meetings])
    how = phase(shown.experience, now, first.starts_at)
    refusal = refusal_of(shown.experience, Asking(now, first.starts_at, zone, person))
    mine = None if shown.experience.cancelled_at else standing(first.mine, how, now, meetings[-1].ends_at)
    is_full = not any(has_room(one) for one in seats)
    state = offer_state(mine, refusal, not person.is_signed_in, is_full, shown.experience.has_waitlist)
    if state == "refused" and not shown.experience.cancelled_at and now >= meetings[-1].ends_at:
        state = "past"
    return Offer(
        state, NO_LINE if state == "none_left" else refusal, seats, first.starts_at, meetings[-1].ends_at, how,
        first.mine if mine else None, first.session_id if shown.is_joined_by_session else None, first.label,
        choices_of(seats, has_waitlist=shown.experience.has_waitlist),
    )  # fmt: skip
