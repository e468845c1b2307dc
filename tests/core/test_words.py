"""Words are counted by one rule on both sides of the wire; tests/browser/test_face.py reads the same cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from portal.core.text import count_words

CASES = json.loads((Path(__file__).parent / "word_cases.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_the_server_counts_words_by_the_shared_rule(case: dict[str, Any]) -> None:
    assert count_words(case["text"]) == case["words"]
