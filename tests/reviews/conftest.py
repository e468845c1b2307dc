"""What tests of reading letters share: a place with an open round, and who reads in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.cohorts.operations import create_cohort
from portal.letters.models import Letter
from portal.reviews.assigning import assign
from tests.cohorts.builders import a_staff_member
from tests.letters.builders import OPEN, Place, a_letter, a_place, enter
from tests.letters.lives import a_sent_letter, staff_of


@pytest.fixture
def place(app: Flask, at: Callable[[str], datetime]) -> Place:
    """A community, its open round with all kinds of question, the cohort it fills, a district and two who lead it."""
    at(OPEN)
    place = a_place()
    create_cohort(place.community, slug="c4", name="Cohort 4", starts_on=date(2027, 1, 27), round=place.round)
    return place


@pytest.fixture
def sent(place: Place) -> Letter:
    return a_sent_letter(place)


@pytest.fixture
def staff(client: FlaskClient, place: Place) -> FlaskClient:
    """The browser of the coordinator."""
    return enter(client, staff_of(place))


@pytest.fixture
def reader(app: Flask, place: Place) -> FlaskClient:
    """The browser of a reviewer, who was given nothing yet."""
    return enter(app.test_client(), a_staff_member(place.community, "reviewer"))


@pytest.fixture
def given(place: Place, reader: FlaskClient, sent: Letter) -> Letter:
    """The letter that was sent, with the reviewer."""
    assign(sent, a_staff_member(place.community, "reviewer"), by=None)
    return sent


@pytest.fixture
def letter(place: Place) -> Letter:
    return a_letter(place)


@pytest.fixture
def writer(client: FlaskClient, place: Place) -> FlaskClient:
    """The browser of somebody who acts for the district."""
    return enter(client, place.lead)
