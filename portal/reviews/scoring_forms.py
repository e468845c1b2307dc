"""The shape of what a reader types beside a letter: for each criterion a level and why, and a comment on the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core.text import tidy

from .scoring_rules import LONGEST, Mark, Marks

Lacks = Mapping[int, tuple[str, str]]  # by criterion: the field (level, comment) and a sentence
TOO_LONG = f"Up to {LONGEST:,} characters fit."


@dataclass(frozen=True)
class Line:
    """One criterion as its reader sees it: the mark, which stored one it came from, and what is wrong with it."""

    criterion: Any
    mark: Mark
    base: str
    field: str = ""  # where the error is: level or comment
    error: str = ""
    theirs: Mark | None = None  # what another window of the same reader put there meanwhile

    @property
    def key(self) -> str:
        """What the names of its inputs end in."""
        return f"k{self.criterion.id}"


@dataclass(frozen=True)
class Typed:
    """What came with a form: marks and what the page had shown, by criterion, and the comment on the whole."""

    marks: dict[int, Mark]
    bases: dict[int, str]
    comment: str | None
    seen: int | None


def typed_in(form: Mapping[str, str], criteria: Iterable[Any]) -> Typed:
    """Read what was typed about these criteria. What did not come with the form is left as it is kept."""
    sent = [one for one in criteria if f"k{one.id}-comment" in form]
    return Typed(
        {one.id: Mark(_level(form.get(f"k{one.id}-level", "")), tidy(form[f"k{one.id}-comment"])) for one in sent},
        {one.id: form[f"k{one.id}-base"] for one in sent if f"k{one.id}-base" in form},
        form.get("whole"),
        _level(form.get("seen", "")),
    )


def lines_of(
    criteria: Iterable[Any], stored: Marks, typed: Typed | None = None, lacks: Lacks | None = None
) -> list[Line]:  # fmt: skip
    """The criteria with their marks, as typed where anything was, and beside each what it lacks."""
    return [_line(one, stored.get(one.id, Mark()), typed, *(lacks or {}).get(one.id, ("", ""))) for one in criteria]


def too_long(typed: Typed) -> dict[int, tuple[str, str]]:
    """The comments that do not fit, by criterion."""
    return {number: ("comment", TOO_LONG) for number, mark in typed.marks.items() if len(mark.comment) > LONGEST}


def _line(criterion: Any, stored: Mark, typed: Typed | None, field: str, error: str) -> Line:
    mark = typed.marks.get(criterion.id, stored) if typed else stored
    base = typed.bases.get(criterion.id, stored.stamp) if typed else stored.stamp
    theirs = stored if base != stored.stamp and mark != stored else None
    return Line(criterion, mark, stored.stamp, field, error, theirs)


def _level(text: str) -> int | None:
    # Only plain digits: Python would also take "²" or "٣" for numbers.
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None
