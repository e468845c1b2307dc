"""Two at one instant: one has looked, and the other does all of theirs meanwhile, where no lock holds them up."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from portal.core.db import lock
from tests.cohorts.rush import no_lock

HELD_UP = 0.4  # seconds for which the first waits for a second whom the lock holds up, and then goes on


class Overtaking:
    """One person has looked at `place`, a function of a room that has answered; another presses at that instant.

    With the lock, the second is held up until the first is done. Without it, the second does all of theirs, and the
    first goes on by what is true no more. Who comes when is settled, so that nothing hangs on luck.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, two_at_once: Callable[..., list[Any]]) -> None:
        self.monkeypatch, self.two_at_once = monkeypatch, two_at_once

    def locked(self, place: str, first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
        """The answers of both, with the lock."""
        return self._run(place, first, second, HELD_UP)

    def unlocked(self, place: str, first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
        """The same with the lock out of all rooms of enrollments. If the second is still held up, the first fails."""
        one, *others = sorted(name for name, room in sys.modules.items() if _takes_lock(name, room))
        for name in others:
            self.monkeypatch.setattr(f"{name}.lock", lambda row: row)
        with no_lock(self.monkeypatch, one):
            return self._run(place, first, second, seconds=60)

    def _run(self, place: str, first: Callable[[], Any], second: Callable[[], Any], seconds: float) -> list[Any]:
        has_looked, is_done, who = threading.Event(), threading.Event(), threading.local()
        module, _, name = place.rpartition(".")
        real = getattr(import_module(module), name)

        def look(*args: Any, **kwargs: Any) -> Any:
            answer = real(*args, **kwargs)
            if getattr(who, "is_first", False) and not has_looked.is_set():
                has_looked.set()
                assert is_done.wait(seconds) or seconds == HELD_UP, "something else held the second up"
            return answer

        def work(number: int) -> Any:
            if number == 0:
                who.is_first = True
                return first()
            assert has_looked.wait(60), f"the first never came to {place}"
            try:
                return second()
            finally:
                is_done.set()

        self.monkeypatch.setattr(place, look)
        return self.two_at_once(work)


def _takes_lock(name: str, room: Any) -> bool:
    return name.startswith("portal.enrollments.") and getattr(room, "lock", None) is lock
