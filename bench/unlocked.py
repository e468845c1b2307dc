"""The negative control: the same portal, its lock taken out. A rush on it must oversell, or the rush proves nothing.

On SQLite the lock is also in BEGIN IMMEDIATE, which lets one change in at a time; so BEGIN goes too, and each statement
stands alone, as in an app that reads, decides and writes without a thought for others.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event

from portal.core import db as core
from portal.enrollments import running_out

from .served import app

__all__ = ["app"]


def _only_read(row: Any) -> Any:
    core.db.session.refresh(row)
    return row


# Whoever asks for a seat takes the lock there. That it is there at all is looked at: what is renamed takes no lock out.
assert running_out.lock is core.lock
vars(running_out)["lock"] = _only_read
event.remove(Engine, "begin", core._begin_sqlite)
