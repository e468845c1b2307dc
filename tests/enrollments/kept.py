"""Seats that are kept and colleagues who wait together, made and ended as plainly as the tables allow."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.enrollments.models import Enrollment, EnrollmentTeam, SeatHold
from portal.enrollments.operations import take_seat
from portal.enrollments.seating import keep, let_go, serve, wish_of


def keep_seats(experience: Experience, seats: int, until: datetime, **fields: Any) -> SeatHold:
    """A share of `seats` for `district_id` or for `role`, or a lead's hold (`kind`)."""
    mode = fields.pop("mode", "")
    kind = fields.pop("kind", "district" if "district_id" in fields else "role")
    with transaction():
        wish = wish_of(lock(experience), None, mode)
        hold = SeatHold(
            community_id=experience.community_id, experience_id=experience.id, kind=kind, mode=wish.mode, seats=seats,
            remaining=seats, until=until, made_at=clock.now(), **fields,
        )  # fmt: skip
        db.session.add(hold)
        db.session.flush()
        keep(wish.pool_ids, seats)
        serve(experience, None)
    return hold


def release(hold: SeatHold) -> None:
    """What happens when its time is over: what is left goes to the line."""
    with transaction():
        experience = lock(hold.experience)
        db.session.refresh(hold)
        if hold.released_at is None:
            hold.released_at = clock.now()
            let_go(wish_of(experience, hold.session_id, hold.mode).pool_ids, hold.remaining)
            serve(experience, hold.session_id)


def stand_together(experience: Experience, everyone: Iterable[Account], mode: str = "") -> EnrollmentTeam:
    """Each of them asks, in this order; those who wait wait together."""
    with transaction():
        lock(experience)
        team = EnrollmentTeam(community_id=experience.community_id, experience_id=experience.id, made_at=clock.now())
        db.session.add(team)
        db.session.flush()
        for enrollment in [take_seat(experience, one, by=one, mode=mode) for one in everyone]:
            enrollment.team_id = team.id if enrollment.state == "waiting" else None
    return team


def split(team: EnrollmentTeam) -> None:
    """From now on each of them moves up alone."""
    with transaction():
        experience = lock(db.session.get_one(Experience, team.experience_id))
        team.split_at = clock.now()
        db.session.flush()
        serve(experience, None)


def members(team: EnrollmentTeam) -> list[Enrollment]:
    """Those of the team, in the order of the line."""
    chosen = select(Enrollment).where(Enrollment.team_id == team.id)
    return list(db.session.scalars(chosen.order_by(Enrollment.queue_number)))
