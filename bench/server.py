"""A gunicorn of our own on 127.0.0.1, set up as the portal's own is, and the CPU its processes burn."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
HOST = "127.0.0.1"
PATIENCE = 60  # seconds


@dataclass
class Server:
    """A running server: its port, its main process, and how long it took to answer (seconds)."""

    port: int
    pid: int
    ready_after: float

    @property
    def workers(self) -> list[int]:
        """The numbers of the worker processes."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [int(child) for child in children]

    def cpu(self) -> float:
        """User and system seconds that the server's processes have used so far."""
        return sum(_cpu(pid) for pid in [self.pid, *self.workers])

    def megabytes(self) -> list[float]:
        """Memory of each worker that is resident now, what it shares with others included, in MB."""
        return [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 1e6 for pid in self.workers]


@contextmanager
def serve(app: str, settings: Mapping[str, str], workers: int = 2) -> Iterator[Server]:
    """Serve `app` (module:name) with `settings` in its environment until the block ends."""
    port = _free_port()
    own = {"HOST": HOST, "PORT": str(port), "PORTAL_BASE_URL": f"http://{HOST}:{port}", "WEB_CONCURRENCY": str(workers)}
    environ = {**os.environ, **settings, **own}
    started = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "gunicorn", app], cwd=ROOT, env=environ)
    try:
        _wait(process, f"http://{HOST}:{port}/health/live")
        yield Server(port, process.pid, time.monotonic() - started)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).read()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"{url} did not answer")


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
