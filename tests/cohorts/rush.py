"""Two people at one instant, with the lock or without: what the lock is for can only be seen when it is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import Engine, event

from portal.core import db as core


def meet_at(monkeypatch: pytest.MonkeyPatch, module: str, name: str, seconds: float = 0.5) -> None:
    """Let two threads wait for each other once `name` has answered both; one that a lock holds up is not waited for.

    Who waits longer than a second means that there is no lock: then not to meet is an error, lest luck decides.
    """
    place, real, door = import_module(module), getattr(import_module(module), name), threading.Barrier(2)

    def met(*args: Any, **kwargs: Any) -> Any:
        answer = real(*args, **kwargs)
        try:
            door.wait(seconds)
        except threading.BrokenBarrierError:
            if seconds > 1:
                raise
        return answer

    monkeypatch.setattr(place, name, met)


def meet_before(monkeypatch: pytest.MonkeyPatch, module: str, name: str, seconds: float = 10) -> None:
    """Let two threads wait for each other before either asks `name`, which itself lets in one after the other."""
    place, real, door = import_module(module), getattr(import_module(module), name), threading.Barrier(2)

    def met(*args: Any, **kwargs: Any) -> Any:
        door.wait(seconds)
        return real(*args, **kwargs)

    monkeypatch.setattr(place, name, met)


def meet_between(monkeypatch: pytest.MonkeyPatch, *names: tuple[str, str], seconds: float = 10) -> None:
    """Let two threads on different ways wait for each other once each has asked what it is about to rely on."""
    door = threading.Barrier(2)
    for module, name in names:
        real = getattr(import_module(module), name)
        monkeypatch.setattr(f"{module}.{name}", _met(real, door, seconds))


@contextmanager
def no_lock(monkeypatch: pytest.MonkeyPatch, module: str) -> Iterator[None]:
    """Take the lock out of the operations of `module`; SQLite's BEGIN goes too, for it is a lock of its own."""
    monkeypatch.setattr(import_module(module), "lock", lambda row: row)
    event.remove(Engine, "begin", core._begin_sqlite)
    try:
        yield
    finally:
        event.listen(Engine, "begin", core._begin_sqlite)


def _met(real: Callable[..., Any], door: threading.Barrier, seconds: float) -> Callable[..., Any]:
    def met(*args: Any, **kwargs: Any) -> Any:
        answer = real(*args, **kwargs)
        with suppress(threading.BrokenBarrierError):
            door.wait(seconds)
        return answer

    return met
