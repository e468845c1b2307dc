"""Finding what a calendar shows: the sessions of a community, of one experience, of one seat, of one person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Row, Select, and_, bindparam, func, or_, select

from portal.agenda.models import Experience, Faculty, Session, leads
from portal.agenda.planning_models import SessionChange
from portal.communities.models import Community
from portal.core import tokens
from portal.core.db import db, look_up
from portal.core.history import History

from .attending_models import CalendarFeed
from .models import Enrollment

PURPOSE = "calendar"
PAST = timedelta(days=366)
GONE = timedelta(days=90)  # so long what is cancelled or given up stays in a calendar, as cancelled
CHANGED = (
    select(func.max(SessionChange.at))
    .where(SessionChange.session_id == Session.id)
    .correlate(Session)
    .scalar_subquery()
)
TOLD = (
    select(func.max(History.at))
    .where(History.subject_table == Experience.__tablename__, History.subject_id == Experience.id)
    .correlate(Experience)
    .scalar_subquery()
)
SHOWN = (
    Session.id.label("session_id"), Session.starts_at, Session.ends_at, Session.mode, Session.label, Session.sequence,
    Session.place.label("own_place"), Session.time_zone.label("own_zone"), Session.cancelled_at.label("off_at"),
    Experience.id.label("experience_id"), Experience.slug, Experience.title, Experience.summary, Experience.place,
    Experience.is_private, Experience.joined_by, Experience.published_at, Experience.cancelled_at,
    Community.slug.label("community"), Community.name.label("community_name"), Community.time_zone.label("zone"),
    CHANGED.label("changed_at"), TOLD.label("told_at"),
)  # fmt: skip
OWN = (
    Enrollment.sequence.label("own_sequence"), Enrollment.state, Enrollment.mode.label("own_mode"),
    Enrollment.asked_at, Enrollment.seated_at, Enrollment.given_up_at,
)  # fmt: skip
Entry = Row[Any]


RECENT = (
    Session.ends_at > bindparam("past"),
    or_(Session.cancelled_at.is_(None), Session.cancelled_at > bindparam("gone")),
)
HAD_A_SEAT = and_(Enrollment.state == "given_up", Enrollment.seated_at.is_not(None))
# Built once: the page of whoever has just taken a seat asks for it too, and putting it together cost more than asking.
SESSIONS: Select[Any] = (
    select(*cast("Any", SHOWN))
    .join(Experience, Experience.id == Session.experience_id)
    .join(Community, Community.id == Experience.community_id)
    .where(Experience.published_at.is_not(None))
    .order_by(Session.starts_at, Session.id)
)
SEATS = (
    SESSIONS.add_columns(*OWN)
    .join(
        Enrollment,
        and_(
            Enrollment.experience_id == Experience.id,
            func.coalesce(Enrollment.session_id, Session.id) == Session.id,
        ),
    )
    .order_by(Enrollment.id)
)
OF_COMMUNITY = SESSIONS.where(Experience.community_id == bindparam("community_id"), *RECENT)
OF_EXPERIENCE = SESSIONS.where(Experience.id == bindparam("experience_id"), *RECENT)
OF_SEAT = SEATS.where(Enrollment.id == bindparam("enrollment_id"))
OWN_SEATS = SEATS.where(
    Enrollment.experience_id == bindparam("experience_id"), Enrollment.account_id == bindparam("account_id"),
    Enrollment.state == "seated",
)  # fmt: skip
OF_PERSON = SEATS.where(Enrollment.account_id == bindparam("account_id"), *RECENT).where(
    or_(Enrollment.state == "seated", and_(HAD_A_SEAT, Enrollment.given_up_at > bindparam("gone")))
)

# Whoever had a seat knows the session by that seat's number: as its leader they get a later one, never an earlier.
AFTER_SEAT = (
    select(func.max(Enrollment.sequence) + 1)
    .where(Enrollment.experience_id == Experience.id, Enrollment.account_id == bindparam("account_id"))
    .where(func.coalesce(Enrollment.session_id, Session.id) == Session.id)
    .correlate(Experience, Session)
    .scalar_subquery()
)
LED_BY = (
    SESSIONS.add_columns(func.coalesce(AFTER_SEAT, 0).label("own_sequence"))
    .where(*RECENT)
    .where(
        or_(
            Experience.facilitator_id == bindparam("account_id"),
            Experience.id.in_(
                select(leads.c.experience_id)
                .join(Faculty, Faculty.id == leads.c.faculty_id)
                .where(Faculty.account_id == bindparam("account_id"))
            ),
        )
    )
)


def community_entries(community_id: int, now: datetime) -> list[Entry]:
    """The sessions of everything published, a year back; what was cancelled for 90 days as cancelled."""
    return list(look_up(OF_COMMUNITY, {"community_id": community_id, **_since(now)}))


def experience_entries(experience_id: int, now: datetime) -> list[Entry]:
    """The sessions of one published experience."""
    return list(look_up(OF_EXPERIENCE, {"experience_id": experience_id, **_since(now)}))


def seat_entries(enrollment_id: int) -> list[Entry]:
    """The sessions of one enrollment, whatever has become of it."""
    return list(look_up(OF_SEAT, {"enrollment_id": enrollment_id}))


def own_entries(experience_id: int, account_id: int) -> list[Entry]:
    """The sessions of all the person's seats in one experience."""
    return list(look_up(OWN_SEATS, {"experience_id": experience_id, "account_id": account_id}))


def person_entries(account_id: int, now: datetime) -> list[Entry]:
    """The sessions of all the person's seats in every community, and for 90 days of those that were given up."""
    return list(look_up(OF_PERSON, {"account_id": account_id, **_since(now)}))


def led_entries(account_id: int, now: datetime) -> list[Entry]:
    """The sessions of everything that the person leads, in every community."""
    return list(look_up(LED_BY, {"account_id": account_id, **_since(now)}))


def feed_of(account_id: int) -> CalendarFeed | None:
    """The private calendar of this person, if they made one."""
    return db.session.scalar(select(CalendarFeed).where(CalendarFeed.account_id == account_id))


def feed_behind(token: str) -> CalendarFeed | None:
    """The private calendar to which the address with this token leads; none of a closed account."""
    feed = tokens.find(CalendarFeed, PURPOSE, token)
    return feed if feed is not None and feed.account.disabled_at is None else None


def _since(now: datetime) -> dict[str, datetime]:
    return {"past": now - PAST, "gone": now - GONE}
