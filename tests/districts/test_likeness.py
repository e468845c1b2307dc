"""What people mean who type a name, a town or a code, and how near a district comes to it."""

from __future__ import annotations

import pytest

from portal.districts.likeness import Likeness, code_forms, likeness, question, questions


@pytest.mark.parametrize(
    "typed, text, words, state",
    [
        ("Beverly", "beverly", ("beverly",), ""),
        ("  Lincoln,  NE ", "lincoln", ("lincoln",), "NE"),
        ("Lincoln (ne)", "lincoln", ("lincoln",), "NE"),
        ("MA", "ma", ("ma",), ""),
        ("St Jo", "st jo", ("st", "jo"), ""),
        ("Boston Public Schools", "boston public schools", ("boston",), ""),
        ("Public Schools", "public schools", ("public", "schools"), ""),
        ('"; --', "--", (), ""),
        ("St. Mary’s-by-the-Sea", "st. mary’s-by-the-sea", ("st", "marys", "by", "sea"), ""),
        ("Española", "española", ("espanola",), ""),
        ("Nashua, N.H.", "nashua", ("nashua",), "NH"),
        ("", "", (), ""),
    ],
)
def test_what_was_typed_is_understood(typed: str, text: str, words: tuple[str, ...], state: str) -> None:
    asked = question(typed)
    assert (asked.text, asked.words, asked.state) == (text, words, state)


@pytest.mark.parametrize(
    "typed, expected",
    [
        ("2501860", True),
        ("ma-0007", True),
        ("MA 0007", True),
        ("ma7", True),
        ("25", True),
        ("25 Main", False),
        ("PS 118", False),
        ("Beverly", False),
    ],
)
def test_codes_are_told_from_words(typed: str, expected: bool) -> None:
    assert question(typed).is_code == expected


@pytest.mark.parametrize("typed, expected", [("be", True), ("St Jo", True), ("bev", False), ("Los", False)])
def test_under_three_letters_only_a_beginning_can_be_meant(typed: str, expected: bool) -> None:
    assert question(typed).is_short == expected


def test_words_are_cut_into_trigrams_once_each() -> None:
    assert question("Lynn Lynnfield").trigrams == ["eld", "fie", "iel", "lyn", "nfi", "nnf", "ynn"]


def test_a_question_of_any_length_is_cut() -> None:
    assert len(question("x" * 500).text) == 80


def test_massachusetts_adds_four_zeros_to_its_codes() -> None:
    assert code_forms("00070000") == ["00070000", "0007"]
    assert code_forms("2501860") == ["2501860"]
    assert code_forms("7") == ["7", "0007"]


def test_a_name_is_nearer_the_more_of_it_was_asked_for() -> None:
    asked = question("Havrehill")
    haverhill, havre, chill = (likeness(asked, name) for name in ("Haverhill Public Schools", "Havre", "Chill"))
    assert haverhill.rank < havre.rank < chill.rank
    assert haverhill == Likeness(3, 0.89, 0.89, 0.48)


def test_a_name_or_town_that_is_meant_exactly_comes_first_and_a_beginning_next() -> None:
    asked = question("Beverly")
    ranks = [
        likeness(asked, "Beverly", "", "Somewhere").closeness,
        likeness(asked, "Beverly Regional", "", "Beverly").closeness,
        likeness(asked, "Beverly Hills Unified", "", "Beverly Hills").closeness,
        likeness(asked, "Port Beverly", "", "Port Beverly").closeness,
    ]
    assert ranks == [0, 1, 2, 3]


def test_words_that_all_names_share_decide_only_between_equals() -> None:
    asked = question("Lincoln Charter School")
    charter, public = (
        likeness(asked, f"Lincoln {kind}", "", "Lincoln") for kind in ("Charter School", "Public Schools")
    )
    assert charter.words == public.words == 1.0
    assert charter.rank < public.rank


def test_of_two_names_with_the_same_word_the_one_that_is_all_of_it_is_nearer() -> None:
    asked = question("Lawrance")
    lawrence, greater = (likeness(asked, name) for name in ("Lawrence", "Greater Lawrence Regional"))
    assert lawrence.words == greater.words
    assert lawrence.rank < greater.rank


@pytest.mark.parametrize(
    "asked, name",
    [
        ("N. Andover", "North Andover"),
        ("No Andover", "North Andover"),
        ("saint louis", "St. Louis"),
        ("Mt Vernon", "Mount Vernon"),
        ("marthas vineyard", "Martha's Vineyard"),
        ("Martha’s Vineyard", "Martha's Vineyard"),
        ("Hamilton & Wenham", "Hamilton-Wenham"),
        ("espanola", "Española"),
    ],
)
def test_what_people_write_in_two_ways_is_the_same(asked: str, name: str) -> None:
    found = likeness(question(asked), name)
    assert (found.words, found.all_words) == (1.0, 1.0)


@pytest.mark.parametrize(
    "typed, meant",
    [
        ("Andover Massachusetts", [("andover massachusetts", ""), ("andover", "MA")]),
        ("Salem, massachussetts", [("salem massachussetts", ""), ("salem", "MA")]),
        ("andover mass.", [("andover mass.", ""), ("andover", "MA")]),
        ("Charleston West Virginia", [("charleston west virginia", ""), ("charleston", "WV")]),
        ("Port Washington", [("port washington", ""), ("port", "WA")]),
        ("New York", [("new york", ""), ("", "NY")]),
        ("west virginia", [("west virginia", ""), ("", "WV")]),
        ("Lincoln NE", [("lincoln", "NE")]),
        ("Camp Marine", [("camp marine", "")]),
        ("mass", [("mass", "")]),
        ("0009", [("0009", "")]),
        ("", [("", "")]),
    ],
)
def test_a_state_spelled_out_may_be_meant_or_be_part_of_the_name(typed: str, meant: list[tuple[str, str]]) -> None:
    assert [(asked.text, asked.state) for asked in questions(typed)] == meant
