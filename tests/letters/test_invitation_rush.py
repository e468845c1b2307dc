"""Two people at one instant: the limit of writers holds, one link is mailed, and without the locks it is not so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from portal.accounts.operations import find_or_open_account
from portal.communities.operations import create_community
from portal.core.db import db
from portal.core.outbox import Outgoing
from portal.districts.models import DistrictPermission
from portal.letters.invitations import answer_interested, send_new_link
from portal.letters.models import Letter
from portal.rounds.models import Invitation
from tests.cohorts.rush import meet_at, meet_before, no_lock
from tests.rounds.builders import OPEN, a_round, a_sent_invitation

Rush = Callable[..., list[Any]]
INVITATIONS = "portal.letters.invitations"
NEXT_DAY = "2026-10-21 09:00"


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
    meet_at(monkeypatch, INVITATIONS, "_check_writer", seconds=10)  # the last look: from here on nobody is refused
    with no_lock(monkeypatch, INVITATIONS):
        answers = two_people_press(two_at_once)
    assert answers != ["RuleBroken", "str"]


def started_yesterday(at: Callable[[str], datetime]) -> int:
    """The number of an invitation whose letter was started a day ago, by a link that was mailed then."""
    at(OPEN)
    community = create_community(slug="eclc", name="Example", kind="district_network")
    invitation = a_sent_invitation(a_round(community))
    answer_interested(invitation, name="Writer", email="writer@example.org")
    at(NEXT_DAY)
    return int(invitation.id)


def links_of_two_presses(number: int, two_at_once: Rush) -> int:
    """Two presses on “Have a new link mailed” for this invitation; how many links were mailed by them."""
    assert two_at_once(lambda _: send_new_link(db.session.get_one(Invitation, number))) == [None, None]
    db.session.rollback()
    return db.session.query(Outgoing).filter_by(template="sign_in_link").count() - 1


def test_two_presses_mail_one_link_that_works(
    app: Flask, at: Callable[[str], datetime], two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = started_yesterday(at)
    meet_at(monkeypatch, INVITATIONS, "is_too_often")
    assert links_of_two_presses(number, two_at_once) == 1


def test_without_the_lock_the_second_link_kills_the_first(
    app: Flask, at: Callable[[str], datetime], two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = started_yesterday(at)
    meet_before(monkeypatch, INVITATIONS, "is_too_often")
    with no_lock(monkeypatch, INVITATIONS):
        assert links_of_two_presses(number, two_at_once) == 2
