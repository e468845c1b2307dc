"""Words and typed texts; tests/core/test_words.py holds browser and server together."""

from __future__ import annotations

import pytest

from portal.core.text import in_a_row, one_line, tidy


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("  a b ", "a b"), ("a\r\nb\rc\n", "a\nb\nc"), (None, ""), ("", ""), ("\u00a0a\u00a0", "a"), (" \n ", "")],
)
def test_a_typed_text_is_made_tidy(typed: str | None, kept: str) -> None:
    assert tidy(typed) == kept


@pytest.mark.parametrize(("typed", "kept"), [(" Ada  van\n der Berg ", "Ada van der Berg"), ("", ""), ("\t", "")])
def test_a_name_is_kept_on_one_line(typed: str, kept: str) -> None:
    assert one_line(typed) == kept


@pytest.mark.parametrize(
    ("names", "said"), [([], ""), (["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C")]
)
def test_names_are_said_in_a_row(names: list[str], said: str) -> None:
    assert in_a_row(names) == said
