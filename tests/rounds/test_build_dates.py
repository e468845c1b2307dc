"""The dates of a round: at which one their order breaks, and how they move by a year."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from portal.core.clock import local
from portal.rounds.dates import ORDERS, counted_up, date_faults, moved_by_a_year
from tests.conftest import moment_of
from tests.rounds.builders import FIELDS

ZONE = "America/New_York"


def faults(**changed: Any) -> list[str]:
    return [name for name, _ in date_faults({**FIELDS, **changed}, ZONE)]


def test_the_demos_dates_are_in_order() -> None:
    assert faults() == []


@pytest.mark.parametrize(
    "changed, wrong",
    [
        ({"closes_at": moment_of("2026-09-14 08:00"), "intent_by": None, "questions_until": None}, ["closes_at"]),
        ({"intent_by": moment_of("2026-10-31 17:00")}, ["intent_by"]),
        ({"intent_by": moment_of("2026-09-01 17:00")}, ["intent_by"]),
        ({"questions_until": moment_of("2026-11-01 17:00")}, ["questions_until"]),
        ({"withdraw_until": moment_of("2026-09-01 17:00")}, ["withdraw_until"]),
        ({"review_from": date(2026, 10, 29)}, ["review_from"]),
        ({"review_to": date(2026, 11, 1)}, ["review_to"]),
        ({"conversations_to": date(2026, 11, 29)}, ["conversations_to"]),
        ({"decisions_on": date(2026, 10, 29)}, ["decisions_on"]),
        ({"reply_by": moment_of("2026-12-17 17:00")}, ["reply_by"]),
        ({"orientation_on": date(2026, 12, 17)}, ["orientation_on"]),
        ({"term_to": date(2027, 1, 26)}, ["term_to"]),
    ],
)
def test_the_fault_stands_at_the_date_that_is_wrong(changed: dict[str, Any], wrong: list[str]) -> None:
    assert faults(**changed) == wrong


def test_readers_may_begin_on_the_day_letters_close() -> None:
    assert faults(review_from=date(2026, 10, 30)) == []


def test_dates_not_set_are_left_out() -> None:
    names = {name for _, row in ORDERS for name in row} - {"opens_at", "closes_at"}
    assert faults(**dict.fromkeys(names)) == []


@pytest.mark.parametrize(
    "wall, moved",
    [
        ("2026-09-14 09:00", "2027-09-13 09:00"),
        ("2026-10-30 17:00", "2027-10-29 17:00"),
        ("2026-11-03 09:00", "2027-11-02 09:00"),  # standard time before, summer time after
        ("2027-03-08 09:00", "2028-03-06 09:00"),
        ("2026-03-15 02:30", "2027-03-14 03:30"),  # half past two is skipped that night
    ],
)
def test_a_year_later_is_the_same_weekday_at_the_same_time(wall: str, moved: str) -> None:
    assert moved_by_a_year(moment_of(wall), ZONE) == moment_of(moved)
    assert local(moment_of(wall), ZONE).weekday() == local(moment_of(moved), ZONE).weekday()


def test_a_time_that_comes_twice_is_the_first_of_the_two() -> None:
    assert moved_by_a_year(moment_of("2026-11-08 01:30"), ZONE) == moment_of("2027-11-07T01:30:00-04:00")


def test_a_day_moves_by_52_weeks_and_nothing_stays_nothing() -> None:
    assert moved_by_a_year(date(2026, 12, 18), ZONE) == date(2026, 12, 18) + timedelta(weeks=52)
    assert moved_by_a_year(None, ZONE) is None


@pytest.mark.parametrize(
    "words, later",
    [
        ("Letter of Invitation 2026", "Letter of Invitation 2027"),
        ("Year 2026-27", "Year 2027-28"),
        ("Year 2026–27: from 2026 on", "Year 2027–28: from 2027 on"),
        ("Year 2099-00", "Year 2100-01"),
        ("eclc-loi-2026", "eclc-loi-2027"),
        ("open-2026-09", "open-2027-09"),
        ("Cohort 4", "Cohort 4"),
        ("Room 12026", "Room 12026"),
    ],
)
def test_years_in_names_are_counted_up(words: str, later: str) -> None:
    assert counted_up(words) == later
