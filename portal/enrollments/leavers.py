"""Who works for no member district any more on a day to come: the lead is told, and the seat is given up in time."""

from __future__ import annotations

from typing import Any

from portal.agenda.models import Experience
from portal.communities.queries import today_in
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.history import record
from portal.core.jobs import each
from portal.core.outbox import post
from portal.districts.queries import leads_of

from .adding import end_for_leaver
from .hold_queries import posted
from .leaver_queries import HAVING, jobs_of_people, leaving_soon, moved_away
from .leaver_rules import GONE, TOLD, Job, leaves_before
from .models import Enrollment
from .queries import jobs_at_members, jobs_for
from .rules import district_for

OPEN_TO_LEAVERS = ("invited", "anyone")  # whoever works for no member keeps a seat in these, as nobody's colleague


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


def follow_moves() -> int:
    """Let what people have to come belong to the district where they work today: its lead can act for them from then
    on, and the old one's cannot any more. Says how many moved; whom leaving concerns is not touched.
    """
    return each(moved_away(clock.now()), _follow)


def _follow(enrollment_id: int) -> bool:
    with transaction():
        enrollment = db.session.get_one(Enrollment, enrollment_id)
        experience = lock(db.session.get_one(Experience, enrollment.experience_id))
        db.session.refresh(enrollment)
        before, works_in = enrollment.district_id, _districts_of(enrollment, experience)
        # Without work in a member district `seats_of_leavers` decides, where it is for those who work in one.
        is_free = bool(works_in) or experience.reach in OPEN_TO_LEAVERS
        # Another worker may have been here.
        if enrollment.state not in HAVING or before in works_in or not is_free:
            return False
        enrollment.district_id = next(iter(works_in), None)
        record(
            enrollment, "follow work", None, community_id=enrollment.community_id, before=before,
            after=enrollment.district_id,
        )  # fmt: skip
    return True


def _districts_of(enrollment: Enrollment, experience: Experience) -> list[int]:
    """Where the person works today: first what the experience is for, the longest first."""
    meant = district_for(experience.audience, jobs_for(experience, enrollment.account_id))
    jobs = jobs_at_members(enrollment.account_id, enrollment.community_id)
    return [*([meant] if meant is not None else []), *(district for district, _ in jobs)]


def _tell_leads(row: Any) -> None:
    enrollment = db.session.get_one(Enrollment, row.id)
    leads = leads_of(row.community_id, enrollment.district_id or 0)
    owing = {f"leaver:{row.id}:{enrollment.queue_number}:{lead.id}": (lead.id, lead.email) for lead in leads}
    new = sorted(owing.keys() - posted(owing))
    if not new:  # the job comes each hour, and somebody may leave in a month only
        return
    with transaction():
        for once in new:
            lead_id, email = owing[once]
            ids = {"enrollment_id": row.id, "account_id": lead_id}
            post("leaver_seat", to=email, community_id=row.community_id, once=once, **ids)


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
