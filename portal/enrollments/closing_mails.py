"""What the worker needs to write the mails about a district that is closed, late, or has school after all."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.accounts.models import Account
from portal.agenda.planning_models import SchoolDay
from portal.agenda.school_rules import DAY_WORDS
from portal.communities.models import Community
from portal.core.db import db
from portal.core.mail import writes
from portal.districts.models import District

from .closing_queries import attending_on, find_attending, said_on


@writes("district_closed")
def district_closed(school_day_id: int, enrollment_id: int, session_id: int) -> dict[str, Any] | None:
    """That a session goes on and is optional; nothing when the calendar says something else by now."""
    return _about(school_day_id, enrollment_id, session_id)


@writes("school_after_all")
def school_after_all(school_day_id: int, enrollment_id: int, session_id: int) -> dict[str, Any] | None:
    """That there is school on the day of a session; nothing when the calendar says something else by now."""
    return _about(school_day_id, enrollment_id, session_id)


@writes("school_after_all_lead")
def school_after_all_lead(school_day_id: int, account_id: int) -> dict[str, Any] | None:
    """The same for a lead: who has a seat in what."""
    noted = _that_counts(school_day_id)
    attending = attending_on(noted.community_id, noted.district_id or 0, noted.from_date) if noted else []
    if noted is None or not attending:
        return None
    words = _words(noted)
    page = url_for("enrollments.district_seats", community=words["community"].slug, _external=True)
    return {**words, "attending": attending, "name": db.session.get_one(Account, account_id).name, "url": page}


def _about(school_day_id: int, enrollment_id: int, session_id: int) -> dict[str, Any] | None:
    noted, found = _that_counts(school_day_id), find_attending(enrollment_id, session_id)
    if noted is None or found is None or found.Session.cancelled_at or found.Session.experience.cancelled_at:
        return None
    words, experience = _words(noted), found.Session.experience
    page = url_for(
        "enrollments.experience", community=words["community"].slug, experience=experience.slug, _external=True
    )
    return {
        **words, "session": found.Session, "experience": experience, "how": found.how, "url": page,
        "name": found.Enrollment.account.name,
    }  # fmt: skip


def _that_counts(school_day_id: int) -> SchoolDay | None:
    noted = db.session.get(SchoolDay, school_day_id)
    if noted is None or noted.district_id is None:
        return None
    return noted if said_on(noted.community_id, noted.district_id, noted.from_date) is noted else None


def _words(noted: SchoolDay) -> dict[str, Any]:
    community = db.session.get_one(Community, noted.community_id)
    return {
        "community": community, "zone": community.time_zone, "noted": noted,
        "district": db.session.get_one(District, noted.district_id),
        "why": noted.label if noted.label != DAY_WORDS[noted.kind] else "",
    }  # fmt: skip
