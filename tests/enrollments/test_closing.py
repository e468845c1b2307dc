"""One district is closed, late, or has school after all: its people are told, nobody else is, and sessions go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.agenda.models import Experience
from portal.agenda.planning_models import SchoolDay
from portal.agenda.school_days import change_day, note_day, remove_day
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.districts.operations import grant_lead
from portal.enrollments.attending_models import Excuse
from portal.enrollments.change_queries import questions_of
from portal.enrollments.changing import cancel_experience, move_session
from portal.enrollments.closing import close_district, reopen_day
from portal.enrollments.models import Enrollment
from portal.enrollments.notices import notices_of
from portal.enrollments.operations import give_up_seat
from portal.enrollments.reminding import remind
from tests.enrollments.builders import (
    FALL,
    a_district,
    a_person,
    an_experience,
    owed,
    seat,
    states,
    taken,
    told,
)
from tests.postbox import Mail

DAY = date(2026, 11, 3)
AFTERNOON = FALL + timedelta(hours=7)  # 3:30 PM


@pytest.fixture(autouse=True)
def in_october(app: Flask, at: Callable[[str], datetime]) -> Callable[[str], datetime]:
    at("2026-10-30 06:00")
    return at


def excused() -> int:
    return db.session.scalar(select(func.count(Excuse.id))) or 0


def ids(experience: Experience) -> list[int]:
    return list(db.session.scalars(select(Enrollment.id).where(Enrollment.experience_id == experience.id)))


def test_a_closed_districts_people_are_excused_and_told_and_the_others_are_not(
    community: Community, mailbox: Callable[[], list[Mail]]
) -> None:
    closed, open_one = a_district(community), a_district(community)
    here, there = a_person(community, closed), a_person(community, open_one)
    series = an_experience(community, kind="series", mode="online", starts=[AFTERNOON, AFTERNOON + timedelta(weeks=1)])
    mine, _ = seat(series, here, there)
    close_district(community, closed, DAY, kind="closed", by=there)
    assert told("district_closed") == [here.email]
    assert [(row.enrollment_id, row.session_id) for row in db.session.scalars(select(Excuse))] == [
        (mine.id, series.sessions[0].id)
    ]
    assert (states(series), taken(series)) == (["seated", "seated"], [2, 2])
    [mail] = [mail for mail in mailbox() if "optional" in mail.subject]
    assert "still runs online, and it is optional for you" in mail.text
    assert "Tue, Nov\u00a03, 2026, 3:30\u00a0PM\u00a0ET" in mail.text


def test_who_only_waits_or_gave_up_is_neither_excused_nor_told(community: Community) -> None:
    closed = a_district(community)
    everyone = [a_person(community, closed) for _ in range(3)]
    one, waiting = an_experience(community), an_experience(community, capacity=0)
    mine = seat(one, *everyone[:2])
    seat(waiting, everyone[2])
    give_up_seat(mine[1], by=everyone[1])
    close_district(community, closed, DAY, kind="closed", by=everyone[0])
    assert (told("district_closed"), excused()) == ([everyone[0].email], 1)


def test_what_is_cancelled_a_draft_or_on_another_day_needs_no_excuse(community: Community) -> None:
    closed = a_district(community)
    person = a_person(community, closed)
    gone, later = an_experience(community), an_experience(community, starts=[FALL + timedelta(days=1)])
    evening = an_experience(community, starts=[FALL - timedelta(hours=14)])  # the evening before, in New York
    for one in (gone, later, evening):
        seat(one, person)
    cancel_experience(gone, reason="Snow.", by=person)
    close_district(community, closed, DAY, kind="closed", by=person)
    assert (told("district_closed"), excused()) == ([], 0)


def test_a_district_that_begins_late_excuses_only_from_what_starts_before_it(community: Community) -> None:
    late = a_district(community)
    person = a_person(community, late)
    morning, afternoon = an_experience(community), an_experience(community, starts=[AFTERNOON])
    seat(morning, person)
    seat(afternoon, person)
    close_district(community, late, DAY, kind="delayed", minutes=120, by=person)
    [excuse] = db.session.scalars(select(Excuse))
    assert excuse.session_id == morning.sessions[0].id


def test_closed_after_it_was_only_late_excuses_from_the_rest_too_and_each_only_once(community: Community) -> None:
    late = a_district(community)
    person = a_person(community, late)
    for at in (FALL, AFTERNOON):
        seat(an_experience(community, starts=[at]), person)
    close_district(community, late, DAY, kind="delayed", minutes=120, by=person)
    close_district(community, late, DAY, kind="closed", by=person)
    assert excused() == 2


def test_closing_twice_changes_nothing_and_mails_nobody_again(community: Community) -> None:
    closed = a_district(community)
    person = a_person(community, closed)
    seat(an_experience(community), person)
    first = close_district(community, closed, DAY, kind="closed", by=person)
    second = close_district(community, closed, DAY, kind="closed", by=person)
    assert (first.id, len(told("district_closed"))) == (second.id, 1)


def test_what_is_over_when_the_closing_is_noted_needs_no_excuse(
    community: Community, in_october: Callable[[str], datetime]
) -> None:
    district = a_district(community)
    person = a_person(community, district)
    seat(an_experience(community), person)
    seat(an_experience(community, starts=[AFTERNOON]), person)
    in_october("2026-11-03 15:00")  # the one was over at 2:30 PM, the other begins at 3:30 PM
    close_district(community, district, DAY, kind="closed", by=person)
    assert (told("district_closed"), excused()) == ([person.email], 1)


@pytest.mark.parametrize(
    ("kind", "minutes", "day", "is_member"),
    [
        ("closed", 0, date(2026, 10, 29), True),
        ("closed", 0, DAY, False),
        ("delayed", 0, DAY, True),
        ("vacation", 0, DAY, True),
    ],
)
def test_what_cannot_be_so_is_refused_and_leaves_no_trace(
    community: Community, kind: str, minutes: int, day: date, is_member: bool
) -> None:
    district = a_district(community, is_member=is_member)
    with pytest.raises(RuleBroken):
        close_district(community, district, day, kind=kind, minutes=minutes, by=a_person())
    assert (db.session.scalars(select(SchoolDay)).all(), owed()) == ([], [])


def test_the_mail_is_not_sent_when_the_day_is_a_school_day_after_all(
    community: Community, mailbox: Callable[[], list[Mail]]
) -> None:
    district = a_district(community)
    person = a_person(community, district)
    seat(an_experience(community), person)
    close_district(community, district, DAY, kind="closed", by=person)
    reopen_day(community, district, DAY, by=person)
    assert (excused(), [mail for mail in mailbox() if "optional" in mail.subject]) == (0, [])


def test_a_day_for_which_people_were_excused_is_not_just_taken_out_of_the_calendar(community: Community) -> None:
    district = a_district(community)
    person = a_person(community, district)
    seat(an_experience(community), person)
    closed = close_district(community, district, DAY, kind="closed", by=person)
    with pytest.raises(RuleBroken, match="Note under Closings"):
        remove_day(closed, by=person)
    assert (excused(), [one.kind for one in db.session.scalars(select(SchoolDay))]) == (1, ["closed"])


@pytest.mark.parametrize(
    "change",
    [
        {"from_date": DAY + timedelta(days=1)},
        {"kind": "holiday"},
        {"kind": "delayed", "minutes": 60},
        {"district_id": None},
    ],
)
def test_a_day_for_which_people_were_excused_keeps_its_meaning_and_may_get_another_name(
    community: Community, change: dict[str, Any]
) -> None:
    district = a_district(community)
    person = a_person(community, district)
    seat(an_experience(community), person)
    closed = close_district(community, district, DAY, kind="closed", by=person)
    said = {"from_date": DAY, "kind": "closed", "district_id": district.id}
    with pytest.raises(RuleBroken, match="Note under Closings"):
        change_day(closed, {**said, **change}, by=person)
    db.session.expire_all()
    assert (closed.from_date, closed.kind, closed.district_id, excused()) == (DAY, "closed", district.id, 1)
    change_day(closed, {**said, "label": "Snow day"}, by=person)
    assert closed.label == "Snow day"


def test_what_stands_in_the_calendar_already_is_told_when_it_is_noted_under_closings(community: Community) -> None:
    district = a_district(community)
    person = a_person(community, district)
    seat(an_experience(community), person)
    day = note_day(community, {"from_date": DAY, "kind": "closed", "district_id": district.id})
    assert (told("district_closed"), excused()) == ([], 0)
    assert close_district(community, district, DAY, kind="closed", by=person).id == day.id
    assert (told("district_closed"), excused()) == ([person.email], 1)


def test_a_vacation_of_a_district_in_the_calendar_is_no_closing_of_one_of_its_days(community: Community) -> None:
    district = a_district(community)
    person = a_person(community, district)
    seat(an_experience(community), person)
    words = {"from_date": DAY - timedelta(days=1), "to_date": DAY, "kind": "closed", "district_id": district.id}
    week = note_day(community, words)
    assert close_district(community, district, DAY, kind="closed", by=person).id != week.id
    assert (told("district_closed"), excused()) == ([person.email], 1)


def test_a_school_day_of_the_calendar_is_told_when_it_is_noted_under_closings(community: Community) -> None:
    district = a_district(community)
    person = a_person(community, district)
    seat(an_experience(community), person)
    day = note_day(community, {"from_date": DAY, "kind": "school_day", "district_id": district.id})
    assert [reopen_day(community, district, DAY, by=person).id for _ in range(2)] == [day.id, day.id]
    assert told("school_after_all") == [person.email]
    assert [row.verb for row in history_of(day)] == ["note", "tell"]


def test_whoever_gets_a_seat_later_is_excused_when_the_closing_is_noted_once_more(community: Community) -> None:
    district = a_district(community)
    first, late = a_person(community, district), a_person(community, district)
    experience = an_experience(community)
    seat(experience, first)
    close_district(community, district, DAY, kind="closed", by=first)
    seat(experience, late)
    close_district(community, district, DAY, kind="closed", by=first)
    assert (told("district_closed"), excused()) == ([first.email, late.email], 2)


def test_whoever_gets_a_seat_after_the_closing_sees_that_it_is_optional_and_is_not_reminded(
    community: Community, mailbox: Callable[[], list[Mail]], in_october: Callable[[str], datetime]
) -> None:
    closed, open_one = a_district(community), a_district(community)
    late, other = a_person(community, closed), a_person(community, open_one)
    close_district(community, closed, DAY, kind="closed", by=late)
    seat(an_experience(community), late, other)
    assert [[one.kind for one in notices_of(person.id, FALL)] for person in (late, other)] == [["excused"], []]
    mailbox()
    in_october("2026-11-02 09:00")
    remind()
    assert [mail.to for mail in mailbox() if mail.subject.startswith("Tomorrow")] == [other.email]


def test_a_closed_district_that_is_only_late_after_all_expects_its_people_again(
    community: Community, mailbox: Callable[[], list[Mail]]
) -> None:
    district = a_district(community)
    early, later = a_person(community, district), a_person(community, district)
    seat(an_experience(community), early)
    seat(afternoon := an_experience(community, starts=[AFTERNOON]), later)
    close_district(community, district, DAY, kind="closed", by=early)
    noted = close_district(community, district, DAY, kind="delayed", minutes=120, by=early)
    assert [(one.enrollment_id in ids(afternoon), one.school_day_id) for one in db.session.scalars(select(Excuse))] == [
        (False, noted.id)
    ]
    assert told("school_after_all") == [later.email]
    close_district(community, district, DAY, kind="delayed", minutes=120, by=early)
    assert told("school_after_all") == [later.email]
    [mail] = [mail for mail in mailbox() if "for you again" in mail.subject]
    assert "is not closed on Tue, Nov 3, 2026. It begins 120 minutes late." in mail.text
    assert "it is not optional for you any more" in mail.text


def test_a_moved_session_excuses_nobody_any_more(community: Community) -> None:
    district = a_district(community)
    person, experience = a_person(community, district), an_experience(community)
    seat(experience, person)
    close_district(community, district, DAY, kind="closed", by=person)
    later = FALL + timedelta(weeks=1)
    move_session(experience.sessions[0], later, later + timedelta(hours=6), reason="Snow.", by=person)
    assert excused() == 0


def test_a_staff_day_that_becomes_a_school_day_is_told_to_those_with_seats_and_to_the_lead(
    community: Community, mailbox: Callable[[], list[Mail]]
) -> None:
    here, there = a_district(community), a_district(community)
    mine, other, lead = a_person(community, here), a_person(community, there), a_person(community, here)
    grant_lead(lead, community.id, here, None)
    experience = an_experience(community, starts=[AFTERNOON])
    seat(experience, mine, other)
    note_day(community, {"from_date": DAY, "kind": "staff_day", "label": "Staff day", "district_id": here.id})
    reopen_day(community, here, DAY, label="Makes up for the snow day", by=other)
    assert (told("school_after_all"), told("school_after_all_lead")) == ([mine.email], [lead.email])
    assert states(experience) == ["seated", "seated"]
    mails = [mail for mail in mailbox() if "school day" in mail.subject]
    assert len(mails) == 2
    assert "Tue, Nov 3, 2026 a school day (Makes up for the snow day)." in mails[0].text
    assert f"{mine.name}: {experience.title}" in mails[1].text


def test_whoever_was_asked_only_because_there_was_to_be_no_school_is_asked_no_more(community: Community) -> None:
    here, there = a_district(community), a_district(community)
    mine, other = a_person(community, here), a_person(community, there)
    experience = an_experience(community, starts=[FALL - timedelta(days=2)])
    seat(experience, mine, other)
    for district in (here, there):
        close_district(community, district, DAY, kind="closed", by=mine)
    move_session(experience.sessions[0], FALL, FALL + timedelta(hours=2), reason="Boiler.", by=mine)
    now = clock.now()
    assert [len(questions_of(one.id, now)) for one in (mine, other)] == [1, 1]
    reopen_day(community, here, DAY, by=other)
    assert [len(questions_of(one.id, now + timedelta(seconds=1))) for one in (mine, other)] == [0, 1]


def test_a_day_with_school_cannot_be_made_one(community: Community) -> None:
    district = a_district(community)
    with pytest.raises(RuleBroken, match="There is school on that day already"):
        reopen_day(community, district, DAY, by=a_person())
    assert db.session.scalars(select(SchoolDay)).all() == []


def test_a_school_day_is_noted_once_however_often_it_is_sent(community: Community) -> None:
    district = a_district(community)
    person = a_person(community, district)
    seat(an_experience(community), person)
    note_day(community, {"from_date": DAY, "kind": "staff_day", "label": "Staff day", "district_id": district.id})
    first = reopen_day(community, district, DAY, by=person)
    assert reopen_day(community, district, DAY, by=person).id == first.id
    assert len(told("school_after_all")) == 1
