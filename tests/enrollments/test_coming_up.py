"""What a lead is offered to enroll in is what may be asked for: the select is held to the rule of registration."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from portal.agenda.models import Experience
from portal.agenda.rules import registration_state
from portal.communities.models import Community
from portal.core.db import transaction
from portal.enrollments.lead_queries import coming_up
from tests.enrollments.builders import a_district, an_experience

NOW = datetime(2026, 10, 15, 16, tzinfo=UTC)
BEFORE, LATER = NOW - timedelta(days=1), NOW + timedelta(days=1)
WEEK = timedelta(weeks=1)
REGISTRATION: dict[str, dict[str, Any]] = {
    "open": {},
    "draft": {"is_published": False},
    "opens later": {"opens_at": LATER},
    "opens now": {"opens_at": NOW},
    "has opened": {"opens_at": BEFORE, "closes_at": LATER},
    "closes now": {"closes_at": NOW},
    "has closed": {"closes_at": BEFORE},
    "cancelled": {"cancelled_at": BEFORE},
}
DATES = {  # the starts of its sessions, and which of them are cancelled
    "all to come": ([NOW + WEEK, NOW + 2 * WEEK], set()),
    "one has begun": ([NOW - WEEK, NOW + WEEK], set()),
    "one begins now": ([NOW, NOW + WEEK], set()),
    "all over": ([NOW - 2 * WEEK, NOW - WEEK], set()),
    "what has begun was cancelled": ([NOW - WEEK, NOW + WEEK], {0}),
    "what was to come is cancelled": ([NOW - WEEK, NOW + WEEK], {1}),
    "all cancelled": ([NOW + WEEK, NOW + 2 * WEEK], {0, 1}),
}
# On which of these dates something is offered at all, where sign-up is open.
OFFERED = {
    "whole": {"all to come", "what has begun was cancelled"},
    "session": {"all to come", "one has begun", "one begins now", "what has begun was cancelled"},
}
JOINED = {"whole": "series", "session": "space"}


@pytest.mark.parametrize("joined_by", JOINED)
@pytest.mark.parametrize("dates", DATES)
@pytest.mark.usefixtures("in_october")
def test_what_a_lead_may_enroll_in_is_what_registration_says(community: Community, joined_by: str, dates: str) -> None:
    district = a_district(community)
    starts, cancelled = DATES[dates]
    made = {
        name: an_experience(community, kind=JOINED[joined_by], joined_by=joined_by, starts=starts, **fields)
        for name, fields in REGISTRATION.items()
    }
    with transaction():
        for one, number in product(made.values(), cancelled):
            one.sessions[number].cancelled_at = BEFORE
    listed = {row.slug for row in coming_up(community.id, district.id, NOW)}
    assert {name: one.slug in listed for name, one in made.items()} == {
        name: is_open(one) for name, one in made.items()
    }
    assert bool(listed) == (dates in OFFERED[joined_by])


def is_open(experience: Experience) -> bool:
    """Whether the rule says so: of the whole by its first date, of single meetings where it does for any of them."""
    if experience.published_at is None:
        return False
    held = [one.starts_at for one in experience.sessions if one.cancelled_at is None]
    asked = held if experience.joined_by == "session" else held[:1]
    return any(registration_state(experience, NOW, starts_at) == "open" for starts_at in asked)
