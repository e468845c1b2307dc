"""The end of a round: into the archive once every letter that was sent has its decision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.cohorts.operations import release_decision
from portal.communities.models import Community
from portal.communities.queries import public_version
from portal.core import clock
from portal.core.audit import Audit
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.reviews.archiving import archive_round, undecided
from portal.reviews.moving import extend
from portal.reviews.operations import prepare_decision
from portal.rounds.models import Round
from tests.cohorts.builders import (
    DECIDING,
    a_closing_round,
    a_community,
    a_district,
    a_led_letter,
    a_letter,
    a_staff_member,
)

At = Callable[[str], Any]
SignIn = Callable[[FlaskClient, Account], FlaskClient]


@pytest.fixture
def community(app: Flask, at: At) -> Community:
    at(DECIDING)
    return a_community()


@pytest.fixture
def round(community: Community) -> Round:
    return a_closing_round(community)


@pytest.fixture
def staff(community: Community) -> Account:
    return a_staff_member(community)


def test_a_round_without_letters_goes_into_the_archive(community: Community, round: Round, staff: Account) -> None:
    seen = public_version(community.slug)
    archive_round(round, by=staff)
    assert (round.archived_at is not None, history_of(round)[-1].verb) == (True, "archive")
    assert public_version(community.slug) == seen + 1
    with pytest.raises(RuleBroken, match="once it has closed"):
        archive_round(round, by=staff)


def test_a_letter_without_a_decision_keeps_its_round_open(round: Round, staff: Account) -> None:
    letter = a_led_letter(round)
    prepare_decision(letter, "decline", "", staff)
    with pytest.raises(RuleBroken, match="Send the decisions first"):
        archive_round(round, by=staff)
    assert (round.archived_at, undecided(round)) == (None, 1)
    release_decision(letter, staff)
    archive_round(round, by=staff)
    assert round.archived_at is not None


def test_drafts_that_were_never_sent_do_not_hold_it_up(round: Round, staff: Account) -> None:
    a_letter(round, a_district("Cove"), status="draft")
    assert undecided(round) == 0


@pytest.mark.parametrize("status", ["draft", "endorsing", "returned"])
def test_a_letter_that_its_district_changes_still_waits_for_its_decision(
    round: Round, staff: Account, status: str
) -> None:
    letter = a_led_letter(round)
    letter.status = status
    db.session.commit()
    with pytest.raises(RuleBroken, match="Send the decisions first"):
        archive_round(round, by=staff)
    assert (round.archived_at, undecided(round)) == (None, 1)


def test_time_that_was_given_to_one_district_is_waited_for(round: Round, staff: Account, at: At) -> None:
    letter = a_letter(round, a_district("Cove"), status="draft")
    extend(round, letter.district, clock.now() + timedelta(days=2), "Snow.", by=staff)
    assert undecided(round) == 1
    with clock.told(clock.now() + timedelta(days=2, seconds=1)):
        assert undecided(round) == 0


def test_an_open_round_stays_open(round: Round, staff: Account, at: At) -> None:
    at("2026-10-01 09:00")
    with pytest.raises(RuleBroken, match="once it has closed"):
        archive_round(round, by=staff)
    assert round.archived_at is None


def test_staff_archive_on_a_page_and_that_is_on_record(
    community: Community, round: Round, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    path = f"/{community.slug}/staff/rounds/{round.id}/archive"
    browser = sign_in(client, staff)
    assert "Put this round into the archive?" in browser.get(path).text
    assert browser.post(path).status_code == 303
    assert db.session.query(Audit).filter_by(action="archived a round").count() == 1
    assert "This round is in the archive already." in browser.get(path).text
    assert browser.post(path, headers={"HX-Request": "true"}).status_code == 409
