"""The bench of deciding: that it decides what it says, each district once. No figure is held to here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench import deciding
from bench.pages import queries_of
from bench.stores import open_store
from bench.world import QUICK, Stage, portal_in_process, prepare


@pytest.fixture(scope="module")
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A prepared world of the small scale with the round to decide, on the database that the run is for."""
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[request.config.getoption("--database")]
    folder = tmp_path_factory.mktemp("bench")
    with open_store(name, folder) as store:
        made = Stage(store, folder, QUICK)
        prepare(made, with_demo=False)
        yield made


def test_three_hundred_letters_are_shown_in_few_queries_and_decided_with_one_mail_each(stage: Stage) -> None:
    with portal_in_process(stage, stage.copy()) as app:
        with app.app_context():
            deciding.fill()
        counts = {page.name: queries_of(app, page) for page in deciding.PAGES}
        asked, released, mailed = deciding.release_of(stage, app)
    assert {name: count for name, count in counts.items() if count > deciding.QUERIES} == {}
    assert asked.name.startswith("release: the answer to the button")
    assert released.measured.startswith("300 decided, 300 districts with one mail, 100 of 100 places, ")
    assert mailed.measured.startswith("300, ")
