"""Slowing down who tries again and again: one statement counts, so that two processes never let one more through."""

from __future__ import annotations

import hashlib

from sqlalchemy import case
from sqlalchemy.dialects import postgresql, sqlite

from portal.core import clock
from portal.core.db import db, transaction

from .models import Throttle
from .rules import LIMITS


def is_too_often(kind: str, key: str) -> bool:
    """Count one more try of `kind` for `key` (an address or a source); True when it is over the limit of its window."""
    limit, now = LIMITS[kind], clock.now()
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    is_over = Throttle.since <= now - limit.window
    counted = (
        insert(Throttle)
        .values(kind=kind, key=hashlib.sha256(key.encode()).hexdigest(), count=1, since=now)
        .on_conflict_do_update(
            index_elements=["kind", "key"],
            set_={
                "count": case((is_over, 1), else_=Throttle.count + 1),
                "since": case((is_over, now), else_=Throttle.since),
            },
        )
        .returning(Throttle.count)
    )
    with transaction():
        return (db.session.scalar(counted) or 0) > limit.tries
