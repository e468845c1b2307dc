"""The doctor says what is wrong, how to mend it, and what production still lacks."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from portal import doctor
from portal.accounts.operations import find_or_open_account
from portal.core.db import db
from portal.doctor import SECOND_FACTOR, examine, notes
from tests.postbox import free_port

STRONG = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def _portal(app: Flask) -> None:
    """A portal with a good secret; its tables were not made by migrations and its worker has not run."""
    app.config["SECRET_KEY"] = STRONG


def test_what_is_right_is_not_complained_about() -> None:
    assert set(wrong()) == {"migrations", "worker"}


def test_a_weak_secret_is_found(app: Flask) -> None:
    app.config["SECRET_KEY"] = "a" * 40
    assert wrong()["settings"] == "SECRET_KEY is weak."


def test_a_mail_server_that_is_not_there_is_found(app: Flask) -> None:
    app.config["MAIL_URL"] = f"smtp://127.0.0.1:{free_port()}"
    assert wrong()["mail server"] == "Mail cannot be handed over: Unreachable."


def test_a_folder_that_cannot_be_written_is_found(app: Flask, tmp_path: Path) -> None:
    app.instance_path = str(tmp_path / "missing")
    assert wrong_of(doctor._storage) == f"The folder {tmp_path / 'missing'} cannot be written."


def test_a_folder_of_files_that_cannot_be_made_is_found(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("no folder")
    app.config["STORAGE_FOLDER"] = str(tmp_path / "taken" / "files")
    assert wrong_of(doctor._storage) == f"The folder {tmp_path / 'taken' / 'files'} cannot be written."


def test_a_database_that_is_gone_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: object, **kwargs: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    for name in ("execute", "scalar", "connection"):
        monkeypatch.setattr(db.session, name, gone)
    assert wrong()["database"] == "The database does not answer."


def test_production_lacks_the_second_factor_and_mail_that_leaves(app: Flask, tmp_path: Path) -> None:
    app.config.update(PORTAL_ENV="production", MAIL_URL=f"file:{tmp_path}")
    find_or_open_account(email="principal.demo@example.org", is_demo=True)
    found = wrong()
    assert found["second factor"] == SECOND_FACTOR
    assert found["settings"] == "Mail goes to a folder and reaches nobody."
    assert found["demo people"] == "1 demo people are in the database."


def test_development_is_told_about_the_second_factor_too() -> None:
    assert notes()[0] == "The second factor for staff is not built yet: the portal is not ready for production."


def test_whoever_wonders_where_mail_goes_is_told(app: Flask, tmp_path: Path) -> None:
    app.config["MAIL_URL"] = f"file:{tmp_path}"
    assert "/mailbox" in notes()[1]


def test_the_command_says_it_all_and_fails_while_something_is_wrong(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["doctor"])
    assert done.exit_code == 1
    assert (
        "worker         The worker has not run yet.\n               Start it: flask --app wsgi jobs run" in done.output
    )
    assert "settings       fine\n" in done.output
    assert SECOND_FACTOR in done.output


def test_the_command_is_content_when_nothing_is_wrong(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.cli.examine", lambda: [doctor.Finding("database")])
    assert app.test_cli_runner().invoke(args=["doctor"]).exit_code == 0


def test_everything_that_is_wrong_says_how_to_mend_it(app: Flask) -> None:
    app.config.update(PORTAL_ENV="production", SECRET_KEY="weak")
    assert [finding.name for finding in examine() if bool(finding.wrong) != bool(finding.cure)] == []


def wrong() -> dict[str, str]:
    return {finding.name: finding.wrong for finding in examine() if finding.wrong}


def wrong_of(look) -> str:
    found = look()
    return found[0] if found else ""
