"""Two of the staff at one instant: a short name is given once, and something is published once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.agenda.building import change_seats, draft_experience
from portal.agenda.models import Experience
from portal.agenda.sessions import add_sessions
from portal.communities.models import Community
from portal.core.db import db, number_of
from portal.core.errors import RuleBroken
from tests.agenda.builders import HOUR, a_draft, typed
from tests.cohorts.rush import meet_at, meet_between, no_lock
from tests.enrollments.builders import FALL

BUILDING, SESSIONS = "portal.agenda.building", "portal.agenda.sessions"
Rush = Callable[..., list[Any]]


pytestmark = pytest.mark.usefixtures("summer")


def two_drafts(two_at_once: Rush, community: Community, by: Account) -> list[Any]:
    """The answers to two presses that begin an experience with one short name."""
    place, who = number_of(community), number_of(by)

    def begin(n: int) -> str:
        where, doer = db.session.get_one(Community, place), db.session.get_one(Account, who)
        draft_experience(where, kind="series", title=f"Mine {n}", slug="mine", by=doer)
        return "begun"

    return two_at_once(begin)


def test_a_short_name_is_given_once(
    app: Flask, community: Community, by: Account, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, BUILDING, "check_slug")
    answers = two_drafts(two_at_once, community, by)
    assert sorted(str(type(found).__name__) for found in answers) == ["Unfit", "str"]
    assert db.session.query(Experience).count() == 1


def test_without_the_lock_the_second_press_meets_an_error(
    app: Flask, community: Community, by: Account, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, BUILDING, "check_slug", seconds=10)
    with no_lock(monkeypatch, BUILDING):
        answers = two_drafts(two_at_once, community, by)
    assert not any(isinstance(found, RuleBroken) for found in answers)
    assert any(isinstance(found, Exception) for found in answers)


def seats_and_dates(two_at_once: Rush, community: Community, by: Account) -> set[int]:
    """One changes the number of seats while another adds a date; gives the seats of every pool there is then."""
    number, who = number_of(a_draft(community, by, capacity=10)), number_of(by)

    def press(n: int) -> None:
        made, doer = db.session.get_one(Experience, number), db.session.get_one(Account, who)
        if n:
            add_sessions(made, [{"starts_at": FALL, "ends_at": FALL + HOUR}], by=doer)
        else:
            change_seats(made, typed(capacity=20), by=doer)

    assert two_at_once(press) == [None, None]
    made = db.session.get_one(Experience, number)
    return {pool.capacity for session in made.sessions for pool in session.pools} | {made.capacity}


def test_a_date_that_is_added_while_seats_change_has_the_new_number(
    app: Flask, community: Community, by: Account, two_at_once: Rush
) -> None:
    assert seats_and_dates(two_at_once, community, by) == {20}


def test_without_the_locks_it_has_the_old_one(
    app: Flask, community: Community, by: Account, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_between(monkeypatch, (SESSIONS, "pools_for"), (BUILDING, "settled"))
    monkeypatch.setattr(f"{SESSIONS}.lock", lambda row: row)
    with no_lock(monkeypatch, BUILDING), pytest.raises(AssertionError):
        assert seats_and_dates(two_at_once, community, by) == {20}
