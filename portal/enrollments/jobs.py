"""What happens to seats when nobody is looking."""

from __future__ import annotations

from portal.core.jobs import due

from . import answering, holding, line, reminding


@due
def remind_of_sessions() -> int:
    """Owe the reminders of sessions that come up. Says how many."""
    return reminding.remind()


@due
def erase_answers() -> int:
    """Erase answers whose day has passed. Says how many questions were cleared."""
    return answering.erase_answers()


@due
def pass_seats_on() -> int:
    """Close the offers whose time is over, and offer what came free in quiet hours. Says how many lines changed."""
    return line.expire_offers() + line.serve_waiting()


@due
def end_kept_seats() -> int:
    """Remind leads of seats that they keep, and let go of what is left when the time is over. Says how many ended."""
    holding.remind_holders()
    return holding.release_holds()
