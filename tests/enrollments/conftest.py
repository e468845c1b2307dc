"""What the tests of seats ask for: a community, a teacher with a browser, a stopped clock, and a right count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.accounts.operations import grant_permission
from portal.communities.models import Community
from tests.enrollments.builders import a_community, miscounted, people
from tests.enrollments.overtaking import Overtaking

At = Callable[[str], datetime]
SignIn = Callable[[FlaskClient, Account], FlaskClient]


@pytest.fixture
def in_october(app: Flask, at: At) -> At:
    """A month before what takes place in these tests; asked again, the clock moves on."""
    at("2026-10-01 09:00")
    return at


@pytest.fixture
def clock(app: Flask, at: At) -> At:
    """A week before: gatherings are on Tuesday, November 3, at 8:30. Asked again, the clock moves on."""
    at("2026-10-28 09:00")
    return at


@pytest.fixture
def well_counted(app: Flask) -> Iterator[None]:
    """Whatever the test did, in the end each pool counts as many seats as there are."""
    yield
    assert miscounted() == []


@pytest.fixture
def community(app: Flask) -> Community:
    """A network with teachers and principals."""
    return a_community()


@pytest.fixture
def teacher(community: Community) -> Account:
    """Somebody of a member district."""
    return people(community, 1)[0]


@pytest.fixture
def browser(client: FlaskClient, sign_in: SignIn, teacher: Account) -> FlaskClient:
    """The browser of the teacher, signed in."""
    return sign_in(client, teacher)


@pytest.fixture
def desk(app: Flask, sign_in: SignIn, community: Community) -> FlaskClient:
    """The browser of the community's coordinator."""
    person = grant_permission(community, email="coordinator@example.org", name="Coordinator", kind="staff")
    return sign_in(app.test_client(), person)


@pytest.fixture
def overtaking(monkeypatch: pytest.MonkeyPatch, two_at_once: Callable[..., list[Any]]) -> Overtaking:
    """Two at one instant, of whom the second overtakes the first where no lock holds them up."""
    return Overtaking(monkeypatch, two_at_once)
