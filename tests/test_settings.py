"""The portal starts only with settings that hold."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal import settings
from portal.settings import BadSettings, Settings, is_weak

ROOT = Path(__file__).parents[1]
GOOD = {
    "PORTAL_ENV": "production",
    "SECRET_KEY": "0123456789abcdef0123456789abcdef",
    "PORTAL_BASE_URL": "https://portal.example.org",
    "DATABASE_URL": "postgresql://portal@db.example.org/portal",
    "MAIL_URL": "smtp://mail.example.org",
}


def test_development_needs_nothing(tmp_path: Path) -> None:
    found = Settings.read({}, tmp_path)
    assert (found.env, found.base_url, found.demo_password) == (
        "development",
        "http://127.0.0.1:8000",
        "learning-together",
    )
    assert found.database_url == f"sqlite:///{tmp_path / 'portal.db'}"
    assert found.mail_url == f"file:{tmp_path / 'mail'}"


def test_the_key_of_a_machine_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first, second = (Settings.read({}, tmp_path).secret_key for _ in range(2))
    assert (first == second, is_weak(first)) == (True, False)
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_production_starts_with_good_settings(tmp_path: Path) -> None:
    flask = Settings.read(GOOD, tmp_path).flask()
    assert (flask["SESSION_COOKIE_SECURE"], flask["SESSION_COOKIE_NAME"]) == (True, "__Host-portal")
    assert (flask["SESSION_COOKIE_HTTPONLY"], flask["SESSION_COOKIE_SAMESITE"]) == (True, "Lax")
    assert (flask["TRUSTED_HOSTS"], flask["DEMO_PASSWORD"]) == (["portal.example.org"], "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing or too weak."),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is missing or too weak."),
        ({"SECRET_KEY": "a" * 64}, "SECRET_KEY is missing or too weak."),
        ({"PORTAL_BASE_URL": ""}, "PORTAL_BASE_URL is missing or not https."),
        ({"PORTAL_BASE_URL": "http://portal.example.org"}, "PORTAL_BASE_URL is missing or not https."),
        ({"PORTAL_DEMO_PASSWORD": "x"}, "PORTAL_DEMO_PASSWORD is set."),
        ({"PORTAL_ENV": "prod"}, "PORTAL_ENV is “prod”."),
        ({"MAIL_URL": "smtp://portal:a/word@mail.example.org"}, "MAIL_URL cannot be read."),
        ({"PORTAL_TRUSTED_PROXIES": "²"}, "PORTAL_TRUSTED_PROXIES is “²”."),
        ({"PORTAL_TRUSTED_PROXIES": "-1"}, "PORTAL_TRUSTED_PROXIES is “-1”."),
        ({"MAIL_URL": "https://mail.example.org"}, "MAIL_URL is not one of"),
        ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG is set."),
        ({"STORAGE_URL": "s3://bucket"}, "STORAGE_URL is not a folder of this machine."),
        ({"STORAGE_URL": "file:files"}, "STORAGE_URL is not a folder of this machine."),
        ({"STORAGE_URL": "file://server/files"}, "STORAGE_URL is not a folder of this machine."),
        ({"STORAGE_URL": "/srv/files"}, "STORAGE_URL is not a folder of this machine."),
    ],
)
def test_production_stops_with_a_sentence(tmp_path: Path, change: dict[str, str], words: str) -> None:
    with pytest.raises(BadSettings) as refusal:
        Settings.read({**GOOD, **change}, tmp_path)
    assert refusal.value.message.startswith(words)


def test_production_keeps_no_sqlite_on_a_network_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mounts"
    lines = ["disk / ext4 rw", f"server:/data {tmp_path}/far nfs4 rw", f"local {tmp_path}/far/near ext4 rw"]
    mounts.write_text("\n".join(lines))
    monkeypatch.setattr(settings, "MOUNTS", mounts)
    near = {**GOOD, "DATABASE_URL": f"sqlite:///{tmp_path}/far/near/portal.db"}
    assert Settings.read(near, tmp_path).env == "production"
    with pytest.raises(BadSettings, match="on a network disk"):
        Settings.read({**GOOD, "DATABASE_URL": f"sqlite:///{tmp_path}/far/portal.db"}, tmp_path)


def test_files_lie_beside_the_data_unless_told_otherwise(tmp_path: Path) -> None:
    places = ["", "file:/srv/portal files#1", "file:///srv/files"]
    told = [Settings.read({"STORAGE_URL": place}, tmp_path).flask()["STORAGE_FOLDER"] for place in places]
    assert told == [f"{tmp_path}/files", "/srv/portal files#1", "/srv/files"]


def test_an_old_name_of_postgresql_is_understood(tmp_path: Path) -> None:
    found = Settings.read({**GOOD, "DATABASE_URL": "postgres://portal@db.example.org/portal"}, tmp_path)
    assert found.database_url == "postgresql://portal@db.example.org/portal"


def test_a_command_says_it_in_one_line() -> None:
    done = subprocess.run(
        [f"{sys.prefix}/bin/flask", "--app", "wsgi", "jobs", "due"],
        cwd=ROOT, env={"PATH": os.environ["PATH"], "PORTAL_ENV": "production"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "Error: SECRET_KEY is missing or too weak. Set it to 32 or more random characters.\n"
