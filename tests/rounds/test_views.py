"""The public page of the letter, as visitors find it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.core.db import db
from portal.core.history import History
from portal.rounds.operations import close_now
from tests.rounds.builders import AFTER, BEFORE, LATE, OPEN, a_draft, a_round, an_invitation
from tests.rounds.pages import lines_of

Stop = Callable[[str], datetime]


@pytest.fixture
def community(app: Flask, at: Stop) -> Community:
    at(OPEN)
    return create_community(
        slug="eclc", name="Example Learning Community", kind="district_network", region="Essex County",
        sender="Community director", sender_place="Beverly, Massachusetts",
    )  # fmt: skip


def page(client: FlaskClient, status: int = 200) -> str:
    response = client.get("/eclc/letter")
    assert response.status_code == status
    return response.text


def test_an_open_round_shows_its_letter_with_names_dates_and_promises(
    client: FlaskClient, community: Community
) -> None:
    a_round(community)
    shown = lines_of(page(client))
    assert "Letter of Invitation 2026: a place in Cohort 4" in shown
    assert "We ask your district to join us. Letters close Fri, Oct 30, 2026, 5:00 PM ET." in shown
    assert "Letters close, 5:00 PM ET" in shown
    assert "Name a team of about twelve educators." in shown
    assert "Public school district" in shown
    assert "for the Example Learning Community" in shown


@pytest.mark.parametrize(
    "moment, word",
    [(BEFORE, "Opens soon"), (OPEN, "Open for letters"), (LATE, "Last minutes"), (AFTER, "Closed")],
)
def test_the_page_says_where_the_round_stands(
    client: FlaskClient, community: Community, at: Stop, moment: str, word: str
) -> None:
    a_round(community)
    at(moment)
    assert word in lines_of(page(client))


def test_a_round_closed_early_says_so(client: FlaskClient, community: Community) -> None:
    round = a_round(community)
    close_now(round, reason="Enough letters", confirmation="Letter of Invitation 2026", by=None)
    shown = page(client)
    assert "Letters closed early" in shown
    assert "Enough letters" not in shown


def test_before_any_round_the_page_says_what_will_come(client: FlaskClient, community: Community) -> None:
    assert "The next letter is being written." in lines_of(page(client))


def test_a_draft_is_not_shown(client: FlaskClient, community: Community) -> None:
    a_draft(community)
    assert "The next letter is being written." in lines_of(page(client))


def test_a_teacher_network_says_how_its_people_join(client: FlaskClient, community: Community) -> None:
    create_community(slug="ecet2", name="ECET2", kind="teacher_network")
    assert "People join here one by one, not by a letter to districts." in client.get("/ecet2/letter").text


def test_a_round_of_one_community_shows_nowhere_else(client: FlaskClient, community: Community) -> None:
    a_round(community)
    create_community(slug="other", name="Other", kind="district_network")
    assert "Cohort 4" not in client.get("/other/letter").text


def test_visitors_get_a_page_without_forms_and_no_cookie(client: FlaskClient, community: Community) -> None:
    a_round(community)
    response = client.get("/eclc/letter")
    assert "<form" not in response.text
    assert response.headers.getlist("Set-Cookie") == []
    assert client.get("/eclc/letter", headers={"If-None-Match": response.headers["ETag"]}).status_code == 304


def test_looking_changes_nothing(client: FlaskClient, community: Community) -> None:
    an_invitation(a_round(community))
    count = db.session.query(History).count()
    client.get("/eclc/letter")
    client.head("/eclc/letter")
    assert db.session.query(History).count() == count


def test_what_is_typed_as_markup_is_shown_as_text(client: FlaskClient, community: Community) -> None:
    a_round(community, title="<b>Letter</b> {{7*191}}", letter_text="Dear <script>alert(1)</script> {{ round }}")
    shown = page(client)
    assert "<script>alert" not in shown
    assert "&lt;b&gt;Letter&lt;/b&gt; {{7*191}}" in shown


def test_the_page_needs_few_queries(client: FlaskClient, community: Community, count_queries: Callable) -> None:
    a_round(community)
    client.get("/eclc/letter?warm=1")
    with count_queries() as statements:
        client.get("/eclc/letter")
    assert len(statements) <= 6
