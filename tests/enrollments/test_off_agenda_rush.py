"""Somebody takes a seat at the instant at which staff take the experience off the agenda: nobody sits in a draft."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import Account
from portal.agenda.building import take_off_agenda
from portal.agenda.models import Experience
from portal.communities.models import Community
from portal.core.db import db, number_of
from portal.core.errors import RuleBroken
from portal.enrollments.models import Enrollment
from portal.enrollments.operations import take_seat
from tests.cohorts.rush import meet_between, no_lock
from tests.enrollments.builders import an_experience, people

BUILDING, ASKING = "portal.agenda.building", "portal.enrollments.running_out"
Rush = Callable[..., list[Any]]

pytestmark = pytest.mark.usefixtures("in_october")


def both(two_at_once: Rush, community: Community) -> tuple[list[Any], bool, int]:
    """What both presses were answered, whether it is on the agenda then, and how many people have a seat."""
    staff, person = (number_of(one) for one in people(community, 2))
    number = number_of(an_experience(community))

    def press(n: int) -> None:
        made = db.session.get_one(Experience, number)
        if n:
            who = db.session.get_one(Account, person)
            take_seat(made, who, by=who)
        else:
            take_off_agenda(made, by=db.session.get_one(Account, staff))

    answers = two_at_once(press)
    db.session.rollback()
    seated = db.session.scalars(select(Enrollment).where(Enrollment.state == "seated")).all()
    return answers, db.session.get_one(Experience, number).published_at is not None, len(seated)


def test_one_of_the_two_is_refused(community: Community, two_at_once: Rush) -> None:
    answers, is_on, seated = both(two_at_once, community)
    assert [isinstance(found, RuleBroken) for found in answers].count(True) == 1
    assert (is_on, seated) in {(True, 1), (False, 0)}


def test_without_the_lock_somebody_sits_in_a_draft(
    community: Community, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_between(monkeypatch, (BUILDING, "why_on_agenda"), (ASKING, "wish_of"))
    monkeypatch.setattr(f"{ASKING}.lock", lambda row: row)
    with no_lock(monkeypatch, BUILDING):
        answers, is_on, seated = both(two_at_once, community)
    assert (answers, is_on, seated) == ([None, None], False, 1)
