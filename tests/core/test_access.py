"""The gate: signed-in is the rule, every other door says who may come."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.operations import grant_permission
from portal.core.access import admin, community, gate_of, kept, me, public, reviewer, staff
from portal.core.audit import Audit
from portal.core.db import db
from tests.accounts.builders import a_person
from tests.core.builders import a_community, a_door

GATES: dict[str, Callable] = {"public": public, "kept": kept, "reviewer": reviewer, "staff": staff, "admin": admin}
COMES_IN = {
    "nobody": {"public", "kept"},
    "somebody": {"public", "kept", "signed_in"},
    "reviewer": {"public", "kept", "signed_in", "reviewer"},
    "staff": {"public", "kept", "signed_in", "reviewer", "staff"},
    "admin": {"public", "kept", "signed_in", "reviewer", "staff", "admin"},
    "admin elsewhere": {"public", "kept", "signed_in"},
}


@pytest.fixture(autouse=True)
def _doors(app: Flask) -> None:
    """One door per gate in a community."""
    for name in (*GATES, "signed_in"):
        gate = GATES.get(name, lambda view: view)
        a_door(app, f"/<slug:community>/gates/{name}", lambda: f"{community().slug} {me().email}", gate)


@pytest.mark.parametrize("who", COMES_IN)
@pytest.mark.parametrize("name", [*GATES, "signed_in"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_comes_through_which_door(client: FlaskClient, sign_in, who: str, name: str, method: str) -> None:
    enter_as(who, client, sign_in)
    status = client.open(f"/demo/gates/{name}", method=method).status_code
    assert status == (200 if name in COMES_IN[who] else 303 if who == "nobody" else 403)


@pytest.mark.parametrize("name", [*GATES, "signed_in"])
def test_in_a_community_that_does_not_exist_there_are_no_doors(client: FlaskClient, sign_in, name: str) -> None:
    enter_as("admin", client, sign_in)
    assert client.get(f"/nowhere/gates/{name}").status_code == 404


def test_a_door_without_a_word_is_for_the_signed_in(app: Flask) -> None:
    a_door(app, "/plain", lambda: "x", lambda view: view)
    assert (gate_of(app, "/plain"), gate_of(app, "static")) == ("signed_in", "public")


def test_a_page_knows_who_asks_and_where(client: FlaskClient, sign_in) -> None:
    enter_as("somebody", client, sign_in)
    assert client.get("/demo/gates/signed_in").text == "demo teacher@example.org"


def test_a_permission_taken_away_is_gone_at_the_next_click(client: FlaskClient, sign_in) -> None:
    enter_as("staff", client, sign_in)
    assert client.get("/demo/gates/staff").status_code == 200
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM permissions")
    assert client.get("/demo/gates/staff").status_code == 403


def test_a_refusal_leaves_one_line(client: FlaskClient, sign_in) -> None:
    enter_as("somebody", client, sign_in)
    client.get("/demo/gates/staff?token=secret")
    found = [(row.action, row.account_id, row.community_id, row.note) for row in db.session.scalars(select(Audit))]
    assert found == [("refused", 1, 1, "GET /demo/gates/staff")]


@pytest.mark.parametrize("cookie", ["", "x", "eyJfdXNlcl9pZCI6IjEifQ.x.y", "." * 50, "a" * 4000])
def test_a_forged_cookie_is_nobody(app: Flask, cookie: str) -> None:
    other = app.test_client(use_cookies=False)
    answer = other.get("/demo/gates/signed_in", headers={"Cookie": f"portal={cookie}; remember_token=1|x"})
    assert answer.status_code in {303, 404}


@pytest.mark.parametrize("token", ["1", "", "0", "x" * 43, None])
def test_a_cookie_with_another_token_is_nobody(client: FlaskClient, token: object) -> None:
    a_person()
    a_community()
    with client.session_transaction() as session:
        session["_user_id"] = token
    assert client.get("/demo/gates/signed_in").status_code == 303


def enter_as(who: str, client: FlaskClient, sign_in) -> None:
    here = a_community()
    if who == "nobody":
        return
    account = a_person()
    if who != "somebody":
        place = a_community("elsewhere") if who == "admin elsewhere" else here
        grant_permission(place, email=account.email, kind=who.partition(" ")[0])
    sign_in(client, account)
