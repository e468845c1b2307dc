"""Can the portal do its work? Every look says what is wrong and how to mend it."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from portal.core import health
from portal.core.db import db, transaction
from portal.core.health import Finding, look_at_all
from portal.core.heartbeat import beat
from portal.core.migrations import newest
from portal.core.outbox import post


@pytest.fixture
def healthy(app: Flask, at):
    """A migrated portal whose worker has just done its round, at nine."""
    number = min(newest())
    with db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{number}')")
    now = at("2026-10-01 09:00")
    beat()
    yield now
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")


def test_a_healthy_portal_has_nothing_wrong(healthy) -> None:
    assert look_at_all() == [Finding(name) for name in ("database", "migrations", "worker", "mail", "disk", "files")]


def test_a_silent_worker_is_found(healthy, at) -> None:
    at((healthy + timedelta(minutes=5, seconds=-1)).isoformat())
    assert wrong() == {}
    at((healthy + timedelta(minutes=7)).isoformat())
    assert wrong() == {"worker": "The worker has been silent for 7 minutes."}


def test_a_worker_that_never_ran_is_found(app: Flask) -> None:
    assert wrong()["worker"] == "The worker has not run yet."


def test_tables_of_another_version_are_found(healthy) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    assert wrong() == {"migrations": "The tables are not those of this version."}


def test_mail_that_waits_too_long_is_found(healthy, at) -> None:
    with transaction():
        post("sign_in_link", to="first@example.org", link_id=1)
    at((healthy + timedelta(minutes=31)).isoformat())
    beat()
    assert wrong() == {"mail": "The oldest mail has waited for 31 minutes."}


def test_a_full_disk_is_found(healthy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1024))
    assert wrong() == {"disk": "The disk is nearly full."}


def test_a_full_disk_of_files_is_found(healthy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "free_bytes", lambda: 1024)
    assert wrong() == {"disk": "The disk is nearly full."}


def test_a_folder_that_takes_no_files_is_found(healthy, app: Flask, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("no folder")
    app.config["STORAGE_FOLDER"] = str(tmp_path / "taken" / "files")
    assert wrong() == {"files": "The folder of files takes none."}


def test_a_database_that_is_gone_is_found_by_every_look_that_needs_it(healthy, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: object, **kwargs: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr(db.session, "execute", gone)
    monkeypatch.setattr(db.session, "scalar", gone)
    monkeypatch.setattr(db.session, "connection", gone)
    assert wrong() == dict.fromkeys(("database", "migrations", "worker", "mail"), "The database does not answer.")


def test_everything_that_is_wrong_says_how_to_mend_it(app: Flask) -> None:
    assert [finding.name for finding in look_at_all() if bool(finding.wrong) != bool(finding.cure)] == []


def wrong() -> dict[str, str]:
    return {finding.name: finding.wrong for finding in look_at_all() if finding.wrong}
