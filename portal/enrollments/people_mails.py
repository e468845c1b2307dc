"""Mails about seats that somebody else got, answered or took back, and to leads about what waits for them."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.core.history import history_of
from portal.core.mail import writes
from portal.districts.models import District

from .hold_rules import is_kept
from .mails import with_file, words_of
from .models import Enrollment, SeatHold
from .people_rules import how_words
from .queries import place_in_line, sessions_of
from .rules import ordinal


@writes("seat_for_you")
def seat_for_you(enrollment_id: int, how: str) -> dict[str, Any] | None:
    """A seat that somebody else got for the person; nothing when it is gone before the mail could leave."""
    return _words(enrollment_id, how, "seated")


@writes("line_for_you")
def line_for_you(enrollment_id: int, how: str) -> dict[str, Any] | None:
    """A place in line that somebody else got for the person, or the answer of a lead."""
    words = _words(enrollment_id, how, "waiting")
    return words and {**words, "place": ordinal(place_in_line(enrollment_id))}


@writes("seat_ended")
def seat_ended(enrollment_id: int, how: str) -> dict[str, Any] | None:
    """That somebody else gave the person's seat away, took it back, or said no."""
    return _words(enrollment_id, how, "given_up", "refused")


@writes("approval_asked")
def approval_asked(enrollment_id: int, account_id: int) -> dict[str, Any] | None:
    """To a lead: a colleague asks for a seat; nothing when that is answered already."""
    enrollment = db.session.get(Enrollment, enrollment_id)
    if enrollment is None or enrollment.state != "pending":
        return None
    return _to_lead(enrollment.community_id, enrollment.district_id, account_id, enrollment=enrollment)


@writes("approval_asked_staff")
def approval_asked_staff(enrollment_id: int) -> dict[str, Any] | None:
    """To staff: somebody asks for a seat whose district has no lead; nothing when that is answered already."""
    enrollment = db.session.get(Enrollment, enrollment_id)
    if enrollment is None or enrollment.state != "pending":
        return None
    community = db.session.get_one(Community, enrollment.community_id)
    district = db.session.get(District, enrollment.district_id) if enrollment.district_id else None
    where: dict[str, Any] = {"community": community.slug, "experience": enrollment.experience.slug, "show": "asked"}
    return {
        "community": community, "zone": community.time_zone, "district": district.label if district else "",
        "enrollment": enrollment, "experience": enrollment.experience,
        "sessions": sessions_of(enrollment.experience_id, enrollment.session_id),
        "url": url_for("enrollments.roster", _external=True, **where),
    }  # fmt: skip


@writes("hold_ending")
def hold_ending(hold_id: int, account_id: int) -> dict[str, Any] | None:
    """To a lead: seats that are kept end soon; nothing when they have names or are given back already."""
    hold = db.session.get(SeatHold, hold_id)
    if hold is None or not is_kept(hold, clock.now()) or not hold.remaining:
        return None
    return _to_lead(hold.community_id, hold.district_id, account_id, hold=hold)


@writes("leaver_seat")
def leaver_seat(enrollment_id: int, account_id: int) -> dict[str, Any] | None:
    """To a lead: somebody with a seat leaves before the day; nothing when the seat is gone already."""
    enrollment = db.session.get(Enrollment, enrollment_id)
    if enrollment is None or enrollment.state in ("given_up", "refused"):
        return None
    return _to_lead(enrollment.community_id, enrollment.district_id, account_id, enrollment=enrollment)


def _words(enrollment_id: int, how: str, *states: str) -> dict[str, Any] | None:
    """What the mail needs, with the calendar file where the person has a seat, or had one."""
    words = words_of(enrollment_id, *states)
    if words is None:
        return None
    enrollment = db.session.get_one(Enrollment, enrollment_id)
    row = next((row for row in reversed(history_of(enrollment)) if row.verb == how), None)
    sentence = how_words(how, row.by_name if row else "", row.data if row else {})
    contact = url_for("rounds.contact", community=words["community"].slug, _external=True)
    file = with_file(enrollment_id, *states) if enrollment.seated_at is not None else None
    return {**(file or words), "how": how, "sentence": sentence, "contact_url": contact}


def _to_lead(community_id: int, district_id: int | None, account_id: int, **more: Any) -> dict[str, Any]:
    community = db.session.get_one(Community, community_id)
    district = db.session.get(District, district_id) if district_id else None
    about: Enrollment | SeatHold = more.get("enrollment") or more["hold"]
    return {
        "community": community, "zone": community.time_zone, "district": district.label if district else "",
        "name": db.session.get_one(Account, account_id).name, "experience": about.experience,
        "sessions": sessions_of(about.experience_id, about.session_id),
        "url": url_for("enrollments.district_seats", community=community.slug, district=district_id, _external=True),
        **more,
    }  # fmt: skip
