"""The line near the start: seats that are offered and kept are accepted, declined, or given to the next in line."""

from __future__ import annotations

from portal.agenda.models import Experience
from portal.agenda.rules import registration_state
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.filters import until_text
from portal.core.history import Doer
from portal.core.jobs import each

from .line_queries import Served, last_offer, lines_with_seats, offers_over, open_offer
from .line_rules import is_moving
from .models import Enrollment, SeatOffer
from .rules import check_move
from .seating import end_offer, free, seat, serve, tell, wish_of

NONE_KEPT = "No seat is kept for you any more. The page of the agenda shows what is free."
STARTED = "This has started or was cancelled, so no seat can be taken any more."


def accept_seat(enrollment: Enrollment, *, by: Doer) -> None:
    """Take the seat that is kept. An online seat that the person had meanwhile goes to the next of its line at once.

    Twice is once. Raises RuleBroken when no seat is kept, and from the moment its time is over.
    """
    with transaction():
        experience, offer = _locked(enrollment)
        if offer is None:
            _check_answered(enrollment, "accepted")
            return
        _check_in_time(offer, experience)
        verb, mail = ("switch", "seat_switched") if enrollment.state == "seated" else ("accept", "seat_taken")
        wish = wish_of(experience, enrollment.session_id, offer.mode)
        if registration_state(experience, clock.now(), wish.starts_at) in {"cancelled", "started"}:
            raise RuleBroken(STARTED)
        seat(enrollment, wish)
        tell(enrollment, verb, mail, by)
        serve(experience, enrollment.session_id)


def decline_seat(enrollment: Enrollment, *, by: Doer) -> None:
    """Let the seat that is kept go to the next in line, and leave the line; an online seat stays. Twice is once.

    Raises RuleBroken when no seat is kept.
    """
    with transaction():
        experience, offer = _locked(enrollment)
        if offer is None:
            _check_answered(enrollment, "declined")
            return
        _end(enrollment, experience, "declined", by)


def expire_offers() -> int:
    """Close every offer whose time is over and serve the next in line; says how many there were.

    May run late, twice, or on two hosts at once. One that fails keeps no other open.
    """
    # A list of numbers first: each is closed in a transaction of its own, and that ends the one they are read in.
    return each(offers_over(clock.now()), _expires)


def serve_waiting() -> int:
    """Serve the lines where a seat is left: what came free in quiet hours is offered when they are over. Says how many
    lines were looked at. One that fails keeps no other waiting.
    """
    now = clock.now()
    return each([line for line in lines_with_seats(now) if is_moving(line, now)], _look_at)


def _locked(enrollment: Enrollment) -> tuple[Experience, SeatOffer | None]:
    experience = lock(db.session.get_one(Experience, enrollment.experience_id))
    db.session.refresh(enrollment)
    return experience, open_offer(enrollment.id)


def _check_answered(enrollment: Enrollment, status: str) -> None:
    """What was answered so before is answered; all else is too late."""
    offer = last_offer(enrollment.id)
    if offer is None or offer.status != status:
        raise RuleBroken(NONE_KEPT)


def _check_in_time(offer: SeatOffer, experience: Experience) -> None:
    check_move("accept", offer.enrollment.state)
    # The worker may not have been here yet: the clock decides, not whether somebody noted it.
    if clock.now() >= offer.until:
        zone = wish_of(experience, offer.enrollment.session_id, offer.mode).zone
        raise RuleBroken(f"The seat was kept until {until_text(offer.until, zone)}. It goes to the next in line now.")


def _look_at(line: Served) -> bool:
    with transaction():
        serve(lock(db.session.get_one(Experience, line.id)), line.session_id)
    return True


def _expires(due: tuple[int, int]) -> bool:
    offer_id, experience_id = due
    with transaction():
        experience = lock(db.session.get_one(Experience, experience_id))
        enrollment = db.session.get_one(SeatOffer, offer_id).enrollment
        db.session.refresh(enrollment)
        offer = open_offer(enrollment.id)
        # Another worker, or the person, may have been faster.
        if offer is None or offer.id != offer_id:
            return False
        _end(enrollment, experience, "expired", None)
    return True


def _end(enrollment: Enrollment, experience: Experience, status: str, by: Doer | None) -> None:
    """Whoever lets an offer go leaves that line: the seat they have stays, and else they are out."""
    if enrollment.state == "seated":
        end_offer(enrollment, status)
        enrollment.waits_for = None
    else:
        free(enrollment, status)
        enrollment.state, enrollment.given_up_at = "given_up", clock.now()
    mail = "offer_expired" if status == "expired" else "offer_declined"
    tell(enrollment, status, mail, by)
    serve(experience, enrollment.session_id)
