"""What tests of letters share: a community with an open round, on October 20, 2026."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask

from tests.letters.builders import OPEN, Place, a_place


@pytest.fixture
def place(app: Flask, at: Callable[[str], datetime]) -> Place:
    """A community, its open round with all kinds of question, a district and two people who act for it."""
    at(OPEN)
    return a_place()
