"""Work outside of requests: nothing is lost by a lost call, nothing is held up by a mistake."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.core import jobs
from portal.core.db import transaction
from portal.core.heartbeat import beat, last_beat
from portal.core.jobs import due, sweep, wake
from portal.core.outbox import post


@pytest.fixture
def done(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Three jobs, of which the second makes a mistake; gives what was done."""
    monkeypatch.setattr(jobs, "SWEEPS", [])
    seen: list[str] = []

    @due
    def first() -> None:
        seen.append("first")

    @due
    def second() -> None:
        raise ValueError("no")

    @due
    def third() -> None:
        seen.append("third")

    return seen


def test_a_sweep_does_everything_that_is_due(done: list[str]) -> None:
    sweep()
    assert done == ["first", "third"]


def test_a_mistake_is_told_and_holds_up_nothing(done: list[str], caplog: pytest.LogCaptureFixture) -> None:
    sweep()
    sweep()
    assert done == ["first", "third"] * 2
    assert [record.getMessage() for record in caplog.records] == ["job second failed"] * 2


def test_the_worker_is_called_once_however_much_is_owed(app: Flask) -> None:
    with transaction():
        for number in range(3):
            post("sign_in_link", to="first@example.org", link_id=number)
    with transaction():
        post("sign_in_link", to="first@example.org", link_id=3)
    assert app.extensions["huey"].pending_count() == 1


def test_nobody_is_called_for_a_change_that_was_undone(app: Flask) -> None:
    with pytest.raises(ValueError, match="no"):
        post_and_fail()
    assert app.extensions["huey"].pending_count() == 0


def test_a_call_that_gets_lost_breaks_nothing(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise OSError("disk full")

    app.extensions["wake_worker"] = broken
    wake()
    assert [record.getMessage() for record in caplog.records] == [
        "the worker could not be woken; the next sweep will find the work"
    ]


def test_the_worker_leaves_a_sign_of_life(app: Flask, at) -> None:
    assert last_beat() is None
    at("2026-10-01 09:00")
    beat()
    later = at("2026-10-01 09:01")
    beat()
    assert last_beat() == later


def test_two_workers_that_start_at_once_leave_one_sign(app: Flask, two_at_once) -> None:
    assert two_at_once(lambda _: beat(), 3) == [None] * 3
    assert last_beat() is not None


def post_and_fail() -> None:
    with transaction():
        post("sign_in_link", to="first@example.org", link_id=1)
        raise ValueError("no")
