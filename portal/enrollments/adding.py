"""Staff, facilitators and leads with other people's seats: add somebody, pass a seat on, take it back."""

from __future__ import annotations

from typing import Any

from portal.agenda.models import Experience, Session
from portal.agenda.rules import registration_state
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.history import Doer
from portal.core.text import one_line

from .entering import ENDED, Learner, begin, check_meant, colleague_of, told
from .hold_rules import is_kept
from .line_queries import find_hold
from .models import Enrollment, SeatHold
from .operations import leave
from .people_rules import (
    HAS_SEAT,
    NO_SEAT,
    check_addable,
    check_in_district,
    check_not_over,
    check_reason,
)
from .queries import find_enrollment, jobs_at_members, places_of
from .rules import check_move
from .running_out import seats_locked, wish_locked
from .seating import seat, serve, wish_of

LONGEST = 300


def add_person(
    experience: Experience, account: Learner, reason: str, *, by: Doer, session: Session | None = None, mode: str = ""
) -> Enrollment:
    """Give somebody a seat for a reason that is kept, past the audience, the window and the line, and over the number
    of seats if it must be; they are told by mail. Raises RuleBroken without a reason, for somebody who has a seat, and
    when it is over or cancelled.
    """
    words = one_line(reason)[:LONGEST]
    with transaction():
        wish = wish_locked(experience, session.id if session else None, mode)
        check_reason(words)
        check_addable(registration_state(wish.experience, clock.now()))
        _check_running(experience, wish.session_id)
        _check_move("add", experience, wish.session_id, account, wish.mode)
        enrollment = begin(wish, account, colleague_of(wish, account).district_id, by)
        seat(enrollment, wish)
        enrollment.extra_reason = words
        told(enrollment, "add", "seat_for_you", by, reason=words)
        serve(experience, wish.session_id)
    return enrollment


def substitute(enrollment: Enrollment, account: Learner, *, by: Doer) -> Enrollment:
    """Let a colleague of the same district have the seat instead, even when all are taken: the count stays as it is,
    and nobody in line is passed by. Both are told by mail. Gives the colleague's enrollment.

    Raises RuleBroken when the seat is gone, for somebody who has one or for whom it is not meant, and when it is over
    or cancelled.
    """
    with transaction():
        experience = seats_locked(enrollment.experience_id)
        db.session.refresh(enrollment)
        _check_running(experience, enrollment.session_id)
        check_move("substitute", enrollment.state, NO_SEAT.format(name=enrollment.account.name))
        wish = wish_of(experience, enrollment.session_id, enrollment.mode)
        check_in_district(_works_in(account, enrollment), account.name)
        check_meant(wish, account)
        _check_move("name", experience, wish.session_id, account)
        hold = _hold_of(enrollment)
        leave(enrollment)
        comes = begin(wish, account, enrollment.district_id, by)
        seat(comes, wish, hold)
        told(enrollment, "pass on", "seat_ended", by, other=account.name)
        told(comes, "substitute", "seat_for_you", by, other=enrollment.account.name)
        serve(experience, wish.session_id)
    return comes


def cancel_for(enrollment: Enrollment, *, by: Doer) -> None:
    """Give a colleague's seat, place in line or request back, as their lead; they are told by mail, and the next in
    line is served. Twice changes nothing. Raises RuleBroken once it is over or cancelled.
    """
    _end(enrollment, "cancel", by)


def remove_person(enrollment: Enrollment, reason: str, *, by: Doer | None) -> None:
    """Take somebody out, as staff or facilitator, for a reason that is kept and mailed; the next in line is served.
    Twice changes nothing. Raises RuleBroken without a reason, and once it is over or cancelled.
    """
    words = one_line(reason)[:LONGEST]
    check_reason(words)
    _end(enrollment, "remove", by, reason=words)


def end_for_leaver(enrollment: Enrollment) -> bool:
    """Give up what somebody has who works for no member district any more; they are told by mail, and the next in line
    is served. Says whether there was anything. Raises RuleBroken for what is over or cancelled.
    """
    return _end(enrollment, "leave district", None)


def _end(enrollment: Enrollment, verb: str, by: Doer | None, **data: Any) -> bool:
    with transaction():
        experience = seats_locked(enrollment.experience_id)
        db.session.refresh(enrollment)
        if enrollment.state in ENDED:
            return False
        check_move("give_up", enrollment.state)
        _check_running(experience, enrollment.session_id)
        leave(enrollment)
        told(enrollment, verb, "seat_ended", by, **data)
        serve(experience, enrollment.session_id)
    return True


def _check_move(
    verb: str, experience: Experience, session_id: int | None, account: Learner, mode: str | None = None
) -> None:  # fmt: skip
    """Refuse a second seat for somebody who has one; with `mode`, one in the other mode is switched."""
    found = find_enrollment(experience.id, session_id, account.account_id)
    is_switch = found is not None and found.state == "seated" and mode not in {None, found.mode}
    state = found.state if found is not None else None
    check_move("switch" if is_switch else verb, state, HAS_SEAT.format(name=account.name))


def _works_in(account: Learner, enrollment: Enrollment) -> bool:
    jobs = jobs_at_members(account.account_id, enrollment.community_id)
    return enrollment.district_id in {district for district, _ in jobs}


def _hold_of(enrollment: Enrollment) -> SeatHold | None:
    """What the seat came out of, while that lasts; not what a seat in the room is kept out of that is only offered."""
    hold = find_hold(enrollment.hold_id) if enrollment.hold_id else None
    return hold if hold is not None and hold.mode == enrollment.mode and is_kept(hold, clock.now()) else None


def _check_running(experience: Experience, session_id: int | None) -> None:
    """Refuse what is over, and what was cancelled: no session of it is left."""
    ends = [place.ends_at for place in places_of(experience, session_id)]
    check_not_over(max(ends, default=None), clock.now())
