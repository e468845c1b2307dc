"""Keeping seats: shares for a district or a role, set by staff, and seats that a lead keeps and names people for later.

Whatever is kept ends at a moment; what is left of it then goes to the next in line, and to everyone after them.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from portal.agenda.models import Experience, Session
from portal.communities.operations import refresh_public
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.history import Doer, record
from portal.core.jobs import each
from portal.core.outbox import post
from portal.districts.queries import leads_of

from .entering import Learner, begin, check_meant, check_window, told
from .hold_queries import holds_to_remind, kept_by_district, posted
from .hold_rules import (
    check_for_district,
    check_kept,
    check_naming,
    check_share_of_lead,
    check_size,
    check_smaller,
    check_until,
    reminder_due,
)
from .line_rules import cut_off
from .models import Enrollment, SeatHold
from .people_rules import HAS_SEAT, check_in_district, check_not_over
from .queries import count_waiting, find_enrollment, is_for_district, jobs_at_members
from .rules import check_move
from .running_out import let_hold_go, seats_locked, wish_locked
from .seating import Wish, keep, seat, serve, wish_of


def share_seats(
    experience: Experience, seats: int, until: date, *, by: Doer, district_id: int | None = None, role: str = "",
    session: Session | None = None, mode: str = "",
) -> SeatHold:  # fmt: skip
    """Keep seats for people of one district, or of one role, until the end of a day: whoever fits takes them first.

    Raises RuleBroken for more seats than are left, while people wait, and for a day that is over or too late.
    """
    kind = "district" if district_id is not None else "role"
    with transaction():
        wish = wish_locked(experience, session.id if session else None, mode)
        hold = SeatHold(kind=kind, district_id=district_id, role="" if district_id is not None else role)
        return _keep(hold, wish, seats, until, by)


def hold_seats(
    experience: Experience, district_id: int, seats: int, until: date, *, by: Doer, session: Session | None = None,
    mode: str = "",
) -> SeatHold:  # fmt: skip
    """Keep seats for a district, as its lead, until the end of a day; people are named for them one by one.

    Raises RuleBroken for more seats than are left or than one district may keep, while people wait, when sign-up is not
    open, where it is for nobody of the district, and for a day that is over or too late.
    """
    with transaction():
        wish = wish_locked(experience, session.id if session else None, mode)
        check_window(wish)
        check_for_district(is_for_district(wish.experience, district_id))
        check_share_of_lead(seats + _kept_by(district_id, wish))
        hold = SeatHold(kind="lead", district_id=district_id, role="")
        return _keep(hold, wish, seats, until, by)


def change_hold(hold: SeatHold, seats: int, *, by: Doer) -> None:
    """Keep more or fewer seats than before; what is let go serves the line. Raises RuleBroken as keeping them does, and
    for fewer than are taken.
    """
    with transaction():
        wish = _lock(hold)
        more = seats - hold.seats
        check_kept(hold, clock.now())
        check_smaller(hold, seats)
        check_size(seats, more, wish.left, _waiting(wish))
        if hold.kind == "lead":
            check_share_of_lead(more + _kept_by(hold.district_id, wish))
        hold.seats, hold.remaining = seats, hold.remaining + more
        keep(wish.pool_ids, more)
        _noted(hold, "change", by, seats=seats)
        serve(wish.experience, wish.session_id)


def return_hold(hold: SeatHold, *, by: Doer | None) -> None:
    """Give back what is left of kept seats before their time is over; the line is served. Twice changes nothing."""
    with transaction():
        wish = _lock(hold)
        if hold.released_at is None:
            let_hold_go(hold, wish.experience, by)


def name_person(hold: SeatHold, account: Learner, *, by: Doer) -> Enrollment:
    """Give one of the seats that a lead keeps to a colleague, who is told by mail. Whoever waits in line leaves it.

    Raises RuleBroken when nothing is kept any more, for somebody of another district or with a seat, and for whom the
    experience is not meant.
    """
    with transaction():
        wish = _lock(hold)
        check_naming(hold, clock.now())
        check_not_over(wish.places[-1].ends_at, clock.now())
        check_in_district(_works_in(account, hold), account.name)
        check_meant(wish, account)
        found = find_enrollment(hold.experience_id, hold.session_id, account.account_id)
        check_move("name", found.state if found else None, HAS_SEAT.format(name=account.name))
        enrollment = begin(wish, account, hold.district_id, by)
        seat(enrollment, wish, hold)
        told(enrollment, "name", "seat_for_you", by, hold=hold.id)
        serve(wish.experience, wish.session_id)
    return enrollment


def remind_holders() -> int:
    """Remind leads a week and a day before the seats that they keep are let go, once each; one hold that fails keeps
    no other. Says of how many holds.
    """
    now = clock.now()
    near = [(hold, days) for hold in holds_to_remind(now) if (days := reminder_due(hold, now)) is not None]
    return each([(hold.id, days) for hold, days in near], _remind)


def _keep(hold: SeatHold, wish: Wish, seats: int, until: date, by: Doer) -> SeatHold:
    ends = clock.end_of_day(until, wish.zone)
    check_until(ends, clock.now(), cut_off(wish.experience, wish.starts_at), wish.zone)
    check_size(seats, seats, wish.left, _waiting(wish))
    hold.community_id, hold.experience_id = wish.experience.community_id, wish.experience.id
    hold.session_id, hold.mode, hold.seats, hold.remaining = wish.session_id, wish.mode, seats, seats
    hold.until, hold.made_at, hold.by_id = ends, clock.now(), by.account_id
    db.session.add(hold)
    db.session.flush()
    keep(wish.pool_ids, seats)
    _noted(hold, "keep", by, seats=seats)
    return hold


def _lock(hold: SeatHold) -> Wish:
    """The hold as it is under the lock of its experience, with its pools."""
    experience = seats_locked(hold.experience_id)
    db.session.refresh(hold)
    return wish_of(experience, hold.session_id, hold.mode)


def _remind(due: tuple[int, int]) -> bool:
    number, days = due
    hold = db.session.get_one(SeatHold, number)
    leads = leads_of(hold.community_id, hold.district_id or 0)
    owing = {f"hold-ends:{number}:{days}:{lead.id}": (lead.id, lead.email) for lead in leads}
    known = posted(owing)  # looked at first: the job comes each minute, and a week is long
    for once in sorted(owing.keys() - known):
        _owe_reminder(number, once, *owing[once])
    return owing.keys() > known


def _owe_reminder(number: int, once: str, lead_id: int, email: str) -> None:
    with transaction():
        ids = {"hold_id": number, "account_id": lead_id}
        community_id = db.session.get_one(SeatHold, number).community_id
        post("hold_ending", to=email, community_id=community_id, once=once, **ids)


def _kept_by(district_id: int | None, wish: Wish) -> int:
    return kept_by_district(wish.experience.id, wish.session_id, district_id or 0, clock.now())


def _waiting(wish: Wish) -> int:
    # Where a date has one pool for people of either mode, both lines wait for it.
    return count_waiting(wish.experience.id, wish.session_id, None if wish.is_shared else wish.mode)


def _works_in(account: Learner, hold: SeatHold) -> bool:
    return hold.district_id in {district for district, _ in jobs_at_members(account.account_id, hold.community_id)}


def _noted(hold: SeatHold, verb: str, by: Doer | None, **data: Any) -> None:
    record(hold, verb, by, community_id=hold.community_id, **data)
    refresh_public(hold.community_id)
