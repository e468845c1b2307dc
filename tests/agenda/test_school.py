"""The school calendar: what is noted, and whose word counts on a day."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.agenda.planning_models import SchoolDay
from portal.agenda.school_days import change_day, note_day, remove_day
from portal.agenda.school_queries import find_school_day, school_days
from portal.agenda.school_rules import is_away, is_school_day, said_of
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import History, history_of
from tests.enrollments.builders import a_community, a_district, a_person

ELECTION = date(2026, 11, 3)
VACATION = {
    "from_date": date(2027, 2, 15),
    "to_date": date(2027, 2, 19),
    "kind": "vacation",
    "label": "February vacation",
}


def row(number: int, kind: str, first: date = ELECTION, last: date | None = None, district: int | None = None) -> Any:
    return SimpleNamespace(id=number, kind=kind, from_date=first, to_date=last or first, district_id=district)


def test_a_weekday_of_which_nothing_is_said_is_a_school_day() -> None:
    assert is_school_day(ELECTION, [])
    assert not is_school_day(date(2026, 11, 7), [])
    assert is_away(date(2026, 11, 7), [])


@pytest.mark.parametrize(
    ("kind", "has_school", "nobody_works"),
    [
        ("holiday", False, True),
        ("vacation", False, True),
        ("closed", False, True),
        ("staff_day", False, False),
        ("delayed", True, False),
        ("school_day", True, False),
    ],
)
def test_a_kind_of_day_says_who_is_where(kind: str, has_school: bool, nobody_works: bool) -> None:
    rows = [row(1, kind)]
    assert (is_school_day(ELECTION, rows), is_away(ELECTION, rows)) == (has_school, nobody_works)


def test_a_districts_own_word_counts_before_the_communitys_and_for_itself_only() -> None:
    rows = [row(1, "school_day", district=7), row(2, "staff_day")]
    assert is_school_day(ELECTION, rows, 7)
    assert not is_school_day(ELECTION, rows, 8)
    assert not is_school_day(ELECTION, rows)


def test_the_newer_word_counts_before_the_older() -> None:
    assert said_of(ELECTION, [row(2, "school_day"), row(1, "staff_day")]).kind == "school_day"


def test_a_vacation_lasts_from_its_first_to_its_last_day() -> None:
    rows = [row(1, "vacation", date(2027, 2, 15), date(2027, 2, 19))]
    days = [date(2027, 2, day) for day in (14, 15, 19, 22)]
    assert [said_of(day, rows) is not None for day in days] == [False, True, True, False]


def test_what_is_noted_is_found_by_its_days_in_its_own_community(app: Flask) -> None:
    community, staff = a_community(), a_person()
    noted = note_day(community, VACATION, by=staff)
    assert school_days(community.id, date(2027, 2, 19), date(2027, 3, 1)) == [noted]
    assert school_days(community.id, date(2027, 2, 20), date(2027, 3, 1)) == []
    other = a_community("other")
    assert school_days(other.id, date(2027, 1, 1), date(2027, 12, 31)) == []
    assert find_school_day(other.id, noted.id) is None
    assert [(one.verb, one.by_account_id) for one in history_of(noted)] == [("note", staff.id)]


def test_one_day_needs_no_last_day_and_no_name(app: Flask) -> None:
    noted = note_day(a_community(), {"from_date": ELECTION, "kind": "staff_day"})
    assert (noted.to_date, noted.label, noted.district_id) == (ELECTION, "Staff day, no classes", None)


def test_a_row_is_changed_and_taken_out_and_the_history_keeps_it(app: Flask) -> None:
    community = a_community()
    noted = note_day(community, VACATION)
    change_day(noted, {**VACATION, "label": "Winter  vacation", "district_id": a_district(community).id})
    assert (noted.label, noted.district_id is not None) == ("Winter vacation", True)
    remove_day(noted)
    assert db.session.scalar(select(func.count()).select_from(SchoolDay)) == 0
    assert [one.verb for one in db.session.scalars(select(History).where(History.subject_table == "school_days"))] == [
        "note", "change", "remove",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "party"}, "what kind of day"),
        ({"to_date": date(2027, 2, 14)}, "last day comes after"),
        ({"to_date": date(2027, 12, 14)}, "Keep it to 120 days"),
        ({"kind": "delayed"}, "how many minutes"),
    ],
)
def test_what_cannot_be_in_a_calendar_is_refused_and_leaves_nothing(
    app: Flask, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(RuleBroken, match=sentence):
        note_day(a_community(), {**VACATION, **change})
    assert db.session.scalar(select(func.count()).select_from(SchoolDay)) == 0
