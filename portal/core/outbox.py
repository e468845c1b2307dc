"""Mail that is owed: rows written in the same transaction as the change that caused them, sent by the worker.

Never lost, rarely twice, always with the same Message-ID: a row is claimed by a lease, sent, then marked. A worker that
dies in between leaves the lease to run out, and the mail goes again under the same Message-ID.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from . import clock
from .db import Base, Keyed, after_commit, db, insert, is_changing, transaction
from .jobs import wake

LEASE = timedelta(minutes=2)
WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440, 1440)]  # three days
BATCH = 50


class Outgoing(Keyed, Base):
    """One mail that is owed. Holds the template and numbers of rows, never a link or a letter's text."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due", "sent_at", "dead_at", "due_at"),)

    community_id: Mapped[int | None] = mapped_column(ForeignKey("communities.id"))
    template: Mapped[str] = mapped_column(String(60))
    to_address: Mapped[str] = mapped_column(String(254))
    ids: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    once: Mapped[str | None] = mapped_column(String(120), unique=True)
    message_id: Mapped[str] = mapped_column(String(80))
    posted_at: Mapped[datetime]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(Text, default="")


def post(
    template: str, *, to: str, community_id: int | None = None, once: str | None = None, **ids: int | str | None
) -> None:
    """Owe `to` the mail `template` about the rows `ids`; with `once`, the same mail is owed a single time.

    Belongs inside the operation's transaction: the mail leaves only if the change is kept.
    """
    if not is_changing():
        raise RuntimeError("Mail is posted inside the transaction that causes it.")
    now = clock.now()
    owed = {
        "community_id": community_id, "template": template, "to_address": to, "ids": ids, "once": once,
        "message_id": secrets.token_hex(16), "posted_at": now, "due_at": now,
    }  # fmt: skip
    db.session.connection().execute(_owing(db.engine.dialect.name), owed)
    # Waking earlier would let the worker look before the row is there.
    after_commit(wake)


def claim(size: int = BATCH) -> list[Outgoing]:
    """Take up to `size` mails that are due, for the length of a lease. Two workers never take the same one."""
    now = clock.now()
    open_rows = (
        select(Outgoing.id)
        .where(Outgoing.sent_at.is_(None), Outgoing.dead_at.is_(None), Outgoing.due_at <= now)
        .where(or_(Outgoing.leased_until.is_(None), Outgoing.leased_until < now))
        .order_by(Outgoing.id)
        .limit(size)
        # Two workers on PostgreSQL each skip what the other is just claiming; SQLite leaves the clause out and lets one
        # write at a time.
        .with_for_update(skip_locked=True)
    )
    with transaction():
        ids = db.session.scalars(
            update(Outgoing)
            .where(Outgoing.id.in_(open_rows))
            .values(leased_until=now + LEASE, tries=Outgoing.tries + 1)
            .returning(Outgoing.id)
            .execution_options(synchronize_session=False)
        ).all()
    return list(db.session.scalars(select(Outgoing).where(Outgoing.id.in_(ids)).order_by(Outgoing.id)))


def mark_sent(row: Outgoing, *, dropped: bool = False) -> None:
    """Note that the mail has left, or that nothing needs to be said any more."""
    with transaction():
        row.sent_at = clock.now()
        row.dropped_at = clock.now() if dropped else None
        row.leased_until = None


def mark_failed(row: Outgoing, error: str, *, for_good: bool) -> None:
    """Note why the mail did not leave; it is tried again later, or given up when the address is refused for good."""
    with transaction():
        row.last_error = error[:500]
        row.leased_until = None
        if for_good or is_last_try(row):
            row.dead_at = clock.now()
        else:
            row.due_at = clock.now() + WAITS[row.tries - 1]


def is_last_try(row: Outgoing) -> bool:
    """Whether the mail is given up should the try at hand fail too: after three days."""
    return row.tries > len(WAITS)


def put_back(rows: list[Outgoing]) -> None:
    """Give up the lease of mails that were not even tried; they are due again in a minute, and no try is counted."""
    mine = update(Outgoing).where(Outgoing.id.in_([row.id for row in rows]), Outgoing.sent_at.is_(None))
    later = {"leased_until": None, "tries": Outgoing.tries - 1, "due_at": clock.now() + WAITS[0]}
    with transaction():
        db.session.execute(mine.values(later).execution_options(synchronize_session=False))


@cache
def _owing(database: str) -> Any:
    """Put together once for a kind of database: composing it costs more than running it."""
    # A second mail with the same `once` is dropped by the unique column, not by looking first: that holds across
    # processes.
    return insert(Outgoing).on_conflict_do_nothing(index_elements=["once"])


def oldest_owed() -> datetime | None:
    """Since when the oldest mail waits, for the health page."""
    waiting = select(func.min(Outgoing.due_at)).where(Outgoing.sent_at.is_(None), Outgoing.dead_at.is_(None))
    return db.session.scalar(waiting)
