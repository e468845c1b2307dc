"""Gatherings with few seats in the demo world, for the tests of seats in a browser."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from portal.accounts.models import Account
from portal.accounts.queries import find_account
from portal.agenda.models import Experience
from portal.agenda.operations import create_experience, publish_experience
from portal.agenda.planning_models import ExperienceQuestion
from portal.agenda.queries import find_experience
from portal.communities.models import Community
from portal.communities.queries import find_community
from portal.core import clock
from portal.core.db import db
from portal.enrollments.operations import give_up_seat, take_seat
from portal.enrollments.queries import find_enrollment

FIRST, SECOND, THIRD = (f"teacher-general.{district}@example.org" for district in ("danvers", "gloucester", "beverly"))
HOURS = timedelta(hours=2)


def a_gathering(slug: str, *, days: int = 20, meetings: int = 1, session_mode: str = "", **fields: Any) -> str:
    """A published gathering with one seat, so many days from now; its address."""
    community, first = eclc(), clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=days)
    given = {
        "slug": slug,
        "title": f"The {slug} day",
        "kind": "gathering",
        "mode": "in_person",
        "capacity": 1,
        **fields,
    }
    starts = [first + timedelta(weeks=number) for number in range(meetings)]
    sessions = [{"starts_at": at, "ends_at": at + HOURS, "mode": session_mode} for at in starts]
    publish_experience(create_experience(community, None, given, sessions))
    return f"/eclc/agenda/{slug}"


def ask(slug: str, *questions: dict[str, Any]) -> None:
    """Let the gathering ask these questions."""
    given = {"options": [], "erase_on": (clock.now() + timedelta(days=60)).date(), "experience_id": gathering(slug).id}
    db.session.add_all(ExperienceQuestion(position=n, **{**given, **one}) for n, one in enumerate(questions, 1))
    db.session.commit()


def seat_people(slug: str, emails: Sequence[str], *, mode: str = "", meeting: int | None = None) -> None:
    """Each of them asks for a seat, in this order."""
    experience = gathering(slug)
    session = None if meeting is None else experience.sessions[meeting]
    for email in emails:
        take_seat(experience, person(email), by=person(email), session=session, mode=mode)


def give_up(slug: str, email: str, *, meeting: int | None = None) -> None:
    """This person gives the seat up on the evening before today, when nobody sleeps or teaches."""
    experience = gathering(slug)
    session_id = None if meeting is None else experience.sessions[meeting].id
    mine = find_enrollment(experience.id, session_id, person(email).id)
    assert mine is not None
    with clock.told(last_evening()):
        give_up_seat(mine, by=person(email))


def last_evening() -> datetime:
    """Six in the evening of yesterday, where the community lives."""
    zone = ZoneInfo("America/New_York")
    yesterday = clock.now().astimezone(zone).date() - timedelta(days=1)
    return datetime.combine(yesterday, time(18), zone).astimezone(UTC)


def gathering(slug: str) -> Experience:
    found = find_experience(eclc().id, slug)
    assert found is not None
    return found


def person(email: str) -> Account:
    found = find_account(email)
    assert found is not None, email
    return found


def eclc() -> Community:
    found = find_community("eclc")
    assert found is not None
    return found


def a_space_of_every_state(slug: str) -> str:
    """A space whose meetings stand differently for FIRST: a seat, in line, a seat that is kept, full, free."""
    path = a_gathering(slug, days=3, meetings=5, kind="space", joined_by="session", offer_within_hours=24 * 60,
                       offer_hold_hours=48)  # fmt: skip
    seat_people(slug, [FIRST], meeting=0)
    seat_people(slug, [SECOND, FIRST], meeting=1)
    seat_people(slug, [SECOND, FIRST], meeting=2)
    give_up(slug, SECOND, meeting=2)
    seat_people(slug, [SECOND], meeting=3)
    return path
