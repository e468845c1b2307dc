"""What tests of rounds share."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account
from portal.communities.models import Community
from portal.communities.operations import create_community
from tests.rounds.builders import OPEN
from tests.rounds.traces import Stop


@pytest.fixture
def community(app: Flask, at: Stop) -> Community:
    at(OPEN)
    return create_community(slug="eclc", name="Example Learning Community", kind="district_network")


@pytest.fixture
def coordinator(community: Community) -> Account:
    return find_or_open_account(email="coordinator@example.org", name="Coordinator")
