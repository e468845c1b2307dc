"""What happens to seats when nobody is looking."""

from __future__ import annotations

from portal.core.jobs import due

from . import answering, reminding


@due
def remind_of_sessions() -> int:
    """Owe the reminders of sessions that come up. Says how many."""
    return reminding.remind()


@due
def erase_answers() -> int:
    """Erase answers whose day has passed. Says how many questions were cleared."""
    return answering.erase_answers()
