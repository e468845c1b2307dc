"""What the worker needs to write that something has too few people."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy import func, select

from portal.agenda.models import Experience
from portal.communities.models import Community
from portal.core.db import db
from portal.core.mail import writes

from .few_queries import ENDS
from .models import Enrollment


@writes("too_few_people")
def too_few_people(experience_id: int) -> dict[str, Any] | None:
    """How many there are and how many it needs; nothing once there are enough, or it was cancelled."""
    experience = db.session.get_one(Experience, experience_id)
    seated = db.session.scalar(
        select(func.count()).where(Enrollment.experience_id == experience_id, Enrollment.state == "seated")
    )
    if experience.cancelled_at or not experience.min_to_run or (seated or 0) >= experience.min_to_run:
        return None
    community = db.session.get_one(Community, experience.community_id)
    ends_at = db.session.scalar(select(ENDS).where(Experience.id == experience_id))
    where: dict[str, Any] = {"community": community.slug, "experience": experience.slug, "_external": True}
    return {
        "community": community, "zone": community.time_zone, "experience": experience, "seated": seated or 0,
        "ends_at": ends_at, "url": url_for("enrollments.experience", **where),
        "off_url": url_for("enrollments.calling_off", **where),
    }  # fmt: skip
