"""A gunicorn of our own on 127.0.0.1, and the CPU its processes burn."""

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

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


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
        """Memory of each worker's own (resident) pages, in MB."""
        return [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 1e6 for pid in self.workers]


@contextmanager
def serve(app: str, settings: Mapping[str, str], workers: int = 2, ready: str = "/health/live") -> Iterator[Server]:
    """Serve `app` (module:name) with `settings` in its environment until the block ends."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", app, "--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--threads", "8",
        "--worker-class", "gthread", "--no-control-socket", "--log-level", "warning",
    ]  # fmt: skip
    started = time.monotonic()
    process = subprocess.Popen(command, env={**os.environ, **settings, "PORT": str(port)})
    try:
        _wait(f"http://127.0.0.1:{port}{ready}", started)
        yield Server(port, process.pid, time.monotonic() - started)
    finally:
        process.terminate()
        process.wait(30)


def free_port() -> int:
    """A port nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, started: float) -> None:
    while time.monotonic() - started < 30:
        try:
            urllib.request.urlopen(url, timeout=5).read()  # noqa: S310 - our own address
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"{url} did not answer within 30 seconds")


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
