"""Words and typed texts; tests/core/test_words.py holds browser and server together."""

from __future__ import annotations

import pytest

from portal.core.text import tidy


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("  a b ", "a b"), ("a\r\nb\rc\n", "a\nb\nc"), (None, ""), ("", ""), ("\u00a0a\u00a0", "a"), (" \n ", "")],
)
def test_a_typed_text_is_made_tidy(typed: str | None, kept: str) -> None:
    assert tidy(typed) == kept
