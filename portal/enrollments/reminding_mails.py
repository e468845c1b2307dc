"""The mail that reminds of a session."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import url_for

from portal.agenda.models import Session
from portal.communities.models import Community
from portal.communities.queries import zone_of
from portal.core import clock
from portal.core.db import db
from portal.core.mail import writes

from .attending_models import Excuse
from .change_rules import is_excused
from .closing_queries import said_on
from .models import Enrollment
from .reminding_rules import is_in_time


@writes("reminder")
def reminder(enrollment_id: int, session_id: int, days: int) -> dict[str, Any] | None:
    """When and where, or how to join; nothing when the seat, the session or its date is no longer what it was."""
    enrollment, session = db.session.get(Enrollment, enrollment_id), db.session.get(Session, session_id)
    if enrollment is None or session is None or not _stands(enrollment, session):
        return None
    community = db.session.get_one(Community, enrollment.community_id)
    zone = session.time_zone or community.time_zone
    if not is_in_time(session.starts_at, days, zone, clock.now()):
        return None
    return _words(enrollment, session, community, zone)


def _stands(enrollment: Enrollment, session: Session) -> bool:
    excused = db.session.query(Excuse.id).filter_by(enrollment_id=enrollment.id, session_id=session.id)
    is_off = session.cancelled_at or enrollment.experience.cancelled_at
    return (
        enrollment.state == "seated" and not is_off and excused.first() is None and not _is_closed(enrollment, session)
    )


def _is_closed(enrollment: Enrollment, session: Session) -> bool:
    """Whether the district is closed then: whoever got the seat after that was noted has no excuse of their own."""
    if enrollment.district_id is None:
        return False
    starts = clock.local(session.starts_at, zone_of(enrollment.community_id))
    said = said_on(enrollment.community_id, enrollment.district_id, starts.date())
    is_own = said is not None and said.district_id is not None
    return said is not None and is_own and is_excused(said.kind, said.minutes, starts)


def _words(enrollment: Enrollment, session: Session, community: Community, zone: str) -> dict[str, Any]:
    experience = enrollment.experience
    seat = next((one for one in enrollment.seats if one.pool.session_id == session.id), None)
    page = url_for("enrollments.experience", community=community.slug, experience=experience.slug, _external=True)
    return {
        "community": community,
        "zone": zone,
        "experience": experience,
        "session": session,
        "is_online": seat is not None and seat.pool.mode == "online",
        "place": session.place or experience.place,
        "opens_at": session.starts_at - timedelta(minutes=experience.join_minutes),
        "name": enrollment.account.name,
        "url": page,
        "my_url": url_for("enrollments.my", _external=True),
    }
