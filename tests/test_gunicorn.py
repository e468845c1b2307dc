"""The web server says in one line why it must not start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_bad_settings_give_one_line_and_no_server() -> None:
    environ = {"PORTAL_ENV": "production", "PORT": "0", "PATH": "/usr/bin:/bin"}
    started = [sys.executable, "-m", "gunicorn"]
    ended = subprocess.run(started, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (
        1,
        "Error: SECRET_KEY is missing or too weak. Set it to 32 or more random characters.\n",
    )
