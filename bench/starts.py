"""How long the portal takes to be there, and how much memory its workers hold once they have worked."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from .load import cpu_per_request
from .pages import PAGES
from .results import Row, at_most
from .server import serve
from .world import Stage

WORKERS = 2
REQUESTS = 1_000  # of each worker


def measure(stage: Stage) -> Iterator[Row]:
    """Start time, the median of some starts, and memory after 1,000 requests a worker."""
    settings, seconds = stage.settings(stage.copy()), []
    for _ in range(stage.scale.repeats):
        with serve("bench.served:app", settings, WORKERS) as server:
            seconds.append(server.ready_after)
    yield at_most(f"start: ready, {WORKERS} workers", median(seconds), 2.0, "s")
    with serve("bench.served:app", settings, WORKERS) as server:
        for page in PAGES:
            cpu_per_request(server, page.path, REQUESTS * WORKERS // len(PAGES), page.cookie)
        most = max(server.megabytes())
    yield at_most(f"memory: a worker after {REQUESTS:,} requests", most, 90, "MB", digits=0)
