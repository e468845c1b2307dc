"""More people than seats, all at once: nobody too many, nobody lost, the line in order; then without the lock."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import create_engine, text

from .load import all_at_once
from .results import Row
from .server import serve
from .signups import sign_up
from .world import RUSH, Stage

AT_ONCE = 32
TRIES = 3
LINE = text(
    "SELECT state, queue_number FROM enrollments WHERE experience_id = (SELECT id FROM experiences WHERE slug = :slug"
    " AND community_id = (SELECT id FROM communities WHERE slug = 'bench')) ORDER BY queue_number, id"
)
TAKEN = text(
    "SELECT sum(taken) FROM pools WHERE experience_id = (SELECT id FROM experiences WHERE slug = :slug"
    " AND community_id = (SELECT id FROM communities WHERE slug = 'bench'))"
)


@dataclass(frozen=True)
class Outcome:
    """What a rush left behind: how many have a seat, how many the pool counts, how many wait, and how it went."""

    seated: int
    taken: int
    waiting: int
    is_in_order: bool
    errors: int
    seconds: float

    def __str__(self) -> str:
        order = "in order" if self.is_in_order else "NOT IN ORDER"
        return f"{self.seated} seated, {self.waiting} waiting {order}, {self.errors} errors, {self.seconds:.1f} s"

    def is_exact(self, seats: int, people: int) -> bool:
        """Whether every seat is taken once, everyone else waits in order, and nobody met an error."""
        counts = (self.seated, self.taken, self.waiting, self.errors)
        return counts == (seats, seats, people - seats, 0) and self.is_in_order


def measure(stage: Stage) -> Iterator[Row]:
    """The rush with each number of workers, then its control."""
    seats, people = stage.scale.seats, stage.scale.people
    said = f"rush of {people} for {seats} seats"
    goal = f"{seats} seated, {people - seats} waiting in order, no error"
    for workers in stage.scale.workers:
        found = rush(stage, "bench.served:app", workers)
        yield Row(f"{said}, {workers} workers, {stage.store.name}", str(found), goal, found.is_exact(seats, people))
    control = _control(stage)
    measured = f"{'oversold' if control.seated > seats else 'not oversold'}: {control.seated} of {seats}"
    yield Row(f"{said}, lock taken out, {stage.store.name}", measured, f"> {seats}", control.seated > seats)


def rush(stage: Stage, app: str, workers: int) -> Outcome:
    """Let everyone ask at once, and look at what the database holds afterwards."""
    url = stage.copy()
    with serve(app, stage.settings(url), workers) as server:
        started = time.monotonic()
        answers = all_at_once(lambda number: sign_up(server, number, RUSH), range(stage.scale.people), AT_ONCE)
        seconds = time.monotonic() - started
    return _found(url, sum(answer.status != 200 for answer in answers), seconds)


def _control(stage: Stage) -> Outcome:
    """The rush without the lock. Luck can keep one run from overselling, so it gets three."""
    for _ in range(TRIES):
        found = rush(stage, "bench.unlocked:app", 2)
        if found.seated > stage.scale.seats:
            break
    return found


def _found(url: str, errors: int, seconds: float) -> Outcome:
    engine = create_engine(url)
    with engine.connect() as connection:
        line = [(state, number) for state, number in connection.execute(LINE, {"slug": RUSH})]
        taken = connection.scalar(TAKEN, {"slug": RUSH})
    engine.dispose()
    states = [state for state, _ in line]
    seated = states.count("seated")
    return Outcome(
        seated=seated,
        taken=int(taken or 0),
        waiting=states.count("waiting"),
        is_in_order=states[seated:].count("waiting") == len(line) - seated
        and [number for _, number in line] == list(range(1, len(line) + 1)),
        errors=errors,
        seconds=seconds,
    )
