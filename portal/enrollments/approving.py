"""Requests that a lead answers: yes gives a seat, or the place in line that the request has held; no says why."""

from __future__ import annotations

from portal.accounts.queries import staff_addresses
from portal.agenda.models import Experience
from portal.agenda.rules import registration_state
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer
from portal.core.outbox import post
from portal.core.text import one_line
from portal.districts.queries import leads_of

from .entering import check_meant, colleague_of, told
from .models import Enrollment
from .people_rules import APPROVED_LATE, FULL, check_reason
from .queries import place_in_line
from .rules import check_move
from .running_out import seats_locked
from .seating import Wish, number_anew, seat, serve, standing_of, way_past, wish_of

LONGEST = 300
SAY_NO = "Say no to the request."


def ask_leads(enrollment: Enrollment) -> None:
    """Owe the leads of the person's district the mail that a request waits for them, or staff where there is no lead;
    inside the asking itself.
    """
    leads = leads_of(enrollment.community_id, enrollment.district_id or 0)
    for lead in leads:
        once = f"approval-asked:{enrollment.id}:{enrollment.queue_number}:{lead.id}"
        ids = {"enrollment_id": enrollment.id, "account_id": lead.id}
        post("approval_asked", to=lead.email, community_id=enrollment.community_id, once=once, **ids)
    if not leads:
        _ask_staff(enrollment)


def approve(enrollment: Enrollment, *, by: Doer) -> None:
    """Say yes to a request: a seat if one is left that nobody waits for who asked earlier, else the place in line by
    the number of the request. They are told by mail. Twice changes nothing.

    A no can still become a yes, with the next number of the line: whoever was refused stood in none. Raises RuleBroken
    for a request that was taken back, once it has started, for somebody it is not meant for any more, and where no line
    is kept and no seat is left.
    """
    with transaction():
        experience = seats_locked(enrollment.experience_id)
        db.session.refresh(enrollment)
        if enrollment.state in ("seated", "waiting"):
            return
        check_move("approve", enrollment.state)
        if enrollment.state == "refused":
            number_anew(enrollment, experience)
        _let_in(enrollment, wish_of(experience, enrollment.session_id, enrollment.mode), by)
        serve(experience, enrollment.session_id)


def refuse(enrollment: Enrollment, reason: str, *, by: Doer) -> None:
    """Say no to a request, with a reason that goes into the mail to the person. Twice changes nothing.

    Raises RuleBroken without a reason, and for a request that was taken back or approved.
    """
    words = one_line(reason)[:LONGEST]
    with transaction():
        lock(db.session.get_one(Experience, enrollment.experience_id))  # a no moves no seat
        db.session.refresh(enrollment)
        if enrollment.state == "refused":
            return
        check_reason(words)
        check_move("refuse", enrollment.state)
        enrollment.state, enrollment.given_up_at = "refused", clock.now()
        db.session.flush()
        told(enrollment, "refuse", "seat_ended", by, reason=words)


def _ask_staff(enrollment: Enrollment) -> None:
    for address in staff_addresses(enrollment.community_id):
        once = f"approval-asked:{enrollment.id}:{enrollment.queue_number}:{address}"[:120]
        post(
            "approval_asked_staff", to=address, community_id=enrollment.community_id, once=once,
            enrollment_id=enrollment.id,
        )  # fmt: skip


def _let_in(enrollment: Enrollment, wish: Wish, by: Doer) -> None:
    if registration_state(wish.experience, clock.now(), wish.starts_at) in {"cancelled", "started"}:
        raise RuleBroken(APPROVED_LATE)
    check_meant(wish, enrollment.account, SAY_NO)
    asker = colleague_of(wish, enrollment.account, enrollment.district_id)
    enrollment.district_id = asker.district_id  # where they work today: they may have moved since they asked
    ways = way_past(wish, [standing_of(asker, wish)], before=enrollment.queue_number)
    if ways is not None:
        seat(enrollment, wish, ways[0])
        told(enrollment, "approve", "seat_for_you", by)
    elif wish.experience.has_waitlist:
        enrollment.state, enrollment.waits_for = "waiting", wish.mode
        db.session.flush()
        told(enrollment, "approve", "line_for_you", by, place=place_in_line(enrollment.id))
    else:
        raise RuleBroken(FULL)
