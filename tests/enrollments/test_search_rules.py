"""What somebody means who types into the agenda's search."""

import pytest

from portal.enrollments.search_rules import is_found, words_of

THERE = words_of(
    "Multilingual learners: the Fall Gathering, led by a dialogue practitioner. Café for counselors’ questions"
)


@pytest.mark.parametrize(
    "asked",
    [
        "", "multilingual", "MULTI", "mutlilingual", "multilingul", "gathring", "fall gathering", "gathering fall",
        "cafe", "Café", "counselors questions", "counsellor", "dialog", "practicioner", "  fall,  ",
    ],
)  # fmt: skip
def test_a_word_is_found_begun_whole_or_mistyped(asked: str) -> None:
    assert is_found(asked, THERE)


@pytest.mark.parametrize("asked", ["spring", "fall spring", "later", "fell", "x", "gath0", "ring", "led zeppelin"])
def test_what_is_not_there_is_not_found(asked: str) -> None:
    assert not is_found(asked, THERE)


def test_signs_alone_ask_for_nothing() -> None:
    assert is_found("%_!", THERE)
    assert words_of("%_! —") == frozenset()
