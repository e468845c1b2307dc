"""Files outside of the database: whole or not at all, under names that nobody can guess."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from portal.core import storage
from portal.core.db import transaction
from portal.core.errors import CannotKeep, RuleBroken
from portal.core.jobs import SWEEPS
from portal.core.storage import Kept, keep, keeping
from portal.core.web import again
from tests.core.builders import a_door, a_row, a_template, names

HTMX = {"HX-Request": "true"}
LARGE = b"x" * (1024 * 1024)


def test_what_is_kept_is_read_again(app: Flask) -> None:
    kept = keep(b"A letter")
    assert kept == Kept(kept.key, 8, hashlib.sha256(b"A letter").hexdigest())
    assert (storage.read(kept.key), storage.is_there(kept.key)) == (b"A letter", True)


def test_a_stream_is_kept_in_pieces(app: Flask) -> None:
    kept = keep(BytesIO(LARGE))
    assert (kept.size, kept.sha256) == (len(LARGE), hashlib.sha256(LARGE).hexdigest())
    assert storage.read(kept.key) == LARGE


def test_names_cannot_be_guessed_and_the_same_content_gets_two(app: Flask) -> None:
    keys = {keep(b"the same").key for _ in range(50)}
    assert (len(keys), {len(bytes.fromhex(key)) >= 16 for key in keys}) == (50, {True})


def test_only_the_portal_may_read_the_files(app: Flask) -> None:
    path = storage.folder() / keep(b"x").key
    assert (oct(path.stat().st_mode & 0o777), oct(storage.folder().stat().st_mode & 0o777)) == ("0o600", "0o700")


def test_a_forgotten_file_is_gone_and_forgetting_twice_is_fine(app: Flask) -> None:
    kept = keep(b"x")
    storage.forget(kept.key)
    storage.forget(kept.key)
    assert (storage.is_there(kept.key), files()) == (False, [])
    with pytest.raises(FileNotFoundError):
        storage.read(kept.key)


@pytest.mark.parametrize(
    "key", ["", ".", "..", "../portal.db", "/etc/passwd", "a/b", "a" * 39, "A" * 40, "g" * 40, "a" * 40 + "\n", "\x00"]
)
def test_a_key_that_we_never_gave_is_refused(app: Flask, key: str) -> None:
    for ask in (storage.read, storage.is_there, storage.forget):
        with pytest.raises(ValueError, match="no key"):
            ask(key)


def test_a_disk_that_is_full_leaves_nothing(app: Flask) -> None:
    with a_limit_of(100_000), pytest.raises(CannotKeep):
        keep(LARGE)
    assert files() == []


def test_a_folder_that_cannot_be_made_is_said(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("no folder")
    app.config["STORAGE_FOLDER"] = str(tmp_path / "taken" / "files")
    assert storage.is_writable() is False
    with pytest.raises(CannotKeep):
        keep(b"x")


def test_a_folder_that_is_not_made_yet_can_be_written(app: Flask) -> None:
    assert (storage.folder().exists(), storage.is_writable(), list(storage.all_keys())) == (False, True, [])


def test_a_stream_that_breaks_off_leaves_nothing(app: Flask) -> None:
    with pytest.raises(EOFError):
        keep(Broken(EOFError()))  # type: ignore[arg-type]
    assert files() == []


def test_a_process_that_is_killed_leaves_no_file_under_a_real_name(app: Flask, at) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(storage.folder())], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert ([name[-5:] for name in files()], list(storage.all_keys())) == ([".half"], [])


def test_what_a_crash_left_is_swept_after_a_day_and_nothing_else(app: Flask, at) -> None:
    kept = keep(b"x")
    for name, hours in (("a.half", 25), ("b.half", 23)):
        aged(storage.folder() / name, hours)
    aged(storage.folder() / kept.key, 1000)
    assert storage.forget_halves in SWEEPS
    storage.forget_halves()
    assert files() == sorted([kept.key, "b.half"])


def test_a_sweeper_learns_every_key_and_its_age(app: Flask) -> None:
    old, new = keep(b"x"), keep(b"y")
    aged(storage.folder() / old.key, 2)
    (storage.folder() / "not-ours.txt").write_text("x")
    ages = dict(storage.all_keys())
    assert set(ages) == {old.key, new.key}
    assert timedelta(hours=2) <= ages[old.key] < timedelta(hours=3)
    assert timedelta() <= ages[new.key] < timedelta(minutes=1)


def test_a_file_from_a_clock_that_was_ahead_is_new(app: Flask) -> None:
    aged(storage.folder() / keep(b"x").key, -5)
    assert [age for _, age in storage.all_keys()] == [timedelta()]


def test_a_change_that_is_refused_leaves_neither_row_nor_file(app: Flask) -> None:
    with pytest.raises(RuleBroken), keeping(b"x") as kept, transaction():
        refuse(a_row(f"{kept.key}@example.org"))
    assert (names(), files()) == ([], [])


def test_a_change_that_holds_leaves_both(app: Flask) -> None:
    with keeping(b"x") as kept, transaction():
        a_row(f"{kept.key}@example.org")
    assert (names(), files()) == ([f"{kept.key}@example.org"], [kept.key])


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_full_disk_is_said_in_words_and_leaves_no_row(
    app: Flask, client: FlaskClient, headers: dict[str, str]
) -> None:
    a_door(app, "/hand-in", hand_in, methods=["POST"])
    with a_limit_of(100_000):
        answer = client.post("/hand-in", data={"word": "typed"}, headers=headers)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "300")
    assert "The portal cannot keep files just now. Nothing was saved." in answer.text
    assert (names(), files()) == ([], [])
    assert client.post("/hand-in").text == "kept"  # works again once there is room


def test_a_full_disk_shows_the_form_again_with_what_was_typed(app: Flask, client: FlaskClient) -> None:
    a_template(app, form='<p id="form">{{ word }} {{ refusal }}</p>')
    a_door(app, "/hand-in", hand_in, methods=["POST"])
    with a_limit_of(100_000):
        answer = client.post("/hand-in", data={"word": "typed", "again": "yes"})
    assert (answer.status_code, answer.text[:40]) == (503, '<p id="form">typed The portal cannot kee')


def test_a_disk_that_is_full_before_our_code_runs_is_said_as_well(app: Flask, client: FlaskClient) -> None:
    def full() -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    a_door(app, "/full", full)
    answer = client.get("/full")
    assert (answer.status_code, "cannot keep files just now" in answer.text) == (503, True)


def test_another_error_of_the_system_is_a_mistake_of_ours(app: Flask, client: FlaskClient) -> None:
    def missing() -> str:
        raise FileNotFoundError("/somewhere/inside")

    a_door(app, "/missing", missing)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = client.get("/missing")
    assert (answer.status_code, "/somewhere" in answer.text) == (500, False)


ROOT = Path(__file__).parents[2]
KILLED = """
import os, signal, sys
from flask import Flask
from portal.core import storage

class Killer:
    pieces = [b"x" * 100_000]
    def read(self, size):
        if self.pieces:
            return self.pieces.pop()
        os.kill(os.getpid(), signal.SIGKILL)

app = Flask("killed")
app.config["STORAGE_FOLDER"] = sys.argv[1]
with app.app_context():
    storage.keep(Killer())
"""


def refuse(row: object) -> None:
    """A rule that says no after the row was made."""
    raise RuleBroken("The letter is closed.")


class Broken:
    """A stream that gives a piece and then an error."""

    def __init__(self, error: Exception) -> None:
        self.error, self.pieces = error, [b"a piece"]

    def read(self, size: int) -> bytes:
        if self.pieces:
            return self.pieces.pop()
        raise self.error


def hand_in() -> str:
    """A door that keeps a large file and then its row."""
    if "again" in request.form:
        again("form.html", word=request.form["word"])
    with keeping(LARGE) as kept, transaction():
        a_row(f"{kept.key}@example.org")
    return "kept"


def files() -> list[str]:
    """The names of all that lies in the folder."""
    return sorted(path.name for path in storage.folder().glob("*"))


def aged(path: Path, hours: float) -> None:
    """Make `path` look as if it had been written so many hours ago."""
    path.touch()
    moment = path.stat().st_mtime - hours * 3600
    os.utime(path, (moment, moment))


@contextmanager
def a_limit_of(size: int) -> Iterator[None]:
    """No file of this process grows beyond `size` bytes: a disk that is full, for whoever writes."""
    before: tuple[Any, Any] = resource.getrlimit(resource.RLIMIT_FSIZE)
    handled = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handled)
