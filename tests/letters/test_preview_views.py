"""A round looked at as a district: its letter with the fields filled in, every section, and nothing kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.accounts.models import Account
from portal.accounts.operations import grant_permission
from portal.communities.operations import create_community
from portal.core.db import Base, db
from portal.rounds.models import Question
from tests.letters.builders import Place
from tests.rounds.pages import lines_of

SignIn = Callable[[FlaskClient, Account], FlaskClient]


@pytest.fixture
def staff(client: FlaskClient, place: Place, sign_in: SignIn) -> FlaskClient:
    return sign_in(
        client, grant_permission(place.community, email="coordinator@example.org", kind="staff", name="Staff")
    )


def path_of(place: Place) -> str:
    return f"/{place.community.slug}/staff/rounds/{place.round.id}/preview"


def everything() -> list[int]:
    return [db.session.scalar(select(func.count()).select_from(table)) or 0 for table in Base.metadata.sorted_tables]


def test_the_letter_is_filled_in_for_a_district_that_does_not_exist(staff: FlaskClient, place: Place) -> None:
    place.round.letter_text = "We ask {{district}}, and {{recipient}}."
    db.session.commit()
    lines = lines_of(staff.get(path_of(place)).text)
    assert "We ask Example District, and Superintendent of Example District." in lines


def test_every_question_stands_there_with_its_inputs_and_nothing_is_sent(staff: FlaskClient, place: Place) -> None:
    staff.get(path_of(place))
    before = everything()
    page = staff.get(path_of(place)).text
    labels = db.session.scalars(select(Question.label).where(Question.round_id == place.round.id)).all()
    assert set(labels) <= set(lines_of(page))
    inner = page.partition('id="sections"')[2].partition("<aside")[0]
    assert ("<form" in inner, 'hx-ignore="true"' in page) == (False, True)
    assert everything() == before


def test_what_a_question_waits_for_is_said(staff: FlaskClient, place: Place) -> None:
    chosen = select(Question).where(Question.kind == "long_text").order_by(Question.position.desc()).limit(1)
    question = db.session.scalars(chosen).one()
    question.condition = {"question": "q1", "any_of": ["Some"]}
    db.session.commit()
    assert "Asked only after an answer to q1: Some." in lines_of(staff.get(path_of(place)).text)


def test_another_communitys_round_has_no_preview_here(staff: FlaskClient, place: Place) -> None:
    create_community(slug="other", name="Other", kind="district_network")
    assert staff.get(f"/other/staff/rounds/{place.round.id}/preview").status_code == 403
    assert staff.get(path_of(place).replace(f"/{place.round.id}/", "/99/")).status_code == 404
