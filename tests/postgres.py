"""A PostgreSQL server for one run of the tests or the bench: made from the installed binaries, thrown away afterwards.

It listens on a socket in a short folder only (a socket's path may have 107 signs), and never waits for the disk.
PostgreSQL refuses to run as root, so root hands it to the user that Debian's package made.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OWNER = "postgres"
FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=", "max_connections=100"]


@contextmanager
def throwaway_server() -> Iterator[str]:
    """Start a server; gives the folder of its socket, and stops and removes the server at the end."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    if os.geteuid() == 0:
        shutil.chown(folder, OWNER, OWNER)
    data, log = folder / "data", folder / "log"
    try:
        _call("initdb", "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = " ".join(f"-c {option}" for option in [*FAST, f"unix_socket_directories={folder}"])
        _call("pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")
        yield str(folder)
    finally:
        if (data / "postmaster.pid").exists():
            _call("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


def address(socket: str, database: str = OWNER) -> str:
    """The DATABASE_URL of `database` on the server behind `socket`."""
    return f"postgresql://{OWNER}@/{database}?host={socket}"


def _call(program: str, *args: object) -> None:
    command = [str(_binaries() / program), *map(str, args)]
    if os.geteuid() == 0:
        runuser = shutil.which("runuser", path="/usr/sbin:/sbin:/usr/bin:/bin") or "runuser"
        command = [runuser, "-u", OWNER, "--", *command]
    done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise RuntimeError(f"{program} failed: {done.stdout.decode(errors='replace')}")


def _binaries() -> Path:
    """Where Debian keeps the newest server it has installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not found:
        raise RuntimeError("PostgreSQL is not installed. Run: make test (as root), or apt-get install postgresql")
    return found[-1]
