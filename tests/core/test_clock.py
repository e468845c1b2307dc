"""Wall clocks and moments, also on the two odd nights of the year. Source of the dates: the tz database."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from portal.core import clock
from portal.core.errors import RuleBroken

NEW_YORK = "America/New_York"


def test_now_is_aware_and_stands_still_when_stopped(at) -> None:
    at("2026-10-01 09:00")
    assert clock.now() == datetime(2026, 10, 1, 13, tzinfo=UTC)
    assert clock.now().tzinfo == UTC


def test_something_can_be_done_as_if_it_were_earlier(at) -> None:
    at("2026-10-01 09:00")
    with clock.told(datetime(2020, 1, 1, tzinfo=UTC)):
        assert clock.now() == datetime(2020, 1, 1, tzinfo=UTC)
    assert clock.now() == datetime(2026, 10, 1, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wall", "zone", "moment"),
    [
        (datetime(2026, 10, 1, 9), NEW_YORK, datetime(2026, 10, 1, 13, tzinfo=UTC)),
        (datetime(2026, 12, 1, 9), NEW_YORK, datetime(2026, 12, 1, 14, tzinfo=UTC)),
        (datetime(2026, 10, 1, 9), "America/Chicago", datetime(2026, 10, 1, 14, tzinfo=UTC)),
        (datetime(2026, 3, 8, 1, 59), NEW_YORK, datetime(2026, 3, 8, 6, 59, tzinfo=UTC)),
        (datetime(2026, 3, 8, 3, 0), NEW_YORK, datetime(2026, 3, 8, 7, 0, tzinfo=UTC)),
        (datetime(2026, 3, 8, 23, 59), NEW_YORK, datetime(2026, 3, 9, 3, 59, tzinfo=UTC)),
        (datetime(2026, 11, 1, 23, 59), NEW_YORK, datetime(2026, 11, 2, 4, 59, tzinfo=UTC)),
        (datetime(2027, 3, 14, 23, 59), NEW_YORK, datetime(2027, 3, 15, 3, 59, tzinfo=UTC)),
    ],
)
def test_a_wall_clock_and_a_zone_make_a_moment_and_back(wall: datetime, zone: str, moment: datetime) -> None:
    assert clock.to_utc(wall, zone) == moment
    assert clock.local(moment, zone).replace(tzinfo=None) == wall


@pytest.mark.parametrize("wall", [datetime(2026, 3, 8, 2, 30), datetime(2027, 3, 14, 2, 0)])
def test_a_time_that_the_clocks_skip_is_refused(wall: datetime) -> None:
    with pytest.raises(RuleBroken, match="does not exist: the clocks go forward then"):
        clock.to_utc(wall, NEW_YORK)


def test_a_time_that_comes_twice_is_refused_until_one_is_meant() -> None:
    with pytest.raises(RuleBroken, match="comes twice: the clocks go back then"):
        clock.to_utc(datetime(2026, 11, 1, 1, 30), NEW_YORK)


@pytest.mark.parametrize(("fold", "hour"), [(0, 5), (1, 6)])
def test_either_of_two_can_be_meant(fold: int, hour: int) -> None:
    found = clock.to_utc(datetime(2026, 11, 1, 1, 30), NEW_YORK, fold=fold)
    assert found == datetime(2026, 11, 1, hour, 30, tzinfo=UTC)


def test_a_typed_day_and_time_are_a_moment_of_their_zone() -> None:
    day = date(2027, 1, 12)
    assert clock.moment_from(day, time(15, 30), NEW_YORK) == datetime(2027, 1, 12, 20, 30, tzinfo=UTC)
    assert clock.moment_from(day, time(15, 30), "America/Chicago") == datetime(2027, 1, 12, 21, 30, tzinfo=UTC)


def test_a_typed_time_in_the_spring_gap_is_no_time() -> None:
    with pytest.raises(clock.NoSuchTime, match="March 14, 2027, 2:30 AM does not exist"):
        clock.moment_from(date(2027, 3, 14), time(2, 30), NEW_YORK)


def test_a_typed_time_that_comes_twice_is_asked_about_and_then_taken() -> None:
    day, at = date(2026, 11, 1), time(1, 30)
    with pytest.raises(clock.Ambiguous, match="comes twice"):
        clock.moment_from(day, at, NEW_YORK)
    first, second = (clock.moment_from(day, at, NEW_YORK, fold=fold) for fold in (0, 1))
    assert (second - first).total_seconds() == 3600


@pytest.mark.parametrize(
    ("day", "zone", "moment"),
    [
        (date(2026, 10, 23), NEW_YORK, datetime(2026, 10, 24, 4, tzinfo=UTC)),
        (date(2026, 3, 8), NEW_YORK, datetime(2026, 3, 9, 4, tzinfo=UTC)),
        (date(2026, 11, 1), NEW_YORK, datetime(2026, 11, 2, 5, tzinfo=UTC)),
        (date(2026, 12, 31), "America/Los_Angeles", datetime(2027, 1, 1, 8, tzinfo=UTC)),
    ],
)
def test_a_day_lasts_until_midnight_of_its_zone(day: date, zone: str, moment: datetime) -> None:
    assert clock.end_of_day(day, zone) == moment


def test_a_day_ends_even_where_the_clocks_skip_midnight() -> None:
    assert clock.end_of_day(date(2018, 11, 3), "America/Sao_Paulo") == datetime(2018, 11, 4, 3, tzinfo=UTC)
