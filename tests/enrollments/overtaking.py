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
    first goes on by what is true no more. Who comes when is settled, so that nothing hangs on luck; where it comes
    otherwise, the test fails whatever it asks of the answers.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, two_at_once: Callable[..., list[Any]]) -> None:
        self.monkeypatch, self.two_at_once = monkeypatch, two_at_once

    def locked(self, place: str, first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
        """The answers of both, with the lock."""
        return self._run(place, first, second, is_held_up=True)

    def unlocked(self, place: str, first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
        """The same with the lock out of all rooms of enrollments."""
        one, *others = sorted(name for name, room in sys.modules.items() if _takes_lock(name, room))
        for name in others:
            self.monkeypatch.setattr(f"{name}.lock", lambda row: row)
        with no_lock(self.monkeypatch, one):
            return self._run(place, first, second, is_held_up=False)

    def _run(
        self, place: str, first: Callable[[], Any], second: Callable[[], Any], *, is_held_up: bool
    ) -> list[Any]:  # fmt: skip
        has_looked, is_done, who = threading.Event(), threading.Event(), threading.local()
        troubles = list[str]()
        module, _, name = place.rpartition(".")
        real = getattr(import_module(module), name)

        def look(*args: Any, **kwargs: Any) -> Any:
            answer = real(*args, **kwargs)
            if getattr(who, "is_first", False) and not has_looked.is_set():
                has_looked.set()
                if is_done.wait(HELD_UP if is_held_up else 60) == is_held_up:
                    troubles.append("the lock held nobody up" if is_held_up else "something else held the second up")
            return answer

        def work(number: int) -> Any:
            if number == 0:
                who.is_first = True
                return first()
            if not has_looked.wait(60):
                troubles.append(f"the first never came to {place}")
            try:
                return second()
            finally:
                is_done.set()

        self.monkeypatch.setattr(place, look)
        answers = self.two_at_once(work)
        assert troubles == []
        return answers


def _takes_lock(name: str, room: Any) -> bool:
    return name.startswith("portal.enrollments.") and getattr(room, "lock", None) is lock
