"""How the line moves, as plain arithmetic: who fits, who passes whom, and until when an offer is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.agenda.school_rules import is_away, is_school_day
from portal.enrollments.line_rules import (
    Kept,
    Room,
    Standing,
    cut_off,
    groups_of,
    is_moving,
    may_offer,
    offer_until,
    phase,
    quiet_end,
    ways_for,
    ways_past,
)

ZONE = "America/New_York"
POOL = frozenset({1})


@dataclass(frozen=True)
class Thing:
    offer_within_hours: int = 48
    offer_hold_hours: int = 12
    cutoff_hours: int = 2
    starts_at: datetime = datetime(2026, 11, 18, 16, tzinfo=ZoneInfo(ZONE))


@dataclass(frozen=True)
class Day:
    kind: str
    from_date: date
    to_date: date
    id: int = 1
    district_id: int | None = None


HOLIDAYS = [Day("vacation", date(2026, 11, 26), date(2026, 11, 27))]
THING = Thing()


@pytest.mark.parametrize(
    "now, step",
    [
        ("2026-11-16 15:59", "given"),
        ("2026-11-16 16:00", "offered"),
        ("2026-11-18 13:59", "offered"),
        ("2026-11-18 14:00", "open"),
        ("2026-11-18 15:59", "open"),
        ("2026-11-18 16:00", "started"),
    ],
)
def test_the_line_moves_in_steps_towards_the_start(now: str, step: str) -> None:
    assert phase(THING, at(now), THING.starts_at) == step
    assert is_moving(THING, at(now)) == (step in {"given", "offered"})


def test_where_nothing_is_kept_seats_are_given_until_the_cut_off() -> None:
    assert phase(Thing(offer_hold_hours=0), at("2026-11-18 13:00"), THING.starts_at) == "given"
    assert phase(Thing(offer_within_hours=0), at("2026-11-18 13:00"), THING.starts_at) == "given"


@pytest.mark.parametrize(
    "made, until",
    [
        ("2026-11-17 07:30", "2026-11-17 19:30"),  # the twelve hours end in the evening
        ("2026-11-17 15:00", "2026-11-18 07:00"),  # at 3 AM nobody answers
        ("2026-11-17 20:30", "2026-11-18 14:00"),  # 8:30 AM: people teach until 3 PM, and the cut-off is before
        ("2026-11-18 07:00", "2026-11-18 14:00"),
    ],
)
def test_an_offer_ends_when_somebody_can_answer_and_never_after_the_cut_off(made: str, until: str) -> None:
    assert offer_until(at(made), THING.starts_at, 12, 2, ZONE, []) == at(until)


def test_no_offer_ends_on_a_weekend_or_in_a_vacation() -> None:
    monday = at("2026-11-30 16:00")
    assert offer_until(at("2026-11-27 10:00"), monday, 12, 2, ZONE, []) == at("2026-11-30 07:00")
    assert offer_until(at("2026-11-25 18:00"), monday, 12, 2, ZONE, HOLIDAYS) == at("2026-11-30 07:00")


def test_a_district_that_has_school_on_a_saturday_answers_then() -> None:
    open_day = [Day("school_day", date(2026, 11, 28), date(2026, 11, 28), district_id=7)]
    monday = at("2026-11-30 16:00")
    assert offer_until(at("2026-11-27 10:00"), monday, 24, 2, ZONE, open_day, 7) == at("2026-11-28 15:00")
    assert offer_until(at("2026-11-27 10:00"), monday, 24, 2, ZONE, open_day, 8) == at("2026-11-30 07:00")


@pytest.mark.parametrize(
    "moment, end",
    [
        ("2026-11-17 06:59", "2026-11-17 07:00"),
        ("2026-11-17 07:00", None),
        ("2026-11-17 07:59", None),
        ("2026-11-17 08:00", "2026-11-17 15:00"),
        ("2026-11-17 15:00", None),
        ("2026-11-17 20:59", None),
        ("2026-11-17 21:00", "2026-11-18 07:00"),
        ("2026-11-21 10:00", None),  # on a Saturday nobody teaches
    ],
)
def test_nights_and_lessons_are_quiet(moment: str, end: str | None) -> None:
    assert quiet_end(at(moment), ZONE, []) == at(end or moment)


def test_the_night_in_which_the_clocks_go_back_is_quiet_until_seven() -> None:
    assert quiet_end(at("2026-10-31 22:00"), ZONE, []) == at("2026-11-01 07:00")


def test_an_offer_waits_for_the_morning_unless_the_cut_off_comes_first() -> None:
    assert not may_offer(at("2026-11-17 23:00"), at("2026-11-18 07:01"), ZONE, [])
    assert may_offer(at("2026-11-17 23:00"), at("2026-11-18 07:00"), ZONE, [])
    assert may_offer(at("2026-11-17 19:00"), at("2026-11-20 07:00"), ZONE, [])


@given(
    minutes=st.integers(0, 14 * 24 * 60), ahead=st.integers(3, 24 * 14), hold=st.integers(1, 72),
    cutoff=st.integers(0, 3),
)  # fmt: skip
def test_every_offer_lasts_a_while_and_ends_when_somebody_can_answer(
    minutes: int, ahead: int, hold: int, cutoff: int
) -> None:
    now = at("2026-11-16 00:00") + timedelta(minutes=minutes)
    starts = now + timedelta(hours=ahead + 1)
    until, last = offer_until(now, starts, hold, cutoff, ZONE, HOLIDAYS), starts - timedelta(hours=cutoff)
    assert now < until <= last
    if until < last:
        wall = until.astimezone(ZoneInfo(ZONE))
        assert until - now >= timedelta(hours=hold)
        assert not is_away(wall.date(), HOLIDAYS)
        assert 7 <= wall.hour < 21
        assert not (8 <= wall.hour < 15 and is_school_day(wall.date(), HOLIDAYS))


def test_a_team_fits_when_all_of_it_does() -> None:
    team = [one(1, team_id=9), one(2, team_id=9)]
    assert ways_for(team, room(1)) is None
    assert ways_for(team, room(2)) == [None, None]


def test_a_share_is_used_before_what_is_left_to_all_and_a_districts_before_a_roles() -> None:
    kept = [Kept(5, "", 7, "", 1), Kept(6, "", None, "teacher", 1)]
    team = [one(number, district_id=7, roles=frozenset({"teacher"}), team_id=9) for number in (1, 2, 3)]
    assert ways_for(team, room(1, kept)) == [5, 6, None]
    assert [share.remaining for share in kept] == [1, 1]  # looking uses nothing up


@pytest.mark.parametrize(
    "stranger",
    [
        {"district_id": 8},
        {"district_id": 7, "mode": "online"},
        {"district_id": 7, "takes_shares": False},
    ],
)
def test_a_share_is_for_those_who_fit_it(stranger: dict[str, object]) -> None:
    kept = [Kept(5, "in_person", 7, "", 1)]
    assert ways_for([one(1, mode="in_person", district_id=7)], room(0, kept)) == [5]
    assert ways_for([one(1, **{"mode": "in_person", **stranger})], room(0, kept)) is None


def test_nobody_passes_whom_the_seat_would_fit() -> None:
    assert ways_past([one(0)], [[one(1)]], room(5)) is None
    assert ways_past([one(0)], [], room(5)) == [None]


def test_whom_the_seat_does_not_fit_is_passed() -> None:
    team = [one(1, team_id=9), one(2, team_id=9)]
    assert ways_past([one(0)], [team], room(1)) == [None]
    assert ways_past([one(0)], [team], room(2)) is None
    assert ways_past([one(0, district_id=7)], [[one(1)]], room(0, [Kept(5, "", 7, "", 1)])) == [5]
    assert ways_past([one(0, district_id=7)], [[one(1, district_id=7)]], room(0, [Kept(5, "", 7, "", 1)])) is None


def test_who_comes_out_of_a_share_passes_those_who_want_another_seat() -> None:
    shares = [Kept(5, "", 7, "", 1)]
    assert ways_past([one(0, district_id=7)], [[one(1)]], room(1, shares)) == [5]


def test_a_team_stands_where_its_last_member_does() -> None:
    line = [one(1), one(2, team_id=9), one(3), one(4, team_id=9)]
    assert [[each.enrollment_id for each in group] for group in groups_of(line)] == [[1], [3], [2, 4]]


def test_the_cut_off_is_so_many_hours_before() -> None:
    assert cut_off(THING, THING.starts_at) == at("2026-11-18 14:00")


def one(number: int, **fields: object) -> Standing:
    return Standing(**{"enrollment_id": number, "mode": "", "pool_ids": POOL, **fields})  # type: ignore[arg-type]


def room(left: int, kept: list[Kept] | None = None) -> Room:
    return Room({1: left}, kept or [])


def at(wall: str) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(ZONE))
