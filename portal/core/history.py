"""What happened to a thing: one row per operation, shown as a timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol, cast

from sqlalchemy import JSON, ForeignKey, Index, String, Table, Text, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from . import clock
from .db import Base, Key, Keyed, db


class Subject(Protocol):
    """Anything with a table and a number."""

    __tablename__: str
    id: Any


class Doer(Protocol):
    """Who did it: an account, or the portal itself (None)."""

    @property
    def account_id(self) -> int | None: ...


class History(Keyed, Base):
    """Who did what to which thing, when and why. Never changed afterwards."""

    __tablename__ = "history"
    __table_args__ = (Index("ix_history_subject", "subject_table", "subject_id"),)

    community_id: Mapped[int | None] = mapped_column(ForeignKey("communities.id"))
    subject_table: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(Key)
    verb: Mapped[str] = mapped_column(String(40))
    by_account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    by_name: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime]


ADDED = insert(cast("Table", History.__table__))


def record(
    subject: Subject, verb: str, by: Doer | None, *, community_id: int | None = None, note: str = "", **data: Any
) -> None:
    """Add one row to the timeline of `subject`. Belongs inside the operation's transaction."""
    row = {
        "community_id": community_id,
        "subject_table": subject.__tablename__,
        "subject_id": subject.id,
        "verb": verb,
        "by_account_id": by.account_id if by else None,
        "by_name": str(getattr(by, "name", "") or ""),
        "note": note,
        "data": data,
        "at": clock.now(),
    }
    db.session.connection().execute(ADDED, row)


def history_of(subject: Subject) -> list[History]:
    """The timeline of `subject`, oldest first."""
    return list(
        db.session.scalars(
            select(History)
            .where(History.subject_table == subject.__tablename__, History.subject_id == subject.id)
            .order_by(History.at, History.id)
        )
    )
