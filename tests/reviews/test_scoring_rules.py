"""The arithmetic of scores, what a review lacks, and what two windows of one reader keep."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.errors import RuleBroken
from portal.reviews.scoring_rules import (
    LONGEST,
    UNNAMED,
    Mark,
    Summary,
    check_complete,
    check_mark,
    check_version,
    lacking,
    mean,
    merged,
    most_disagreed_first,
    points,
    scale_of,
    spreads,
    summarize,
)
from portal.rounds.models import Round


@dataclass(frozen=True)
class Looked:
    """A criterion that is no row anywhere."""

    id: int
    label: str
    weight: int = 50


NEED, TIME = Looked(1, "Need", 60), Looked(2, "Time", 40)
WEIGHTS = {1: 60, 2: 40}
ROUND = {"newest": 1, "wanted": 3, "spread_flag": 2}
LEVELS = st.integers(1, 4)
REVIEWS = st.lists(st.fixed_dictionaries({1: LEVELS, 2: LEVELS}), max_size=6)


def summary(*reviews: dict[int, int], **more: Any) -> Any:
    return summarize(WEIGHTS, [(1, levels) for levels in reviews], **{**ROUND, **more})


def test_a_score_is_each_level_times_its_weight_over_a_hundred() -> None:
    assert points(WEIGHTS, {1: 4, 2: 2}) == 60 * 4 + 40 * 2
    assert summary({1: 4, 2: 2}).score == 3.2


@pytest.mark.parametrize("levels", [{}, {1: 4}, {2: 4}])
def test_a_review_without_every_level_has_no_score(levels: dict[int, int]) -> None:
    assert points(WEIGHTS, levels) is None


def test_a_round_without_weights_has_no_score() -> None:
    assert (points({}, {}), points({1: 0}, {1: 3})) == (None, None)


@given(REVIEWS.filter(bool))
def test_the_mean_lies_between_the_lowest_and_the_highest_level(reviews: list[dict[int, int]]) -> None:
    levels = [level for review in reviews for level in review.values()]
    assert min(levels) <= summary(*reviews).score <= max(levels)


@given(REVIEWS)
def test_the_order_in_which_readers_hand_in_changes_nothing(reviews: list[dict[int, int]]) -> None:
    assert summary(*reviews) == summary(*reversed(reviews))


@given(REVIEWS, LEVELS)
def test_readers_of_one_mind_are_zero_apart_and_their_level_is_the_score(reviews: Any, level: int) -> None:
    found = summary(*[{1: level, 2: level} for _ in reviews], {1: level, 2: level})
    assert (found.score, found.spread) == (level, 0 if reviews else None)


@given(REVIEWS)
def test_the_spread_is_the_widest_of_all_criteria(reviews: list[dict[int, int]]) -> None:
    apart = [max(r[n] for r in reviews) - min(r[n] for r in reviews) for n in WEIGHTS] if len(reviews) > 1 else [None]
    assert summary(*reviews).spread == max(apart, key=lambda one: one or 0)


@given(st.lists(st.integers(100, 400), min_size=1, max_size=9))
def test_the_mean_is_the_exact_one_to_two_places(given: list[int]) -> None:
    exact, shown = Fraction(sum(given), 100 * len(given)), mean(given, 100)
    assert shown is not None
    assert abs(Fraction(str(shown)) - exact) <= Fraction(1, 200)


def test_a_half_is_rounded_up() -> None:
    assert (mean([200, 201], 100), mean([201, 202], 100), mean([], 100)) == (2.01, 2.02, None)


@given(REVIEWS, st.integers(1, 3))
def test_readers_disagree_from_the_round_s_flag_on(reviews: list[dict[int, int]], flag: int) -> None:
    found = summary(*reviews, spread_flag=flag)
    assert found.is_disputed == (found.spread is not None and found.spread >= flag)


def test_a_review_that_lacks_a_level_counts_nowhere() -> None:
    found = summary({1: 4, 2: 4}, {1: 1})
    assert (found.handed_in, found.score, found.spread) == (1, 4.0, None)


def test_scores_of_an_older_version_are_told() -> None:
    assert (summary({1: 4, 2: 4}).is_stale, summary({1: 4, 2: 4}, newest=2).is_stale, summary(newest=2).is_stale) == (
        False, True, False,
    )  # fmt: skip


def test_one_reader_alone_is_not_apart_from_anybody() -> None:
    assert spreads(WEIGHTS, [{1: 1, 2: 4}]) == {}


def test_the_agenda_begins_with_the_most_disagreed() -> None:
    agreed, apart = summary({1: 3, 2: 3}, {1: 3, 2: 3}), summary({1: 1, 2: 3}, {1: 4, 2: 3})
    more = summary({1: 1, 2: 1}, {1: 4, 2: 3})
    assert sorted([agreed, apart, more, summary()], key=most_disagreed_first) == [more, apart, summary(), agreed]


def test_every_missing_level_and_comment_is_named() -> None:
    assert lacking([NEED, TIME], {1: Mark(1, "  ")}, 1) == {
        1: ("comment", "Say why “Need” gets level 1."),
        2: ("level", "Choose a level for “Time”."),
    }


@pytest.mark.parametrize("up_to, level, comment, is_complete", [
    (1, 1, "Because.", True), (1, 2, "", True), (2, 2, "", False), (2, 3, "", True), (0, 1, "", True),
])  # fmt: skip
def test_a_low_level_asks_for_a_comment(up_to: int, level: int, comment: str, is_complete: bool) -> None:
    assert (lacking([NEED], {1: Mark(level, comment)}, up_to) == {}) == is_complete


def test_a_review_with_gaps_is_refused_with_every_gap() -> None:
    with pytest.raises(RuleBroken, match="Choose a level for “Need”. Choose a level for “Time”."):
        check_complete([NEED, TIME], {}, 1)
    with pytest.raises(RuleBroken, match="no rubric"):
        check_complete([], {}, 1)


@pytest.mark.parametrize("mark", [Mark(0), Mark(5), Mark(-1), Mark(2, "x" * (LONGEST + 1))])
def test_a_level_outside_of_the_scale_and_an_endless_comment_are_refused(mark: Mark) -> None:
    with pytest.raises(RuleBroken):
        check_mark(mark, (1, 2, 3, 4))


def test_a_round_without_a_scale_has_four_levels() -> None:
    assert (scale_of(Round(scale=[])), scale_of(Round(scale=UNNAMED[:2]))) == (UNNAMED, UNNAMED[:2])


def test_a_newer_version_than_the_page_showed_is_looked_at_first() -> None:
    check_version(None, 2)
    check_version(2, 2)
    with pytest.raises(RuleBroken, match="sent version 2"):
        check_version(1, 2)


MARKS = st.builds(Mark, st.none() | LEVELS, st.sampled_from(["", "Why.", "Because.", ":"]))


@given(MARKS, MARKS, MARKS)
def test_two_windows_keep_what_each_changed_or_are_told(base: Mark, stored: Mark, typed: Mark) -> None:
    def clash(was: Any, now: Any, new: Any) -> bool:
        return new not in (was, now) and now != was

    is_clash = clash(base.level, stored.level, typed.level) or clash(base.comment, stored.comment, typed.comment)
    if is_clash:
        with pytest.raises(RuleBroken, match="another window"):
            merged(stored, typed, base.stamp)
        return
    kept = merged(stored, typed, base.stamp)
    assert kept.level == (stored.level if typed.level == base.level else typed.level)
    assert kept.comment == (stored.comment if typed.comment == base.comment else typed.comment)


@given(MARKS, MARKS)
def test_without_a_base_what_was_typed_counts(stored: Mark, typed: Mark) -> None:
    assert merged(stored, typed, None) == typed


def test_more_reviews_than_planned_are_counted_beside_the_plan() -> None:
    told = [Summary(handed_in=count, wanted=2).counted for count in range(4)]
    assert told == ["0 of 2", "1 of 2", "2 of 2", "3, 2 planned"]
