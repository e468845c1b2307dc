"""Experiences on the builder's desk: drafts with and without dates, and what a form brings."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from portal.accounts.models import Account
from portal.agenda.building import draft_experience, publish
from portal.agenda.models import Experience, Session
from portal.agenda.sessions import add_sessions
from portal.communities.models import Community
from portal.core.db import db, transaction
from portal.rounds.drafting import Typed
from tests.enrollments.builders import FALL

NUMBERS = itertools.count(1)
HOUR = timedelta(hours=1)


def a_draft(community: Community, by: Account, *, kind: str = "gathering", **fields: Any) -> Experience:
    """A draft without a date; `fields` are columns."""
    number = next(NUMBERS)
    slug = fields.pop("slug", f"draft-{number}")
    made = draft_experience(community, kind=kind, title=fields.pop("title", f"Draft {number}"), slug=slug, by=by)
    with transaction():
        for name, value in {"capacity": 30, **fields}.items():
            setattr(made, name, value)
    return made


def dated(experience: Experience, by: Account, *starts: datetime, hours: float = 6, **fields: Any) -> list[Session]:
    """The same with dates of so many hours."""
    rows = [{"starts_at": at, "ends_at": at + hours * HOUR, **fields} for at in starts or (FALL,)]
    return add_sessions(experience, rows, by=by)


def a_published(community: Community, by: Account, *starts: datetime, **fields: Any) -> Experience:
    """A published experience with its dates."""
    made = a_draft(community, by, **fields)
    dated(made, by, *starts)
    publish(made, by=by)
    return made


def typed(**values: Any) -> Typed:
    """What a form brings that began with what is stored."""
    return Typed(values)


def ask(experience: Experience) -> None:
    """As if somebody had asked for a seat: what enrollments leave behind for the agenda to see."""
    with transaction():
        db.session.get_one(Experience, experience.id).last_queue_number = 1


def count(table: type[Any]) -> int:
    """How many rows there are of this kind."""
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def utc(*parts: int) -> datetime:
    """A moment in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type]
