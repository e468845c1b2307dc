"""Who works for no member district any more on a day to come: the lead is told, and the seat is given up in time."""

from __future__ import annotations

from typing import Any

from portal.agenda.models import Experience
from portal.communities.queries import today_in
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.jobs import each
from portal.core.outbox import post
from portal.districts.queries import leads_of

from .adding import end_for_leaver
from .leaver_queries import jobs_of_people, leaving_soon
from .leaver_rules import GONE, TOLD, Job, leaves_before
from .models import Enrollment


def seats_of_leavers() -> int:
    """Tell leads of their people who leave before the last session to come that they have a seat in, wait for or ask
    for, so that a colleague can have it; give up what nobody has passed on when their last day is over.

    Once for each person and thing, however often it runs. Says how many seats were given up.
    """
    rows = leaving_soon(clock.now())
    jobs = _jobs({row.account_id for row in rows})

    def see_to(row: Any) -> bool:
        stands = _stands(row, jobs)
        if stands == TOLD:
            _tell_leads(row)
        return stands == GONE and _give_up(row)

    return each(rows, see_to)


def _tell_leads(row: Any) -> None:
    with transaction():
        enrollment = db.session.get_one(Enrollment, row.id)
        for lead in leads_of(row.community_id, enrollment.district_id or 0):
            once = f"leaver:{row.id}:{enrollment.queue_number}:{lead.id}"
            ids = {"enrollment_id": row.id, "account_id": lead.id}
            post("leaver_seat", to=lead.email, community_id=row.community_id, once=once, **ids)


def _give_up(row: Any) -> bool:
    with transaction():
        lock(db.session.get_one(Experience, row.experience_id))
        # Somebody may have found a new job meanwhile, or another worker have been here.
        if _stands(row, _jobs({row.account_id})) != GONE:
            return False
        return end_for_leaver(db.session.get_one(Enrollment, row.id))


def _jobs(account_ids: set[int]) -> dict[tuple[int, int], list[Job]]:
    found: dict[tuple[int, int], list[Job]] = {}
    for account_id, community_id, job in jobs_of_people(account_ids):
        found.setdefault((account_id, community_id), []).append(job)
    return found


def _stands(row: Any, jobs: dict[tuple[int, int], list[Job]]) -> str:
    own = jobs.get((row.account_id, row.community_id), [])
    day = clock.local(row.last_at, row.time_zone).date()
    return leaves_before(own, day, today_in(row.community_id))
