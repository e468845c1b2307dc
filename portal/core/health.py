"""Is the portal able to do its work? Each look gives a finding: what is wrong, and how to mend it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from . import clock
from .db import db
from .heartbeat import last_beat
from .migrations import is_current
from .outbox import oldest_owed
from .storage import folder, free_bytes, is_writable

Look = Callable[[], tuple[str, str] | None]  # nothing, or what is wrong and how to mend it
SILENT = timedelta(minutes=5)  # a long broadcast keeps the worker from its sign of life for a while
LATE = timedelta(minutes=30)
LEAST_FREE = 200 * 1024 * 1024  # bytes


@dataclass(frozen=True)
class Finding:
    """What a look at one thing found: nothing wrong, or a sentence and how to mend it."""

    name: str
    wrong: str = ""
    cure: str = ""


def look_at_all() -> list[Finding]:
    """A look at the database, its tables, the worker, the mail that waits, the disk and the files. Never raises."""
    return look_at(LOOKS)


def look_at(looks: dict[str, Look]) -> list[Finding]:
    """What each of these looks finds, by its name. A database that does not answer is a finding, never an error."""
    return [_safely(name, look) for name, look in looks.items()]


def _safely(name: str, look: Look) -> Finding:
    try:
        return Finding(name, *(look() or ()))
    # Without the rollback every look after this one would fail for the same broken transaction, and hide what else is
    # wrong.
    except SQLAlchemyError:
        db.session.rollback()
        return Finding(name, "The database does not answer.", "Start it, or mend DATABASE_URL.")


def _database() -> None:
    db.session.execute(text("SELECT 1"))


def _migrations() -> tuple[str, str] | None:
    if is_current():
        return None
    return "The tables are not those of this version.", "Run: flask --app wsgi db upgrade"


def _worker() -> tuple[str, str] | None:
    last = last_beat()
    if last is not None and clock.now() - last < SILENT:
        return None
    return f"The worker {_since(last)}.", "Start it: flask --app wsgi jobs run"


def _mail() -> tuple[str, str] | None:
    oldest = oldest_owed()
    if oldest is None or clock.now() - oldest < LATE:
        return None
    minutes = int((clock.now() - oldest).total_seconds() // 60)
    return (
        f"The oldest mail has waited for {minutes} minutes.",
        "See that the worker runs and that MAIL_URL takes mail.",
    )


def _disk() -> tuple[str, str] | None:
    if min(shutil.disk_usage(current_app.instance_path).free, free_bytes()) >= LEAST_FREE:
        return None
    return "The disk is nearly full.", f"Make room: at least {LEAST_FREE // 1024**2} MB must be free."


def _files() -> tuple[str, str] | None:
    if is_writable():
        return None
    return "The folder of files takes none.", f"Give {folder()} to the user {os.geteuid()}, or mend STORAGE_URL."


LOOKS: dict[str, Look] = {
    "database": _database, "migrations": _migrations, "worker": _worker, "mail": _mail, "disk": _disk, "files": _files,
}  # fmt: skip


def _since(last: datetime | None) -> str:
    if last is None:
        return "has not run yet"
    return f"has been silent for {int((clock.now() - last).total_seconds() // 60)} minutes"
