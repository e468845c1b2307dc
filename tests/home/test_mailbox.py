"""In development mail stays on this machine and is read at /mailbox; elsewhere there is no such page."""

from __future__ import annotations

import contextvars
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account, send_link
from portal.core.mail import FileMailer, compose, deliver_due


@pytest.fixture
def kept(app: Flask, tmp_path: Path) -> Path:
    """Where mail stays."""
    app.config["MAIL_URL"] = f"file:{tmp_path / 'mail'}"
    return tmp_path / "mail"


def test_what_would_have_left_is_listed_the_newest_first(client: FlaskClient, kept: Path, app: Flask, at) -> None:
    for minute, name in enumerate(["first", "second"]):
        at(f"2026-10-01 09:0{minute}")
        send_link(a_person(f"{name}@example.org"))
        deliver(app)
    page = client.get("/mailbox").text
    assert page.index("To second@example.org") < page.index("To first@example.org")


def test_a_mail_shows_its_people_and_links_to_press(client: FlaskClient, kept: Path, app: Flask) -> None:
    send_link(a_person("first@example.org"))
    deliver(app)
    page = client.get(f"/mailbox/{next(kept.iterdir()).name}").text
    assert "<h1>Your sign-in link</h1>" in page
    assert "<dd>first@example.org</dd>" in page
    assert '<a href="http://127.0.0.1:8000/sign-in/' in page


def test_markup_in_a_mail_stays_text(client: FlaskClient, kept: Path, app: Flask) -> None:
    mail = compose(
        "sign_in_link", "first@example.org", "0" * 32, url='<script>alert(1)</script> https://x.example.org/"><b>'
    )
    FileMailer(kept).send(mail)
    page = client.get(f"/mailbox/{next(kept.iterdir()).name}").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert '<a href="https://x.example.org/">https://x.example.org/</a>&#34;&gt;&lt;b&gt;' in page


def test_many_mails_are_paged(client: FlaskClient, kept: Path, app: Flask) -> None:
    for number in range(51):
        FileMailer(kept).send(compose("sign_in_link", f"p{number}@example.org", f"{number:032x}", url="x"))
    assert client.get("/mailbox").text.count('<a href="/mailbox/2') == 50
    assert client.get("/mailbox?page=2").text.count('<a href="/mailbox/2') == 1
    assert client.get("/mailbox?page=99999999999999999999").text.count('<a href="/mailbox/2') == 1


def test_an_empty_mailbox_says_what_to_do(client: FlaskClient, kept: Path) -> None:
    assert "No mail yet." in client.get("/mailbox").text


@pytest.mark.parametrize(
    "name",
    [
        "portal.db",
        "..%2Fportal.db",
        "20261001T090000000000-x.eml",
        "20261001T090000000000-" + "0" * 32 + ".eml",
        "x" * 400,
    ],
)
def test_only_mails_are_shown(client: FlaskClient, kept: Path, name: str) -> None:
    assert client.get(f"/mailbox/{name}").status_code == 404


@pytest.mark.parametrize(("env", "mail"), [("production", "file:/tmp"), ("development", "smtp://mail.example.org")])
def test_there_is_no_mailbox_elsewhere(app: Flask, client: FlaskClient, env: str, mail: str) -> None:
    app.config.update(PORTAL_ENV=env, MAIL_URL=mail)
    assert client.get("/mailbox").status_code == 404
    assert client.get(f"/mailbox/20261001T090000000000-{'0' * 32}.eml").status_code == 404
    assert "mailbox" not in client.get("/sign-in/sent").text


def test_whoever_asked_for_a_link_is_shown_the_way_to_the_mailbox(client: FlaskClient, kept: Path) -> None:
    assert '<a href="/mailbox">' in client.get("/sign-in/sent").text


def a_person(email: str) -> Account:
    return find_or_open_account(email=email)


def deliver(app: Flask) -> None:
    def work() -> None:
        with app.app_context():
            deliver_due()

    contextvars.Context().run(work)
