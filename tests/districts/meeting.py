"""What happens when a lock is taken out: two look before one writes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import event

from portal.core.db import db


@contextmanager
def all_look_before_one_writes(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, taken_out: str, is_locked: bool
) -> Iterator[bool]:
    """Unless `is_locked`, take the lock `taken_out` out of `module` and make two meet before their first INSERT.

    Gives whether that must go wrong. On SQLite it cannot: there a writing transaction is alone from its first
    moment, so there is nobody to meet.
    """
    if is_locked or db.engine.dialect.name == "sqlite":
        yield False
        return
    monkeypatch.setattr(module, taken_out, lambda *row: None)
    meeting, met = threading.Barrier(2), set[int]()

    def meet(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith("INSERT") and threading.get_ident() not in met:
            met.add(threading.get_ident())
            meeting.wait(timeout=10)

    event.listen(db.engine, "before_cursor_execute", meet)
    yield True
    event.remove(db.engine, "before_cursor_execute", meet)
