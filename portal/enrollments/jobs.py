"""What happens to seats when nobody is looking."""

from __future__ import annotations

from portal.core.jobs import due, is_rested

from . import answering, few, holding, leavers, line, reminding, running_out

HOUR = 3600.0  # seconds


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
    """End the offers and kept seats whose time is over, and offer what came free in quiet hours. Says in how many
    experiences something ended, and how many lines were looked at.
    """
    return running_out.end_what_ran_out() + line.serve_waiting()


@due
def remind_who_keeps_seats() -> int:
    """Remind leads of seats that they keep while there is time to name people. Says of how many holds."""
    return holding.remind_holders()


@due
def pass_on_seats_of_leavers() -> int:
    """Let seats follow people to another district, tell leads of people with seats who leave, and give up the seats of
    those who have left. Says how many.
    """
    return leavers.follow_moves() + leavers.seats_of_leavers() if is_rested("leavers", HOUR) else 0


@due
def warn_of_too_few() -> int:
    """Tell staff of what has too few people to run, while sign-up is still open. Says of how many."""
    return few.warn_of_too_few() if is_rested("too few", HOUR) else 0
