"""What the worker needs to write the mails about seats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for

from portal.agenda.models import Experience, Session
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.core.mail import Attachment, writes

from .calendars import seat_file
from .joining_rules import way_of
from .line_rules import phase
from .models import Enrollment
from .queries import place_in_line, sessions_of
from .rules import ordinal
from .seat_rules import line_words


@writes("seat_taken")
def seat_taken(enrollment_id: int) -> dict[str, Any] | None:
    """The confirmation of a seat, with its calendar file; nothing when it was given up before the mail could leave."""
    return with_file(enrollment_id, "seated")


@writes("seat_freed")
def seat_freed(enrollment_id: int) -> dict[str, Any] | None:
    """The good news for the next in line, with the calendar file."""
    return with_file(enrollment_id, "seated")


@writes("seat_given_up")
def seat_given_up(enrollment_id: int) -> dict[str, Any] | None:
    """The confirmation that the seat is free again, with the file that takes it out of a calendar; nothing when the
    person asked anew meanwhile.
    """
    return with_file(enrollment_id, "given_up")


@writes("seat_asked")
def seat_asked(enrollment_id: int) -> dict[str, Any] | None:
    """The confirmation that a lead is asked; nothing once that is answered or the request is taken back."""
    return words_of(enrollment_id, "pending")


@writes("waitlist_joined")
def waitlist_joined(enrollment_id: int) -> dict[str, Any] | None:
    """Where the person stands in line and how it moves; nothing when a seat came free before the mail could leave."""
    words = words_of(enrollment_id, "waiting")
    return words and {**words, "place": ordinal(place_in_line(enrollment_id)), "rule": _rule(**words)}


@writes("waitlist_left")
def waitlist_left(enrollment_id: int) -> dict[str, Any] | None:
    """The confirmation that the person left the line."""
    return words_of(enrollment_id, "given_up")


def with_file(enrollment_id: int, *states: str) -> dict[str, Any] | None:
    """The same as words_of, and the file by which a calendar notes the seat, or that it was given up."""
    words = words_of(enrollment_id, *states)
    if words is None:
        return None
    name = f"{words['experience'].slug}.ics"
    return {**words, "attachments": [Attachment(name, seat_file(enrollment_id), "text/calendar", {"charset": "utf-8"})]}


def words_of(enrollment_id: int, *states: str) -> dict[str, Any] | None:
    """What every mail about a seat needs; nothing when the enrollment is in none of these states any more."""
    enrollment = db.session.get(Enrollment, enrollment_id)
    if enrollment is None or enrollment.state not in states:
        return None
    community = db.session.get_one(Community, enrollment.community_id)
    experience, sessions = enrollment.experience, sessions_of(enrollment.experience_id, enrollment.session_id)
    page = url_for("enrollments.experience", community=community.slug, experience=experience.slug, _external=True)
    return {
        "community": community,
        "zone": community.time_zone,
        "experience": experience,
        "sessions": sessions,
        "ways": {one.id: way_of(one.mode, enrollment.mode) for one in sessions},
        "is_team": enrollment.team_id is not None,
        "name": enrollment.account.name,
        "url": page,
        "my_url": url_for("enrollments.my", _external=True),
    }


def _rule(experience: Experience, sessions: Sequence[Session], zone: str, is_team: bool, **words: Any) -> str:
    starts_at = sessions[0].starts_at
    return line_words(experience, phase(experience, clock.now(), starts_at), starts_at, zone, is_team=is_team)
