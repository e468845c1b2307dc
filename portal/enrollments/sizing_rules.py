"""What fewer seats would mean: where more people sit, or more is kept for them, than there would be seats."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from portal.core.errors import RuleBroken

TIGHT = "There would be fewer seats than are in use. Look at where, and say that the number is changed all the same."


class Pool(Protocol):
    """The seats of one session in one mode."""

    @property
    def session(self) -> Any: ...

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

    @property
    def stamp(self) -> str:
        """What a yes to this question is a yes to: this number on this date, with so many seats in use."""
        return f"{self.session.id}.{self.mode}.{self.number}.{self.taken + self.held}"


class TooTight(RuleBroken):
    """Fewer seats than are in use, of which nobody has said that they know it; `tight` says where."""

    def __init__(self, tight: Sequence[Tight]) -> None:
        super().__init__(TIGHT)
        self.tight = tight


def check_known(tight: Sequence[Tight], known: Collection[str]) -> None:
    """Refuse what whoever changes the numbers has not been asked about just so; `known`: the stamps of it."""
    if any(one.stamp not in known for one in tight):
        raise TooTight(tight)


def tight_in(wished: Iterable[tuple[Pool, int]]) -> list[Tight]:
    """Where the number that a pool would have should be asked about first. What was so before is not asked about again:
    whoever changes another number has not touched it.
    """
    return [
        Tight(pool.session, pool.mode, pool.taken, pool.held, number)
        for pool, number in wished
        if number < pool.capacity and (number < pool.taken + pool.held or number == 0)
    ]
