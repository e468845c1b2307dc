"""Signing in and out as a browser does it. One’s own account: test_own_views."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.models import Account, SignIn
from portal.accounts.operations import LIMITS, find_or_open_account, set_password
from portal.core import clock
from portal.core.audit import Audit
from portal.core.db import db, transaction
from tests.accounts.browsing import HTMX, comes_in, cookie_of, typed
from tests.accounts.builders import PASSWORD, a_link_for, a_person, path_in, text_of

USED = "This sign-in link was used already, or is older than 15 minutes. Ask for a new one below."


def test_a_mailed_link_signs_in_by_a_press_of_its_button(client: FlaskClient, mailbox: Callable) -> None:
    a_person("lead@example.org")
    asked = client.post("/sign-in", data={"email": " Lead@Example.org "})
    assert (asked.status_code, asked.location) == (303, "/sign-in/sent")
    link = path_in(mailbox()[0])
    assert "lead@example.org" in client.get(link).text
    assert client.post(link).location == "/my"
    assert client.get("/my/account").status_code == 200


def test_looking_at_a_link_changes_nothing(app: Flask, client: FlaskClient, mailbox: Callable) -> None:
    link = a_link_for(a_person(), mailbox)
    for _ in range(2):
        scanner = app.test_client()
        assert [scanner.get(link).status_code, scanner.head(link).status_code] == [200, 200]
        assert scanner.options(link).status_code == 200
    assert sign_ins() == 0
    assert client.post(link).status_code == 303
    assert sign_ins() == 1


def test_a_used_link_says_so_and_mails_a_new_one_by_one_button(
    app: Flask, client: FlaskClient, mailbox: Callable
) -> None:
    link = a_link_for(a_person(), mailbox, "/eclc/agenda")
    client.post(link)
    other = app.test_client()
    shown, pressed = other.get(link), other.post(link)
    assert (shown.status_code, pressed.status_code) == (200, 409)
    assert (USED in shown.text, USED in pressed.text) == (True, True)
    assert re.findall(r'<button class="btn".*?>(.*?)</button>', shown.text) == ["Mail me a new link"]
    assert other.post(f"{link}/renewal").location == "/sign-in/sent"
    assert other.post(path_in(mailbox()[0])).location == "/eclc/agenda"


@pytest.mark.parametrize("path", ["/sign-in/x", "/sign-in/" + "A" * 43, "/sign-in/ü☃", "/sign-in/password-reset"])
def test_what_is_no_link_gets_the_same_words(client: FlaskClient, path: str) -> None:
    assert USED in client.get(path).text
    answer = client.post(path)
    assert (answer.status_code, USED in answer.text) == (409, True)
    assert client.post(f"{path}/renewal").location == "/sign-in/sent"
    assert sign_ins() == 0


def test_every_link_that_fails_gets_the_same_page(client: FlaskClient, mailbox: Callable, at) -> None:
    now = at("2026-10-01 09:00")
    used, old = (a_link_for(a_person(f"{word}@example.org"), mailbox) for word in ("used", "old"))
    client.post(used)
    client.post("/sign-out")
    at((now + timedelta(minutes=16)).isoformat())
    pages = [text_of(client.get(path).text) for path in (used, old, "/sign-in/" + "A" * 43)]
    assert pages == [pages[0]] * 3


@pytest.mark.parametrize(
    "email", ["teacher@example.org", "nobody@example.org", "closed@example.org", "Teacher@example.org "]
)
def test_the_answer_tells_nobody_who_has_an_account(client: FlaskClient, email: str) -> None:
    a_person()
    close(a_person("closed@example.org"))
    answer = client.post("/sign-in", data={"email": email})
    assert (answer.status_code, answer.location, answer.headers.get("Set-Cookie")) == (303, "/sign-in/sent", None)


@pytest.mark.parametrize("email", ["teacher@example.org", "nobody@example.org", "closed@example.org"])
def test_a_wrong_password_tells_nobody_either(client: FlaskClient, email: str) -> None:
    a_person(password=PASSWORD)
    close(a_person("closed@example.org", password=PASSWORD))
    typed = PASSWORD if email.startswith("closed") else "wrong password"
    answer = client.post("/sign-in/password", data={"p-email": email, "p-password": typed})
    assert answer.status_code == 409
    assert "The address and the password do not belong together." in answer.text
    assert f'value="{email}"' in answer.text
    assert typed not in answer.text.replace("demo", "")


def test_twenty_asks_show_no_error_and_send_five_mails(client: FlaskClient, mailbox: Callable) -> None:
    a_person()
    answers = {client.post("/sign-in", data={"email": "teacher@example.org"}).status_code for _ in range(20)}
    assert answers == {303}
    assert len(mailbox()) <= 5


@pytest.mark.parametrize(
    "email",
    ["", " ", "no address", "a@example.org\r\nBcc: b@example.org", "x" * 300, "a@b@c", "a@example.org,b@example.org"],
)
def test_what_is_no_address_comes_back_with_a_sentence(client: FlaskClient, mailbox: Callable, email: str) -> None:
    answer = client.post("/sign-in", data={"email": email})
    assert answer.status_code in {409, 422}
    assert "mail address" in answer.text or "too long" in answer.text
    assert mailbox() == []


@pytest.mark.parametrize(
    "data", [{}, {"email": ["a@example.org", "b@example.org"]}, {"email[]": "x"}, {"p-email": "x"}]
)
def test_an_odd_form_is_no_crash(client: FlaskClient, data: dict[str, object]) -> None:
    assert client.post("/sign-in", data=data).status_code in {303, 422}
    assert client.post("/sign-in/password", data=data).status_code == 422
    assert client.post("/sign-in", json=data).status_code == 400


def test_a_password_signs_in_and_goes_where_one_wanted(client: FlaskClient) -> None:
    a_person(password=PASSWORD)
    page = client.get("/sign-in?next=/eclc/agenda?kind=series").text
    assert page.count('value="/eclc/agenda?kind=series"') == 2
    answer = client.post("/sign-in/password", data=typed(next="/eclc/agenda?kind=series"))
    assert (answer.status_code, answer.location) == (303, "/eclc/agenda?kind=series")


@pytest.mark.parametrize(
    "target",
    [
        "//evil.org",
        "////evil.org",
        "/\\evil.org",
        "https:evil.org",
        "javascript:alert(1)",
        "/%09/evil.org",
        "/a\r\nX: y",
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_nobody_is_led_off_this_site(client: FlaskClient, target: str, headers: dict[str, str]) -> None:
    a_person(password=PASSWORD)
    assert "evil" not in client.get("/sign-in", query_string={"next": target}).text
    answer = client.post("/sign-in/password", data=typed(next=target), headers=headers)
    assert (answer.location or answer.headers["HX-Redirect"]) == "/my"
    assert client.get("/sign-in", query_string={"next": target}).location == "/my"


def test_a_door_remembers_where_one_wanted_to_go(client: FlaskClient, mailbox: Callable) -> None:
    a_person()
    door = client.get("/my/account?a=b")
    assert (door.status_code, door.location) == (303, "/sign-in?next=/my/account?a%3Db")
    client.post("/sign-in", data={"email": "teacher@example.org", "next": "/my/account?a=b"})
    assert client.post(path_in(mailbox()[0])).location == "/my/account?a=b"


def test_htmx_without_a_sign_in_is_sent_to_the_page(client: FlaskClient) -> None:
    behind = {"Referer": "http://127.0.0.1:8000/my/account"}
    answer = client.post("/my/account/sign-ins/end", headers={**HTMX, **behind})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in?next=/my/account")
    foreign = client.post("/my/account/sign-ins/end", headers={**HTMX, "Referer": "https://evil.example.org/x"})
    assert foreign.headers["HX-Redirect"] == "/sign-in?next=/"


def test_eight_wrong_passwords_are_answered_with_the_form_and_a_wait(client: FlaskClient, mailbox: Callable) -> None:
    account = a_person(password=PASSWORD)
    for _ in range(LIMITS["password"].tries):
        assert client.post("/sign-in/password", data=typed(password="wrong")).status_code == 409
    answer = client.post("/sign-in/password", data=typed())
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")
    assert "Too many tries. Wait 15 minutes" in answer.text
    assert 'value="teacher@example.org"' in answer.text
    assert client.post(a_link_for(account, mailbox)).location == "/my"


def test_many_wrong_passwords_at_once_let_no_more_through(app: Flask, two_at_once: Callable) -> None:
    a_person(password=PASSWORD)
    answers = two_at_once(lambda _: post_password(app, "wrong"), 12)
    assert sorted(answers) == [409] * 8 + [429] * 4


def test_a_link_pressed_by_four_at_once_signs_in_once(app: Flask, two_at_once: Callable, mailbox: Callable) -> None:
    link = a_link_for(a_person(), mailbox)
    answers = two_at_once(lambda _: app.test_client().post(link).status_code, 4)
    assert sorted(answers) == [303, 409, 409, 409]
    assert sign_ins() == 1


def test_a_cookie_from_before_is_worth_nothing_after(app: Flask, client: FlaskClient) -> None:
    a_person(password=PASSWORD)
    client.get("/sign-in")
    before = cookie_of(client)
    client.post("/sign-in/password", data=typed())
    assert cookie_of(client) != before
    assert comes_in(app, before) is False
    assert comes_in(app, cookie_of(client)) is True


def test_signing_in_again_ends_the_sign_in_of_before(app: Flask, client: FlaskClient, mailbox: Callable) -> None:
    account = a_person(password=PASSWORD)
    client.post("/sign-in/password", data=typed())
    before = cookie_of(client)
    client.post(a_link_for(account, mailbox))
    assert (comes_in(app, before), comes_in(app, cookie_of(client))) == (False, True)


def test_signing_out_ends_it_on_the_server(app: Flask, client: FlaskClient) -> None:
    a_person(password=PASSWORD)
    client.post("/sign-in/password", data=typed())
    before = cookie_of(client)
    answer = client.post("/sign-out")
    assert (answer.location, answer.headers["Clear-Site-Data"]) == ("/", '"cache"')
    assert comes_in(app, before) is False
    assert client.post("/sign-out").status_code == 303


def test_htmx_signs_out_by_a_move(client: FlaskClient, sign_in: Callable) -> None:
    answer = sign_in(client, a_person()).post("/sign-out", headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, "/")


@pytest.mark.parametrize("path", ["/sign-out", "/sign-in/password", "/my/account/password", "/my/account/sign-ins/end"])
def test_nothing_is_done_by_looking(client: FlaskClient, sign_in: Callable, path: str) -> None:
    sign_in(client, a_person())
    assert {client.get(path).status_code, client.head(path).status_code} <= {200, 308, 404, 405}
    assert client.get("/my/account").status_code == 200
    assert sign_ins() == 1


def test_who_is_signed_in_need_not_do_it_again(client: FlaskClient, sign_in: Callable) -> None:
    sign_in(client, a_person())
    assert client.get("/sign-in").location == "/my"


def test_every_sign_in_and_refusal_leaves_one_line_without_secrets(client: FlaskClient, mailbox: Callable) -> None:
    account = a_person(password=PASSWORD)
    client.post("/sign-in/password", data=typed(password="wrong password"))
    link = a_link_for(account, mailbox)
    client.post(link)
    client.post("/sign-out")
    client.post(link)
    lines = [(row.action, row.account_id, row.note) for row in db.session.scalars(select(Audit).order_by(Audit.id))]
    assert lines == [
        ("refused by rule", None, "POST /sign-in/password"), ("signed in", account.id, ""),
        ("signed out", account.id, ""), ("refused by rule", None, "POST /sign-in/…"),
    ]  # fmt: skip


def test_a_demo_lists_people_to_sign_in_as(app: Flask, client: FlaskClient) -> None:
    person = find_or_open_account(email="coordinator.hub@example.org", name="Program coordinator, Hub", is_demo=True)
    app.config["DEMO_PASSWORD"] = PASSWORD
    set_password(person, PASSWORD, by=person)
    page = client.get("/sign-in").text
    assert (f"<b>{PASSWORD}</b>" in page, "Sign in as staff" in page) == (True, True)
    assert "Runs the rounds and the agenda" in page
    hidden = dict(re.findall(r'<input type="hidden" name="(p-[a-z]+)" value="([^"]*)">', page))
    assert client.post("/sign-in/password", data=hidden).location == "/my"


def test_elsewhere_nobody_is_listed(app: Flask, client: FlaskClient) -> None:
    find_or_open_account(email="coordinator.hub@example.org", name="Program coordinator, Hub", is_demo=True)
    app.config["DEMO_PASSWORD"] = ""
    assert "coordinator" not in client.get("/sign-in").text.lower()


def post_password(app: Flask, password: str) -> int:
    return app.test_client().post("/sign-in/password", data=typed(password)).status_code


def close(account: Account) -> None:
    with transaction():
        account.disabled_at = clock.now()


def sign_ins() -> int:
    db.session.rollback()
    return len(db.session.scalars(select(SignIn.id)).all())
