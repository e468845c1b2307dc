"""A portal with the demo world, for guards that look at real pages. They read only, so all of them share it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.browser.live import load_demo
from tests.conftest import build_app, close_app
from tests.databases import Store


@pytest.fixture(scope="session")
def demo_url(store: Store, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a database with the demo world, loaded once per process."""
    url = store.another("demo")
    load_demo(url, tmp_path_factory.mktemp("demo"))
    return url


@pytest.fixture
def demo(demo_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The portal with the demo world, its context open."""
    built = build_app(demo_url, tmp_path)
    with built.app_context():
        yield built
        close_app(built)
