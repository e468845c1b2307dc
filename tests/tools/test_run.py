"""`make run` as a newcomer meets it: it starts, says where to go, stops by Ctrl-C, and keeps what was done."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.postbox import free_port
from tools.prepare import missing_packages
from tools.run import is_taken

ROOT = Path(__file__).parents[2]
PARTS = ["portal", "templates", "static", "tools", "wsgi.py", "gunicorn.conf.py"]
LAST = "Stop with Ctrl-C"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A copy of the project, so that nobody's own data is touched."""
    folder = tmp_path / "portal"
    folder.mkdir()
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copyfile
        copy(ROOT / part, folder / part)
    return folder


def test_it_starts_says_where_to_go_and_stops_by_ctrl_c(home: Path, bare_url: str) -> None:
    port = free_port()
    with started(home, bare_url, port) as (process, said):
        assert f"The portal is ready: http://127.0.0.1:{port}" in said
        assert "/mailbox" in said
        assert [role for role in ("staff", "lead", "member") if role not in said] == []
        assert get(f"http://127.0.0.1:{port}/eclc/") == 200
    assert process.returncode == 0
    assert is_taken(port) is False


def test_a_second_start_keeps_the_data(home: Path, bare_url: str) -> None:
    with started(home, bare_url, free_port()):
        pass
    key = (home / "instance/secret_key").read_text()
    with started(home, bare_url, free_port()) as (process, said):
        assert "The portal is ready" in said
    assert process.returncode == 0
    assert (home / "instance/secret_key").read_text() == key


def test_it_stops_by_an_interrupt_though_a_script_started_it_in_the_background(home: Path, bare_url: str) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # what a shell does for "&"; children inherit it
    try:
        with started(home, bare_url, free_port()) as (process, said):
            assert "The portal is ready" in said
    finally:
        signal.signal(signal.SIGINT, before)
    assert process.returncode == 0


def test_a_port_that_is_in_use_is_named(home: Path, bare_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = int(somebody.getsockname()[1])
        done = subprocess.run(command(), cwd=home, env=environment(bare_url, port), capture_output=True, text=True)
    sentence = f"Port {port} is in use already. Choose another one: make run PORT={port + 1}"
    assert (done.returncode, done.stdout, done.stderr.strip()) == (1, "", sentence)


def test_a_prepared_machine_lacks_nothing() -> None:
    assert missing_packages() == []


@contextmanager
def started(home: Path, url: str, port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The running portal and what it said until it was ready; Ctrl-C at the end."""
    process = subprocess.Popen(
        command(), cwd=home, env=environment(url, port), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    try:
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith(LAST):
                break
        yield process, said
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def command() -> list[str]:
    return [sys.executable, "-m", "tools.run"]


def environment(url: str, port: int) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": "",
        "DATABASE_URL": url,
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
    }


def get(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return int(answer.status)
