"""Two people answer the same letter at one instant: the limit of writers holds, and without the lock it does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from portal.accounts.operations import find_or_open_account
from portal.communities.operations import create_community
from portal.core.db import db
from portal.districts.models import DistrictPermission
from portal.letters.invitations import answer_interested
from portal.letters.models import Letter
from portal.rounds.models import Invitation
from tests.cohorts.rush import meet_at, no_lock
from tests.rounds.builders import OPEN, a_round, a_sent_invitation

Rush = Callable[..., list[Any]]
INVITATIONS = "portal.letters.invitations"


def two_people_press(two_at_once: Rush) -> list[str]:
    """Two people say interested in a round that allows one writer; what each was answered."""
    community = create_community(slug="eclc", name="Example", kind="district_network")
    number = a_sent_invitation(a_round(community, max_co_editors=0)).id
    for person in range(2):
        find_or_open_account(email=f"w{person}@example.org", name=f"Writer {person}")

    def press(person: int) -> str:
        found = db.session.get_one(Invitation, number)
        return answer_interested(found, name=f"Writer {person}", email=f"w{person}@example.org").status

    answers = two_at_once(press)
    db.session.rollback()
    return sorted(type(answer).__name__ for answer in answers)


def test_two_people_at_once_stay_within_the_limit_of_writers(
    app: Flask, at: Callable[[str], datetime], two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(OPEN)
    meet_at(monkeypatch, INVITATIONS, "leads_of")
    assert two_people_press(two_at_once) == ["RuleBroken", "str"]
    assert (db.session.query(Letter).count(), db.session.query(DistrictPermission).count()) == (1, 1)


def test_without_the_lock_there_are_more_writers_than_allowed(
    app: Flask, at: Callable[[str], datetime], two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(OPEN)
    meet_at(monkeypatch, INVITATIONS, "leads_of", seconds=10)
    with no_lock(monkeypatch, INVITATIONS):
        answers = two_people_press(two_at_once)
    assert answers != ["RuleBroken", "str"]
