"""What tests of reports share: a round that has closed, and somebody on staff."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.core.db import db, transaction
from portal.rounds.models import Question, Round
from tests.cohorts.builders import DECIDING, a_closing_round, a_community, a_staff_member


@pytest.fixture
def community(app: Flask, at: Callable[[str], Any]) -> Community:
    at(DECIDING)
    return a_community()


@pytest.fixture
def round(community: Community) -> Round:
    """A round that asks for a signature."""
    made = a_closing_round(community)
    with transaction():
        section = made.sections[-1]
        db.session.add(Question(
            round_id=made.id, section_id=section.id, position=9, code="q9", kind="endorsement", label="Signature"
        ))  # fmt: skip
    return made


@pytest.fixture
def staff(community: Community) -> Account:
    return a_staff_member(community)


@pytest.fixture
def inside(client: FlaskClient, sign_in: Callable[..., FlaskClient], staff: Account) -> FlaskClient:
    """The browser of somebody on staff."""
    return sign_in(client, staff)
