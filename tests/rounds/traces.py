"""What tests of the verbs look at afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from portal.core.db import db
from portal.core.history import History, history_of
from portal.core.outbox import Outgoing
from portal.rounds.models import Invitation, Round

Stop = Callable[[str], datetime]


def verbs(subject: Any) -> list[str]:
    return [row.verb for row in history_of(subject)]


def trace() -> tuple[int, ...]:
    """How many rows there are of everything that an operation here could write."""
    return tuple(db.session.query(table).count() for table in (Round, Invitation, History, Outgoing))
