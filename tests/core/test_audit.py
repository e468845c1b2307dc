"""The trail stays when the rest is undone; history goes with its change."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.core.audit import Audit, audit
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken
from portal.core.history import history_of, record
from tests.accounts.builders import a_person
from tests.core.builders import a_community, a_door, a_row


@pytest.fixture(autouse=True)
def _portal(app: Flask) -> None:
    """Every test here works on a fresh database."""


def test_a_line_stays_when_the_request_is_undone(app: Flask, client: FlaskClient) -> None:
    def door() -> None:
        audit("read letter", note="looked")
        with transaction():
            a_row("first@example.org")
            raise RuleBroken("No.")

    a_door(app, "/trial", door, methods=["POST"])
    client.post("/trial")
    assert [(row.action, row.note) for row in lines()] == [
        ("read letter", "looked"),
        ("refused by rule", "POST /trial"),
    ]
    assert lines()[1].data == {"sentence": "No."}


def test_a_line_says_who_where_when_and_from_where(app: Flask, client: FlaskClient, sign_in, at) -> None:
    now = at("2026-10-01 09:00")
    here, account = a_community(), a_person()
    a_door(app, "/<slug:community>/trial", lambda: audit("export", subject=here, rows=3) or "x")
    answer = sign_in(client, account).get("/demo/trial")
    row = lines()[0]
    assert (row.at, row.action, row.account_id, row.community_id, row.data) == (
        now,
        "export",
        account.id,
        here.id,
        {"rows": 3},
    )
    assert (row.subject_table, row.subject_id, row.address) == ("communities", here.id, "127.0.0.1")
    assert row.request_id == answer.headers["X-Request-Id"]


def test_inside_an_operation_no_line_is_written() -> None:
    with pytest.raises(RuntimeError, match="written outside of operations"), transaction():
        audit("export")
    assert lines() == []


def test_a_line_can_be_written_while_the_request_reads() -> None:
    a_community()
    assert len(lines()) == 0
    assert db.session().in_transaction()
    audit("export")
    assert len(lines()) == 1


def test_history_is_written_with_its_change_in_order(at) -> None:
    first = at("2026-10-01 09:00")
    account = a_person()
    with transaction():
        record(account, "change", account, note="why", answer=42)
    row = history_of(account)[-1]
    assert (row.verb, row.by_account_id, row.by_name, row.note) == ("change", account.id, "Teacher, Demo Hill", "why")
    assert (row.data, row.at) == ({"answer": 42}, first)


def test_history_of_an_undone_change_does_not_exist() -> None:
    account = a_person()
    with pytest.raises(RuleBroken):
        record_and_refuse(account)
    assert [row.verb for row in history_of(account)] == ["open"]


def test_the_portal_itself_may_be_the_doer() -> None:
    account = a_person()
    with transaction():
        record(account, "expire", None)
    assert [(row.by_account_id, row.by_name) for row in history_of(account)[1:]] == [(None, "")]


def test_things_of_another_table_have_another_history() -> None:
    account, here = a_person(), a_community()
    assert account.id == here.id
    assert [[row.verb for row in history_of(thing)] for thing in (account, here)] == [["open"], ["create"]]


def record_and_refuse(account) -> None:
    with transaction():
        record(account, "change", account)
        raise RuleBroken("No.")


def lines() -> list[Audit]:
    db.session.rollback()
    return list(db.session.scalars(select(Audit).order_by(Audit.id)))
