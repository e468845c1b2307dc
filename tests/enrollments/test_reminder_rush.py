"""Each person is reminded once, whatever is killed, runs twice, on two hosts, or meets somebody who gives up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from portal.core import clock
from portal.core.db import db, transaction
from portal.core.outbox import Outgoing
from portal.enrollments import reminding
from portal.enrollments.models import Enrollment
from portal.enrollments.operations import give_up_seat
from portal.enrollments.reminding import BATCH, remind
from tests.cohorts.rush import meet_at, no_lock
from tests.enrollments.builders import a_community, an_experience, people, reminders, reminders_owed, seat
from tests.postbox import Mail, Sink

ROOT = Path(__file__).parents[2]
MANY = 2 * BATCH + 20
REMINDING = "portal.enrollments.reminding"
Rush = Callable[..., list[Any]]
# The worker itself, and what pulls the plug: at its so-manieth statement of a kind.
WORKER = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import Engine, event
from portal import create_app
from portal.core import jobs
from portal.settings import Settings

folder, kind, number = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
seen = []

@event.listens_for(Engine, "before_cursor_execute")
def pull(connection, cursor, statement, *rest):
    if statement.startswith(kind):
        seen.append(1)
        if len(seen) == number:
            os.kill(os.getpid(), signal.SIGKILL)

jobs.run(create_app(Settings.read(instance=folder)))
"""
DUE = """
import sys
from pathlib import Path
from portal import create_app
from portal.settings import Settings

create_app(Settings.read(instance=Path(sys.argv[1]))).test_cli_runner().invoke(
    args=["jobs", "due"], catch_exceptions=False
)
"""


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("INSERT INTO reminders", 1),  # with the first one half noted
        ("INSERT INTO outbox", BATCH + 7),  # in the second batch: noted as reminded, the mail not owed yet
        ("INSERT INTO reminders", MANY),  # at the last one
    ],
)
def test_a_worker_that_is_killed_while_it_reminds_reminds_each_person_once(
    app: Flask, tmp_path: Path, sink: tuple[Sink, str], kind: str, number: int
) -> None:
    addresses = a_full_hall()
    sink[0].take()
    assert run(app, tmp_path, sink, WORKER, kind, str(number)) == -signal.SIGKILL
    db.session.rollback()
    kept = len(reminders())
    assert (kept, kept % BATCH) == (len(reminders_owed()), 0)  # whole batches, or nothing
    assert [run(app, tmp_path, sink, DUE) for _ in range(2)] == [0, 0]  # owed, then sent
    assert sorted(mail.to for mail in sink[0].take()) == sorted(addresses)


def test_a_worker_that_is_killed_while_it_sends_sends_again_under_the_same_number(
    app: Flask, tmp_path: Path, sink: tuple[Sink, str]
) -> None:
    addresses = a_full_hall()
    sink[0].take()
    assert run(app, tmp_path, sink, DUE) == 0  # owed now
    # The mail has been handed over, and that it was is not noted yet.
    assert run(app, tmp_path, sink, WORKER, "UPDATE outbox SET leased_until=", "9") == -signal.SIGKILL
    let_leases_end()
    assert [run(app, tmp_path, sink, DUE) for _ in range(2)] == [0, 0]
    arrived = sink[0].take()
    assert sorted({mail.to for mail in arrived}) == sorted(addresses)
    assert numbers_of(arrived) == set(Counter(addresses).items())
    assert len(arrived) == MANY + 1  # the one that was on its way came twice, and is known as the same


def test_two_hosts_at_once_remind_each_person_once(app: Flask, tmp_path: Path, sink: tuple[Sink, str]) -> None:
    addresses = a_full_hall()
    hosts = [start(app, tmp_path / name, sink, DUE) for name in ("one", "two")]
    assert [host.wait(60) for host in hosts] == [0, 0]
    db.session.rollback()
    assert sorted(row.to_address for row in reminders_owed()) == sorted(addresses)
    assert len(reminders()) == MANY


def test_two_workers_at_one_instant_take_turns(app: Flask, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    a_full_hall(3)
    meet_at(monkeypatch, REMINDING, "seats_to_remind")
    assert sorted(two_at_once(lambda number: remind())) == [0, 3]
    assert (len(reminders()), len(reminders_owed())) == (3, 3)


def test_without_the_lock_the_second_worker_trips_over_the_first(
    app: Flask, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_full_hall(3)
    meet_at(monkeypatch, REMINDING, "seats_to_remind", seconds=10)
    with no_lock(monkeypatch, REMINDING):
        answers = two_at_once(lambda number: reminding._remind_some(1))
    # The table has a last wall of its own: still nobody is reminded twice, but one worker ends in an error.
    assert Counter(type(answer).__name__ for answer in answers)["int"] == 1
    assert (len(reminders()), len(reminders_owed())) == (3, 3)


def test_whoever_gives_up_at_that_instant_is_not_reminded_afterwards(
    app: Flask, two_at_once: Rush, mailbox: Callable[[], list[Mail]]
) -> None:
    [address] = a_full_hall(1)

    def work(number: int) -> object:
        mine = db.session.get_one(Enrollment, 1)
        return give_up_seat(mine, by=mine.account) if number else remind()

    assert [type(answer) for answer in two_at_once(work)] == [int, type(None)]
    assert [mail.subject for mail in mailbox() if mail.to == address and "Tomorrow" in mail.subject] == []


def a_full_hall(size: int = MANY) -> list[str]:
    """A gathering that starts in twenty hours, of whose seats people have known for long. Gives their addresses."""
    now = clock.now()
    with clock.told(now - timedelta(days=20)):
        community = a_community()
        experience = an_experience(community, starts=[now + timedelta(hours=20)], capacity=size)
        everyone = people(community, size)
        seat(experience, *everyone)
    with transaction():
        db.session.execute(update(Outgoing).values(sent_at=now, dropped_at=now))
    return [one.email for one in everyone]


def run(app: Flask, folder: Path, sink: tuple[Sink, str], script: str, *arguments: str) -> int:
    """Run a process of its own to its end; says how it ended."""
    return start(app, folder, sink, script, *arguments).wait(60)


def start(
    app: Flask, folder: Path, sink: tuple[Sink, str], script: str, *arguments: str
) -> subprocess.Popen[bytes]:  # fmt: skip
    """A process on the same database, that keeps its own things in `folder`."""
    folder.mkdir(exist_ok=True)
    told = {
        "PATH": os.environ["PATH"], "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"], "MAIL_URL": sink[1],
        "SECRET_KEY": "for-tests-only",
    }  # fmt: skip
    db.session.rollback()
    return subprocess.Popen([sys.executable, "-c", script, str(folder), *arguments], cwd=ROOT, env=told)


def let_leases_end() -> None:
    """Two minutes pass."""
    with transaction():
        db.session.execute(update(Outgoing).where(Outgoing.sent_at.is_(None)).values(leased_until=None))


def numbers_of(mails: list[Mail]) -> set[tuple[str, int]]:
    """Each address, with under how many Message-IDs it was written to."""
    return set(Counter(to for to, _ in {(mail.to, mail.message_id) for mail in mails}).items())
