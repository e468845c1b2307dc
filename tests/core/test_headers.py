"""What every answer carries, whatever it is."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.core.access import staff
from portal.core.errors import RuleBroken, TooManyTries
from portal.core.headers import HEADERS, POLICY
from tests.accounts.builders import a_person
from tests.core.builders import a_community, a_door


@pytest.fixture(autouse=True)
def _doors(app: Flask) -> None:
    """Doors that go wrong in every way."""
    a_community()
    a_door(app, "/works", lambda: "works")
    a_door(app, "/breaks", lambda: 1 / 0)
    a_door(app, "/refuses", refuse, methods=["POST"])
    a_door(app, "/throttles", throttle, methods=["POST"])
    a_door(app, "/<slug:community>/staff/trial", lambda: "staff", staff)


WAYS = [
    ("GET", "/works", 200), ("HEAD", "/works", 200), ("GET", "/sign-in", 200), ("GET", "/nowhere/at/all", 404),
    ("GET", "/nowhere/agenda", 404), ("POST", "/works", 405), ("GET", "/breaks", 500), ("POST", "/refuses", 303),
    ("POST", "/throttles", 429), ("GET", "/demo/staff/trial", 303), ("GET", "/my/account", 303), ("GET", "/demo", 308),
    ("GET", "/works?q=%00", 400), ("GET", "/static/app.css", 200), ("GET", "/static/nothing.css", 404),
    ("GET", "/health/live", 200), ("POST", "/sign-in", 422), ("OPTIONS", "/works", 200),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "status"), WAYS)
@pytest.mark.parametrize("htmx", [{}, {"HX-Request": "true"}])
def test_every_answer_carries_the_policy(client: FlaskClient, method: str, path: str, status: int, htmx) -> None:
    answer = client.open(path, method=method, headers=htmx)
    for_htmx = {303: 409 if method == "POST" else 401}
    assert answer.status_code == (for_htmx.get(status, status) if htmx else status)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    answer.close()


def test_a_forged_host_is_refused_in_the_same_dress(client: FlaskClient) -> None:
    answer = client.get("/sign-in", headers={"Host": "evil.example.org"})
    assert answer.status_code == 400
    assert "evil" not in answer.text
    assert answer.headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Host"])
def test_forged_forwarding_changes_nothing(client: FlaskClient, name: str) -> None:
    value = "host=evil.example.org" if name == "Forwarded" else "evil.example.org"
    answer = client.get("/sign-in", headers={name: value})
    assert (answer.status_code, "evil" in answer.text) == (200, False)


def test_the_policy_is_constant_and_lets_nothing_inline_run() -> None:
    assert "unsafe" not in POLICY
    assert "nonce" not in POLICY
    assert POLICY.startswith("default-src 'none'; script-src 'self' https://cdn.jsdelivr.net/npm/htmx.org@")


def test_what_a_signed_in_person_sees_is_never_stored(client: FlaskClient, sign_in) -> None:
    sign_in(client, a_person())
    paths = ["/works", "/my/account", "/nowhere/at/all", "/breaks"]
    assert {client.get(path).headers["Cache-Control"] for path in paths} == {"no-store"}


def test_a_visitor_may_keep_what_is_checked_again(client: FlaskClient) -> None:
    answer = client.get("/works")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert {"Cookie", "HX-Request", "HX-Request-Type"} <= set(answer.headers["Vary"].split(", "))


def test_what_a_private_link_shows_or_a_form_asks_is_never_stored(app: Flask, client: FlaskClient) -> None:
    a_door(app, "/private/<token>", lambda token: "somebody's letter")
    assert client.get("/private/xyz").headers["Cache-Control"] == "no-store"
    asking = client.get("/sign-in")
    assert ("Set-Cookie" in asking.headers, asking.headers["Cache-Control"]) == (True, "no-store")


@pytest.mark.parametrize("path", ["/works", "/nowhere/at/all", "/breaks", "/health/live", "/works?q=%00"])
def test_a_visitor_gets_no_cookie_where_no_form_is(client: FlaskClient, path: str) -> None:
    assert "Set-Cookie" not in client.get(path).headers


def test_files_with_their_version_in_the_address_are_kept_for_good(client: FlaskClient) -> None:
    with_version, without = client.get("/static/app.css?v=1"), client.get("/static/app.css")
    assert with_version.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert without.headers["Cache-Control"] == "no-cache"
    with_version.close()
    without.close()


def test_every_request_has_a_number_of_its_own(client: FlaskClient) -> None:
    first, second = (client.get("/works").headers["X-Request-Id"] for _ in range(2))
    assert (len(first), first == second) == (16, False)


def refuse() -> None:
    raise RuleBroken("No.")


def throttle() -> None:
    raise TooManyTries("Wait.", 900)
