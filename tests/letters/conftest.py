"""What tests of letters share: a community with an open round, on October 20, 2026."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.letters.models import Letter
from tests.letters.builders import OPEN, Place, a_letter, a_place, enter


@pytest.fixture
def place(app: Flask, at: Callable[[str], datetime]) -> Place:
    """A community, its open round with all kinds of question, a district and two people who act for it."""
    at(OPEN)
    return a_place()


@pytest.fixture
def writer(client: FlaskClient, place: Place) -> FlaskClient:
    """The browser of somebody who acts for the district."""
    return enter(client, place.lead)


@pytest.fixture
def letter(place: Place) -> Letter:
    return a_letter(place)
