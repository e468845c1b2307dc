"""Two people at one instant: one letter leaves, and the limit of writers holds. Each with the lock taken out, too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from portal.communities.operations import create_community
from portal.core.db import db
from portal.core.history import History
from portal.rounds.models import Invitation
from portal.rounds.operations import send_invitation
from tests.cohorts.rush import meet_at, no_lock
from tests.rounds.builders import OPEN, a_round, an_invitation

Rush = Callable[..., list[Any]]
OPERATIONS = "portal.rounds.operations"


@pytest.fixture
def number(app: Flask, at: Callable[[str], datetime]) -> int:
    """The number of a letter that is ready and has not left."""
    at(OPEN)
    return an_invitation(a_round(create_community(slug="eclc", name="Example", kind="district_network"))).id


def two_presses_on_send(number: int, two_at_once: Rush) -> tuple[list[Any], int]:
    """What the two were answered, and how often the letter was sent."""
    answers = two_at_once(lambda _: send_invitation(db.session.get_one(Invitation, number)))
    db.session.rollback()
    return answers, db.session.query(History).filter_by(subject_table="invitations", verb="send").count()


def test_two_presses_on_send_send_once(number: int, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    meet_at(monkeypatch, OPERATIONS, "check_move")
    assert two_presses_on_send(number, two_at_once) == ([None, None], 1)


def test_without_the_lock_the_letter_is_sent_twice(
    number: int, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, OPERATIONS, "check_move", seconds=10)
    with no_lock(monkeypatch, OPERATIONS):
        _, sent = two_presses_on_send(number, two_at_once)
    assert sent == 2
