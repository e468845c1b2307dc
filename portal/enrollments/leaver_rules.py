"""Who leaves before a day to come: plain answers about jobs in member districts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from portal.districts.rules import is_on

STAYS, TOLD, GONE = "stays", "told", "gone"


class Job(NamedTuple):
    """From when until when (None: it goes on) a person works in a district that is a member all that time."""

    from_date: date
    to_date: date | None


def job_at_member(from_date: date, to_date: date | None, member_from: date, member_to: date | None) -> Job:
    """The part of a job in which the district is a member."""
    ends = [day for day in (to_date, member_to) if day is not None]
    return Job(max(from_date, member_from), min(ends, default=None))


def leaves_before(jobs: Iterable[Job], day: date, today: date) -> str:
    """Whether somebody with these jobs works in a member district on `day` (stays); else whether there is still time to
    find somebody else (told), or the last of the jobs is over (gone).
    """
    known = list(jobs)
    if any(is_on(day, *job) for job in known):
        return STAYS
    return TOLD if any(job.to_date is None or job.to_date >= today for job in known) else GONE
