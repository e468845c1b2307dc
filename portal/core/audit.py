"""The audit trail: sign-ins, refusals, who of staff read which letter, exports. Kept apart from state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import g, has_request_context, request
from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, Session, mapped_column

from . import clock
from .db import Base, Key, Keyed, db, is_changing
from .history import Subject


class Audit(Keyed, Base):
    """One line of the trail. No role of the portal can change or delete it."""

    __tablename__ = "audit"

    at: Mapped[datetime] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(String(60))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    community_id: Mapped[int | None] = mapped_column(ForeignKey("communities.id"))
    subject_table: Mapped[str] = mapped_column(String(40), default="")
    subject_id: Mapped[int | None] = mapped_column(Key)
    address: Mapped[str] = mapped_column(String(64), default="")
    request_id: Mapped[str] = mapped_column(String(40), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def audit(
    action: str,
    *,
    account_id: int | None = None,
    community_id: int | None = None,
    subject: Subject | None = None,
    note: str = "",
    **data: Any,
) -> None:
    """Write one line in a transaction of its own, so that it stays when the rest is undone.

    Called from views and handlers, never inside an operation: on SQLite the two would wait for each other.
    """
    if is_changing():
        raise RuntimeError("The audit trail is written outside of operations.")
    line = Audit(
        at=clock.now(), action=action,
        account_id=account_id or _account_id(), community_id=community_id or _community_id(),
        subject_table=subject.__tablename__ if subject else "", subject_id=subject.id if subject else None,
        address=_address(), request_id=getattr(g, "request_id", ""), note=note, data=data,
    )  # fmt: skip
    # A connection of its own: the line must stay when the request's own work is rolled back.
    with Session(db.engine) as session:
        # BEGIN IMMEDIATE: a transaction that begins by reading and then writes is refused at once on SQLite while
        # another one writes; this one waits its turn.
        session.connection(execution_options={"immediate": True})
        session.add(line)
        session.commit()


def door() -> str:
    """Which door was knocked at, for the note of a line: method and path without the secret of a private link."""
    token = (request.view_args or {}).get("token")
    return f"{request.method} {request.path.replace(token, '…') if token else request.path}"


def _account_id() -> int | None:
    actor = g.get("actor")
    return actor.account_id if actor is not None else None


def _community_id() -> int | None:
    community = g.get("community")
    return community.id if community is not None else None


def _address() -> str:
    return (request.remote_addr or "") if has_request_context() else ""
