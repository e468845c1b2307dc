"""What the numbers, dates and names of districts must be like, and how alike two names are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from portal.core.errors import RuleBroken
from portal.districts.rules import (
    Likeness,
    check_begin,
    check_end,
    code_forms,
    domain_of,
    domains_of,
    fact_words,
    is_free_mail,
    is_leaid,
    kind_words,
    likeness,
    question,
)


@dataclass
class Spell:
    from_date: date
    to_date: date | None = None


@dataclass
class Number:
    name: str
    value: str
    source: str = "NCES CCD"
    year: str = "2024-25"


JULY, AUGUST, SEPTEMBER = date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)


@pytest.mark.parametrize(
    "text, expected",
    [("2501860", True), ("0100002", True), ("100002", False), ("25018600", False), ("25O1860", False), ("", False)],
)
def test_a_leaid_has_seven_digits(text: str, expected: bool) -> None:
    assert is_leaid(text) == expected


def test_a_period_may_end_on_its_first_day_and_the_same_end_may_be_said_again() -> None:
    check_end(Spell(JULY), JULY)
    check_end(Spell(JULY, AUGUST), AUGUST)


def test_a_period_cannot_end_before_it_began() -> None:
    with pytest.raises(RuleBroken, match=r"^This began on July 1, 2026\. Choose a last day that is not before it\.$"):
        check_end(Spell(JULY), date(2026, 6, 30))


def test_an_end_is_not_moved() -> None:
    with pytest.raises(RuleBroken, match=r"^This ended on August 1, 2026 already\.$"):
        check_end(Spell(JULY, AUGUST), SEPTEMBER)


def test_the_next_membership_begins_after_the_last_one() -> None:
    check_begin([], JULY)
    check_begin([Spell(JULY, AUGUST)], SEPTEMBER)
    with pytest.raises(RuleBroken, match=r"lasts until August 1, 2026\. Choose a first day after it\.$"):
        check_begin([Spell(JULY, AUGUST)], AUGUST)


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
        ('"; --', "--", ("--",), ""),
        ("", "", (), ""),
    ],
)
def test_what_was_typed_is_understood(typed: str, text: str, words: tuple[str, ...], state: str) -> None:
    asked = question(typed)
    assert (asked.text, asked.words, asked.state) == (text, words, state)


@pytest.mark.parametrize(
    "typed, expected", [("2501860", True), ("ma-0007", True), ("25", True), ("25 Main", False), ("Beverly", False)]
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


def test_a_name_is_nearer_the_more_of_it_was_asked_for() -> None:
    asked = question("Havrehill")
    haverhill, havre, chill = (likeness(asked, name) for name in ("Haverhill Public Schools", "Havre", "Chill"))
    assert haverhill.rank < havre.rank < chill.rank
    assert haverhill == Likeness(2, 0.89, 0.89)


def test_a_name_or_town_that_is_meant_exactly_comes_first_and_a_beginning_next() -> None:
    asked = question("Beverly")
    ranks = [
        likeness(asked, "Beverly Regional", "", "Beverly").closeness,
        likeness(asked, "Beverly Hills Unified", "", "Beverly Hills").closeness,
        likeness(asked, "Port Beverly", "", "Port Beverly").closeness,
    ]
    assert ranks == [0, 1, 2]


def test_words_that_all_names_share_decide_only_between_equals() -> None:
    asked = question("Lincoln Charter School")
    charter, public = (
        likeness(asked, f"Lincoln {kind}", "", "Lincoln") for kind in ("Charter School", "Public Schools")
    )
    assert charter.words == public.words == 1.0
    assert charter.rank < public.rank


@pytest.mark.parametrize(
    "fact, words",
    [
        (Number("students", "4525", "MA DESE", "2016-17"), "4,525 students (MA DESE, 2016-17)"),
        (Number("schools", "1"), "1 school (NCES CCD, 2024-25)"),
        (Number("teacher_fte", "319"), "319 full-time equivalent teachers (NCES CCD, 2024-25)"),
        (Number("free_lunch", "23.3 %"), "23.3 % free lunch (NCES CCD, 2024-25)"),
    ],
)
def test_no_number_is_said_without_its_source_and_year(fact: Number, words: str) -> None:
    assert fact_words(fact) == words


def test_every_kind_has_words() -> None:
    assert (kind_words("charter"), kind_words("circus")) == ("Charter school", "Other agency")


@pytest.mark.parametrize(
    "website, domain",
    [
        ("http://www.beverlyschools.org", "beverlyschools.org"),
        ("https://danverspublicschools.org/", "danverspublicschools.org"),
        ("http://schools.amesburyma.gov/", "schools.amesburyma.gov"),
        ("WWW.Lynnfield.K12.MA.US", "lynnfield.k12.ma.us"),
        ("www2.prsd.org:8080/home?x=1#top", "prsd.org"),
        ("http://http://www.rpk12.org", "rpk12.org"),
        ("http:/www.rpk12.org", "rpk12.org"),
        ("rpk12.org.", "rpk12.org"),
        ("superintendent@rpk12.org", "rpk12.org"),
        ("www.doe.mass.edu/seis", "doe.mass.edu"),
        ("", ""),
        ("N/A", ""),
        ("none", ""),
        ("http://127.0.0.1/", ""),
        ("http://-x-.org", ""),
        ("http://www.k12.ma.us/", ""),
        ("http://state.ma.us/schools", ""),
        ("https://mass.gov/x", ""),
        ("https://sites.google.com/view/ours", ""),
        ("https://ours.weebly.com", ""),
        ("https://m.facebook.com/ours", ""),
        ("gmail.com", ""),
        ("a" * 117 + ".org", ""),
        ("a." * 5_000 + "!", ""),
    ],
)
def test_a_website_has_a_domain_that_tells_the_district(website: str, domain: str) -> None:
    assert domain_of(website) == domain


@pytest.mark.parametrize(
    "address, domains",
    [
        ("nurse@beverlyschools.org", ["beverlyschools.org"]),
        ("Nurse@Staff.BeverlySchools.org", ["staff.beverlyschools.org", "beverlyschools.org"]),
        ("lead@lynnfield.k12.ma.us", ["lynnfield.k12.ma.us"]),
        ("lead@k12.ma.us", []),
        ("lead@pvt.k12.ma.us", []),
        ("somebody@gmail.com", []),
        ("somebody@yahoo.com", []),
        ("somebody", []),
        ("somebody@", []),
        ("somebody@org", []),
        ("", []),
    ],
)
def test_an_address_may_belong_to_its_domain_and_to_those_above_it(address: str, domains: list[str]) -> None:
    assert domains_of(address) == domains


@pytest.mark.parametrize(
    "address, expected",
    [
        ("a@gmail.com", True),
        ("a@OUTLOOK.com", True),
        ("a@nc.rr.com", True),
        ("a@icloud.com.", True),
        ("a@notgmail.com", False),
        ("a@gmail.com.example.org", False),
        ("a@beverlyschools.org", False),
        ("", False),
    ],
)
def test_mail_that_anybody_may_have_is_known(address: str, expected: bool) -> None:
    assert is_free_mail(address) == expected
