"""What is missing, what is in the way, what repeats: told while staff plan, before anything is made."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.agenda.building import change_leaders
from portal.agenda.clash_queries import clashes_at, clashes_in, member_names
from portal.agenda.clash_rules import Held, clashes_of, days_of
from portal.agenda.operations import add_faculty
from portal.agenda.plan_queries import plan_of
from portal.agenda.plan_rules import CHAPTERS, gaps_of, line_words, next_chapter, stage_of
from portal.agenda.planning_models import SchoolDay
from portal.agenda.repeat_rules import copied_day, moved_by, proposed_days
from portal.agenda.school_days import note_day
from portal.communities.models import Community
from portal.core.db import transaction
from portal.rounds.gap_rules import state_of_chapter
from tests.agenda.builders import HOUR, a_draft, a_published, dated, typed, utc
from tests.enrollments.builders import FALL, a_community, a_district

ZONE = "America/New_York"
DAY = timedelta(days=1)
WEDNESDAY = date(2027, 1, 6)
NOW = utc(2026, 8, 1, 13)


def noted(kind: str, first: date, last: date | None = None, district: int | None = None, number: int = 1) -> Any:
    return SchoolDay(
        id=number, kind=kind, from_date=first, to_date=last or first, district_id=district, label=f"A {kind}"
    )


def missing(experience: Any, now: datetime = NOW) -> dict[str, list[str]]:
    found = gaps_of(plan_of(experience, ZONE), now)
    return {key: [gap.sentence for gap in found if gap.chapter == key and gap.is_needed] for key in CHAPTERS}


def test_a_row_of_dates_leaves_out_days_without_school_and_goes_on_after_them() -> None:
    rows = [noted("holiday", date(2027, 1, 13)), noted("staff_day", date(2027, 1, 27), number=2)]
    found = proposed_days(WEDNESDAY, 3, 1, rows, {})
    assert [(one.day.day, one.is_proposed, one.reasons) for one in found] == [
        (6, True, ()), (13, False, ("A holiday",)), (20, True, ()), (27, False, ("A staff_day",)), (3, True, ()),
    ]  # fmt: skip


def test_a_row_of_dates_can_skip_weeks() -> None:
    found = proposed_days(WEDNESDAY, 3, 2, [], {})
    assert [one.day for one in found] == [WEDNESDAY, date(2027, 1, 20), date(2027, 2, 3)]


def test_a_row_of_dates_ends_even_where_there_is_never_school() -> None:
    found = proposed_days(WEDNESDAY, 3, 1, [noted("vacation", date(2020, 1, 1), date(2040, 1, 1))], {})
    assert (len(found), any(one.is_proposed for one in found)) == (60, False)


def test_a_district_without_school_is_told_and_the_day_stays() -> None:
    rows = [noted("vacation", WEDNESDAY, district=7)]
    [one] = proposed_days(WEDNESDAY, 1, 1, rows, {7: "Example Harbor", 8: "Example River"})
    assert (one.is_proposed, one.reasons) == (True, ("Example Harbor: A vacation",))


def test_a_meeting_on_a_day_off_is_left_out_of_a_copy_and_a_part_of_something_whole_is_kept() -> None:
    rows = [noted("holiday", WEDNESDAY)]
    assert copied_day(WEDNESDAY, True, rows, {}).is_proposed is False
    assert copied_day(WEDNESDAY, False, rows, {}).is_proposed is True
    assert copied_day(WEDNESDAY, False, rows, {}).reasons == ("A holiday",)
    assert copied_day(WEDNESDAY, True, [noted("staff_day", WEDNESDAY)], {}).is_proposed is True


@pytest.mark.parametrize(
    ("at", "moved"),
    [
        (FALL, utc(2027, 11, 2, 12, 30)),  # a year on, the clocks go back later
        (utc(2026, 10, 14, 19, 30), utc(2027, 10, 13, 19, 30)),
        (utc(2026, 3, 15, 6, 30), utc(2027, 3, 14, 7, 30)),  # 2:30 AM, which the clocks skip that night
        (date(2026, 11, 3), date(2027, 11, 2)),
        (None, None),
    ],
)
def test_a_year_later_it_is_the_same_weekday_and_the_same_time_on_the_wall(at: Any, moved: Any) -> None:
    assert moved_by(at, 52, ZONE) == moved


def held(start: datetime, hours: float = 2, **more: Any) -> Held:
    told: dict[str, Any] = {"experience_id": 1, "session_id": 1, "title": "Mine", "slug": "mine", **more}
    return Held(starts_at=start, ends_at=start + hours * HOUR, **told)


OTHER: dict[str, Any] = {"experience_id": 2, "session_id": 2, "title": "Other", "slug": "other"}


@pytest.mark.parametrize(
    ("mine", "other", "sorts"),
    [
        ({"leaders": frozenset({"f1"})}, {"leaders": frozenset({"f1", "f2"}), "reach": "invited"}, ["leader"]),
        ({"place": "Room 1"}, {"place": "room 1", "reach": "invited"}, ["room"]),
        ({"place": ""}, {"place": "", "reach": "invited"}, []),
        ({}, {}, ["people"]),
        ({"roles": frozenset({"nurse"})}, {"roles": frozenset({"principal"})}, []),
        ({"roles": frozenset({"nurse"})}, {}, ["people"]),
        ({"reach": "cohorts", "cohorts": frozenset({1})}, {"reach": "cohorts", "cohorts": frozenset({2})}, []),
        ({"reach": "cohorts", "cohorts": frozenset({1})}, {"reach": "anyone"}, ["people"]),
        ({"place": "Gym", "leaders": frozenset({"a5"})}, {"place": "Gym", "leaders": frozenset({"a5"})},
         ["leader", "room", "people"]),
    ],
)  # fmt: skip
def test_what_is_wanted_twice_at_the_same_time_is_in_the_way(
    mine: dict[str, Any], other: dict[str, Any], sorts: list[str]
) -> None:
    found = clashes_of(held(FALL, **mine), [held(FALL + HOUR, **OTHER, **other)], [], {}, {}, ZONE)
    assert [one.sort for one in found] == sorts
    assert all(one.slug == "other" for one in found)


def test_what_only_touches_or_is_the_same_date_is_not_in_the_way() -> None:
    mine = held(FALL, place="Gym")
    assert clashes_of(mine, [mine, held(FALL + 2 * HOUR, **OTHER, place="Gym")], [], {}, {}, ZONE) == []


def test_two_dates_of_one_experience_in_one_room_are_told_but_not_its_people() -> None:
    found = clashes_of(held(FALL, place="Gym"), [held(FALL, session_id=9, place="Gym")], [], {}, {}, ZONE)
    assert [one.sort for one in found] == ["room"]


def test_a_day_off_is_told_for_all_and_for_some_districts() -> None:
    day = date(2026, 11, 3)
    names = {number: f"District {number}" for number in range(1, 6)}
    [one] = clashes_of(held(FALL), [], [noted("holiday", day)], names, {}, ZONE)
    assert one.sentence == "Tuesday, November 3 is A holiday: schools are closed."
    rows = [noted("staff_day", day, district=number) for number in names]
    [one] = clashes_of(held(FALL), [], rows, names, {}, ZONE)
    assert one.sentence.startswith("No school on Tuesday, November 3 in District 1: A staff_day; ")
    assert one.sentence.endswith("; and 2 more.")
    assert clashes_of(held(FALL), [], [noted("staff_day", day)], names, {}, ZONE) == []


def test_the_days_of_a_date_are_those_of_the_communitys_zone() -> None:
    late = utc(2026, 11, 4, 3)  # 10 PM of the third
    assert days_of(late, late + 2 * HOUR, ZONE) == [date(2026, 11, 3)]
    assert days_of(late, late + 3 * HOUR, ZONE) == [date(2026, 11, 3), date(2026, 11, 4)]


def test_clashes_are_found_with_drafts_and_named_by_who_leads(community: Community, by: Account) -> None:
    artist = add_faculty(community, slug="artist", title="Teaching artist")
    first, second = a_draft(community, by, title="First"), a_draft(community, by, title="Second", reach="invited")
    for one in (first, second):
        dated(one, by, FALL)
        change_leaders(one, typed(faculty=[artist.id]), by=by)
    found = clashes_in(first, ZONE)[first.sessions[0].id]
    assert [one.sentence for one in found] == ["Teaching artist leads “Second” at the same time."]


def test_another_communitys_agenda_and_what_is_cancelled_are_in_nobodys_way(community: Community, by: Account) -> None:
    mine = a_draft(community, by)
    dated(mine, by, FALL)
    dated(a_draft(community, by), by, FALL + DAY)
    dated(a_draft(a_community("other"), by), by, FALL)
    gone = a_draft(community, by)
    dated(gone, by, FALL)
    with transaction():
        gone.cancelled_at = FALL
    assert clashes_in(mine, ZONE) == {}


def test_clashes_of_dates_that_are_not_made_yet_are_told_in_their_order(community: Community, by: Account) -> None:
    district = a_district(community)
    note_day(community, {"from_date": date(2026, 11, 4), "kind": "closed", "district_id": district.id})
    taken = a_draft(community, by, place="Gym")
    dated(taken, by, FALL)
    mine = a_draft(community, by)
    spans = [(FALL, FALL + HOUR), (FALL + DAY, FALL + DAY + HOUR), (FALL + 2 * DAY, FALL + 2 * DAY + HOUR)]
    found = clashes_at(mine, spans, "gym", ZONE)
    assert [[one.sort for one in each] for each in found] == [["room", "people"], ["school"], []]
    assert member_names(community.id) == {district.id: district.label}


def test_looking_for_clashes_takes_the_same_questions_for_one_date_and_many(
    community: Community, by: Account, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    mine = a_draft(community, by)
    dated(mine, by, FALL)
    dated(a_draft(community, by), by, FALL)
    clashes_in(mine, ZONE)
    with count_queries() as one:
        clashes_in(mine, ZONE)
    dated(mine, by, *[FALL + number * DAY for number in range(1, 6)])
    for _ in range(3):
        dated(a_draft(community, by), by, FALL)
    assert mine.sessions
    assert mine.faculty == []
    assert mine.cohorts == []
    clashes_in(mine, ZONE)
    with count_queries() as many:
        clashes_in(mine, ZONE)
    assert len(many) == len(one)


def test_a_draft_says_chapter_by_chapter_what_it_lacks(community: Community, by: Account) -> None:
    made = a_draft(community, by, capacity=0, min_to_run=10, reach="cohorts", audience=[])
    found = missing(made)
    assert found["sessions"] == ["There is no date yet. Add one."]
    assert found["seats"] == [
        "Say how many seats there are.", "It needs more people to run than it has seats. Change one of the two."
    ]  # fmt: skip
    assert len(found["who"]) == 2
    assert (found["faculty"], found["questions"]) == ([], [])


@pytest.mark.parametrize(
    ("fields", "chapter", "sentence"),
    [
        ({"opens_at": FALL, "closes_at": FALL - DAY}, "seats", "closes before it opens"),
        ({"closes_at": NOW - DAY}, "seats", "has closed already"),
        ({"opens_at": FALL + DAY}, "seats", "opens after the last date"),
        ({"snow_date": date(2026, 11, 3)}, "weather", "snow date does not come after"),
    ],
)
def test_dates_that_do_not_fit_are_told(
    community: Community, by: Account, at: Any, fields: dict[str, Any], chapter: str, sentence: str
) -> None:
    at("2026-08-01 09:00")
    made = a_draft(community, by, **fields)
    dated(made, by)
    assert [sentence in one for one in missing(made)[chapter]] == [True]


def test_dates_that_have_passed_keep_a_draft_from_being_published_but_no_published_one_from_changing(
    community: Community, by: Account
) -> None:
    made = a_draft(community, by)
    dated(made, by)
    assert missing(made, FALL + DAY)["sessions"] == ["All dates have passed. Choose dates to come."]
    assert missing(made, FALL - DAY)["sessions"] == []


def test_wishes_are_told_beside_what_is_needed(community: Community, by: Account) -> None:
    made = a_draft(community, by)
    dated(made, by, FALL, FALL + HOUR, mode="blended")
    told = [gap.sentence for gap in gaps_of(plan_of(made, ZONE), NOW) if not gap.is_needed]
    assert "Tuesday, November 3 begins before the session before it ends." in told
    assert "Tuesday, November 3 has no place yet." in told
    assert "Tuesday, November 3 has no join link yet." in told


def test_an_experience_stands_in_one_stage(community: Community, by: Account, at: Any) -> None:
    at("2026-08-01 09:00")
    assert stage_of(a_draft(community, by), NOW) == "draft"
    made = a_published(community, by)
    assert [stage_of(made, when) for when in (NOW, FALL + DAY)] == ["published", "over"]
    made.cancelled_at = NOW
    assert stage_of(made, NOW) == "cancelled"


def test_a_chapter_says_what_is_next() -> None:
    assert next_chapter("what") == ("sessions", "Dates")
    assert next_chapter("reminders") == ("preview", "Preview")
    assert state_of_chapter("what", []) == ("check", "Done", "good")


@pytest.mark.parametrize(
    ("within", "cutoff", "words"),
    [
        (48, 2, "In the last 48 hours before the start it is offered"),
        (48, 2, "In the last 2 hours nobody is moved up"),
        (0, 0, "goes to the next in line at once."),
        (2, 2, "In the last 2 hours nobody is moved up"),
    ],
)
def test_the_rule_of_the_line_is_told_in_words(within: int, cutoff: int, words: str) -> None:
    one = SimpleNamespace(has_waitlist=True, offer_within_hours=within, offer_hold_hours=12, cutoff_hours=cutoff)
    assert words in line_words(one)
    assert ("offered" in line_words(one)) == (within > cutoff)


def test_without_a_waitlist_that_is_told() -> None:
    assert "no waitlist" in line_words(SimpleNamespace(has_waitlist=False))
