"""What a review still lacks, what it counts, and where readers disagree. Pure answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from typing import Any, Protocol

from portal.core.errors import Conflict, RuleBroken
from portal.core.text import tidy

LONGEST = 4000  # characters of a comment
UNNAMED = [{"value": value, "label": ""} for value in (1, 2, 3, 4)]  # where staff named no levels
CENT = Decimal("0.01")
GONE = "This letter is not on your list any more, so your scores were not saved. Ask staff if you should still read it."
WITHDRAWN = "The district withdrew its letter, so there is nothing to score now."
DECIDED = "The decision about this letter was sent, so its scores stay as they are."
HANDED_IN = "You handed in this review in another window. Load the page again to change it there."
ELSEWHERE = "You changed this in another window. Choose what should stand, and save again."
NEWER = (
    "The district sent version {} of its letter in the meantime. Look at what changed first, then hand in your scores."
)
NOT_BEGUN = "Hand in your scores first."


class Weighed(Protocol):
    """A criterion, as far as counting goes."""

    @property
    def id(self) -> Any: ...

    @property
    def label(self) -> Any: ...

    @property
    def weight(self) -> Any: ...


@dataclass(frozen=True)
class Mark:
    """The level that a reader gives for one criterion, none so far, and why."""

    level: int | None = None
    comment: str = ""

    @property
    def stamp(self) -> str:
        """What a page carries to say which mark it shows."""
        return f"{self.level or ''}:{_digest(self.comment)}"


Marks = Mapping[int, Mark]  # by the number of the criterion


@dataclass(frozen=True)
class Summary:
    """What the readers of one letter make of it together. Only reviews that were handed in and are complete count.

    `score` is none without a review, `spread` (the widest of all criteria) with fewer than two. `is_kept_back`: whoever
    asks is still to score the letter, so nothing is said of what the others make of it.
    """

    score: float | None = None
    spread: int | None = None
    handed_in: int = 0
    wanted: int = 0
    is_disputed: bool = False
    is_stale: bool = False
    is_kept_back: bool = False
    spreads: Mapping[int, int] = field(default_factory=dict)

    @property
    def counted(self) -> str:
        """“2 of 3” reviews, or “3, 2 planned” where more came in than were planned."""
        if self.handed_in > self.wanted:
            return f"{self.handed_in}, {self.wanted} planned"
        return f"{self.handed_in} of {self.wanted}"


def scale_of(round: Any) -> list[dict[str, Any]]:
    """The levels of the round from the lowest, each a value and a label; one to four where staff named none."""
    return list(round.scale) or UNNAMED


def lacking(criteria: Iterable[Weighed], marks: Marks, comment_up_to: int) -> dict[int, tuple[str, str]]:
    """What keeps a review from being handed in: for each criterion the field (level, comment) and a sentence."""
    found = {one.id: _lacking(one.label, marks.get(one.id, Mark()), comment_up_to) for one in criteria}
    return {number: lack for number, lack in found.items() if lack is not None}


def check_complete(criteria: Sequence[Weighed], marks: Marks, comment_up_to: int) -> None:
    """Refuse to hand in a review that lacks something, and say what."""
    lacks = lacking(criteria, marks, comment_up_to)
    if not criteria:
        raise RuleBroken("This round has no rubric, so there is nothing to hand in.")
    if lacks:
        raise RuleBroken(" ".join(sentence for _, sentence in lacks.values()))


def check_mark(mark: Mark, values: Iterable[int]) -> None:
    """Refuse a level that the scale does not have, and a comment that is too long."""
    if mark.level is not None and mark.level not in set(values):
        raise RuleBroken("Choose one of the levels of the scale.")
    if len(mark.comment) > LONGEST:
        raise RuleBroken(f"Up to {LONGEST:,} characters fit in a comment.")


def merged(stored: Mark, typed: Mark, base: str | None) -> Mark:
    """What to keep of what was typed on a page that showed the mark `base`: what the person left alone stays as stored.

    Without `base` all that was typed counts. Raises Conflict where the same was changed elsewhere to something else.
    """
    if base is None:
        return typed
    level, _, comment = base.partition(":")
    is_told = _is_clash(stored.level, typed.level, level, lambda value: str(value or ""))
    if is_told or _is_clash(stored.comment, typed.comment, comment, _digest):
        raise Conflict(ELSEWHERE, stored)
    return Mark(
        stored.level if str(typed.level or "") == level else typed.level,
        stored.comment if _digest(typed.comment) == comment else typed.comment,
    )


def check_version(seen: int | None, newest: int) -> None:
    """Refuse to hand in scores for a version that is not the newest: `seen` is what the reader's page showed."""
    if seen is not None and seen != newest:
        raise RuleBroken(NEWER.format(newest))


def points(weights: Mapping[int, int], levels: Mapping[int, int]) -> int | None:
    """What one review gives: each level times its weight. None while a level is missing, or nothing has a weight."""
    if any(number not in levels for number in weights) or not any(weights.values()):
        return None
    return sum(weight * levels[number] for number, weight in weights.items())


def mean(given: Sequence[int], total: int) -> float | None:
    """The mean of the readers' points over all weights (100), to two places, a half rounded up; none without any.

    Counted in whole numbers until the end: hundreds of letters are summed up for one page.
    """
    if not given:
        return None
    return float((Decimal(sum(given)) / (total * len(given))).quantize(CENT, ROUND_HALF_UP))


def spreads(weights: Mapping[int, int], given: Sequence[Mapping[int, int]]) -> dict[int, int]:
    """How many levels apart readers are on each criterion; nothing while fewer than two have scored it."""
    if len(given) < 2:
        return {}
    by_criterion = {number: [levels[number] for levels in given if number in levels] for number in weights}
    return {number: max(levels) - min(levels) for number, levels in by_criterion.items() if levels}


def summarize(
    weights: Mapping[int, int], given: Sequence[tuple[int, Mapping[int, int]]], *,
    newest: int, wanted: int, spread_flag: int,
) -> Summary:  # fmt: skip
    """What the reviews that were handed in say together: each is the version it was made of, and its levels."""
    complete = [(number, levels, gained) for number, levels in given if (gained := points(weights, levels)) is not None]
    apart = spreads(weights, [levels for _, levels, _ in complete])
    widest = max(apart.values(), default=None)
    score = mean([gained for *_, gained in complete], sum(weights.values()))
    return Summary(
        score=score, spread=widest, handed_in=len(complete), wanted=wanted,
        is_disputed=widest is not None and widest >= max(spread_flag, 1),
        is_stale=any(number < newest for number, *_ in complete), spreads=apart,
    )  # fmt: skip


def most_disagreed_first(summary: Summary) -> tuple[float, float, float]:
    """The order of a meeting's agenda: the widest spread first, then most criteria apart, then the fewest reviews."""
    return -(summary.spread or 0), -sum(summary.spreads.values()), summary.handed_in


def _lacking(label: str, mark: Mark, comment_up_to: int) -> tuple[str, str] | None:
    if mark.level is None:
        return "level", f"Choose a level for “{label}”."
    if mark.level <= comment_up_to and not tidy(mark.comment):
        return "comment", f"Say why “{label}” gets level {mark.level}."
    return None


def _is_clash(stored: Any, typed: Any, base: str, told: Callable[[Any], str]) -> bool:
    return typed != stored and base not in (told(typed), told(stored))


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12] if text else ""
