"""What the worker needs to write the mails about seats."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.communities.models import Community
from portal.core.db import db
from portal.core.mail import writes

from .models import Enrollment
from .queries import place_in_line, sessions_of
from .rules import ordinal


@writes("seat_taken")
def seat_taken(enrollment_id: int) -> dict[str, Any] | None:
    """The confirmation of a seat; nothing when it was given up before the mail could leave."""
    return words_of(enrollment_id, "seated")


@writes("seat_freed")
def seat_freed(enrollment_id: int) -> dict[str, Any] | None:
    """The good news for the next in line."""
    return words_of(enrollment_id, "seated")


@writes("seat_given_up")
def seat_given_up(enrollment_id: int) -> dict[str, Any] | None:
    """The confirmation that the seat is free again; nothing when the person asked anew meanwhile."""
    return words_of(enrollment_id, "given_up")


@writes("waitlist_joined")
def waitlist_joined(enrollment_id: int) -> dict[str, Any] | None:
    """Where the person stands in line; nothing when a seat came free before the mail could leave."""
    words = words_of(enrollment_id, "waiting")
    return words and {**words, "place": ordinal(place_in_line(enrollment_id))}


@writes("waitlist_left")
def waitlist_left(enrollment_id: int) -> dict[str, Any] | None:
    """The confirmation that the person left the line."""
    return words_of(enrollment_id, "given_up")


def words_of(enrollment_id: int, *states: str) -> dict[str, Any] | None:
    """What every mail about a seat needs; nothing when the enrollment is in none of these states any more."""
    enrollment = db.session.get(Enrollment, enrollment_id)
    if enrollment is None or enrollment.state not in states:
        return None
    community = db.session.get_one(Community, enrollment.community_id)
    experience = enrollment.experience
    page = url_for("enrollments.experience", community=community.slug, experience=experience.slug, _external=True)
    return {
        "community": community,
        "zone": community.time_zone,
        "experience": experience,
        "sessions": sessions_of(experience.id, enrollment.session_id),
        "name": enrollment.account.name,
        "url": page,
        "my_url": url_for("enrollments.my", _external=True),
    }
