"""The arithmetic and the words of the funnel."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.reports.rules import GROUPS, SIDES, STEPS, TITLES, share, steps_of

COUNTS = dict.fromkeys(GROUPS, 0)


@pytest.mark.parametrize(
    "part, whole, told",
    [(1, 2, 50), (1, 3, 33), (2, 3, 67), (1, 8, 13), (0, 4, 0), (4, 4, 100), (0, 0, None), (1, None, None)],
)
def test_a_share_is_a_whole_number_of_percent(part: int, whole: int | None, told: int | None) -> None:
    assert share(part, whole) == told


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_no_share_of_a_part_is_more_than_all_of_it(part: int, more: int) -> None:
    found = share(part, part + more)
    assert found is not None
    assert 0 <= found <= 100
    assert abs(found - 100 * part / (part + more)) <= 0.5


def test_the_first_step_is_a_share_of_nothing_before_it() -> None:
    first, second, *_ = steps_of({**COUNTS, "invited": 4, "opened": 3}, is_signed=True)
    assert (first.of_first, first.of_before) == (100, None)
    assert (second.of_first, second.of_before) == (75, 75)


def test_a_share_is_of_the_step_before_even_when_that_is_left_out() -> None:
    counts = {**COUNTS, "invited": 8, "started": 4, "endorsed": 3, "submitted": 2}
    steps = {step.key: step for step in steps_of(counts, is_signed=False)}
    assert "endorsed" not in steps
    assert steps["submitted"].of_before == 50
    assert {step.key: step for step in steps_of(counts, is_signed=True)}["submitted"].of_before == 67


def test_nobody_invited_has_no_shares() -> None:
    assert {(step.of_first, step.of_before) for step in steps_of(COUNTS, is_signed=True)} == {(None, None)}


def test_those_who_went_another_way_stand_at_their_step_in_one_or_many() -> None:
    counts = {**COUNTS, "invited": 5, "opened": 4, "silent": 1, "not-this-year": 2}
    opened = steps_of(counts, is_signed=True)[1]
    assert [(side.group, side.count, side.words) for side in opened.sides] == [
        ("silent", 1, "has not answered"), ("not-this-year", 2, "said not this year"),
    ]  # fmt: skip


def test_every_group_has_a_title_and_every_side_a_step() -> None:
    assert set(TITLES) == set(GROUPS)
    assert {row[0] for row in SIDES.values()} <= set(STEPS)
