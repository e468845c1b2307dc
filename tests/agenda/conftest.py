"""What the tests of planning ask for: a community, its coordinator, and the coordinator's browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.accounts.operations import grant_permission
from portal.communities.models import Community
from tests.enrollments.builders import a_community


@pytest.fixture
def summer(at: Callable[[str], datetime]) -> None:
    """Long before anything here takes place."""
    at("2026-08-01 09:00")


@pytest.fixture
def community(app: Flask) -> Community:
    """A network with teachers and principals."""
    return a_community()


@pytest.fixture
def by(community: Community) -> Account:
    """The community's coordinator."""
    return grant_permission(community, email="coordinator@example.org", kind="staff", name="Coordinator")


@pytest.fixture
def staff(client: FlaskClient, by: Account, sign_in: Callable[[FlaskClient, Account], FlaskClient]) -> FlaskClient:
    """The coordinator's browser."""
    return sign_in(client, by)
