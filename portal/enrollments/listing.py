"""What is on: the rows of the agenda, each experience once, at its next date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Row, func, select

from portal.agenda.models import KINDS, MODES, Agenda, Experience, Pool, Session
from portal.agenda.rules import QUARTER_WORDS, Person, audience_mark, is_meant, registration_state
from portal.core.clock import local
from portal.core.db import db
from portal.core.filters import NB

from .models import Enrollment

PAST = timedelta(days=366)  # “Earlier this year” reaches back so far


@dataclass(frozen=True)
class Filters:
    """What the address asks for. A word that nobody knows is as good as none."""

    kind: str = ""
    mode: str = ""
    quarter: str = ""
    role: str = ""
    is_past: bool = False
    page: int = 1

    @property
    def chosen(self) -> dict[str, str]:
        named = {"kind": self.kind, "mode": self.mode, "quarter": self.quarter, "role": self.role}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True)
class Mark:
    """Whether a row is open to its reader, said with an icon, words and a tone."""

    icon: str
    words: str
    tone: str
    is_open: bool


OPEN_TO_ALL = Mark("people", "For all staff", "", True)
MARKS = {
    "open": Mark("arrow", "Open to you", "here", True),
    "not_yet": Mark("clock", "Sign-up opens later", "", True),
    "closed": Mark("clock", "Sign-up is over", "", False),
    "started": Mark("clock", "Sign-up is over", "", False),
}


@dataclass(frozen=True)
class Listed:
    """One row: the experience, its next session (the last one when all are over), and how full that is."""

    id: int
    slug: str
    title: str
    kind: str
    mode: str
    quarter: str
    reach: str
    audience: tuple[str, ...] | None
    opens_at: datetime | None
    closes_at: datetime | None
    cancelled_at: datetime | None
    begins_at: datetime  # when the thing a seat is for begins: the first session, or the next meeting of a space
    session_id: int
    starts_at: datetime
    ends_at: datetime
    session_mode: str
    number: int
    of: int
    taken: int
    capacity: int
    waiting: int
    key: str


def read_filters(args: Mapping[str, str]) -> Filters:
    """The filters of an address's query; what is unknown is ignored."""

    def known(name: str, words: Iterable[str]) -> str:
        return args.get(name, "") if args.get(name) in set(words) else ""

    page = args.get("page", "1")
    return Filters(
        kind=known("kind", KINDS),
        mode=known("mode", MODES),
        quarter=known("quarter", QUARTER_WORDS),
        role=args.get("role", "")[:40],
        is_past=args.get("past") == "1",
        page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 5 else 1,
    )


def agenda_rows(community_id: int, now: datetime, *, is_past: bool = False) -> list[Listed]:
    """Everything that is still to come, or what is over since a year, each at its next (or last) session, by date."""
    ahead = select(Session.experience_id).where(Session.ends_at > now)
    recent = select(Session.experience_id).where(Session.ends_at > now - PAST)
    chosen = _sessions().where(Experience.community_id == community_id, Experience.published_at.is_not(None))
    if is_past:
        chosen = chosen.where(Experience.id.not_in(ahead), Experience.id.in_(recent))
    else:
        chosen = chosen.where(Experience.id.in_(ahead))
    rows = groupby(db.session.execute(chosen), key=lambda row: row.id)
    listed = [_listed(list(group), now) for _, group in rows]
    return sorted(listed, key=lambda row: (row.starts_at, row.id), reverse=is_past)


def matching(rows: Sequence[Listed], filters: Filters) -> list[Listed]:
    """Those of `rows` that the filters ask for. What is for everyone is for each role too; blended is both modes."""
    return [
        row
        for row in rows
        if filters.kind in {"", row.kind}
        and (filters.mode in {"", row.mode} or (row.mode == "blended" and filters.mode != "blended"))
        and filters.quarter in {"", row.quarter}
        and (not filters.role or row.audience is None or filters.role in row.audience)
    ]


def by_month(rows: Sequence[Listed], zone: str) -> list[tuple[str, list[Listed]]]:
    """The rows under their months, as calendars in `zone` have them."""
    months = groupby(rows, key=lambda row: f"{local(row.starts_at, zone):%B %Y}")
    return [(month, list(group)) for month, group in months]


def hours_words(row: Listed, zone: str) -> str:
    """“3:45–5:45 PM”, beside a leaf that names the day."""
    start, end = local(row.starts_at, zone), local(row.ends_at, zone)
    head = f"{start:%-I:%M}" if f"{start:%p}" == f"{end:%p}" else f"{start:%-I:%M %p}"
    return f"{head}–{end:%-I:%M %p}".replace(" ", NB)


def mark_of(row: Listed, person: Person, labels: Mapping[str, str], now: datetime) -> Mark:
    """What a row says to this person."""
    if row.cancelled_at is not None:
        return Mark("off", "Cancelled", "", False)
    if not person.is_signed_in:
        is_for_all = row.audience is None and row.reach in {"members", "anyone"}
        return OPEN_TO_ALL if is_for_all else Mark("lock", audience_mark(row, labels), "", True)
    if not is_meant(row, person):
        return Mark("lock", audience_mark(row, labels), "", False)
    state = registration_state(row, now, row.begins_at)
    if state == "open" and (row.waiting or row.taken >= row.capacity):
        return Mark("line", "Full, you can wait in line", "", True)
    return MARKS[state]


def agenda_title(community_id: int) -> str:
    """What the community calls its year: the newest published agenda's title."""
    chosen = select(Agenda.title).where(Agenda.community_id == community_id, Agenda.published_at.is_not(None))
    newest = chosen.order_by(Agenda.published_at.desc(), Agenda.id.desc()).limit(1)
    return db.session.scalar(newest) or "Learning agenda"


def _sessions() -> Any:
    waiting = (
        select(func.count())
        .where(
            Enrollment.experience_id == Experience.id,
            Enrollment.waits_for.is_not(None),
            func.coalesce(Enrollment.session_id, Session.id) == Session.id,
        )
        .correlate(Experience, Session)
        .scalar_subquery()
    )
    return (
        select(
            Experience.id, Experience.slug, Experience.title, Experience.kind, Experience.mode, Experience.quarter,
            Experience.reach, Experience.audience, Experience.joined_by,
            Experience.opens_at, Experience.closes_at, Experience.cancelled_at,
            Session.id.label("session_id"), Session.starts_at, Session.ends_at, Session.mode.label("session_mode"),
            func.sum(Pool.taken).label("taken"), func.sum(Pool.capacity).label("capacity"), waiting.label("waiting"),
        )
        .join(Session, Session.experience_id == Experience.id)
        .join(Pool, Pool.session_id == Session.id)
        .group_by(Experience.id, Session.id)
        .order_by(Experience.id, Session.starts_at, Session.id)
    )  # fmt: skip


def _listed(sessions: Sequence[Row[Any]], now: datetime) -> Listed:
    number = next((n for n, one in enumerate(sessions) if one.ends_at > now), len(sessions) - 1)
    row = sessions[number]
    return Listed(
        id=row.id, slug=row.slug, title=row.title, kind=row.kind, mode=row.mode, quarter=row.quarter,
        reach=row.reach, audience=None if row.audience is None else tuple(row.audience),
        opens_at=row.opens_at, closes_at=row.closes_at, cancelled_at=row.cancelled_at,
        begins_at=row.starts_at if row.joined_by == "session" else sessions[0].starts_at,
        session_id=row.session_id, starts_at=row.starts_at, ends_at=row.ends_at, session_mode=row.session_mode,
        number=number + 1, of=len(sessions), taken=int(row.taken), capacity=int(row.capacity), waiting=row.waiting,
        key=f"{row.id}.{row.session_id}" if row.joined_by == "session" else f"{row.id}.",
    )  # fmt: skip
