"""What tests of rounds share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account, grant_permission
from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.rounds.models import Round
from tests.rounds.builders import OPEN, a_draft
from tests.rounds.traces import Stop


@pytest.fixture
def community(app: Flask, at: Stop) -> Community:
    at(OPEN)
    return create_community(slug="eclc", name="Example Learning Community", kind="district_network")


@pytest.fixture
def coordinator(community: Community) -> Account:
    return find_or_open_account(email="coordinator@example.org", name="Coordinator")


@pytest.fixture
def staff(
    client: FlaskClient, community: Community, sign_in: Callable[[FlaskClient, Account], FlaskClient]
) -> FlaskClient:
    """The browser of a coordinator."""
    return sign_in(
        client, grant_permission(community, email="coordinator@example.org", kind="staff", name="Coordinator")
    )


@pytest.fixture
def draft(community: Community) -> Round:
    """A round that staff have drafted and nobody else sees."""
    return a_draft(community)
