"""How a community grew, which seat somebody gets, and how the steps of a district read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from portal.cohorts.chronicle import TOLD, chronicle
from portal.cohorts.join_rules import Joiner, is_learners, seats_for
from portal.cohorts.member_rules import Year, growth_of, tallest
from portal.cohorts.models import TeamSeat
from portal.core.history import History
from portal.districts.rules import is_on

TODAY = date(2026, 12, 15)
JOINER = Joiner("Nurse", "nurse@example.org", "nurse")


@dataclass
class Span:
    from_date: date
    to_date: date | None = None


def test_every_year_counts_who_joined_who_left_and_who_was_there_at_its_end() -> None:
    spans = [Span(date(2023, 7, 1)), Span(date(2023, 7, 1), date(2025, 6, 30)), Span(date(2025, 1, 1))]
    assert growth_of(spans, TODAY) == [
        Year(2023, 2, 0, 2),
        Year(2024, 0, 0, 2),
        Year(2025, 1, 1, 2),
        Year(2026, 0, 0, 2),
    ]


def test_a_last_day_counts_and_what_is_to_come_does_not() -> None:
    spans = [Span(date(2026, 1, 1), TODAY), Span(date(2027, 1, 1)), Span(date(2026, 1, 1), date(2027, 3, 1))]
    assert growth_of(spans, TODAY) == [Year(2026, 2, 0, 2)]
    assert growth_of(spans, date(2026, 12, 16)) == [Year(2026, 2, 1, 1)]


def test_a_district_that_came_back_is_counted_once_at_a_time() -> None:
    spans = [Span(date(2024, 1, 1), date(2024, 6, 30)), Span(date(2025, 1, 1))]
    assert growth_of(spans, date(2025, 2, 1)) == [Year(2024, 1, 1, 0), Year(2025, 1, 0, 1)]


def test_without_members_there_is_no_growth() -> None:
    assert (growth_of([], TODAY), tallest([])) == ([], 0)
    assert growth_of([Span(date(2027, 1, 1))], TODAY) == []


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2026, 1, 1), True), (date(2025, 12, 31), False), (date(2026, 6, 30), True), (date(2026, 7, 1), False)],
)
def test_first_and_last_day_belong_to_it(day: date, expected: bool) -> None:
    assert is_on(day, date(2026, 1, 1), date(2026, 6, 30)) is expected
    assert (is_on(day, None, None), is_on(day, date(2020, 1, 1), None)) == (False, True)


def a_seat(**fields: Any) -> TeamSeat:
    return TeamSeat(**{"role": "nurse", "name": "", "email": "", "from_date": date(2026, 12, 1), **fields})


@pytest.mark.parametrize(
    "seat",
    [
        a_seat(role="teacher"),
        a_seat(affiliation_id=1),
        a_seat(from_date=date(2026, 12, 16)),
        a_seat(to_date=date(2027, 1, 1)),
        a_seat(name="Somebody else"),
        a_seat(email="other@example.org"),
    ],
)
def test_a_seat_of_another_job_or_person_or_day_is_not_free(seat: TeamSeat) -> None:
    assert seats_for([seat], JOINER, TODAY) == []


def test_the_seat_of_the_address_comes_first_then_that_of_the_name_then_a_free_one() -> None:
    free, named = a_seat(), a_seat(name="NURSE")
    own = a_seat(role="teacher", name="Somebody", email="nurse@example.org")
    assert seats_for([free, named, own], JOINER, TODAY) == [own, named, free]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("a@students.harbor.org", True),
        ("a@stu.harbor.k12.ma.us", True),
        ("students@harbor.org", False),
        ("a@harbor.org", False),
        ("a@studentservices.org", False),
    ],
)
def test_an_address_of_students_is_told_by_its_domain(address: str, expected: bool) -> None:
    assert is_learners(address) is expected


def a_row(table: str, verb: str, note: str = "", **data: Any) -> History:
    at = datetime(2026, 12, 15, 15, tzinfo=UTC)
    return History(subject_table=table, verb=verb, by_name="Lead", note=note, data=data, at=at)


def test_every_step_is_one_sentence_without_gaps() -> None:
    data = {"text": "Name a team.", "role": "nurse", "last_day": "2027-01-29"}
    steps = chronicle([(a_row(*key, **data), "Nurse") for key in TOLD], {"nurse": "School nurse"})
    assert len(steps) == len(TOLD)
    assert [step.sentence for step in steps if "{" in step.sentence or "  " in step.sentence] == []
    assert "Nurse leaves the district as School nurse, last day January 29, 2027" in [one.sentence for one in steps]


def test_a_step_names_the_person_as_the_row_kept_it_though_the_seat_went_on_to_somebody_else() -> None:
    rows = [(a_row("team_seats", "claim", name="First Colleague"), "Second Colleague")]
    assert [step.sentence for step in chronicle(rows, {})] == ["First Colleague joined the team"]


def test_what_is_no_news_is_left_out_and_a_nameless_person_is_somebody() -> None:
    rows = [(a_row("memberships", "polish"), ""), (a_row("accounts", "grant lead"), "")]
    assert [step.sentence for step in chronicle(rows, {})] == ["Somebody acts for the district"]
