"""What is built chapter by chapter (a round, and what the agenda plans): what a chapter still lacks, and where it
stands. Who builds something gives its chapters, in order, and for each of them a finder of what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from portal.core.errors import RuleBroken

Built = TypeVar("Built")
Found = Iterator[tuple[str, bool]]  # what a finder tells: a sentence, and whether nothing can be published without it
Finders = Mapping[str, Callable[[Built, datetime], Found]]


@dataclass(frozen=True)
class Gap:
    """Something a chapter lacks. Without what `is_needed` nothing can be published; the rest is good to have."""

    chapter: str
    sentence: str
    is_needed: bool = True


def find_gaps(built: Built, now: datetime, finders: Finders[Built]) -> list[Gap]:
    """What it lacks, chapter by chapter."""
    return [
        Gap(chapter, sentence, is_needed)
        for chapter, find in finders.items()
        for sentence, is_needed in find(built, now)
    ]


def state_of_chapter(chapter: str, gaps: Iterable[Gap]) -> tuple[str, str, str]:
    """Icon, words and tone for a chapter: done, something missing, or something that would be good to have."""
    own = [gap for gap in gaps if gap.chapter == chapter]
    needed = sum(gap.is_needed for gap in own)
    if needed:
        return "pen", f"{needed} missing", "now"
    return ("ring", f"{len(own)} to look at", "") if own else ("check", "Done", "good")


def chapter_after(chapter: str, chapters: Mapping[str, str]) -> tuple[str, str]:
    """The chapter after this one and its words; after the last one the preview."""
    keys = list(chapters)
    place = keys.index(chapter) + 1
    return (keys[place], chapters[keys[place]]) if place < len(keys) else ("preview", "Preview")


def refuse_incomplete(gaps: Iterable[Gap], chapters: Mapping[str, str], refusal: str) -> None:
    """Raise RuleBroken with `refusal`, and the first of the gaps that keeps it from being published."""
    for gap in gaps:
        if gap.is_needed:
            raise RuleBroken(f"{refusal} {chapters[gap.chapter]}: {gap.sentence}")


def refuse_broken(gaps: Iterable[Gap], refusal: str) -> None:
    """Raise RuleBroken with `refusal`, and the first of the gaps that what is published may not have."""
    for gap in gaps:
        if gap.is_needed:
            raise RuleBroken(f"{refusal} {gap.sentence}")
