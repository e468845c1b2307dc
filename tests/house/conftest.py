"""A portal with the demo world, for guards that look at real pages. They read only, so all of them share it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.browser.live import make_demo_file
from tests.conftest import build_app, close_app


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo world, loaded once per process."""
    return make_demo_file(tmp_path_factory.mktemp("house"))


@pytest.fixture
def demo(demo_file: Path, tmp_path: Path) -> Iterator[Flask]:
    """The portal with the demo world, its context open."""
    built = build_app(f"sqlite:///{demo_file}", tmp_path)
    with built.app_context():
        yield built
        close_app(built)
