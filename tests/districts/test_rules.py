"""What the numbers, dates, codes and addresses of districts must be like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from portal.core.errors import RuleBroken
from portal.districts.rules import (
    check_begin,
    check_end,
    domain_of,
    domains_of,
    fact_words,
    grade_span,
    is_free_mail,
    is_leaid,
    kind_words,
    massachusetts_code,
    school_year,
    state_named,
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
    "fact, words",
    [
        (Number("students", "4525", "MA DESE", "2016-17"), "4,525 students (MA DESE, 2016-17)"),
        (Number("schools", "1"), "1 school (NCES CCD, 2024-25)"),
        (Number("teacher_fte", "319"), "319 full-time equivalent teachers (NCES CCD, 2024-25)"),
        (Number("county", "Essex County", "MA DESE", "2016-17"), "Essex County (MA DESE, 2016-17)"),
        (Number("grades", "PK-12", "MA DESE", "2016-17"), "grades PK-12 (MA DESE, 2016-17)"),
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


@pytest.mark.parametrize(
    "text, state",
    [
        ("Massachusetts", "MA"), (" new  HAMPSHIRE ", "NH"), ("ma", "MA"), ("District of Columbia", "DC"),
        ("Essex", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_state_is_named_in_full_or_by_two_letters(text: str, state: str) -> None:
    assert state_named(text) == state


@pytest.mark.parametrize(
    "text, year",
    [
        ("2016-17", "2016-17"),
        ("2016-2017", "2016-17"),
        ("enrollment_2016_17.csv", "2016-17"),
        ("SY2016/17", "2016-17"),
        ("2016 – 17", "2016-17"),
        ("1999-2000", "1999-00"),
        ("as of 2016-10-01, for 2016-17", "2016-17"),
        ("2017", ""),
        ("2016-18", ""),
        ("12016-17", ""),
        ("2016-170", ""),
        ("", ""),
    ],
)
def test_a_school_year_is_found_however_it_is_written(text: str, year: str) -> None:
    assert school_year(text) == year


@pytest.mark.parametrize(
    "text, code",
    [
        ("0007", "MA-0007"), ("7", "MA-0007"), ("00070000", "MA-0007"), ("70000", "MA-0007"), ("8200000", "MA-0820"),
        ("00070505", ""), ("MA-0007", ""), ("", ""), ("123456789", ""),
    ],
)  # fmt: skip
def test_a_code_of_massachusetts_is_one_however_long_it_is_written(text: str, code: str) -> None:
    assert massachusetts_code(text) == code


def test_grades_span_from_the_lowest_to_the_highest_that_anybody_is_in() -> None:
    assert grade_span({"PK": 0, "KG": 5, "01": 0, "08": 1, "09": 0}) == "KG-08"
    assert grade_span({"09": 1}) == "09-09"
    assert grade_span({"PK": 0}) == ""
