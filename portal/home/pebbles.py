"""Districts as pebbles on a shore: a circle each, its area the number of students, settled side by side.

The packing is greedy: the biggest pebble lies first; each next one takes, of the places where it touches the shore or
two others, one that is low and near the middle. Units are CSS pixels; y grows downward, the shore is the bottom.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

PIXELS = 0.4  # radius in pixels of a district with one student; the area then tells the students
UNKNOWN = 13.0  # radius where the number of students is not on record, and of a place that is open
GAP = 3.0
EDGE = 1.5  # room for a stroke
SLACK = 0.05  # what rounding may cost before two pebbles count as overlapping


@dataclass(frozen=True)
class Pebble:
    """What a circle stands for: a name, its students (None: not on record), and its look ("", "open" or "place")."""

    name: str
    students: int | None = None
    kind: str = ""

    @property
    def radius(self) -> float:
        return PIXELS * math.sqrt(self.students) if self.students else UNKNOWN

    @property
    def title(self) -> str:
        return f"{self.name}, {self.students:,} students" if self.students else self.name


@dataclass(frozen=True)
class Circle:
    """A drawn pebble: center and radius from the top left corner of the picture."""

    x: float
    y: float
    r: float
    kind: str
    title: str


@dataclass(frozen=True)
class Cluster:
    """A picture: its size and its circles, the biggest first."""

    width: float
    height: float
    circles: tuple[Circle, ...]


Spot = tuple[float, float]
Placed = tuple[float, float, float]  # x, height above the shore, radius


def cluster(pebbles: Iterable[Pebble]) -> Cluster:
    """The picture of `pebbles`; the same pebbles in the same order give the same picture. None at all: an empty one."""
    ordered = sorted(pebbles, key=lambda pebble: -pebble.radius)
    placed = pack([pebble.radius for pebble in ordered])
    if not placed:
        return Cluster(0, 0, ())
    left = min(x - r for x, _, r in placed) - EDGE
    right = max(x + r for x, _, r in placed) + EDGE
    height = max(y + r for _, y, r in placed) + EDGE
    circles = (
        Circle(round(x - left, 1), round(height - y, 1), round(r, 1), pebble.kind or _kind(pebble), pebble.title)
        for (x, y, r), pebble in zip(placed, ordered, strict=True)
    )
    return Cluster(round(right - left, 1), round(height, 1), tuple(circles))


def pack(radii: list[float]) -> list[Placed]:
    """Where circles of these radii come to lie, in this order, none over another and none below the shore."""
    placed: list[Placed] = []
    for radius in radii:
        x, y = min(_free(radius, placed), key=lambda spot: _unease(spot, radius, placed))
        placed.append((x, y, radius))
    return placed


def _kind(pebble: Pebble) -> str:
    return "" if pebble.students else "open"


def _free(radius: float, placed: list[Placed]) -> list[Spot]:
    spots = [*_on_shore(radius, placed), *_on_others(radius, placed)]
    return [
        spot for spot in spots if spot[1] >= radius - SLACK and all(_clear(spot, radius, other) for other in placed)
    ]


def _clear(spot: Spot, radius: float, other: Placed) -> bool:
    x, y, r = other
    return math.hypot(spot[0] - x, spot[1] - y) >= radius + r + GAP - SLACK


def _unease(spot: Spot, radius: float, placed: list[Placed]) -> float:
    middle = sum(x for x, _, _ in placed) / len(placed) if placed else 0.0
    # The two numbers are taste: how much a heap may grow before it grows wide.
    return (spot[1] - radius) * 0.9 + abs(spot[0] - middle) * 0.75


def _on_shore(radius: float, placed: list[Placed]) -> Iterator[Spot]:
    if not placed:
        yield 0.0, radius
    for x, y, r in placed:
        reach, rise = radius + r + GAP, radius - y
        if abs(rise) <= reach:
            step = math.sqrt(reach * reach - rise * rise)
            yield x - step, radius
            yield x + step, radius


def _on_others(radius: float, placed: list[Placed]) -> Iterator[Spot]:
    for index, first in enumerate(placed):
        for second in placed[index + 1 :]:
            yield from _touching(radius, first, second)


def _touching(radius: float, first: Placed, second: Placed) -> Iterator[Spot]:
    """The two places where a circle touches both others: where two circles around their centers cross."""
    (x1, y1, r1), (x2, y2, r2) = first, second
    one, two, apart = r1 + radius + GAP, r2 + radius + GAP, math.hypot(x2 - x1, y2 - y1)
    # Too far apart to be bridged by this pebble.
    if apart > one + two:
        return
    along = (one * one - two * two + apart * apart) / (2 * apart)
    aside = math.sqrt(max(0.0, one * one - along * along))
    ux, uy = (x2 - x1) / apart, (y2 - y1) / apart
    yield x1 + along * ux - aside * uy, y1 + along * uy + aside * ux
    yield x1 + along * ux + aside * uy, y1 + along * uy - aside * ux
