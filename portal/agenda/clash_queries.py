"""Looking for what stands in the way of dates: one look at the agenda and one at the calendars for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.accounts.models import Account
from portal.core.clock import local
from portal.core.db import db
from portal.districts.queries import members_of

from .clash_rules import Clash, Held, clashes_of
from .models import Experience, Session
from .school_queries import school_days

DAY = timedelta(days=1)


def held_of(experience: Experience, session: Session) -> Held:
    """A session as something that can be in the way, or have something in its way."""
    in_room = session.mode != "online"
    # Faculty and accounts are numbered apart, so that a letter before the number keeps faculty 7 and account 7 two
    # people.
    leaders = {f"f{person.id}" for person in experience.faculty}
    if experience.facilitator_id is not None:
        leaders.add(f"a{experience.facilitator_id}")
    return Held(
        experience.id, session.id, experience.title, experience.slug, session.starts_at, session.ends_at,
        (session.place or experience.place) if in_room else "", frozenset(leaders), experience.reach,
        frozenset(cohort.id for cohort in experience.cohorts),
        None if experience.audience is None else frozenset(experience.audience),
    )  # fmt: skip


def clashes_in(experience: Experience, zone: str) -> dict[int, list[Clash]]:
    """What stands in the way of each of its sessions, by their numbers; those without anything are left out."""
    sessions = [one for one in experience.sessions if one.cancelled_at is None]
    held = [held_of(experience, one) for one in sessions]
    found = clashes_among(experience, held, zone)
    return {one.id: clashes for one, clashes in zip(sessions, found, strict=True) if clashes}


def clashes_at(
    experience: Experience, spans: Sequence[tuple[datetime, datetime]], place: str, zone: str
) -> list[list[Clash]]:
    """The same for dates that are not made yet, in their order; `place` is empty for what is online."""
    # A date that is not made yet has no number, and so is never taken for one of those it is compared with.
    like = held_of(experience, Session(id=None, starts_at=None, ends_at=None, mode="in_person", place=place))
    wanted = [replace(like, starts_at=start, ends_at=end, place=place) for start, end in spans]
    return clashes_among(experience, wanted, zone)


def clashes_among(experience: Experience, wanted: Sequence[Held], zone: str) -> list[list[Clash]]:
    """What stands in the way of each of `wanted`, in their order."""
    if not wanted:
        return []
    first, last = min(one.starts_at for one in wanted), max(one.ends_at for one in wanted)
    # One look for all dates: forty weekly ones would else be eighty questions to the database.
    others = _held_between(experience.community_id, first, last)
    days = school_days(experience.community_id, local(first, zone).date(), local(last, zone).date())
    districts, names = member_names(experience.community_id), _names_of(experience)
    return [clashes_of(one, others, days, districts, names, zone) for one in wanted]


def member_names(community_id: int, on: date | None = None) -> dict[int, str]:
    """The districts that belong to the community, by their numbers, in the order of their names."""
    return {one.district_id: one.district.label for one in members_of(community_id, on)}


def _held_between(community_id: int, first: datetime, last: datetime) -> list[Held]:
    """Every session in that time, of drafts too: two drafts can be in each other's way."""
    chosen = (
        select(Session)
        .join(Session.experience)
        .options(
            joinedload(Session.experience).selectinload(Experience.faculty),
            joinedload(Session.experience).selectinload(Experience.cohorts),
        )
        .where(Experience.community_id == community_id, Experience.cancelled_at.is_(None))
        .where(Session.cancelled_at.is_(None), Session.starts_at < last, Session.ends_at > first)
        .order_by(Session.starts_at, Session.id)
    )
    return [held_of(one.experience, one) for one in db.session.scalars(chosen)]


def _names_of(experience: Experience) -> dict[str, str]:
    """Whoever leads it, in words."""
    # The same keys as in held_of.
    names = {f"f{person.id}": person.title for person in experience.faculty}
    if experience.facilitator_id is not None:
        account = db.session.get(Account, experience.facilitator_id)
        names[f"a{experience.facilitator_id}"] = account.name if account is not None else "The facilitator"
    return names
