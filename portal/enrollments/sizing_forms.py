"""The shape of what staff type about the number of seats: one number for each way to come, or one for each date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from flask_wtf import FlaskForm

from portal.agenda.models import MODES, Pool, Session
from portal.core.filters import moment_text
from portal.rounds.build_fields import number

LABELS = {"in_person": "Seats in the room", "online": "Seats online"}
MOST = 20_000


class SeatsForm(FlaskForm):
    """One number for each way to come that there is; where dates have different ones, one for each date."""

    dated: ClassVar[dict[str, tuple[int, str]]] = {}

    def seats(self) -> dict[str, int]:
        """The number of seats by mode, for all dates."""
        return {mode: self[mode].data for mode in MODES if mode in self}

    def dates(self) -> dict[tuple[int, str], int]:
        """The number of seats by session and mode, where dates differ."""
        return {key: self[name].data for name, key in self.dated.items()}


def seats_form(sessions: Sequence[Session], zone: str) -> Any:
    """The form, with the numbers as they are."""
    dated: dict[str, tuple[int, str]] = {}
    fields: dict[str, Any] = {"dated": dated}
    typed: dict[str, int] = {}
    for mode in MODES:
        pools = [pool for session in sessions for pool in session.pools if pool.mode == mode]
        for pool in pools:
            is_one = len({one.capacity for one in pools}) == 1
            name = mode if is_one else f"{mode}_{pool.session_id}"
            if not is_one:
                dated[name] = (pool.session_id, mode)
            fields.setdefault(name, number(LABELS[mode] if is_one else _label(pool, zone), 0, MOST))
            typed[name] = pool.capacity
    return type("SeatsForm", (SeatsForm,), fields)(data=typed)


def _label(pool: Pool, zone: str) -> str:
    session = pool.session
    return f"{LABELS[pool.mode]}, {moment_text(session.starts_at, session.time_zone or zone)}"
