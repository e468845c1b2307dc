"""Leaving: a seat goes back to the district, a job ends, an educator moves, a district ends its membership.

Nothing is taken away from the past: seats, jobs and memberships get a last day, and what was before it stays true.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from portal.accounts.models import Account
from portal.accounts.queries import staff_addresses
from portal.communities.queries import roles_of, today_in
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.history import Doer, record
from portal.core.outbox import post
from portal.core.text import one_line
from portal.districts.models import Affiliation, Membership
from portal.districts.operations import affiliate, end_affiliation, end_membership, keep_membership
from portal.districts.queries import affiliations_of, leads_of

from .join_queries import seat_of_person, seats_now
from .join_rules import Joiner, check_member, check_role, seats_for
from .leaving_queries import seats_of_person
from .leaving_rules import (
    check_last_day,
    check_leaver,
    check_membership_end,
    check_move,
    check_seat_end,
)
from .models import TeamSeat


def give_back_seat(seat: TeamSeat, last_day: date, *, by: Doer) -> TeamSeat:
    """End somebody's seat on the team with `last_day`; they go on working in the district. Gives the seat that waits
    for the next person from the day after.

    Raises RuleBroken when nobody has joined in the seat, it ended already, or the day does not fit.
    """
    with transaction():
        # The membership first, as those do who join: nobody takes the seat that comes back while it is made.
        membership = lock(seat.membership)
        return _end_seat(lock(seat), membership, last_day, by)


def leave_district(job: Affiliation, last_day: date, *, by: Doer) -> None:
    """End the person's jobs in the district with `last_day`, and their seat on its team with them. They are told by
    mail; when they say so themselves, the leads are.

    Raises RuleBroken when the person acts for the district, the job ended already, or the day does not fit.
    """
    with transaction():
        _lock_team(job)
        today = today_in(job.community_id)
        account, leads = job.account, leads_of(job.community_id, job.district_id)
        check_leaver(account, leads)
        check_last_day(last_day, job.from_date, today)
        _end_jobs(job, last_day, by)
        told = leads if by.account_id == account.id else [account]
        for one in told:
            once = f"job-ends:{job.id}:{one.id}"
            ids = {"affiliation_id": job.id, "account_id": one.id}
            post("job_ends", to=one.email, community_id=job.community_id, once=once, **ids)


def move_person(job: Affiliation, to: Membership | None, role: str, from_day: date, *, by: Doer) -> None:
    """Let an educator who changes district work for the new one from `from_day` on, on a free seat of its team if there
    is one for the job, and for the old one until the day before. None: they go to no member district.

    What they did until then stays with the old district. They are told by mail. Raises RuleBroken when they act for the
    old district, the new one is no member, or the day does not fit.
    """
    last_day = from_day - timedelta(days=1)
    with transaction():
        _lock_team(job, *([to] if to is not None else []))
        leave_district(job, last_day, by=by)
        if to is not None:
            _begin_there(job, to, role, from_day, by)


def end_district(membership: Membership, last_day: date, reason: str, *, by: Doer) -> None:
    """End a district's membership with `last_day`, for a reason that is kept. Its team has all it has until then; leads
    and staff are told by mail.

    Raises RuleBroken without a reason, when it ends already, or when the day does not fit.
    """
    words = one_line(reason)[:1000]
    with transaction():
        membership = lock(membership)
        check_membership_end(membership, last_day, words, today_in(membership.community_id))
        end_membership(membership, last_day, by, note=words)
        _tell_district(membership, "membership_ends")


def keep_district(membership: Membership, *, by: Doer) -> None:
    """Take the end of a membership back before its last day is over; leads and staff are told by mail.

    Twice changes nothing. Raises RuleBroken when it has ended.
    """
    with transaction():
        membership = lock(membership)
        was_to_end = membership.to_date is not None
        keep_membership(membership, by)
        if was_to_end:
            _tell_district(membership, "membership_kept")


def _lock_team(job: Affiliation, *others: Membership) -> None:
    """Take the locks of the teams on which the person has or may get a seat, in their order, then that of the job."""
    chosen = select(Membership).where(
        Membership.community_id == job.community_id, Membership.district_id == job.district_id
    )
    teams = {one.id: one for one in [*db.session.scalars(chosen.order_by(Membership.id)), *others]}
    for number in sorted(teams):
        lock(teams[number])
    lock(job)


def _begin_there(job: Affiliation, to: Membership, role: str, from_day: date, by: Doer) -> None:
    check_member(to, from_day)
    check_role(role, {one.slug for one in roles_of(job.community_id)})
    check_move(job, to.district_id)
    begun = affiliate(job.account, job.community_id, to.district, role, from_day, by)
    _take_free_seat(to, begun, by)
    ids = {"affiliation_id": begun.id, "account_id": job.account_id}
    once = f"job-begins:{begun.id}:{job.account_id}"
    post("job_begins", to=job.account.email, community_id=job.community_id, once=once, **ids)


def _take_free_seat(membership: Membership, job: Affiliation, by: Doer) -> None:
    if seat_of_person(membership.id, job.account_id) is not None:
        return
    mover = Joiner(job.account.name, job.account.email, job.role)
    for seat in seats_for(seats_now(membership.id), mover, job.from_date)[:1]:
        seat.name, seat.email, seat.affiliation_id = mover.name[:80], mover.email, job.id
        record(seat, "claim", by, community_id=membership.community_id, way="move", name=seat.name)


def _end_jobs(job: Affiliation, last_day: date, by: Doer) -> None:
    for seat in seats_of_person(job):
        _end_seat(lock(seat), seat.membership, last_day, by)
    jobs = affiliations_of(job.account_id, job.community_id)
    others = [one for one in jobs if one.district_id == job.district_id and one.id != job.id and one.to_date is None]
    for one in [job, *others]:
        end_affiliation(one, max(last_day, one.from_date), by)


def _end_seat(seat: TeamSeat, membership: Membership, last_day: date, by: Doer) -> TeamSeat:
    check_seat_end(seat, last_day, today_in(membership.community_id))
    seat.to_date = last_day
    day = last_day.isoformat()
    record(seat, "give back", by, community_id=membership.community_id, last_day=day, name=seat.name)
    free = TeamSeat(
        membership_id=membership.id, role=seat.role, school=seat.school, from_date=last_day + timedelta(days=1)
    )
    db.session.add(free)
    db.session.flush()
    return free


def _tell_district(membership: Membership, template: str) -> None:
    leads: list[Account] = leads_of(membership.community_id, membership.district_id)
    addresses = dict.fromkeys([*[lead.email for lead in leads], *staff_addresses(membership.community_id)])
    for address in addresses:
        once = f"{template}:{membership.id}:{clock.now():%Y%m%d%H%M%S}:{address}"[:120]
        post(template, to=address, community_id=membership.community_id, once=once, membership_id=membership.id)
