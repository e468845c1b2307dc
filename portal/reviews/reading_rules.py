"""Who may be given a letter to read, and how letters are spread over readers so that nobody has more than others."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from portal.core.errors import RuleBroken
from portal.letters.models import Letter

from .models import Decision
from .rules import is_released

READER_KINDS = ("reviewer", "staff", "admin")
REASONS = {"dropped_out": "dropped out", "conflict": "has a conflict", "reassigned": "was relieved of it"}
# status of somebody's own reading of a letter: icon, word and tone
READING_WORDS = {
    "new": ("ring", "Not started", ""),
    "begun": ("pen", "In progress", "now"),
    "done": ("check", "Handed in", "good"),
}


@dataclass(frozen=True)
class Waiting:
    """A letter in somebody's queue: what it is called for them, how far they are, and whether it changed since."""

    letter_id: int
    label: str
    state: str
    handed_in_at: datetime | None
    is_changed: bool
    told_at: datetime | None

    @property
    def is_done(self) -> bool:
        """Whether the letter wants nothing more of its reader; one that changed since they handed in waits again."""
        return self.state == "done" and not self.is_changed


def is_new(one: Waiting, told: str) -> bool:
    """Whether no mail named this letter before the one that was owed at `told` (an ISO moment; empty: not yet)."""
    return one.told_at is None or (told != "" and one.told_at >= datetime.fromisoformat(told))


@dataclass
class Spread:
    """Letters given out: new pairs of letter and reader, and how many readers some letters still lack."""

    pairs: list[tuple[int, int]] = field(default_factory=list)
    missing: dict[int, int] = field(default_factory=dict)


def spread(wanted: Mapping[int, int], barred: Mapping[int, Collection[int]], load: Mapping[int, int]) -> Spread:
    """Give each letter as many readers as it wants, none who is barred from it, and keep the loads alike.

    `wanted`: how many more readers a letter needs; `barred`: who must not have it, because of a conflict or because
    they read it already; `load`: how many letters each reader has. Each letter gets all the readers it can have; then
    letters change hands until no reader has two more than another who could take one.
    """
    loads, given = dict(load), Spread()
    held: dict[int, set[int]] = {letter: set() for letter in wanted}
    for letter, count in sorted(wanted.items(), key=lambda one: (len(loads) - len(barred.get(one[0], ())), one[0])):
        free = sorted(set(loads) - set(barred.get(letter, ())), key=lambda reader: (loads[reader], reader))
        for reader in free[: max(count, 0)]:
            held[letter].add(reader)
            loads[reader] += 1
        if count > len(free):
            given.missing[letter] = count - len(free)
    while _levelled(held, barred, loads):
        pass
    given.pairs = sorted((letter, reader) for letter, readers in held.items() for reader in readers)
    return given


def check_reader(is_reader: bool, has_conflict: bool, name: str) -> None:
    """Refuse to give a letter to somebody who reads nothing here, or who has a conflict with its district."""
    if not is_reader:
        raise RuleBroken(f"{name} does not read letters in this community. Choose somebody who does.")
    if has_conflict:
        raise RuleBroken(f"{name} has a conflict with this district. Choose another reader.")


def check_giving(letter: Letter, is_sent: bool, decision: Decision | None) -> None:
    """Refuse to give out a letter that cannot be read, or that is decided."""
    if not is_sent or letter.status == "withdrawn":
        raise RuleBroken("Only a letter that was submitted can be given to a reader. This one was not.")
    if is_released(decision):
        raise RuleBroken("The decision about this letter was sent, so nobody needs to read it any more.")


def check_taking(decision: Decision | None) -> None:
    """Refuse to take a letter from a reader once it is decided: the scores would count no more."""
    if is_released(decision):
        raise RuleBroken("The decision about this letter was sent, so what it rests on stays as it was.")


def check_count(per_letter: int, readers: Collection[int]) -> None:
    """Refuse to give letters out to nobody, or to fewer people than each letter is to have."""
    if not readers:
        raise RuleBroken("Choose at least one reader.")
    if per_letter > len(readers):
        raise RuleBroken(f"{per_letter} readers per letter need at least {per_letter} readers. Choose more of them.")


def state_of_reading(started_at: datetime | None, handed_in_at: datetime | None) -> str:
    """How far somebody is with a letter: new, begun or done."""
    return "done" if handed_in_at is not None else "begun" if started_at is not None else "new"


def next_of(queue: Sequence[Waiting], after: int | None = None) -> Waiting | None:
    """The next letter that is not done, from the one after a letter on, round to the first."""
    numbers = [one.letter_id for one in queue]
    start = numbers.index(after) + 1 if after in numbers else 0
    rest = [*queue[start:], *queue[:start]]
    return next((one for one in rest if not one.is_done and one.letter_id != after), None)


def _levelled(
    held: dict[int, set[int]], barred: Mapping[int, Collection[int]], loads: dict[int, int]
) -> bool:  # fmt: skip
    """Hand letters on from one reader to the next until one with much has one less and one with little has one more."""
    least = min(loads.values(), default=0)
    for start in sorted((one for one in loads if loads[one] > least + 1), key=lambda reader: (-loads[reader], reader)):
        way = _way_down(start, held, barred, loads)
        for letter, giver, taker in way:
            held[letter] ^= {giver, taker}
        if way:
            loads[start] -= 1
            loads[way[-1][2]] += 1
            return True
    return False


def _way_down(
    start: int, held: Mapping[int, set[int]], barred: Mapping[int, Collection[int]], loads: Mapping[int, int]
) -> list[tuple[int, int, int]]:
    # Breadth first over "could hand this letter on to": a direct taker is not always there, but one who could take
    # another letter from the one in between.
    ways: dict[int, list[tuple[int, int, int]]] = {start: []}
    waiting = [start]
    while waiting:
        giver = waiting.pop(0)
        if loads[giver] <= loads[start] - 2:
            return ways[giver]
        for letter, taker in _takers(giver, held, barred, loads):
            if taker not in ways:
                ways[taker] = [*ways[giver], (letter, giver, taker)]
                waiting.append(taker)
    return []


def _takers(
    giver: int, held: Mapping[int, set[int]], barred: Mapping[int, Collection[int]], loads: Mapping[int, int]
) -> Iterator[tuple[int, int]]:
    for letter, readers in sorted(held.items()):
        if giver in readers:
            for taker in sorted(set(loads) - readers - set(barred.get(letter, ()))):
                yield letter, taker
