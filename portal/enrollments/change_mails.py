"""What the worker needs to write the mails about changed dates."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy import select

from portal.accounts.models import Account
from portal.agenda.models import Session
from portal.agenda.planning_models import SessionChange
from portal.communities.models import Community
from portal.core.db import db
from portal.core.mail import Attachment, writes
from portal.core.tokens import token_of

from .attending_models import Confirmation
from .calendars import experience_file, seat_file
from .change_queries import CONCERNED, PURPOSE, change_unheard_of, is_newest
from .change_rules import STANDING, what_is_new
from .joining_rules import way_of
from .models import Enrollment

CHARSET = {"charset": "utf-8"}


@writes("session_moved")
def session_moved(change_id: int, enrollment_id: int) -> dict[str, Any] | None:
    """The new date, and the question whether it suits, if there is one; nothing once it changed again."""
    return _changed(change_id, enrollment_id)


@writes("session_online")
def session_online(change_id: int, enrollment_id: int) -> dict[str, Any] | None:
    """That a session is held online; nothing once it changed again, or is back in the room."""
    words = _changed(change_id, enrollment_id)
    return words if words is not None and words["session"].mode == "online" else None


@writes("session_cancelled")
def session_cancelled(change_id: int, enrollment_id: int) -> dict[str, Any] | None:
    """That one session is not held; nothing once all of it is called off, which is told by another mail."""
    words = _changed(change_id, enrollment_id)
    return None if words is None or words["experience"].cancelled_at else words


@writes("experience_cancelled")
def experience_cancelled(enrollment_id: int) -> dict[str, Any] | None:
    """That all of it is called off."""
    enrollment = db.session.get(Enrollment, enrollment_id)
    if enrollment is None:
        return None
    # One mail for each person: with the sessions of every seat they have in it.
    file = experience_file(enrollment.experience_id, enrollment.account_id)
    return {**_about(enrollment), **_attached(enrollment, file)}


@writes("change_noted")
def change_noted(change_id: int, account_id: int) -> dict[str, Any] | None:
    """The same for whoever leads it, or keeps seats in it; nothing once it changed again."""
    change = db.session.get(SessionChange, change_id)
    if change is None or not is_newest(change):
        return None
    if change.kind == "online" and change.session.mode != "online":
        return None
    experience = change.session.experience
    community = db.session.get_one(Community, experience.community_id)
    page = url_for("enrollments.experience", community=community.slug, experience=experience.slug, _external=True)
    return {
        "community": community, "zone": community.time_zone, "experience": experience, "session": change.session,
        "change": change, "name": db.session.get_one(Account, account_id).name, "url": page,
        "what": what_is_new(change, change.session),
    }  # fmt: skip


def _changed(change_id: int, enrollment_id: int) -> dict[str, Any] | None:
    change = db.session.get(SessionChange, change_id)
    enrollment = db.session.get(Enrollment, enrollment_id)
    if change is None or enrollment is None or enrollment.state not in CONCERNED:
        return None
    if not is_newest(change):  # the mail about the newer date tells how it stands
        return None
    asked, known = _question(change, enrollment), change_unheard_of(change, enrollment.id)
    if asked is None and _is_back(known, change.session):
        return None
    return {
        **_about(enrollment), **_file(enrollment), "session": change.session, "change": change, "asked": asked,
        "known": known, "what": what_is_new(known, change.session), "way": way_of(change.session.mode, enrollment.mode),
    }  # fmt: skip


def _is_back(known: SessionChange, session: Session) -> bool:
    """Moved there and back, before this person heard of it."""
    before = known.old_starts_at, known.old_ends_at, known.old_mode, known.old_place
    return session.cancelled_at is None and before == (session.starts_at, session.ends_at, session.mode, session.place)


def _file(enrollment: Enrollment) -> dict[str, Any]:
    """The file by which the calendar of somebody with a seat notes what changed."""
    if enrollment.state != "seated":
        return {}
    return _attached(enrollment, seat_file(enrollment.id))


def _attached(enrollment: Enrollment, file: bytes | None) -> dict[str, Any]:
    if file is None:
        return {}
    return {"attachments": [Attachment(f"{enrollment.experience.slug}.ics", file, "text/calendar", CHARSET)]}


def _about(enrollment: Enrollment) -> dict[str, Any]:
    community = db.session.get_one(Community, enrollment.community_id)
    page = url_for(
        "enrollments.experience", community=community.slug, experience=enrollment.experience.slug, _external=True
    )
    return {
        "community": community, "zone": community.time_zone, "experience": enrollment.experience,
        "name": enrollment.account.name, "url": page, "standing": STANDING[enrollment.state],
        "agenda_url": url_for("enrollments.agenda", community=community.slug, _external=True),
        "is_seated": enrollment.state == "seated",
    }  # fmt: skip


def _question(change: SessionChange, enrollment: Enrollment) -> dict[str, Any] | None:
    chosen = select(Confirmation).where(
        Confirmation.change_id == change.id, Confirmation.enrollment_id == enrollment.id, Confirmation.answer.is_(None)
    )
    asked = db.session.scalar(chosen)
    if asked is None:
        return None
    community = db.session.get_one(Community, enrollment.community_id)
    token = token_of(asked, PURPOSE)
    link = url_for("enrollments.changed_date", community=community.slug, token=token, _external=True)
    return {"why": asked.why, "until": asked.until, "url": link}
