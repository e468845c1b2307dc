"""Whose district has school after all can send a colleague: the seat is passed on, and nobody in line is passed."""

from __future__ import annotations

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer

from .adding import substitute
from .models import Enrollment
from .notices import notices_of

NO_CONFLICT = (
    "A colleague can take your seat where your district has school on the day after all. Ask your district’s lead to "
    "send somebody, or give the seat up for the next in line."
)


def send_colleague(enrollment: Enrollment, colleague: Account, *, by: Doer) -> Enrollment:
    """Let a colleague of the same district have one's seat, because that day became a school day. Gives their
    enrollment. Raises RuleBroken where nothing stands in the way, and as `substitute` does.
    """
    with transaction():
        lock(db.session.get_one(Experience, enrollment.experience_id))
        noticed = notices_of(enrollment.account_id, clock.now(), enrollment.experience_id)
        if not any(one.kind == "school_day" and one.row.enrollment_id == enrollment.id for one in noticed):
            raise RuleBroken(NO_CONFLICT)
        return substitute(enrollment, colleague, by=by)
