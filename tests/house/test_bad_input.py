"""Every form that a person meets, filled with what nobody should send: a sentence and the right status, never a 500."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.queries import find_account
from portal.core.db import db
from portal.core.tokens import token_of
from portal.letters.models import Letter
from portal.rounds.models import Invitation
from tests.conftest import build_app, close_app
from tests.databases import Store
from tests.house.crawl import walk

PEOPLE = {
    "visitor": ("", ["/sign-in", "/eclc/agenda"]),
    "educator": ("teacher-general.beverly", ["/my", "/my/account", "/eclc/agenda"]),
    "writer": ("superintendent.demo-hill", ["/eclc/letters/3", "/eclc/district", "/my/account"]),
    "member lead": ("superintendent.beverly", ["/eclc/district"]),
    "staff": ("coordinator.hub", ["/eclc/staff/", "/eclc/staff/letters"]),
}
PAYLOADS = {
    "nothing": "",
    "blanks": " \t ",
    "twenty digits": "9" * 20,
    "a negative number": "-1",
    "a fraction of a superscript": "²",
    "arabic digits": "٣٤",
    "markup": "<script>alert(1)</script>",
    "a template": "{{7*191}}",
    "a line of a mail's head": "name\r\nBcc: other@example.org",
    "a long line": "x" * 6_000,
    "a long text": "word " * 60_000,
    "a NUL": "a\x00b",
    "a sign that no text has": "a\ufffdb",
    "a foreign option": "no-such-option",
    "letters of all kinds": "Ünïcödé 漢字 🎒 \u202egnirts",
}
RIGHT = {200, 303, 400, 403, 404, 409, 413, 422, 429}


@dataclass
class Form:
    """A form as a page shows it: where it goes, and its fields with what stands in them."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Forms(HTMLParser):
    """The forms of a page that change something."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.open: Form | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = Form(given.get("action", "")) if given.get("method", "").lower() == "post" else None
        elif self.open is not None and tag in {"input", "textarea", "select"} and given.get("name"):
            self.open.fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.open is not None:
            self.found.append(self.open)
            self.open = None


@pytest.fixture(scope="module")
def messy_url(store: Store, demo_url: str) -> str:
    """A demo world of its own, because these tests may change it."""
    return store.another("messy", like=demo_url)


@pytest.fixture
def messy(messy_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The portal with that world; a mistake of ours is shown as 500, as in production."""
    built = build_app(messy_url, tmp_path)
    built.config["PROPAGATE_EXCEPTIONS"] = False
    with built.app_context():
        yield built
        close_app(built)


@pytest.fixture(scope="module")
def known() -> dict[str, list[Form]]:
    """The forms within each person's reach, looked for once: walking takes longer than trying them."""
    return {}


def a_browser(app: Flask, sign_in: Callable[..., FlaskClient], name: str) -> FlaskClient:
    client = app.test_client()
    account = find_account(f"{name}@example.org") if name else None
    return sign_in(client, account) if account else client


def forms_of(app: Flask, client: FlaskClient, starts: list[str]) -> list[Form]:
    """Every form within reach, one for each address; leaving comes last, or nothing would be left to try."""
    pages = [
        page.text for _, page in walk(app, client, starts) if (page.status_code, page.mimetype) == (200, "text/html")
    ]
    forms = {form.action: form for page in pages for form in Forms(page).found}
    return [form for action, form in sorted(forms.items()) if "sign-out" not in action and "/end" not in action]


def private_pages() -> list[str]:
    """Pages that private links lead to."""
    invitation = db.session.scalars(select(Invitation).order_by(Invitation.id.desc()).limit(1)).one()
    return [f"/eclc/invitations/{token_of(invitation, 'invitation')}"]


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("who", PEOPLE)
def test_bad_input_gets_an_answer_and_never_a_mistake_of_ours(
    messy: Flask, sign_in: Callable[..., FlaskClient], known: dict[str, list[Form]], who: str, payload: str
) -> None:
    name, starts = PEOPLE[who]
    client = a_browser(messy, sign_in, name)
    if who not in known:
        known[who] = forms_of(messy, client, starts + (private_pages() if who == "visitor" else []))
    answers = {}
    for form in known[who]:
        filled = dict.fromkeys(form.fields, PAYLOADS[payload])
        answers[form.action] = client.post(form.action, data=filled).status_code
    assert known[who] != []
    assert {action: code for action, code in answers.items() if code not in RIGHT} == {}


@pytest.mark.parametrize("who", PEOPLE)
def test_bodies_of_other_shapes_get_an_answer_too(messy: Flask, sign_in: Callable[..., FlaskClient], who: str) -> None:
    name, starts = PEOPLE[who]
    client = a_browser(messy, sign_in, name)
    answers = {}
    for form in forms_of(messy, client, starts):
        doubled = {key: ["one", "two"] for key in form.fields}
        nested = {f"{key}[]": "one" for key in form.fields}
        answers[form.action, "doubled"] = client.post(form.action, data=doubled).status_code
        answers[form.action, "nested"] = client.post(form.action, data=nested).status_code
        answers[form.action, "json"] = client.post(form.action, json={"role": "admin", "id": 1}).status_code
        answers[form.action, "bytes"] = client.post(form.action, data=b"\xff\xfe=\xc3\x28").status_code
        answers[form.action, "latin"] = client.post(
            form.action, data=b"name=\xe9\xe8", content_type="application/x-www-form-urlencoded"
        ).status_code
    assert {key: code for key, code in answers.items() if code not in RIGHT} == {}


@pytest.mark.parametrize(
    "query", ["page=²", "page=-1", "page=99999999999999999999", "kind=%00", "q=%ff%fe", "role=" + "x" * 5000]
)
@pytest.mark.parametrize("path", ["/eclc/agenda", "/eclc/staff/districts", "/eclc/staff/", "/eclc/staff/letters"])
def test_strange_queries_get_an_answer(
    messy: Flask, sign_in: Callable[..., FlaskClient], path: str, query: str
) -> None:
    client = a_browser(messy, sign_in, "director.hub")
    assert client.get(f"{path}?{query}").status_code in {200, 400, 414}


@pytest.mark.parametrize("number", ["0", "-1", "9" * 20, str(2**63), "²", "٣", "1e3", "1%00"])
def test_numbers_that_no_row_has_are_addresses_that_do_not_exist(
    messy: Flask, sign_in: Callable[..., FlaskClient], number: str
) -> None:
    client = a_browser(messy, sign_in, "coordinator.hub")
    codes = {client.get(f"/eclc/{path}").status_code for path in (f"letters/{number}", f"staff/letters/{number}")}
    assert codes <= {400, 404}


def test_extra_fields_change_nothing(messy: Flask, sign_in: Callable[..., FlaskClient]) -> None:
    client = a_browser(messy, sign_in, "superintendent.demo-hill")
    extra = {
        "status": "submitted",
        "community_id": "2",
        "district_id": "1",
        "id": "1",
        "round_id": "9",
        "role": "admin",
    }
    client.post("/eclc/letters/3/sections/why-now", data=extra)
    letter = db.session.get_one(Letter, 3)
    assert (letter.status, letter.community_id, letter.round_id) == ("draft", 1, 1)
