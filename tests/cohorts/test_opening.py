"""The cohort that a round fills is opened in the browser, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.cohorts.models import Cohort
from portal.cohorts.opening import open_cohort
from portal.communities.models import Community
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.rounds.models import Round
from tests.cohorts.builders import a_community
from tests.cohorts.rush import meet_at, no_lock
from tests.rounds.builders import OPEN, a_draft

Rush = Callable[..., list[Any]]
SignIn = Callable[[FlaskClient, Account], FlaskClient]


@pytest.fixture
def community(app: Flask, at: Callable[[str], Any]) -> Community:
    at(OPEN)
    return a_community()


@pytest.fixture
def round(community: Community) -> Round:
    return a_draft(community)


def test_a_round_fills_one_cohort(round: Round, staff: Account) -> None:
    made = open_cohort(round, name=" Cohort  5 ", starts_on=date(2027, 1, 27), ends_on=None, by=staff)
    assert (made.name, made.slug, made.round_id) == ("Cohort 5", "cohort-5", round.id)
    with pytest.raises(RuleBroken, match="fills Cohort 5 already"):
        open_cohort(round, name="Cohort 6", starts_on=date(2027, 1, 27), ends_on=None, by=staff)
    assert db.session.query(Cohort).filter_by(round_id=round.id).count() == 1


def two_cohorts_of_one_name(community: Community, staff: Account, two_at_once: Rush) -> list[str]:
    """What two are answered who open a cohort of the same name for two rounds."""
    numbers, by = [a_draft(community, slug=slug).id for slug in ("one", "other")], staff.id

    def press(n: int) -> str:
        round, who = db.session.get_one(Round, numbers[n]), db.session.get_one(Account, by)
        return open_cohort(round, name="Cohort 5", starts_on=date(2027, 1, 27), ends_on=None, by=who).slug

    return sorted(answer if isinstance(answer, str) else type(answer).__name__ for answer in two_at_once(press))


def test_two_cohorts_opened_at_once_get_two_addresses(
    community: Community, staff: Account, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, "portal.cohorts.opening", "slugs_of")
    assert two_cohorts_of_one_name(community, staff, two_at_once) == ["cohort-5", "cohort-5-2"]


def test_without_the_lock_both_get_the_same_and_one_an_error(
    community: Community, staff: Account, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, "portal.cohorts.opening", "slugs_of", seconds=10)
    with no_lock(monkeypatch, "portal.cohorts.opening"):
        assert two_cohorts_of_one_name(community, staff, two_at_once) == ["IntegrityError", "cohort-5"]


def test_a_name_that_was_used_before_gets_another_address(community: Community, round: Round, staff: Account) -> None:
    first = open_cohort(
        a_draft(community, slug="other"), name="Cohort", starts_on=date(2026, 1, 1), ends_on=None, by=staff
    )
    second = open_cohort(round, name="Cohort", starts_on=date(2027, 1, 1), ends_on=None, by=staff)
    assert (first.slug, second.slug) == ("cohort", "cohort-2")


def test_a_cohort_ends_after_it_begins(round: Round, staff: Account) -> None:
    with pytest.raises(RuleBroken, match="ends after it begins"):
        open_cohort(round, name="C", starts_on=date(2027, 1, 27), ends_on=date(2027, 1, 26), by=staff)
    assert db.session.query(Cohort).filter_by(round_id=round.id).count() == 0


def test_staff_open_it_on_a_page_with_the_dates_of_the_round(
    community: Community, round: Round, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    path, browser = f"/{community.slug}/staff/rounds/{round.id}/cohort", sign_in(client, staff)
    assert 'value="2027-01-27"' in browser.get(path).text
    wrong = browser.post(path, data={"name": " ", "starts_on": "2027-01-27"}, headers={"HX-Request": "true"})
    assert wrong.status_code == 422
    typed = {"name": "Cohort 5", "starts_on": "2027-01-27", "ends_on": ""}
    assert browser.post(path, data=typed).status_code == 303
    assert "<h1>Cohort 5</h1>" in browser.get(path).text
    assert browser.get(path.replace(f"/{round.id}/", "/999/")).status_code == 404
