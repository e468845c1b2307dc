"""Every form needs the token of its own sign-in: no door is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.accounts.builders import PASSWORD, a_person


@pytest.fixture
def guarded(app: Flask, client: FlaskClient) -> FlaskClient:
    """A browser of a portal whose forms need their token, as they do outside of tests."""
    app.config["WTF_CSRF_ENABLED"] = True
    return client


def test_every_changing_door_refuses_a_form_without_its_token(app: Flask, guarded: FlaskClient, sign_in) -> None:
    sign_in(guarded, a_person())
    doors = [rule.rule for rule in app.url_map.iter_rules() if "POST" in rule.methods and "<" not in rule.rule]
    assert {path: guarded.post(path).status_code for path in doors} == dict.fromkeys(doors, 400)
    assert "/sign-in" in doors
    assert "/sign-out" in doors


@pytest.mark.parametrize("token", ["", "x", "IjEyMyI.x.y", "strangers"])
def test_a_wrong_token_is_refused_in_words(app: Flask, guarded: FlaskClient, token: str) -> None:
    if token == "strangers":
        token = token_in(app.test_client().get("/sign-in").text)
    guarded.get("/sign-in")
    answer = guarded.post("/sign-in", data={"email": "a@example.org", "csrf_token": token})
    assert answer.status_code == 400
    assert "Load the page again and send it once more." in answer.text


def test_the_right_token_is_let_through_in_a_field_and_in_a_prefixed_form(guarded: FlaskClient) -> None:
    a_person(password=PASSWORD)
    token = token_in(guarded.get("/sign-in").text)
    asked = guarded.post("/sign-in", data={"email": "a@example.org", "csrf_token": token})
    entered = guarded.post(
        "/sign-in/password", data={"p-email": "teacher@example.org", "p-password": PASSWORD, "csrf_token": token}
    )
    assert (asked.status_code, entered.status_code) == (303, 303)


def test_a_token_from_before_signing_in_is_worth_nothing_after(guarded: FlaskClient) -> None:
    a_person(password=PASSWORD)
    token = token_in(guarded.get("/sign-in").text)
    data = {"p-email": "teacher@example.org", "p-password": PASSWORD, "csrf_token": token}
    guarded.post("/sign-in/password", data=data)
    assert guarded.post("/sign-out", data={"csrf_token": token}).status_code == 400


def test_no_door_is_exempt() -> None:
    sources = [path.read_text() for path in (Path(__file__).parents[2] / "portal").rglob("*.py")]
    assert [source for source in sources if "csrf.exempt" in source] == []


def token_in(page: str) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
