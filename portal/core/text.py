"""What counts as a word, and text that no field of ours can hold."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# The same set stands in static/app.js; tests/core/word_cases.json holds both to it.
# Not \s: Python and browsers disagree about which signs are blanks, and a limit must not.
BLANK = "\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff\u0085\u001c-\u001f"
RUN = re.compile(f"[^{BLANK}]+")


def count_words(text: str) -> int:
    """How many words `text` has: runs between blanks that hold at least one letter or digit.

    The browser counts by the same rule, so that nobody is surprised by a limit.
    """
    return sum(1 for run in RUN.findall(text) if any(unicodedata.category(sign)[0] in "LN" for sign in run))


def one_line(text: str) -> str:
    """A typed text on one line, with one blank between its words: how names and titles are kept."""
    return " ".join(text.split())


def tidy(text: str | None) -> str:
    """A typed text with line ends made one kind and blanks at its ends taken away."""
    return (text or "").replace("\r\n", "\n").replace("\r", "\n").strip()


def in_a_row(names: Sequence[str]) -> str:
    """“Ana”, “Ana and Ben”, “Ana, Ben and Cleo”."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
