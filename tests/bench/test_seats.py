"""The part of the bench about many seats: that what it fills in is what the portal would hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bench import seats
from bench.pages import QUERIES, queries_of
from bench.stores import open_store
from bench.world import QUICK, Stage, portal_in_process, prepare
from tests.enrollments.builders import miscounted


@pytest.fixture(scope="module")
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A prepared world of the small scale on the database that the run is for."""
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[request.config.getoption("--database")]
    folder = tmp_path_factory.mktemp("seats")
    with open_store(name, folder) as store:
        made = Stage(store, folder, QUICK)
        prepare(made, with_demo=False)
        yield made


def test_rosters_and_calendars_ask_few_questions(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "LISTED", 60)
    monkeypatch.setattr(seats, "EVENTS", 5)
    with portal_in_process(stage, stage.copy()) as app:
        pages = [seats.ROSTER, replace(seats.FEED, path=seats._fill_lists(app)), seats.PUBLIC_FEED]
        counts = {page.name: queries_of(app, page) for page in pages}
        with app.app_context():
            assert miscounted() == []
    assert {name: count for name, count in counts.items() if count > QUERIES} == {}


def test_what_lies_behind_is_counted_right(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "FEW", 20)
    with portal_in_process(stage, stage.copy()) as app:
        seats._fill_past(app, 60)
        with app.app_context():
            assert miscounted() == []
