"""Reminders: at offsets from each session, once for each person, to whoever still has the seat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from portal.agenda.models import Experience, Session
from portal.agenda.planning_models import SchoolDay, SessionChange
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.jobs import SWEEPS
from portal.enrollments import jobs
from portal.enrollments.attending_models import Excuse
from portal.enrollments.models import Enrollment
from portal.enrollments.operations import give_up_seat, take_seat
from portal.enrollments.reminding import BATCH, remind
from tests.enrollments.builders import a_community, an_experience, people, reminders, reminders_owed, seat, weekly
from tests.postbox import Mail

At = Callable[[str], datetime]
Mailbox = Callable[[], list[Mail]]
SEVEN_BEFORE, ONE_BEFORE = "2026-10-27 08:30", "2026-11-02 08:30"  # of November 3, 8:30 AM: the clocks change between


@pytest.fixture
def gathering(app: Flask, at: At) -> Experience:
    """A gathering on November 3 in which two people took seats in October."""
    at("2026-10-01 09:00")
    community = a_community()
    experience = an_experience(community)
    seat(experience, *people(community, 2))
    return experience


def test_a_week_and_a_day_before_everyone_with_a_seat_is_reminded(gathering: Experience, at: At) -> None:
    at(SEVEN_BEFORE)
    assert remind() == 2
    at(ONE_BEFORE)
    assert remind() == 2
    assert [(row.days, row.enrollment_id) for row in reminders()] == [(7, 1), (7, 2), (1, 1), (1, 2)]
    assert len(reminders_owed()) == 4


@pytest.mark.parametrize("minute_before", ["2026-10-27 08:29", "2026-10-01 09:00"])
def test_nobody_is_reminded_before_the_moment(gathering: Experience, at: At, minute_before: str) -> None:
    at(minute_before)
    assert (remind(), reminders(), reminders_owed()) == (0, [], [])


def test_the_hour_on_the_wall_counts_across_the_change_of_clocks(gathering: Experience, at: At) -> None:
    at("2026-10-27 08:30")  # eight hours and a week by the sun, a week by the clock
    assert remind() == 2


def test_the_job_that_runs_twice_reminds_once(gathering: Experience, at: At) -> None:
    at(SEVEN_BEFORE)
    assert [jobs.remind_of_sessions() for _ in range(3)] == [2, 0, 0]
    assert (len(reminders()), len(reminders_owed())) == (2, 2)
    assert jobs.remind_of_sessions in SWEEPS


def test_of_two_reminders_that_fell_due_while_nobody_worked_the_nearer_goes(gathering: Experience, at: At) -> None:
    at("2026-11-02 20:00")
    remind()
    assert ([row.days for row in reminders()], remind()) == ([1, 1], 0)


def test_a_late_reminder_goes_until_the_start_and_not_after(gathering: Experience, at: At) -> None:
    at("2026-11-03 08:30")
    assert remind() == 0
    at("2026-11-03 08:29")
    assert remind() == 2


def test_whoever_takes_the_seat_after_the_moment_gets_no_reminder_of_it(gathering: Experience, at: At) -> None:
    at("2026-10-28 10:00")
    late = seat(gathering, a_colleague(gathering))[0]
    assert remind() == 2
    at(ONE_BEFORE)
    assert remind() == 3
    assert [row.days for row in reminders() if row.enrollment_id == late.id] == [1]


def test_whoever_waits_in_line_is_not_reminded(gathering: Experience, at: At) -> None:
    third, waiting = seat(gathering, a_colleague(gathering), a_colleague(gathering))
    at(SEVEN_BEFORE)
    assert (third.state, waiting.state, remind()) == ("seated", "waiting", 3)
    assert waiting.id not in {row.enrollment_id for row in reminders()}


def test_whoever_gave_up_is_not_reminded(gathering: Experience, at: At) -> None:
    first = db.session.get_one(Enrollment, 1)
    give_up_seat(first, by=first.account)
    at(SEVEN_BEFORE)
    assert (remind(), [row.enrollment_id for row in reminders()]) == (1, [2])


def test_a_cancelled_experience_reminds_nobody(gathering: Experience, at: At) -> None:
    change(gathering, cancelled_at=clock.now())
    at(SEVEN_BEFORE)
    assert remind() == 0


def test_a_cancelled_session_reminds_nobody_and_the_others_do(app: Flask, at: At) -> None:
    at("2026-10-01 09:00")
    community = a_community()
    series = an_experience(community, kind="series", starts=weekly(2))
    seat(series, *people(community, 1))
    change(series.sessions[0], cancelled_at=clock.now())
    at("2026-11-03 08:30")
    assert (remind(), [row.session_id for row in reminders()]) == (1, [series.sessions[1].id])


def test_each_session_of_a_series_has_its_own_reminders(app: Flask, at: At) -> None:
    at("2026-10-01 09:00")
    community = a_community()
    series = an_experience(community, kind="series", starts=weekly(2))
    seat(series, *people(community, 1))
    for moment in (SEVEN_BEFORE, ONE_BEFORE, "2026-11-03 08:30", "2026-11-09 08:30"):
        at(moment)
        remind()
    first, second = (session.id for session in series.sessions)
    told = [(row.session_id, row.days) for row in reminders()]
    assert told == [(first, 7), (first, 1), (second, 7), (second, 1)]


def test_a_seat_in_one_meeting_of_a_space_is_reminded_of_that_meeting_only(app: Flask, at: At) -> None:
    at("2026-10-01 09:00")
    community = a_community()
    space = an_experience(community, kind="space", joined_by="session", starts=weekly(2))
    person = people(community, 1)[0]
    take_seat(space, person, by=person, session=space.sessions[1])
    at("2026-11-03 08:00")
    assert remind() == 0
    at("2026-11-03 08:30")
    assert (remind(), reminders()[0].session_id) == (1, space.sessions[1].id)


def test_staff_choose_the_days(app: Flask, at: At) -> None:
    at("2026-10-01 09:00")
    community = a_community()
    seat(an_experience(community, reminder_days=[3]), *people(community, 1))
    seat(an_experience(community, reminder_days=[]), *people(community, 1))
    at(SEVEN_BEFORE)
    assert remind() == 0
    at("2026-10-31 08:30")
    assert (remind(), [row.days for row in reminders()]) == (1, [3])


def test_a_session_that_moves_away_reminds_anew_at_its_new_date(gathering: Experience, at: At) -> None:
    at(SEVEN_BEFORE)
    remind()
    move(gathering, timedelta(weeks=4))
    assert remind() == 0
    at("2026-11-24 08:30")
    assert (remind(), [row.sequence for row in reminders()]) == (2, [0, 0, 1, 1])


def test_a_session_that_moves_near_needs_no_reminder_that_the_change_has_given(gathering: Experience, at: At) -> None:
    at("2026-10-20 12:00")
    move(gathering, timedelta(days=-10))  # to October 24, in four days: the mail about the change says so
    assert remind() == 0
    at("2026-10-23 09:30")  # the clocks had not changed yet
    assert (remind(), [row.days for row in reminders()]) == (2, [1, 1])


def test_another_change_after_the_reminder_does_not_remind_again(gathering: Experience, at: At) -> None:
    at(SEVEN_BEFORE)
    remind()
    session = gathering.sessions[0]
    change(session, place="The other hall", sequence=session.sequence + 1)
    at("2026-10-28 09:00")
    assert remind() == 0


def test_whoever_is_excused_is_not_reminded(gathering: Experience, at: At) -> None:
    excuse(db.session.get_one(Enrollment, 1), gathering.sessions[0])
    at(SEVEN_BEFORE)
    assert (remind(), [row.enrollment_id for row in reminders()]) == (1, [2])


def test_more_people_than_one_batch_are_all_reminded(app: Flask, at: At) -> None:
    at("2026-10-01 09:00")
    community = a_community()
    everyone = people(community, BATCH * 2 + 1)
    seat(an_experience(community, capacity=500), *everyone)
    at(SEVEN_BEFORE)
    assert remind() == len(everyone)
    assert sorted(row.to_address for row in reminders_owed()) == sorted(one.email for one in everyone)


def test_a_round_without_anybody_to_remind_asks_twice_and_locks_nothing(
    gathering: Experience, at: At, count_queries: Callable[[], Any]
) -> None:
    at(SEVEN_BEFORE)
    remind()
    with count_queries() as asked:
        remind()
    assert (len(asked), [one for one in asked if one.startswith("UPDATE")]) == (2, [])


def test_the_mail_says_when_and_where(gathering: Experience, at: At, mailbox: Mailbox) -> None:
    mailbox()
    at(ONE_BEFORE)
    remind()
    mail = mailbox()[0]
    assert mail.subject == f"Tomorrow: {gathering.title}"
    assert "Tue, Nov\u00a03, 2026, 8:30\u00a0AM\u00a0ET" in mail.text
    assert "Place: A member high school" in mail.text
    assert "Join online" not in mail.text


def test_the_mail_names_a_date_s_own_place_as_it_was_entered(gathering: Experience, at: At, mailbox: Mailbox) -> None:
    change(gathering.sessions[0], place="Town hall, 1 Example Square, Beverly MA 01915 (back door)")
    mailbox()
    at(ONE_BEFORE)
    remind()
    assert "Place: Town hall, 1 Example Square, Beverly MA 01915 (back door)\r\n" in mailbox()[0].text


def test_online_people_read_how_to_join_and_not_the_address(app: Flask, at: At, mailbox: Mailbox) -> None:
    at("2026-10-01 09:00")
    community = a_community()
    online = an_experience(community, mode="online", join_minutes=10)
    change(online.sessions[0], join_url="https://meet.example.org/secret-room")
    seat(online, *people(community, 1))
    mailbox()
    at(SEVEN_BEFORE)
    remind()
    text = mailbox()[0].text
    assert "press “Join online”" in text
    assert "8:20\u00a0AM\u00a0ET" in text
    assert "secret-room" not in text


@pytest.mark.parametrize("what", ["given up", "cancelled", "session cancelled", "moved", "excused", "over"])
def test_a_reminder_that_is_no_longer_so_is_not_sent(
    gathering: Experience, at: At, mailbox: Mailbox, what: str
) -> None:
    mailbox()
    at(SEVEN_BEFORE)
    remind()
    mine, session = db.session.get_one(Enrollment, 1), gathering.sessions[0]
    happen: dict[str, Callable[[], Any]] = {
        "given up": lambda: give_up_seat(mine, by=mine.account),
        "cancelled": lambda: change(gathering, cancelled_at=clock.now()),
        "session cancelled": lambda: change(session, cancelled_at=clock.now()),
        "moved": lambda: move(gathering, timedelta(weeks=2)),
        "excused": lambda: excuse(mine, session),
        "over": lambda: at("2026-11-03 09:00"),
    }
    happen[what]()
    told = {mail.to for mail in mailbox() if mail.subject.startswith(("In", "Today"))}
    assert mine.account.email not in told


def test_a_reminder_names_the_zone_of_the_session(gathering: Experience, at: At, mailbox: Mailbox) -> None:
    mailbox()
    change(gathering.sessions[0], time_zone="America/Chicago")
    at(SEVEN_BEFORE)
    remind()
    assert "7:30\u00a0AM\u00a0CT" in mailbox()[0].text


def a_colleague(experience: Experience) -> Any:
    """One more person of a member district."""
    return people(db.session.get_one(Community, experience.community_id), 1)[0]


def change(row: Any, **values: Any) -> None:
    """Set these columns, as an operation that is tested elsewhere would."""
    with transaction():
        for name, value in values.items():
            setattr(row, name, value)


def move(experience: Experience, by: timedelta) -> None:
    """Move the only session, noted as a change."""
    session = experience.sessions[0]
    was = {"old_starts_at": session.starts_at, "old_ends_at": session.ends_at, "old_mode": session.mode}
    with transaction():
        db.session.add(SessionChange(session_id=session.id, kind="moved", at=clock.now(), **was))
        session.starts_at, session.ends_at = session.starts_at + by, session.ends_at + by
        session.sequence += 1


def excuse(enrollment: Enrollment, session: Session) -> None:
    """The person's district is closed that day."""
    day = session.starts_at.date()
    with transaction():
        closed = SchoolDay(
            community_id=enrollment.community_id, district_id=enrollment.district_id, from_date=day, to_date=day,
            kind="closed", label="Snow", noted_at=clock.now(),
        )  # fmt: skip
        db.session.add(closed)
        db.session.flush()
        db.session.add(
            Excuse(enrollment_id=enrollment.id, session_id=session.id, school_day_id=closed.id, noted_at=clock.now())
        )
