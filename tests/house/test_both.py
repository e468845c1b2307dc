"""What is left out with PostgreSQL is there, runs with SQLite, and no race is among it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import ONCE, TWICE, is_once

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("pattern", ONCE)
def test_every_line_of_the_list_means_a_file(pattern: str) -> None:
    assert list(ROOT.glob(pattern)) != []


def test_a_race_and_the_walk_through_every_door_run_with_both(request: pytest.FixtureRequest) -> None:
    def item(name: str, *needs: str) -> pytest.Item:
        made = pytest.Function.from_parent(request.node.parent, name=name, callobj=lambda: None)
        made.path, made.fixturenames = ROOT / "tests/house/test_routes.py", ["store", *needs]
        return made

    assert [is_once(item("test_a_page")), is_once(item("test_two", "two_at_once")), is_once(item(TWICE[0]))] == [
        True, False, False,
    ]  # fmt: skip
