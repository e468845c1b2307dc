"""One's own account: sign-ins seen and ended, a password set."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.models import SignIn
from portal.core.db import db
from tests.accounts.browsing import HTMX, comes_in, cookie_of, typed
from tests.accounts.builders import PASSWORD, a_link_for, a_person


def test_one_sees_and_ends_ones_own_sign_ins(app: Flask, client: FlaskClient, sign_in: Callable) -> None:
    account = a_person()
    sign_in(client, account)
    elsewhere = sign_in(app.test_client(), account)
    page = client.get("/my/account").text
    assert (page.count("Sign out there"), page.count("This browser")) == (1, 1)
    path = re.search(r'action="(/my/account/sign-ins/\d+/end)"', page).group(1)
    answer = client.post(path, headers=HTMX)
    assert answer.text.startswith('<section id="sign-ins"')
    assert "That sign-in has ended." in answer.text
    assert (elsewhere.get("/my/account").status_code, client.get("/my/account").status_code) == (303, 200)
    assert client.post(path).location == "/my/account"


def test_one_signs_out_everywhere_else(app: Flask, client: FlaskClient, sign_in: Callable) -> None:
    account = a_person()
    others = [sign_in(app.test_client(), account) for _ in range(2)]
    sign_in(client, account)
    assert client.post("/my/account/sign-ins/end").location == "/my/account"
    assert [other.get("/my/account").status_code for other in others] == [303, 303]
    assert client.get("/my/account").status_code == 200


def test_a_strangers_sign_in_cannot_be_ended(app: Flask, client: FlaskClient, sign_in: Callable) -> None:
    stranger = sign_in(app.test_client(), a_person("other@example.org"))
    number = db.session.scalars(select(SignIn.id)).one()
    sign_in(client, a_person())
    assert client.post(f"/my/account/sign-ins/{number}/end").status_code == 404
    assert client.post(f"/my/account/sign-ins/{'9' * 20}/end").status_code == 404
    assert stranger.get("/my/account").status_code == 200


def test_a_new_password_changes_the_cookie_and_ends_the_old(app: Flask, client: FlaskClient, mailbox: Callable) -> None:
    client.post(a_link_for(a_person(), mailbox))
    before = cookie_of(client)
    assert "Current password" not in client.get("/my/account").text
    answer = client.post("/my/account/password", data={"password": PASSWORD})
    assert answer.location == "/my/account"
    assert (comes_in(app, before), comes_in(app, cookie_of(client))) == (False, True)
    assert "Current password" in client.get("/my/account").text


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [({}, 422, "Give a password of at least 12 characters."), ({"password": "short"}, 409, "Choose a longer password"),
     ({"password": "four quiet herons"}, 409, "The current password is not right."),
     ({"password": "four quiet herons", "current": "x" * 300}, 422, "This password is too long.")],
)  # fmt: skip
def test_a_password_that_will_not_do_changes_nothing(
    client: FlaskClient, sign_in: Callable, data: dict[str, str], status: int, words: str
) -> None:
    sign_in(client, a_person(password=PASSWORD))
    answer = client.post("/my/account/password", data=data)
    assert (answer.status_code, words in answer.text) == (status, True)
    assert client.get("/my/account").status_code == 200
    assert client.post("/sign-in/password", data=typed()).status_code == 303


@pytest.mark.parametrize("name", ["role", "account_id", "is_demo", "way", "expires_at", "email"])
def test_extra_fields_are_ignored(client: FlaskClient, sign_in: Callable, name: str) -> None:
    account = a_person(password=PASSWORD)
    sign_in(client, account)
    client.post("/my/account/password", data={"password": "four quiet herons", "current": PASSWORD, name: "1"})
    db.session.refresh(account)
    assert (account.email, account.is_demo) == ("teacher@example.org", False)
