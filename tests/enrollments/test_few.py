"""Too few people: staff hear of it while there is still time, once, and not of what has enough."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from portal.accounts.operations import grant_permission
from portal.communities.models import Community
from portal.core.history import history_of
from portal.enrollments.changing import cancel_experience, move_session
from portal.enrollments.few import warn_of_too_few
from tests.enrollments.builders import FALL, a_community, a_person, an_experience, people, seat, told
from tests.postbox import Mail

At = Callable[[str], datetime]
CLOSES = datetime(2026, 10, 20, 21, tzinfo=UTC)  # October 20, 5 PM in New York
STAFF = "coordinator@example.org"


@pytest.fixture
def community(app: Flask, at: At) -> Community:
    at("2026-10-01 09:00")
    found = a_community()
    grant_permission(found, email=STAFF, name="Coordinator", kind="staff")
    return found


def test_staff_and_whoever_leads_it_are_told_three_days_before_sign_up_ends(
    community: Community, at: At, mailbox: Callable[[], list[Mail]]
) -> None:
    leader = a_person()
    experience = an_experience(community, min_to_run=3, capacity=9, closes_at=CLOSES, facilitator_id=leader.id)
    seat(experience, *people(community, 2))
    mailbox()
    at("2026-10-17 16:59")
    assert warn_of_too_few() == 0
    at("2026-10-17 17:00")
    assert [warn_of_too_few(), warn_of_too_few()] == [1, 0]
    assert told("too_few_people") == [STAFF, leader.email]
    assert history_of(experience)[-1].data == {"seated": 2, "needed": 3}
    [mail, _] = mailbox()
    assert "needs 3\u00a0people to run. So far 2 have a seat. Sign-up ends on Tue, Oct\u00a020, 2026" in mail.text


def test_without_an_end_of_sign_up_the_start_counts(community: Community, at: At) -> None:
    an_experience(community, min_to_run=3)
    at("2026-10-31 09:31")  # the clocks change in between
    assert warn_of_too_few() == 1


@pytest.mark.parametrize(
    "fields", [{"min_to_run": 2}, {"min_to_run": None}, {"is_published": False}, {"joined_by": "session"}]
)
def test_what_has_enough_or_needs_nobody_is_not_told(community: Community, at: At, fields: dict[str, Any]) -> None:
    experience = an_experience(community, **{"min_to_run": 3, "capacity": 9, "closes_at": CLOSES, **fields})
    if fields.get("min_to_run"):
        seat(experience, *people(community, 2))
    at("2026-10-18 09:00")
    assert (warn_of_too_few(), told("too_few_people")) == (0, [])


def test_nobody_is_told_of_what_is_cancelled_or_over(community: Community, at: At) -> None:
    gone, over = (an_experience(community, min_to_run=3, closes_at=CLOSES) for _ in range(2))
    cancel_experience(gone, reason="Snow.", by=a_person())
    at("2026-10-20 17:00")
    assert (warn_of_too_few(), told("too_few_people"), over.cancelled_at) == (0, [], None)


def test_the_mail_is_dropped_when_enough_came_meanwhile(
    community: Community, at: At, mailbox: Callable[[], list[Mail]]
) -> None:
    experience = an_experience(community, min_to_run=1, closes_at=CLOSES)
    at("2026-10-18 09:00")
    warn_of_too_few()
    seat(experience, *people(community, 1))
    assert [mail for mail in mailbox() if mail.to == STAFF] == []


def test_of_a_date_that_moved_away_staff_hear_again_when_it_comes_near(community: Community, at: At) -> None:
    experience, by = an_experience(community, min_to_run=3), a_person()
    at("2026-11-01 09:00")
    warn_of_too_few()
    later = FALL + timedelta(days=30)
    move_session(experience.sessions[0], later, later + timedelta(hours=6), reason="Snow.", by=by)
    assert warn_of_too_few() == 0
    at("2026-12-01 09:00")
    assert (warn_of_too_few(), told("too_few_people")) == (1, [STAFF, STAFF])
