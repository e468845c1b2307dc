"""Pebbles: nobody lies over another, nobody below the shore, and the size tells the students."""

from __future__ import annotations

import itertools
import math

import pytest

from portal.home.pebbles import GAP, UNKNOWN, Circle, Pebble, cluster

SIZES = [4525, 3379, 2930, 7452, 928, 2231, 1307, 1782, 1396, None, None, 2150, 2207, 1447, 4766, 5956, 2498]
ROUNDING = 0.15  # three numbers to a tenth


def test_no_pebbles_make_an_empty_picture() -> None:
    drawn = cluster([])
    assert (drawn.width, drawn.height, drawn.circles) == (0, 0, ())


def test_one_pebble_lies_on_the_shore() -> None:
    drawn = cluster([Pebble("Beverly", 2500)])
    assert drawn.circles == (Circle(21.5, 21.5, 20.0, "", "Beverly, 2,500 students"),)
    assert (drawn.width, drawn.height) == (43.0, 41.5)


def test_the_area_tells_the_students() -> None:
    small, big = (cluster([Pebble("A", students)]).circles[0].r for students in (1000, 4000))
    assert round(big**2 / small**2, 1) == 4.0


def test_a_district_whose_size_is_not_on_record_is_a_ring() -> None:
    ring = cluster([Pebble("Somewhere")]).circles[0]
    assert (ring.kind, ring.r, ring.title) == ("open", UNKNOWN, "Somewhere")


def test_an_open_place_keeps_its_look() -> None:
    assert [circle.kind for circle in cluster([Pebble("A place", kind="place")] * 3).circles] == ["place"] * 3


@pytest.mark.parametrize("count", range(1, len(SIZES) + 1))
def test_pebbles_never_overlap_and_stay_in_the_picture(count: int) -> None:
    drawn = cluster(Pebble(f"District {n}", size) for n, size in enumerate(SIZES[:count]))
    pairs = itertools.combinations(drawn.circles, 2)
    assert [pair for pair in pairs if math.hypot(pair[0].x - pair[1].x, pair[0].y - pair[1].y) < reach(*pair)] == []
    assert [c for c in drawn.circles if min(c.x - c.r, c.y - c.r, drawn.width - c.x - c.r) < 0] == []
    assert [c for c in drawn.circles if drawn.height - c.y - c.r < -ROUNDING] == []


def test_the_same_pebbles_always_make_the_same_picture() -> None:
    first, second = (cluster(Pebble("D", size) for size in SIZES) for _ in range(2))
    assert first == second


def reach(one: Circle, other: Circle) -> float:
    """How far apart two centers have to be, less what rounding may take."""
    return one.r + other.r + GAP - 2 * ROUNDING
