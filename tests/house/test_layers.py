"""The arrows of the house: who may know whom."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.house.source import PORTAL, ROOT, imports_of, modules, room_of

BELOW = {  # which rooms, of any feature, a room may look into
    "models": {"models"},
    "rules": {"models", "rules"},
    "queries": {"models", "rules", "queries"},
    "operations": {"models", "rules", "queries", "operations"},
    "mails": {"models", "rules", "queries", "mails"},
    "forms": {"models", "rules", "queries", "forms"},
}
ROOMS = {*BELOW, "views", "staff_views"}
KEYLESS = {"flask", "portal.core.db", "portal.core.access", "portal.core.web", "portal.core.clock"}
# Arithmetic, and the shape of who asks.
PLAIN = {"portal.core.clock.local", "portal.core.clock.end_of_day", "portal.core.access.Actor"}


def test_between_features_the_arrows_point_down() -> None:
    done = subprocess.run(
        [f"{sys.prefix}/bin/lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_inside_a_feature_the_arrows_point_down() -> None:
    crossings = [
        f"{room_of(path)} imports {name}"
        for path in modules()
        if row_of(path.stem) in BELOW
        for name in imports_of(path)
        if rooms_in(name) - BELOW[row_of(path.stem)]
    ]
    assert crossings == []


def test_forms_and_views_are_known_to_their_own_feature_only() -> None:
    crossings = [
        f"{room_of(path)} imports {name}"
        for path in modules()
        for name in imports_of(path)
        if rooms_in(name) & {"forms", "views", "staff_views"} and name.split(".")[1] != path.parent.name
    ]
    assert crossings == []


def test_the_law_book_owns_no_keys() -> None:
    crossings = [
        f"{room_of(path)} imports {name}"
        for path in modules()
        if row_of(path.stem) == "rules"
        for name in imports_of(path)
        if any(name.startswith(key) for key in KEYLESS) and name not in PLAIN
    ]
    assert crossings == []


@pytest.mark.parametrize("word", ["commit", "flush_and_commit"])
def test_only_core_commits(word: str) -> None:
    outside = [room_of(path) for path in modules() if PORTAL / "core" not in path.parents]
    assert [name for name in outside if re.search(rf"session\.{word}\(", text_of(name))] == []


def text_of(room: str) -> str:
    path = ROOT.joinpath(*room.split("."))
    return (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text()


def row_of(stem: str) -> str:
    """Which row of BELOW a room belongs to: team_rules stands with the rules, desk_views with the views."""
    return stem if stem in ROOMS else stem.rpartition("_")[2]


def rooms_in(name: str) -> set[str]:
    parts = name.split(".")
    return {row_of(part) for part in parts[2:3]} & ROOMS if len(parts) > 2 and parts[1] != "core" else set()
