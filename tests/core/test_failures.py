"""Every way of not getting through is said in the portal's own face."""

from __future__ import annotations

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from portal.accounts.models import Account
from portal.core.access import staff
from portal.core.clock import now
from portal.core.db import db, transaction
from portal.core.errors import Conflict, RuleBroken, TooManyTries
from portal.core.failures import WORDS
from portal.core.web import again
from portal.districts.actors import load_actor
from tests.accounts.builders import a_person, text_of
from tests.core.builders import a_community, a_door, a_row, a_template, names

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _doors(app: Flask) -> None:
    """Doors that stop with a code, break a rule, try too often, make a mistake, or lose the database."""
    a_template(app, form='<p id="form">{{ word }} {{ refusal }}</p>')
    a_door(app, "/stops/<int:code>", lambda code: abort(code))
    a_door(app, "/refused", refuse, methods=["POST"])
    a_door(app, "/refused/form", lambda: refuse(remember=True), methods=["POST"])
    a_door(app, "/conflict", lambda: raise_(Conflict("Somebody changed it.", "theirs")), methods=["POST"])
    a_door(app, "/too-often", lambda: raise_(TooManyTries("Wait a while.", 60)), methods=["POST"])
    a_door(app, "/mistake", write_and_fail, methods=["POST"])
    a_door(app, "/no-database", lambda: raise_(OperationalError("SELECT 1", {}, Exception("gone"))), methods=["POST"])
    a_door(app, "/no-connection", lambda: raise_(PoolExhausted("none left")), methods=["POST"])


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503])
def test_each_code_has_a_face_and_a_title_of_its_own(client: FlaskClient, code: int) -> None:
    answer = client.get(f"/stops/{code}")
    assert answer.status_code == code
    assert f"<h1>{WORDS[code][0]}</h1>" in answer.text.replace("&#39;", "'")
    assert text_of(answer.text).startswith(f"{code} {WORDS[code][0]}")


@pytest.mark.parametrize(("code", "like"), [(410, 400), (418, 400), (451, 400), (502, 500), (504, 500)])
def test_a_code_without_words_borrows_some(client: FlaskClient, code: int, like: int) -> None:
    answer = client.get(f"/stops/{code}")
    assert (answer.status_code, WORDS[like][0] in answer.text) == (code, True)


@pytest.mark.parametrize("code", [400, 403, 404, 409, 422, 500])
def test_htmx_gets_the_sentence_for_the_place_of_refusals(client: FlaskClient, code: int) -> None:
    answer = client.get(f"/stops/{code}", headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Retarget"], answer.headers["HX-Reswap"]) == (
        code,
        "#refusal",
        "outerHTML",
    )
    assert answer.text.startswith('<div class="tell noprint" id="refusal" role="alert">')
    assert "<html" not in answer.text


def test_a_broken_rule_leads_back_with_its_sentence(client: FlaskClient) -> None:
    answer = client.post("/refused", headers={"Referer": "http://127.0.0.1:8000/sign-in?next=/my"})
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/my")
    assert "Ask somebody &lt;else&gt;." in client.get("/sign-in").text
    assert "Ask somebody" not in client.get("/sign-in").text


@pytest.mark.parametrize(
    "referrer",
    ["", "https://evil.example.org/", "http://127.0.0.1:8000//evil.example.org", "http://127.0.0.1:8000.evil.org/"],
)
def test_a_broken_rule_never_leads_away(client: FlaskClient, referrer: str) -> None:
    assert client.post("/refused", headers={"Referer": referrer}).location == "/"


def test_a_broken_rule_shows_the_form_again(client: FlaskClient) -> None:
    answer = client.post("/refused/form")
    assert (answer.status_code, answer.text) == (409, '<p id="form">typed Ask somebody &lt;else&gt;.</p>')


def test_a_broken_rule_without_a_form_is_a_sentence_for_htmx(client: FlaskClient) -> None:
    answer = client.post("/refused", headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (409, "#refusal")
    assert "Ask somebody &lt;else&gt;." in answer.text


def test_a_conflict_is_a_broken_rule(client: FlaskClient) -> None:
    assert client.post("/conflict", headers=HTMX).status_code == 409


def test_too_many_tries_say_when_to_come_back(client: FlaskClient) -> None:
    answer = client.post("/too-often")
    assert (answer.status_code, answer.headers["Retry-After"], "Wait a while." in answer.text) == (429, "60", True)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_mistake_of_ours_is_undone_and_gives_nothing_away(client: FlaskClient, headers: dict[str, str]) -> None:
    answer = client.post("/mistake", headers=headers)
    assert answer.status_code == 500
    assert ("division" in answer.text, "Traceback" in answer.text) == (False, False)
    assert names() == []


def test_a_mistake_of_ours_has_a_number_to_tell(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    answer = client.post("/mistake")
    number = answer.headers["X-Request-Id"]
    assert f'<span class="num">{number}</span>' in answer.text
    assert [record.getMessage() for record in caplog.records] == [f"request {number} failed"]


@pytest.mark.parametrize("path", ["/no-database", "/no-connection"])
def test_without_a_database_one_is_asked_to_wait(client: FlaskClient, path: str) -> None:
    answer = client.post(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "Your text is still in this window" in answer.text


def test_a_table_that_is_gone_is_no_stack_trace(client: FlaskClient, sign_in) -> None:
    sign_in(client, a_person())
    with db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE sign_ins RENAME TO gone")
    try:
        answer = client.get("/my/account")
    finally:
        with db.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE gone RENAME TO sign_ins")
    assert answer.status_code in {500, 503}
    assert ("sign_ins" in answer.text, "<h1>" in answer.text) == (False, True)


def test_a_signed_in_person_is_asked_to_wait_in_the_same_words(app: Flask, client: FlaskClient, sign_in) -> None:
    def no_database(token: str) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    sign_in(client, a_person())
    app.login_manager._user_callback = no_database
    try:
        answer = client.get("/my/account")
    finally:
        app.login_manager._user_callback = load_actor
    assert (answer.status_code, "<h1>Back in a moment</h1>" in answer.text) == (503, True)


def test_a_page_for_others_says_so_and_a_strangers_page_does_not_exist(
    app: Flask, client: FlaskClient, sign_in
) -> None:
    a_community()
    a_door(app, "/<slug:community>/staff/trial", lambda: "staff", staff)
    sign_in(client, a_person())
    assert client.get("/demo/staff/trial").status_code == 403
    assert client.get("/other/staff/trial").status_code == 404


def refuse(remember: bool = False) -> None:
    if remember:
        again("form.html", word="typed")
    raise RuleBroken("Ask somebody <else>.")


def raise_(error: Exception) -> None:
    raise error


def write_and_fail() -> None:
    with transaction():
        a_row("first@example.org")
        db.session.flush()
        1 / 0  # noqa: B018


def test_a_mistake_with_the_database_does_not_bring_what_people_typed_into_the_log(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    a_door(app, "/twice", two_of_one_address)
    answer = client.get("/twice")
    assert (answer.status_code, "typed-by-somebody" in answer.text) == (500, False)
    assert ("unique" in caplog.text.lower(), "typed-by-somebody" in caplog.text) == (True, False)


def two_of_one_address() -> None:
    with transaction():
        for _ in range(2):
            db.session.add(Account(email="typed-by-somebody@example.org", name="", created_at=now()))
