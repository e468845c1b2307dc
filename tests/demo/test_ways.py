"""Ways of the demo's people to what is theirs, without a mail that leads there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.accounts.queries import find_account
from portal.demo.faces import demo_faces

SignIn = Callable[[FlaskClient, Account], FlaskClient]
LETTER = "/eclc/letters/3"


@pytest.fixture
def editor(demo: Flask, sign_in: SignIn) -> FlaskClient:
    """The browser of a co-editor of Demo Hill's letter."""
    account = find_account("teacher-ml.demo-hill@example.org")
    assert account is not None
    return sign_in(demo.test_client(), account)


@pytest.mark.parametrize(
    ("person", "way"),
    [
        ("teacher-ml.demo-hill", LETTER),
        ("superintendent.demo-hill", "/eclc/district"),
        ("coordinator.hub", "/eclc/staff/"),
        ("reviewer-a.hub", "/eclc/staff/queue"),
        ("teacher-general.beverly", "/my"),
    ],
)
def test_everybody_begins_where_their_work_is(demo: Flask, person: str, way: str) -> None:
    typed = {"p-email": f"{person}@example.org", "p-password": "learning-together"}
    assert demo.test_client().post("/sign-in/password", data=typed).location == way


@pytest.mark.parametrize("page", ["/my", "/eclc/district"])
def test_a_co_editor_finds_the_letter_again(editor: FlaskClient, page: str) -> None:
    assert f'href="{LETTER}' in editor.get(page).text


def test_somebody_who_writes_no_letter_is_shown_none(demo: Flask, sign_in: SignIn) -> None:
    account = find_account("teacher-general.beverly@example.org")
    assert account is not None
    assert "Letters you write" not in sign_in(demo.test_client(), account).get("/my").text


def test_a_co_editor_reads_who_has_the_letter_signed(editor: FlaskClient) -> None:
    page = editor.get(f"{LETTER}/endorsement").text
    assert "people who act for Demo Hill have the letter signed" in page


def test_one_person_of_each_role_is_offered_on_the_sign_in_page(demo: Flask) -> None:
    roles = [face.role for face in demo_faces()]
    assert len(roles) == len(set(roles)) == 9
    shown = demo.test_client().get("/sign-in").text
    assert [role for role in roles if f"Sign in as {role}" not in shown] == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("questions/7/rules/r1", "Superintendent, Assistant superintendent for teaching and learning, "),
        ("questions/7/rules/r3", "At least 1: Special education teacher, English learner / multilingual teacher"),
        ("questions/1", "Grades, "),
        ("questions/2", "Name, Role, Work e-mail, Phone"),
    ],
)
def test_what_may_not_change_in_an_open_round_is_told_in_words(
    demo: Flask, sign_in: SignIn, path: str, words: str
) -> None:
    account = find_account("coordinator.hub@example.org")
    assert account is not None
    assert words in sign_in(demo.test_client(), account).get(f"/eclc/staff/rounds/1/{path}").text
