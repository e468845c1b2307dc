"""Work that is not done inside a request. huey only wakes the worker: what is owed stands in our own tables,
so a lost or doubled wake-up loses and doubles nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from math import inf
from time import monotonic
from typing import Any, TypeVar

from flask import Flask, current_app
from huey import PostgresHuey, RedisHuey, SqliteHuey, crontab
from huey.api import Huey

log = logging.getLogger("portal.jobs")
Job = TypeVar("Job", bound=Callable[[], object])
Row = TypeVar("Row")
SWEEPS: list[Callable[[], object]] = []


def due(job: Job) -> Job:
    """Register a job that may run late, twice or on two hosts: it looks for what is due and does that."""
    SWEEPS.append(job)
    return job


def each(rows: Iterable[Row], do: Callable[[Row], int]) -> int:
    """Do this for one after the other, in a transaction of its own, and give the sum of what came of it. One that fails
    is logged and does not stop those behind it.
    """
    return sum(_tried(do, row) for row in rows)


def is_rested(job: str, seconds: float) -> bool:
    """Whether this worker has not begun `job` for so long; it counts as begun now. For what rests between two runs."""
    begun: dict[str, float] = current_app.extensions.setdefault("jobs begun", {})
    if monotonic() - begun.get(job, -inf) < seconds:
        return False
    begun[job] = monotonic()
    return True


def sweep() -> None:
    """Run every registered job once. One that fails is logged and does not stop the others."""
    for job in SWEEPS:
        try:
            job()
        except Exception:
            log.exception("job %s failed", job.__name__)


def wake() -> None:
    """Tell the worker that something is due. If the message gets lost, the next minute finds it anyway."""
    try:
        # Nobody fails because the queue does: the mail is owed in the same database as the change, and the worker looks
        # every minute.
        if not current_app.extensions["huey"].pending_count():  # one call that waits will find all that is due
            current_app.extensions["wake_worker"]()
    except Exception:
        log.exception("the worker could not be woken; the next sweep will find the work")


def install(app: Flask) -> None:
    """Connect the app to its queue: Redis where there is one, else next to the data."""
    huey = _queue(app)

    def work() -> None:
        with app.app_context():
            sweep()

    woken: Any = huey.task(name="work")(work)
    huey.periodic_task(crontab(), name="work_each_minute")(work)
    app.extensions["huey"] = huey
    app.extensions["wake_worker"] = woken


def run(app: Flask) -> None:
    """Be the worker until told to stop: SIGTERM or Ctrl-C lets the work at hand finish."""
    # What fell due while no worker ran is done at once, not a minute later.
    with app.app_context():
        sweep()
    app.extensions["huey"].create_consumer(workers=1, initial_delay=0.1, max_delay=1.0, check_worker_health=True).run()


def _tried(do: Callable[[Row], int], row: Row) -> int:
    try:
        return do(row)
    except Exception:
        log.exception("%s failed for one", do.__name__)
        return 0


def _queue(app: Flask) -> Huey:
    options: dict[str, Any] = {"results": False, "utc": True}
    if app.config["REDIS_URL"]:
        return RedisHuey("portal", url=app.config["REDIS_URL"], **options)
    where = str(app.config["SQLALCHEMY_DATABASE_URI"])
    if where.startswith("postgresql"):
        return PostgresHuey("portal", dsn=where.replace("+psycopg", ""), **options)
    # No fsync: losing a wake-up in a power cut loses nothing, and each write would wait for the disk.
    return SqliteHuey("portal", filename=app.config["JOBS_FILE"], fsync=False, **options)
