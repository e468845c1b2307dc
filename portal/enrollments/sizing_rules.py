"""What fewer seats would mean: where more people sit, or more is kept for them, than there would be seats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class Pool(Protocol):
    """The seats of one session in one mode."""

    @property
    def session(self) -> Any: ...

    @property
    def session_id(self) -> int: ...

    @property
    def mode(self) -> str: ...

    @property
    def capacity(self) -> int: ...

    @property
    def taken(self) -> int: ...

    @property
    def held(self) -> int: ...


@dataclass(frozen=True)
class Tight:
    """A date and a way to come that would have fewer seats than are in use, or none at all."""

    session: Any
    mode: str
    taken: int
    held: int
    number: int


def too_few(pools: Iterable[Pool], seats: Mapping[str, int], dates: Mapping[tuple[int, str], int]) -> list[Tight]:
    """Where a lower number should be asked about first: `seats` by mode, or `dates` by session and mode."""
    found = []
    for pool in pools:
        number = dates.get((pool.session_id, pool.mode), seats.get(pool.mode))
        # What was so before is not asked about again: whoever changes another number has not touched it.
        if number is not None and number < pool.capacity and (number < pool.taken + pool.held or number == 0):
            found.append(Tight(pool.session, pool.mode, pool.taken, pool.held, number))
    return found
