"""The bench itself: that it counts what it says, and that its control proves something. No figure is held to here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import rushes
from bench.load import Answer
from bench.pages import PAGES, queries_of
from bench.results import Row, at_most, line_of, table_of, write
from bench.stores import open_store
from bench.weights import fetched_by
from bench.world import QUICK, Stage, portal_in_process, prepare


@pytest.fixture(scope="module")
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A prepared world of the small scale, without the demo, on the database that the run is for."""
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[request.config.getoption("--database")]
    folder = tmp_path_factory.mktemp("bench")
    with open_store(name, folder) as store:
        made = Stage(store, folder, QUICK)
        prepare(made, with_demo=False)
        yield made


def test_a_small_rush_fills_the_seats_exactly_and_the_control_oversells(stage: Stage) -> None:
    rows = list(rushes.measure(stage))
    assert [row.name for row in rows] == [
        f"rush of 80 for 50 seats, 2 workers, {stage.store.name}",
        f"rush of 80 for 50 seats, lock taken out, {stage.store.name}",
    ]
    assert rows[0].measured.startswith("50 seated, 30 waiting in order, 0 errors, ")
    assert rows[1].measured.startswith("oversold: ")
    assert [row.met for row in rows] == [True, True]


def test_each_measured_page_asks_few_questions(stage: Stage) -> None:
    with portal_in_process(stage, stage.copy()) as app:
        counts = {page.name: queries_of(app, page) for page in PAGES}
    assert {name: count for name, count in counts.items() if count > 6} == {}
    assert [name for name, count in counts.items() if "visitor" in name and count > 1] == []


@pytest.mark.parametrize(
    "left",
    [
        {"seated": 51, "waiting": 29, "taken": 51},
        {"taken": 49},
        {"waiting": 29},
        {"is_in_order": False},
        {"errors": 1},
    ],
)
def test_a_rush_that_leaves_anything_amiss_is_not_exact(left: dict[str, int]) -> None:
    fine = {"seated": 50, "taken": 50, "waiting": 30, "is_in_order": True, "errors": 0, "seconds": 1.0}
    assert rushes.Outcome(**fine).is_exact(50, 80) is True  # type: ignore[arg-type]
    assert rushes.Outcome(**{**fine, **left}).is_exact(50, 80) is False  # type: ignore[arg-type]


def test_a_figure_meets_its_goal_as_it_is_shown() -> None:
    assert at_most("a page", 1.004, 1.0, "× bare") == Row("a page", "1.00 × bare", "≤ 1.00 × bare", met=True)
    assert at_most("a page", 1.006, 1.0, "× bare", "2 ms").met is False
    assert at_most("a page", 1.006, 1.0, "× bare", "2 ms").measured == "1.01 × bare (2 ms)"


def test_a_missed_goal_is_said_plainly_everywhere(tmp_path: Path) -> None:
    row = Row("a page", "3 ms", "≤ 2 ms", met=False)
    write([row], tmp_path / "results.json")
    assert json.loads((tmp_path / "results.json").read_text()) == [
        {"name": "a page", "measured": "3 ms", "goal": "≤ 2 ms", "met": False}
    ]
    assert line_of(row).startswith("MISSED  a page")
    assert table_of([row]).splitlines()[2] == "| a page | 3 ms | ≤ 2 ms | **no** |"


def test_a_page_fetches_each_of_its_files_once() -> None:
    page = (
        '<link rel="stylesheet" href="/static/app.css?v=1">'
        '<use href="/static/icons.svg#a"><use href="/static/icons.svg#b">'
    )
    assert [*fetched_by(page)] == ["/static/app.css?v=1", "/static/icons.svg"]
    assert fetched_by("<p>Nothing</p>") == {}


def test_the_token_of_a_form_is_found_and_read() -> None:
    form = '<input type="hidden" name="csrf_token" value="a&amp;b"><input name="other" value="c">'
    assert Answer(200, form).token == "a&b"
    assert Answer(200, "<p>No form</p>").token == ""
