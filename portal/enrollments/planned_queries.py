"""How many people wait, for the list of what staff plan."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, or_, select

from portal.core.db import db

from .models import Enrollment


def waiting_in(experience_ids: Sequence[int]) -> dict[int, int]:
    """How many people of each experience are in line, or wait for their lead's yes; those with none are left out. Who
    waits for three meetings of a space is one person.
    """
    counted = select(Enrollment.experience_id, func.count(Enrollment.account_id.distinct()).label("people"))
    waits = or_(Enrollment.waits_for.is_not(None), Enrollment.state == "pending")
    chosen = counted.where(Enrollment.experience_id.in_(experience_ids), waits).group_by(Enrollment.experience_id)
    rows = db.session.execute(chosen.order_by(Enrollment.experience_id))
    return {row.experience_id: row.people for row in rows}
