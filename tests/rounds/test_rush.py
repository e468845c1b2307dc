"""Two people at one instant: one letter leaves, and a short name is given once. Each with the lock taken out, too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import History
from portal.rounds.building import write_letter
from portal.rounds.drafting import Typed
from portal.rounds.models import Invitation, Round
from portal.rounds.operations import create_round, send_invitation, send_invitations
from tests.accounts.builders import a_person
from tests.cohorts.rush import meet_at, no_lock
from tests.rounds.builders import OPEN, a_draft, a_round, an_invitation, fields

Rush = Callable[..., list[Any]]
OPERATIONS, BUILDING = "portal.rounds.operations", "portal.rounds.building"


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


def test_of_two_who_send_the_same_list_one_is_told_that_letters_left(
    number: int, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, OPERATIONS, "check_move")
    by = a_person("coordinator@example.org").id

    def press(_: int) -> int:
        return send_invitations([db.session.get_one(Invitation, number)], by=db.session.get_one(Account, by))

    assert sorted(two_at_once(press)) == [0, 1]


def kinds(answers: list[Any]) -> list[str]:
    """Of two answers, which was a refusal with a sentence, an error of the database, or what was asked for."""
    names = {RuleBroken: "refused", IntegrityError: "error"}
    return sorted(next((name for kind, name in names.items() if isinstance(one, kind)), "done") for one in answers)


def two_rounds_of_one_name(two_at_once: Rush) -> list[str]:
    """What two are answered who draft a round under the same short name."""
    number = create_community(slug="eclc", name="Example", kind="district_network").id
    answers = two_at_once(lambda _: create_round(db.session.get_one(Community, number), fields=fields()).slug)
    return kinds(answers)


def two_renamed_alike(two_at_once: Rush) -> list[str]:
    """What two are answered who give two drafts the same short name."""
    community = create_community(slug="eclc", name="Example", kind="district_network")
    numbers = [a_draft(community, slug=slug).id for slug in ("one", "other")]
    by = a_person("coordinator@example.org").id

    def rename(n: int) -> str:
        round = db.session.get_one(Round, numbers[n])
        values = Typed({"slug": "same", "letter_text": round.letter_text})
        write_letter(round, values, by=db.session.get_one(Account, by))
        return round.slug

    return kinds(two_at_once(rename))


def test_two_drafts_do_not_get_the_same_short_name(
    app: Flask, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, BUILDING, "find_round_by_slug")
    assert two_renamed_alike(two_at_once) == ["done", "refused"]


def test_without_the_lock_both_drafts_ask_the_database_for_it(
    app: Flask, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, BUILDING, "find_round_by_slug", seconds=10)
    with no_lock(monkeypatch, BUILDING):
        assert two_renamed_alike(two_at_once) == ["done", "error"]


def test_a_short_name_is_given_once_and_the_second_is_told(
    app: Flask, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, OPERATIONS, "find_round_by_slug")
    assert two_rounds_of_one_name(two_at_once) == ["done", "refused"]


def test_without_the_lock_the_second_gets_an_error_of_the_database(
    app: Flask, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, OPERATIONS, "find_round_by_slug", seconds=10)
    with no_lock(monkeypatch, OPERATIONS):
        assert two_rounds_of_one_name(two_at_once) == ["done", "error"]
