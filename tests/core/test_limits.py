"""Who does too much is told when to go on; nobody else notices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from limits.errors import StorageError
from sqlalchemy import select

from portal.core.access import gate_of, staff
from portal.core.audit import Audit
from portal.core.db import db
from portal.core.limits import MOST, count, limited
from portal.core.web import again
from portal.settings import BadSettings, Settings
from tests.accounts.builders import a_person
from tests.conftest import build_app, close_app
from tests.core.builders import a_door, a_template
from tests.databases import Store

HTMX = {"HX-Request": "true"}
HOURLY = MOST["exports"].amount


@pytest.fixture(autouse=True)
def _doors(app: Flask) -> None:
    """A door that exports, a search, a form that visitors fill in, and one that saves as one types."""
    open_doors(app)


def open_doors(app: Flask) -> None:
    a_template(app, form='<p id="form">{{ word }} {{ refusal }}</p>')
    a_door(app, "/export", limited("exports")(lambda: "exported"))
    a_door(app, "/search", limited("searches", only_with="q")(lambda: "found"))
    a_door(app, "/form", take_form, methods=["POST"])
    a_door(app, "/save", limited("autosaves")(lambda: "saved"), methods=["POST"])


def take_form() -> str:
    again("form.html", word=request.form["word"])
    count("public forms")
    return "sent"


def codes(client: FlaskClient, path: str, times: int, **options: Any) -> list[int]:
    return [client.open(path, **options).status_code for _ in range(times)]


@pytest.mark.parametrize(
    ("kind", "path", "method", "data"),
    [
        ("exports", "/export", "GET", None),
        ("searches", "/search?q=x", "GET", None),
        ("autosaves", "/save", "POST", {"word": "typed"}),
        ("public forms", "/form", "POST", {"word": "typed"}),
    ],
)
def test_each_kind_has_its_limit(client: FlaskClient, at, kind: str, path: str, method: str, data: Any) -> None:
    at("2026-10-01 09:00")
    most = MOST[kind].amount
    assert codes(client, path, most + 2, method=method, data=data) == [200] * most + [429, 429]


def test_what_honest_people_do_in_a_minute_passes(client: FlaskClient, at) -> None:
    at("2026-10-01 09:00")
    assert codes(client, "/save", 150, method="POST") == [200] * 150
    assert codes(client, "/search?q=x", 100) == [200] * 100


def test_the_answer_says_when_to_go_on_and_then_it_goes_on(client: FlaskClient, at) -> None:
    start = at("2026-10-01 09:00")
    codes(client, "/export", HOURLY)
    at((start + timedelta(minutes=50)).isoformat())
    answer = client.get("/export")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "600")
    assert "That was more than the portal takes at once. Wait 10 minutes, then go on." in answer.text
    assert "<h1>Too many tries</h1>" in answer.text
    at((start + timedelta(minutes=60, seconds=1)).isoformat())
    assert client.get("/export").status_code == 200


def test_a_short_wait_is_said_in_seconds(client: FlaskClient, at) -> None:
    start = at("2026-10-01 09:00")
    codes(client, "/search?q=x", MOST["searches"].amount)
    at((start + timedelta(seconds=15)).isoformat())
    answer = client.get("/search?q=x")
    assert (answer.headers["Retry-After"], "Wait 45 seconds, then go on." in answer.text) == ("45", True)


def test_trying_on_makes_the_wait_no_longer(client: FlaskClient, at) -> None:
    at("2026-10-01 09:00")
    codes(client, "/export", HOURLY + 50)
    at("2026-10-01 10:00:01")
    assert client.get("/export").status_code == 200


def test_htmx_gets_the_sentence_and_leaves_what_is_typed(client: FlaskClient, at) -> None:
    at("2026-10-01 09:00")
    codes(client, "/save", MOST["autosaves"].amount, method="POST")
    answer = client.post("/save", headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Retarget"], answer.headers["Retry-After"]) == (429, "#refusal", "60")
    assert ("Wait 60 seconds" in answer.text, "<html" in answer.text) == (True, False)


def test_a_form_comes_back_as_typed(client: FlaskClient, at) -> None:
    at("2026-10-01 09:00")
    codes(client, "/form", MOST["public forms"].amount, method="POST", data={"word": "x"})
    answer = client.post("/form", data={"word": "our question"})
    assert answer.status_code == 429
    assert answer.text.startswith('<p id="form">our question That was more than the portal takes at once.')


def test_a_list_is_no_search_until_something_is_asked(client: FlaskClient, at) -> None:
    at("2026-10-01 09:00")
    assert set(codes(client, "/search", 200) + codes(client, "/search?q=", 200)) == {200}


def test_others_are_not_held_up(app: Flask, client: FlaskClient, sign_in: Callable[..., FlaskClient], at) -> None:
    at("2026-10-01 09:00")
    first, second = (sign_in(app.test_client(), a_person(f"{name}@example.org")) for name in ("first", "second"))
    codes(first, "/export", HOURLY)
    assert [one.get("/export").status_code for one in (first, second, client)] == [429, 200, 200]


def test_a_person_has_one_count_whatever_the_address_or_the_browser(
    app: Flask, sign_in: Callable[..., FlaskClient], at
) -> None:
    at("2026-10-01 09:00")
    person = a_person()
    school, home = (sign_in(app.test_client(), person) for _ in range(2))
    codes(school, "/export", HOURLY, environ_base={"REMOTE_ADDR": "198.51.100.1"})
    assert home.get("/export", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 429


def test_kinds_are_counted_apart(client: FlaskClient, at) -> None:
    at("2026-10-01 09:00")
    codes(client, "/export", HOURLY + 1)
    assert client.get("/search?q=x").status_code == 200


def test_visitors_are_counted_by_address(client: FlaskClient, at) -> None:
    at("2026-10-01 09:00")
    codes(client, "/export", HOURLY, environ_base={"REMOTE_ADDR": "198.51.100.1"})
    told = [
        client.get("/export", environ_base={"REMOTE_ADDR": address}).status_code
        for address in ("198.51.100.1", "198.51.100.2", "", "no address")
    ]
    assert told == [429, 200, 200, 200]


def test_a_network_of_ipv6_is_one_visitor(client: FlaskClient, at) -> None:
    at("2026-10-01 09:00")
    told = [
        client.get("/export", environ_base={"REMOTE_ADDR": f"2001:db8:1:2::{number:x}"}).status_code
        for number in range(HOURLY + 1)
    ]
    assert told == [200] * HOURLY + [429]
    assert client.get("/export", environ_base={"REMOTE_ADDR": "2001:db8:1:3::1"}).status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP"])
def test_a_forged_address_helps_nobody(client: FlaskClient, at, header: str) -> None:
    at("2026-10-01 09:00")
    told = [client.get("/export", headers={header: f"203.0.113.{n}"}).status_code for n in range(HOURLY + 1)]
    assert told == [200] * HOURLY + [429]


def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_saw(store: Store, tmp_path: Path, at) -> None:
    at("2026-10-01 09:00")
    app = build_app(store.fresh(tmp_path), tmp_path, PORTAL_TRUSTED_PROXIES="1")
    open_doors(app)
    with app.app_context():
        client = app.test_client()
        told = [
            client.get("/export", headers={"X-Forwarded-For": f"203.0.113.{n}, 198.51.100.1"}).status_code
            for n in range(HOURLY + 1)
        ]
        close_app(app)
    assert told == [200] * HOURLY + [429]


def test_processes_that_count_for_themselves_share_the_limit(app: Flask, client: FlaskClient, at) -> None:
    at("2026-10-01 09:00")
    app.config["WEB_PROCESSES"] = 4
    assert codes(client, "/export", HOURLY).count(200) == HOURLY // 4


def test_every_portal_counts_from_nothing(client: FlaskClient, store: Store, tmp_path: Path, at) -> None:
    at("2026-10-01 09:00")
    codes(client, "/export", HOURLY)
    other = build_app(store.fresh(tmp_path), tmp_path)
    open_doors(other)
    with other.app_context():
        told = [one.get("/export").status_code for one in (client, other.test_client())]
        close_app(other)
    assert told == [429, 200]


def test_nobody_is_kept_out_because_the_counting_fails(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(*args: object) -> bool:
        raise StorageError(ConnectionError("Redis is gone"))

    monkeypatch.setattr(app.extensions["limits"], "hit", gone)
    assert set(codes(client, "/export", HOURLY + 5)) == {200}
    assert "cannot be counted" in caplog.text


def test_the_audit_hears_of_it_once_a_minute(client: FlaskClient, at) -> None:
    start = at("2026-10-01 09:00")
    codes(client, "/export", HOURLY + 30)
    assert told_to_the_audit() == 1
    at((start + timedelta(minutes=1, seconds=1)).isoformat())
    codes(client, "/export", 30)
    assert told_to_the_audit() == 2


def test_the_health_of_the_portal_is_never_limited(client: FlaskClient, at) -> None:
    at("2026-10-01 09:00")
    assert set(codes(client, "/health/live", 300)) == {200}


def test_a_limit_leaves_the_gate_where_it_was(app: Flask) -> None:
    a_door(app, "/<slug:community>/inside", limited("exports")(lambda: "in"), gate=staff)
    assert gate_of(app, "/<slug:community>/inside") == "staff"


@pytest.mark.parametrize(
    ("endpoint", "kind"),
    [("letters.answers", "autosaves"), ("letters.line", "autosaves"), ("districts.index", "searches")],
)
def test_the_doors_that_cost_much_are_limited(app: Flask, endpoint: str, kind: str) -> None:
    assert getattr(app.view_functions[endpoint], "counts", "") == kind


def test_a_queue_in_redis_needs_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.settings.find_spec", lambda name: None)
    with pytest.raises(BadSettings, match="pip install redis"):
        Settings.read({"REDIS_URL": "redis://127.0.0.1"}, tmp_path)


def told_to_the_audit() -> int:
    db.session.rollback()
    return len(db.session.scalars(select(Audit.id).where(Audit.action == "refused as too often")).all())
