"""What is on: the rows of the agenda, each experience once, at its next date, with its seats and who leads it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, func, or_, select

from portal.agenda.models import Agenda, Experience, Faculty, Pool, Session, leads
from portal.agenda.planning_models import SessionChange
from portal.core import clock
from portal.core.db import db, look_up
from portal.core.kept import value

from .listing import Date, Listed, Share
from .models import Enrollment, SeatHold
from .rules import Seats, tightest

PAST = timedelta(days=366)  # “Earlier this year” reaches back so far
OWN = (  # what a row says of the experience as it is in the table
    "id", "slug", "title", "summary", "kind", "mode", "quarter", "reach", "opens_at", "closes_at", "cancelled_at",
    "has_waitlist",
)  # fmt: skip
Line = tuple[int, int, str]  # the line of an experience (or of its one session, else 0) for seats of a mode


SESSIONS: Any = (
    select(
        Experience.id, Experience.slug, Experience.title, Experience.summary, Experience.kind, Experience.mode,
        Experience.quarter, Experience.reach, Experience.audience, Experience.joined_by, Experience.has_waitlist,
        Experience.opens_at, Experience.closes_at, Experience.cancelled_at,
        Session.id.label("session_id"), Session.starts_at, Session.ends_at, Session.mode.label("session_mode"),
        Experience.pdp["topic"].as_string().label("topic"),
        Session.label, Session.cancelled_at.is_not(None).label("is_off"),
        Pool.mode.label("pool_mode"), Pool.taken, Pool.held, Pool.capacity,
    )
    .join(Session, Session.experience_id == Experience.id)
    .join(Pool, Pool.session_id == Session.id)
    .where(Experience.community_id == bindparam("community_id"), Experience.published_at.is_not(None))
    .order_by(Experience.id, Session.starts_at, Session.id, Pool.id)
)  # fmt: skip
AHEAD = select(Session.experience_id).where(Session.ends_at > bindparam("now"))
RECENT = select(Session.experience_id).where(Session.ends_at > bindparam("year_ago"))
IN_MONTH = select(Session.experience_id).where(
    Session.starts_at >= bindparam("start"), Session.starts_at < bindparam("end")
)
MOVED_AWAY = (
    select(Session.experience_id)
    .join(SessionChange, SessionChange.session_id == Session.id)
    .where(SessionChange.kind == "moved")
    .where(SessionChange.old_starts_at >= bindparam("start"), SessionChange.old_starts_at < bindparam("end"))
)
LED = select(leads.c.experience_id).where(leads.c.faculty_id == bindparam("faculty_id"))
# Put together once: putting them together for every list costs as much as running them.
COMING = SESSIONS.where(Experience.id.in_(AHEAD))
OVER = SESSIONS.where(Experience.id.not_in(AHEAD), Experience.id.in_(RECENT))
MONTHLY = SESSIONS.where(or_(Experience.id.in_(IN_MONTH), Experience.id.in_(MOVED_AWAY)))
LED_BY = SESSIONS.where(Experience.id.in_(LED))
IDS: Any = bindparam("ids", expanding=True)
MEETING = func.coalesce(Enrollment.session_id, 0)
WAITING = (
    select(Enrollment.experience_id, MEETING, Enrollment.waits_for, func.count())
    .where(Enrollment.experience_id.in_(IDS), Enrollment.waits_for.is_not(None))
    .group_by(Enrollment.experience_id, MEETING, Enrollment.waits_for)
    .order_by(Enrollment.experience_id)
)
SHARES = (  # a lead's hold is none: its seats are given by name
    select(SeatHold.experience_id, SeatHold.session_id, SeatHold.district_id, SeatHold.role)
    .where(SeatHold.experience_id.in_(IDS), SeatHold.kind.in_(("district", "role")))
    .where(SeatHold.released_at.is_(None), SeatHold.until > bindparam("now"), SeatHold.remaining > 0)
    .order_by(SeatHold.id)
)
MOVES = (
    select(SessionChange.session_id, SessionChange.old_starts_at)
    .join(Session, Session.id == SessionChange.session_id)
    .where(Session.experience_id.in_(IDS), SessionChange.kind == "moved")
    .where(SessionChange.old_starts_at != Session.starts_at)  # another place, or another end, is no other date
    .order_by(SessionChange.id)
)
LEADERS = (
    select(leads.c.experience_id, Faculty.slug, Faculty.title, Faculty.topics)
    .join(Faculty, Faculty.id == leads.c.faculty_id)
    .where(leads.c.experience_id.in_(IDS))
    .order_by(leads.c.experience_id, Faculty.id)
)


class Beside(NamedTuple):
    """What stands beside the rows of some experiences, each read at once."""

    waiting: Mapping[Line, int]
    shares: Mapping[int, list[Share]]
    moves: Mapping[int, list[datetime]]
    leaders: Mapping[int, list[tuple[str, str]]]
    topics: Mapping[int, list[str]]  # what those who lead it know about


def agenda_rows(community_id: int, now: datetime, *, is_past: bool = False) -> list[Listed]:
    """Everything that is still to come, or what is over since a year, each at its next (or last) session, by date."""
    if is_past:
        return _rows(OVER, community_id, now, year_ago=now - PAST)[::-1]
    return _rows(COMING, community_id, now)


def coming_rows(community_id: int) -> list[Listed]:
    """What is still to come: read once for all readers, until something shown changes."""
    return value("agenda-rows", lambda: agenda_rows(community_id, clock.now()))


def month_rows(community_id: int, now: datetime, start: datetime, end: datetime) -> list[Listed]:
    """Everything that has a session from `start` until `end`, or had one there that was moved away."""
    return _rows(MONTHLY, community_id, now, start=start, end=end)


def leader_rows(community_id: int, now: datetime, faculty_id: int) -> list[Listed]:
    """Everything that this member of the faculty leads, by date."""
    return _rows(LED_BY, community_id, now, faculty_id=faculty_id)


def agenda_title(community_id: int) -> str:
    """What the community calls its year: the newest published agenda's title."""
    chosen = select(Agenda.title).where(Agenda.community_id == community_id, Agenda.published_at.is_not(None))
    newest = chosen.order_by(Agenda.published_at.desc(), Agenda.id.desc()).limit(1)
    return db.session.scalar(newest) or "Learning agenda"


def faculty_list(community_id: int) -> list[Faculty]:
    """Who leads something that is published, by name."""
    led = select(leads.c.faculty_id).join(Experience, Experience.id == leads.c.experience_id)
    led = led.where(Experience.published_at.is_not(None))
    chosen = select(Faculty).where(Faculty.community_id == community_id, Faculty.id.in_(led))
    return list(db.session.scalars(chosen.order_by(Faculty.title, Faculty.id)))


def _rows(chosen: Any, community_id: int, now: datetime, **asked: Any) -> list[Listed]:
    rows = look_up(chosen, {"community_id": community_id, "now": now, **asked})
    groups = [list(group) for _, group in groupby(rows, key=lambda row: row.id)]
    beside = _beside([group[0].id for group in groups], now)
    return sorted((_listed(group, now, beside) for group in groups), key=lambda row: (row.starts_at, row.id))


def _beside(ids: Sequence[int], now: datetime) -> Beside:
    shares, moves, leaders, topics = (defaultdict[int, list[Any]](list) for _ in range(4))
    for experience_id, *share in look_up(SHARES, {"ids": ids, "now": now}):
        shares[experience_id].append(Share(*share))
    for session_id, old in look_up(MOVES, {"ids": ids}):
        moves[session_id].append(old)
    for experience_id, slug, title, known in look_up(LEADERS, {"ids": ids}):
        leaders[experience_id].append((slug, title))
        topics[experience_id] += known
    waiting = {tuple(line): count for *line, count in look_up(WAITING, {"ids": ids})}
    return Beside(waiting, shares, moves, leaders, topics)


def _listed(rows: Sequence[Row[Any]], now: datetime, beside: Beside) -> Listed:
    """One experience with all its pools (`rows`, by session) as a row at its next session, or at its last one."""
    row, is_by_meeting = rows[0], rows[0].joined_by == "session"
    groups = [list(group) for _, group in groupby(rows, key=lambda one: one.session_id)]
    dates = [_date(group[0], beside) for group in groups]
    seats = {group[0].session_id: _seats(group, is_by_meeting, beside.waiting) for group in groups}
    on = [date for date in dates if not date.is_off] or dates
    number = next((n for n, date in enumerate(on) if date.ends_at > now), len(on) - 1)
    shown = on[number]
    wanted = [shown] if is_by_meeting else on  # the sessions that a seat is for
    return Listed(
        **{name: getattr(row, name) for name in OWN}, audience=_fixed(row.audience), is_by_meeting=is_by_meeting,
        begins_at=wanted[0].starts_at, shown=shown, number=number + 1, of=len(on), dates=tuple(dates),
        here=tuple(seats[shown.session_id]), seats=tightest([seats[date.session_id] for date in wanted]),
        shares=_shares_in(beside.shares.get(row.id, ()), shown), leaders=tuple(beside.leaders.get(row.id, ())),
        topics=_topics(row, beside),
    )  # fmt: skip


def _fixed(audience: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if audience is None else tuple(audience)


def _shares_in(shares: Iterable[Share], shown: Date) -> tuple[Share, ...]:
    return tuple(one for one in shares if one.session_id in {None, shown.session_id})


def _topics(row: Row[Any], beside: Beside) -> tuple[str, ...]:
    return tuple(filter(None, (row.topic, *beside.topics.get(row.id, ()))))


def _date(row: Row[Any], beside: Beside) -> Date:
    moved = tuple(beside.moves.get(row.session_id, ()))
    return Date(row.session_id, row.starts_at, row.ends_at, row.session_mode, row.label, row.is_off, moved)


def _seats(rows: Sequence[Row[Any]], is_by_meeting: bool, waiting: Mapping[Line, int]) -> list[Seats]:
    """The seats of one session by mode; where they are not side by side there is one line, which has no mode."""
    session = rows[0].session_id if is_by_meeting else 0
    return [
        Seats(
            row.pool_mode, row.taken, row.capacity, row.held,
            sum(waiting.get((row.id, session, mode), 0) for mode in ("", row.pool_mode)),
        )
        for row in rows
    ]  # fmt: skip
