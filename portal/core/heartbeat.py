"""The worker's sign of life: one row that it writes on every sweep, so that any host can see whether it works."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from . import clock
from .db import Base, Keyed, db, insert, transaction
from .jobs import due


class Heartbeat(Keyed, Base):
    """When the part of the portal called `name` last did its round."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(40), unique=True)
    at: Mapped[datetime]


@due
def beat() -> None:
    """Note that the worker is at work."""
    now = clock.now()
    beaten = insert(Heartbeat).values(name="worker", at=now)
    with transaction():
        db.session.execute(beaten.on_conflict_do_update(index_elements=["name"], set_={"at": now}))


def last_beat() -> datetime | None:
    """When the worker last did its round; None when it never has."""
    return db.session.scalar(select(Heartbeat.at).where(Heartbeat.name == "worker"))
