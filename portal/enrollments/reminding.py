"""Reminding people of what they have a seat in: once, whatever is killed, runs late, twice, or on two hosts."""

from __future__ import annotations

from sqlalchemy import Row, insert

from portal.agenda.models import Experience
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.outbox import post

from .attending_models import Reminder
from .reminding_queries import experiences_to_remind, seats_to_remind, sessions_due

BATCH = 50  # people in one transaction: the experience is locked for no longer than that takes


def remind() -> int:
    """Owe a reminder to everyone with a seat in a session that comes up and who was not reminded yet. Says how many.

    Whoever took the seat after the reminder's moment gets none: the confirmation has just said it.
    """
    # Looked at before any lock is taken: where everybody knows already, nobody else has to wait.
    return sum(_remind_all(number) for number in experiences_to_remind(sessions_due(clock.now())))


def _remind_all(experience_id: int) -> int:
    reminded = 0
    while some := _remind_some(experience_id):
        reminded += some
    return reminded


def _remind_some(experience_id: int) -> int:
    """That a person was reminded and that the mail is owed are kept together, or neither is."""
    with transaction():
        # Whoever looks second, here or on another host, finds these people reminded; nothing moves meanwhile.
        lock(db.session.get_one(Experience, experience_id))
        dues = sessions_due(clock.now(), experience_id)
        days = {due.session_id: due.days for due in dues}
        owed = seats_to_remind(dues, BATCH)
        for row in owed:
            _owe(row, days[row.session_id])
    return len(owed)


def _owe(row: Row[tuple[int, int, str, int, int]], days: int) -> None:
    which = {"enrollment_id": row.id, "session_id": row.session_id, "days": days}
    noted = {**which, "sequence": row.sequence, "reminded_at": clock.now()}
    db.session.execute(insert(Reminder).values(noted))
    once = f"reminder {row.id} {row.session_id} {days} {row.sequence}"
    post("reminder", to=row.email, community_id=row.community_id, once=once, **which)
