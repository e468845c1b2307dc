"""What whoever watches over the portal is told."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from portal.core.db import db
from portal.core.heartbeat import beat
from portal.core.migrations import newest


def test_a_living_process_says_so_without_asking_the_database(client: FlaskClient, count_queries) -> None:
    with count_queries() as statements:
        answer = client.get("/health/live")
    assert (answer.status_code, answer.json, statements) == (200, {"live": True}, [])


def test_a_portal_that_cannot_work_says_why(client: FlaskClient) -> None:
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json["ready"]) == (503, False)
    assert answer.json["checks"]["worker"] == "The worker has not run yet."
    assert answer.json["checks"]["database"] == "fine"


def test_a_portal_that_can_work_says_so(app: Flask, client: FlaskClient) -> None:
    number = min(newest())
    with db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{number}')")
    beat()
    answer = client.get("/health/ready")
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
    assert (answer.status_code, answer.json["ready"]) == (200, True)


def test_nobody_keeps_a_copy_and_nobody_gets_a_cookie(client: FlaskClient) -> None:
    for path in ("/health/live", "/health/ready"):
        answer = client.get(path)
        assert (answer.headers["Cache-Control"], "Set-Cookie" in answer.headers) == ("no-store", False)
        assert client.head(path).status_code == answer.status_code


def test_no_version_and_no_setting_is_given_away(app: Flask, client: FlaskClient) -> None:
    text = client.get("/health/ready").text
    hidden = (app.config["SECRET_KEY"], app.config["SQLALCHEMY_DATABASE_URI"], app.config["MAIL_URL"], "0001")
    assert [word for word in hidden if word in text] == []
