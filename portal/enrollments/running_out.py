"""What is kept for a time only is free again when that is over, whether a worker has come by or not.

So whoever is about to decide anything about the seats of an experience takes its lock here, by `seats_locked` or
`wish_locked`. A plain `lock` is enough for what hangs on no seat.
"""

from __future__ import annotations

from portal.agenda.models import Experience
from portal.communities.operations import refresh_public
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.history import Doer, record
from portal.core.jobs import each

from .line_queries import RunOut, experiences_run_out, open_offer, run_out
from .models import Enrollment, SeatHold, SeatOffer
from .rules import check_move
from .seating import Wish, end_offer, free, let_go, pools_wished, serve, tell, wish_of


def seats_locked(experience_id: int) -> Experience:
    """The experience under its lock, after what has run out in it went to whoever is next."""
    experience = lock(db.session.get_one(Experience, experience_id))
    _settle(experience)
    return experience


def wish_locked(experience: Experience, session_id: int | None, mode: str) -> Wish:
    """The same, with what a seat in this mode is made of then. Raises RuleBroken as `wish_of` does."""
    wish = wish_of(lock(experience), session_id, mode)
    # Most of the time nothing is kept: then nobody who signs up waits for one more question to the database.
    if wish.has_held and _settle(experience):
        wish = wish_of(experience, session_id, mode)
    return wish


def end_what_ran_out() -> int:
    """End the offers, shares and holds whose time is over and serve the lines; says in how many experiences.

    May run late, twice, or on two hosts at once. One experience that fails keeps no other waiting.
    """
    return each(experiences_run_out(clock.now()), _settle_one)


def let_offer_go(enrollment: Enrollment, experience: Experience, status: str, by: Doer | None) -> None:
    """End the person's offer (`declined`, `expired`): they leave that line. The seat they have stays; else they are
    out. Whoever calls has the lock.
    """
    check_move("decline", enrollment.state)
    if enrollment.state == "seated":
        end_offer(enrollment, status)
        enrollment.waits_for = None
    else:
        free(enrollment, status)
        enrollment.state, enrollment.given_up_at = "given_up", clock.now()
    tell(enrollment, status, "offer_expired" if status == "expired" else "offer_declined", by)
    serve(experience, enrollment.session_id)


def let_hold_go(hold: SeatHold, experience: Experience, by: Doer | None) -> None:
    """Give what is left of a share or a hold to the line, and then to all. Whoever calls has the lock."""
    hold.released_at = clock.now()
    record(hold, "release", by, community_id=hold.community_id, left=hold.remaining)
    if hold.remaining:
        let_go(pools_wished(experience, hold.session_id, hold.mode), hold.remaining)
        refresh_public(hold.community_id)
        serve(experience, hold.session_id)


def _settle_one(experience_id: int) -> bool:
    with transaction():
        # Another worker, or somebody who asked for a seat, may have been faster.
        return _settle(lock(db.session.get_one(Experience, experience_id)))


def _settle(experience: Experience) -> bool:
    """End what has run out, the earliest first; says whether there was anything."""
    over = run_out(experience.id, clock.now())
    for one in over:
        _end(one, experience)
    return bool(over)


def _end(one: RunOut, experience: Experience) -> None:
    if one.is_offer:
        enrollment = db.session.get_one(SeatOffer, one.id).enrollment
        db.session.refresh(enrollment)
        offer = open_offer(enrollment.id)
        # The one before it may have moved this person: then their offer is closed already.
        if offer is not None and offer.id == one.id:
            let_offer_go(enrollment, experience, "expired", None)
        return
    hold = db.session.get_one(SeatHold, one.id)
    db.session.refresh(hold)
    let_hold_go(hold, experience, None)
