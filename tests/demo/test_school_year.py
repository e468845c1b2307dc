"""The demo's school calendar: real holidays, whatever the year."""

from __future__ import annotations

from datetime import date

import pytest

from portal.demo.school_year import holidays


def test_the_days_without_school_are_the_real_ones_of_2026_27() -> None:
    found = {row["label"]: (row["from_date"], row["to_date"]) for row in holidays(2026)}
    assert found["Labor Day"][0] == date(2026, 9, 7)
    assert found["Columbus / Indigenous Peoples Day"][0] == date(2026, 10, 12)
    assert found["Election Day: staff day"][0] == date(2026, 11, 3)
    assert found["Thanksgiving"] == (date(2026, 11, 26), date(2026, 11, 27))
    assert found["Martin Luther King Jr. Day"][0] == date(2027, 1, 18)
    assert found["February vacation"] == (date(2027, 2, 15), date(2027, 2, 19))
    assert found["Good Friday"][0] == date(2027, 3, 26)
    assert found["April vacation"] == (date(2027, 4, 19), date(2027, 4, 23))
    assert found["Memorial Day"][0] == date(2027, 5, 31)


@pytest.mark.parametrize(
    ("year", "friday", "memorial"),
    [(2024, date(2025, 4, 18), date(2025, 5, 26)), (2025, date(2026, 4, 3), date(2026, 5, 25)),
     (2027, date(2028, 4, 14), date(2028, 5, 29)), (2037, date(2038, 4, 23), date(2038, 5, 31))],
)  # fmt: skip
def test_holidays_that_wander_are_found_in_any_year(year: int, friday: date, memorial: date) -> None:
    found = {row["label"]: row["from_date"] for row in holidays(year)}
    assert (found["Good Friday"], found["Memorial Day"]) == (friday, memorial)


@pytest.mark.parametrize("year", range(2020, 2060))
def test_every_row_is_in_its_school_year_and_in_order(year: int) -> None:
    rows = holidays(year)
    assert all(date(year, 7, 1) <= row["from_date"] <= row["to_date"] < date(year + 1, 7, 1) for row in rows)
