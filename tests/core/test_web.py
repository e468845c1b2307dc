"""How pages answer, and where they may lead."""

from __future__ import annotations

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.models import Account
from portal.core.db import transaction
from portal.core.errors import RuleBroken
from portal.core.web import again, changed, invalid, page_behind, page_in, page_of, safe_next
from tests.core.builders import a_door, a_row, a_template

HTMX = {"HX-Request": "true"}
BACK = {"HX-Request": "true", "HX-History-Restore-Request": "true"}


@pytest.fixture(autouse=True)
def _doors(app: Flask) -> None:
    """A change with a part, one without, and a form that asks for a word."""
    a_template(app, page="page {{ word }} {{ refusal }}", _part='<p id="part">{{ word }}{{ refusal }}</p>')
    a_door(app, "/change", lambda: changed("_part.html", to="/elsewhere", said="Saved", word="done"), methods=["POST"])
    a_door(app, "/move", lambda: changed(to="/elsewhere?ä=☃", said="Moved"), methods=["POST"])
    a_door(app, "/ask", ask, methods=["POST"])


def test_a_browser_without_scripts_is_led_on(client: FlaskClient) -> None:
    answer = client.post("/change")
    assert (answer.status_code, answer.location) == (303, "/elsewhere")
    assert "Saved" in client.get("/sign-in").text


def test_htmx_gets_the_part_and_the_news(client: FlaskClient) -> None:
    answer = client.post("/change", headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.startswith('<p id="part">done</p>')
    assert '<hx-partial id="said-news" hx-target="#said" hx-swap="innerHTML">Saved</hx-partial>' in answer.text
    assert "Saved" not in client.get("/sign-in").text


def test_htmx_is_moved_where_there_is_no_part(client: FlaskClient) -> None:
    answer = client.post("/move", headers=HTMX)
    assert (answer.status_code, answer.text) == (200, "")
    assert answer.headers["HX-Redirect"] == "/elsewhere?%C3%A4=%E2%98%83"
    assert "Moved" in client.get("/sign-in").text


def test_what_only_the_part_shows_is_read_only_for_it(app: Flask, client: FlaskClient) -> None:
    read: list[str] = []

    def fresh() -> dict[str, str]:
        read.append("read")
        return {"word": "fresh"}

    a_door(app, "/fresh", lambda: changed("_part.html", to="/", fresh=fresh), methods=["POST"])
    client.post("/fresh")
    assert read == []
    assert client.post("/fresh", headers=HTMX).text.startswith('<p id="part">fresh</p>')


@pytest.mark.parametrize(
    ("headers", "shown"), [({}, "page typed "), (HTMX, '<p id="part">typed</p>'), (BACK, "page typed ")]
)
def test_an_incomplete_form_comes_back_as_typed(client: FlaskClient, headers: dict[str, str], shown: str) -> None:
    answer = client.post("/ask", data={"word": "typed"}, headers=headers)
    assert (answer.status_code, answer.text) == (422, shown)


@pytest.mark.parametrize(("headers", "shown"), [({}, "page refuse No."), (HTMX, '<p id="part">refuseNo.</p>')])
def test_a_refused_form_comes_back_with_the_sentence(client: FlaskClient, headers: dict[str, str], shown: str) -> None:
    answer = client.post("/ask", data={"word": "refuse"}, headers=headers)
    assert (answer.status_code, answer.text) == (409, shown)


@pytest.mark.parametrize(
    "target", ["/", "/my", "/eclc/letters/7?tab=a#b", "/eclc/agenda?q=a//b", "/%C3%A4", "/my?x=a b"]
)
def test_a_way_on_this_site_is_kept(target: str) -> None:
    assert safe_next(target, "/other") == target


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example.org/", "//evil.example.org", "///evil.example.org", "////evil.example.org",
        "http:///evil.example.org", "https:evil.example.org", "/\\evil.example.org", "\\\\evil.example.org",
        "/%5cevil.example.org", "/%2f/evil.example.org", "/%2Fevil.example.org", "/%09/evil.example.org",
        "/\t/evil.example.org", "\t//evil.example.org", " //evil.example.org", "/ /evil.example.org",
        "/.//evil.example.org", "/a/..//evil.example.org", "javascript:alert(1)", "JavaScript:alert(1)",
        "data:text/html,x", "evil.example.org", "@evil.example.org", "?next=//evil", "", None,
        "/my?x=\r\nSet-Cookie:a=b", "/my\r\n", "/my%0d%0aX:y", "/\x00",
    ],
)  # fmt: skip
def test_a_way_off_this_site_is_not(target: str | None) -> None:
    assert safe_next(target, "/other") == "/other"


@pytest.mark.parametrize(
    ("asked", "number", "first", "last", "has_next"),
    [("", 1, 1, 2, True), ("2", 2, 3, 4, True), ("3", 3, 5, 5, False), ("0", 1, 1, 2, True), ("-7", 1, 1, 2, True),
     ("99", 3, 5, 5, False), ("9" * 30, 3, 5, 5, False), ("9" * 5000, 1, 1, 2, True), ("x", 1, 1, 2, True)],
)  # fmt: skip
def test_a_list_is_cut_into_pages(app: Flask, asked: str, number: int, first: int, last: int, has_next: bool) -> None:
    with transaction():
        for letter in "abcde":
            a_row(f"{letter}@example.org")
    with app.test_request_context(f"/?page={asked}"):
        page = page_of(select(Account).order_by(Account.id), size=2)
    assert (page.number, page.first, page.last, page.has_next, page.total) == (number, first, last, has_next, 5)
    assert [row.email[0] for row in page.items] == list("abcde"[first - 1 : last])


def test_an_empty_list_has_one_empty_page(app: Flask) -> None:
    with app.test_request_context("/?page=3"):
        page = page_of(select(Account).order_by(Account.id))
    assert (page.items, page.number, page.first, page.last, page.has_next) == ([], 1, 0, 0, False)


@pytest.mark.parametrize(("asked", "number", "items"), [(1, 1, "ab"), (3, 3, "e"), (99, 3, "e"), (-1, 1, "ab")])
def test_what_is_read_already_is_cut_like_a_select(asked: int, number: int, items: str) -> None:
    page = page_in("abcde", asked, size=2)
    assert (page.items, page.number, page.total) == (list(items), number, 5)


@pytest.mark.parametrize(
    ("referrer", "behind"),
    [
        ("http://{host}/eclc/agenda?kind=space", "/eclc/agenda?kind=space"),
        ("https://evil.example.org/", "/"),
        ("", "/"),
    ],
)
def test_only_a_page_of_our_own_lies_behind_a_request(app: Flask, referrer: str, behind: str) -> None:
    host = app.config["SERVER_NAME"]
    with app.test_request_context("/", headers={"Referer": referrer.format(host=host)}):
        assert page_behind() == behind


def ask() -> object:
    from_form = request.form["word"]
    again("page.html", "_part.html", word=from_form)
    if from_form == "refuse":
        raise RuleBroken("No.")
    return invalid()
