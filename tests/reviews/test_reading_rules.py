"""How letters are spread over readers: all that can be, nobody barred, nobody with two more than who could take one."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from portal.core.errors import RuleBroken
from portal.reviews.reading_rules import check_count, spread, state_of_reading
from tests.conftest import moment_of

NOON = moment_of("2026-12-15 12:00")


@some.composite
def offices(draw: Any) -> tuple[dict[int, int], dict[int, set[int]], dict[int, int]]:
    """Letters with how many readers they want, who is barred from which, and what each reader has."""
    readers = draw(some.integers(1, 7))
    letters = draw(some.integers(0, 12))
    everybody = some.sets(some.integers(1, readers))
    wanted = {letter: draw(some.integers(0, 4)) for letter in range(1, letters + 1)}
    barred = {letter: draw(everybody) for letter in wanted}
    return wanted, barred, {reader: draw(some.integers(0, 6)) for reader in range(1, readers + 1)}


@given(offices())
def test_every_letter_gets_all_the_readers_it_can_have_and_nobody_who_is_barred(office: Any) -> None:
    wanted, barred, load = office
    found = spread(wanted, barred, load)
    held = Counter(letter for letter, _ in found.pairs)
    assert len(set(found.pairs)) == len(found.pairs)
    assert all(reader not in barred[letter] for letter, reader in found.pairs)
    for letter, count in wanted.items():
        free = len(load) - len(barred[letter])
        assert held[letter] == min(count, free)
        assert found.missing.get(letter, 0) == max(count - free, 0)


@given(offices())
def test_no_letter_could_go_from_who_has_much_to_who_has_two_less(office: Any) -> None:
    wanted, barred, load = office
    pairs = set(spread(wanted, barred, load).pairs)
    loads = {reader: load[reader] + sum(one == reader for _, one in pairs) for reader in load}
    for letter, giver in pairs:
        for taker in load:
            if taker not in barred[letter] and (letter, taker) not in pairs:
                assert loads[giver] - loads[taker] < 2


@given(offices())
def test_asked_twice_it_says_the_same(office: Any) -> None:
    assert spread(*office) == spread(*office)


def test_letters_change_hands_by_way_of_a_third_where_nobody_can_take_them_directly() -> None:
    # Who reads letters 1 and 2 can be only A or B, letter 3 only B or C: A has three already.
    barred = {1: {3}, 2: {3}, 3: {1}}
    pairs = spread(dict.fromkeys(barred, 1), barred, {1: 3, 2: 0, 3: 0}).pairs
    assert Counter(reader for _, reader in pairs) == {2: 2, 3: 1}


@pytest.mark.parametrize(
    ("per_letter", "readers", "sentence"), [(1, [], "at least one reader"), (3, [1, 2], "need at least 3 readers")]
)
def test_too_few_readers_are_refused(per_letter: int, readers: list[int], sentence: str) -> None:
    with pytest.raises(RuleBroken, match=sentence):
        check_count(per_letter, readers)


@pytest.mark.parametrize(
    ("started", "handed_in", "state"), [(None, None, "new"), (NOON, None, "begun"), (NOON, NOON, "done")]
)
def test_how_far_somebody_is_with_a_letter(started: Any, handed_in: Any, state: str) -> None:
    assert state_of_reading(started, handed_in) == state
