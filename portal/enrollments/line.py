"""The line near the start: seats that are offered and kept are accepted, declined, or given to the next in line."""

from __future__ import annotations

from portal.agenda.models import Experience
from portal.agenda.rules import registration_state
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken
from portal.core.filters import until_text
from portal.core.history import Doer
from portal.core.jobs import each

from .line_queries import Served, last_offer, lines_with_seats, open_offer
from .line_rules import is_moving
from .models import Enrollment, SeatOffer
from .rules import check_move
from .running_out import let_offer_go, seats_locked
from .seating import seat, serve, tell, wish_of

NONE_KEPT = "No seat is kept for you any more. The page of the agenda shows what is free."
STARTED = "This has started or was cancelled, so no seat can be taken any more."


def accept_seat(enrollment: Enrollment, *, by: Doer) -> None:
    """Take the seat that is kept. An online seat that the person had meanwhile goes to the next of its line at once.

    Twice is once. Raises RuleBroken when no seat is kept, and from the moment its time is over.
    """
    with transaction():
        experience, offer = _locked(enrollment)
        if offer is None:
            _check_accepted(enrollment, experience)
            return
        check_move("accept", enrollment.state)
        verb, mail = ("switch", "seat_switched") if enrollment.state == "seated" else ("accept", "seat_taken")
        wish = wish_of(experience, enrollment.session_id, offer.mode)
        if registration_state(experience, clock.now(), wish.starts_at) in {"cancelled", "started"}:
            raise RuleBroken(STARTED)
        seat(enrollment, wish)
        tell(enrollment, verb, mail, by)
        serve(experience, enrollment.session_id)


def decline_seat(enrollment: Enrollment, *, by: Doer) -> None:
    """Let the seat that is kept go to the next in line, and leave the line; an online seat stays. Twice is once, and an
    offer whose time is over has gone already. Raises RuleBroken when no seat was kept.
    """
    with transaction():
        experience, offer = _locked(enrollment)
        if offer is None:
            _check_let_go(enrollment)
            return
        let_offer_go(enrollment, experience, "declined", by)


def serve_waiting() -> int:
    """Serve the lines where a seat is left: what came free in quiet hours is offered when they are over. Says how many
    lines were looked at. One that fails keeps no other waiting.
    """
    now = clock.now()
    return each([line for line in lines_with_seats(now) if is_moving(line, now)], _look_at)


def _locked(enrollment: Enrollment) -> tuple[Experience, SeatOffer | None]:
    experience = seats_locked(enrollment.experience_id)
    db.session.refresh(enrollment)
    return experience, open_offer(enrollment.id)


def _check_accepted(enrollment: Enrollment, experience: Experience) -> None:
    """What was accepted before is accepted; all else is too late."""
    offer = last_offer(enrollment.id)
    if offer is not None and offer.status == "expired":
        zone = wish_of(experience, enrollment.session_id, offer.mode).zone
        raise RuleBroken(f"The seat was kept until {until_text(offer.until, zone)}. It goes to the next in line now.")
    if offer is None or offer.status != "accepted" or enrollment.state != "seated":
        raise RuleBroken(NONE_KEPT)


def _check_let_go(enrollment: Enrollment) -> None:
    """What was let go before is let go, unless the person stands in line anew."""
    offer = last_offer(enrollment.id)
    if offer is None or offer.status not in {"declined", "expired"} or enrollment.waits_for is not None:
        raise RuleBroken(NONE_KEPT)


def _look_at(line: Served) -> bool:
    with transaction():
        serve(seats_locked(line.id), line.session_id)
    return True
