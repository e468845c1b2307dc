"""What tests of cohorts share: a community whose round is being decided, and who works for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.communities.models import Community
from tests.cohorts.builders import DECIDING, a_community, a_staff_member


@pytest.fixture
def community(app: Flask, at: Callable[[str], datetime]) -> Community:
    at(DECIDING)
    return a_community()


@pytest.fixture
def staff(community: Community) -> Account:
    return a_staff_member(community)


@pytest.fixture
def desk(client: FlaskClient, sign_in: Callable[[FlaskClient, Account], FlaskClient], staff: Account) -> FlaskClient:
    """The browser of somebody on staff."""
    return sign_in(client, staff)
