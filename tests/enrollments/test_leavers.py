"""People who leave their district before the day: the lead hears of it, and no seat stays empty."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db, transaction
from portal.districts.models import Affiliation, District, Membership
from portal.districts.operations import affiliate, end_affiliation, end_membership
from portal.enrollments.adding import add_person, substitute
from portal.enrollments.changing import cancel_session
from portal.enrollments.lead_queries import find_led_enrollment, own_people
from portal.enrollments.leaver_rules import Job, job_at_member, leaves_before
from portal.enrollments.leavers import follow_moves, seats_of_leavers
from portal.enrollments.operations import take_seat
from tests.enrollments.builders import (
    LONG_AGO,
    a_community,
    an_experience,
    colleagues,
    counted,
    miscounted,
    people,
    seat,
    states,
    told,
    weekly,
)

At = Callable[[str], datetime]
Mails = Callable[[], list[Any]]
OCTOBER_20 = date(2026, 10, 20)


pytestmark = pytest.mark.usefixtures("in_october")


def leave(account: Account, last_day: date = OCTOBER_20) -> None:
    """The person's job ends with this day."""
    end_affiliation(db.session.query(Affiliation).filter_by(account_id=account.id).one(), last_day, None)


def test_the_lead_is_told_once_of_a_colleague_who_leaves_before_the_day(community: Community, mailbox: Mails) -> None:
    _, lead, [person] = colleagues(community, 1)
    seat(an_experience(community), person)
    mailbox()
    leave(person)
    assert (seats_of_leavers(), seats_of_leavers(), told("leaver_seat")) == (0, 0, [lead.email])
    [mail] = mailbox()
    assert (f"{person.name} leaves before" in mail.subject, "give the seat to a colleague" in mail.text) == (True, True)


def test_the_seat_is_given_up_when_the_last_day_is_over_and_goes_to_the_next(
    community: Community, in_october: At, mailbox: Mails
) -> None:
    _, _, [person] = colleagues(community, 1)
    experience = an_experience(community, capacity=1)
    [mine, next_one] = seat(experience, person, *people(community, 1))
    leave(person)
    in_october("2026-10-20 23:59")
    assert (seats_of_leavers(), mine.state) == (0, "seated")
    mailbox()
    in_october("2026-10-21 00:00")
    assert (seats_of_leavers(), seats_of_leavers()) == (1, 0)
    assert ((mine.state, next_one.state), counted(experience), miscounted()) == (("given_up", "seated"), [(1, 0)], [])
    [mail] = [mail for mail in mailbox() if mail.to == person.email]
    assert "your work there has ended" in mail.text


def test_a_seat_that_the_lead_passed_on_stays(community: Community, in_october: At) -> None:
    _, lead, [person, other] = colleagues(community, 2)
    experience = an_experience(community)
    [mine] = seat(experience, person)
    leave(person)
    in_october("2026-10-20 09:00")
    seats_of_leavers()
    substitute(mine, other, by=lead)
    in_october("2026-10-22 09:00")
    assert (seats_of_leavers(), states(experience)) == (0, ["given_up", "seated"])


def test_the_new_districts_lead_has_the_say_over_who_moved_and_the_old_one_none(
    community: Community, in_october: At
) -> None:
    old, _, [person, stays] = colleagues(community, 2)
    new, lead, [other] = colleagues(community, 1)
    experience = an_experience(community)
    [mine, theirs] = seat(experience, person, stays)
    leave(person)
    affiliate(person, community.id, new, "teacher", date(2026, 10, 21), None)
    in_october("2026-10-20 20:00")
    assert (follow_moves(), mine.district_id) == (0, old.id)
    in_october("2026-10-21 12:00")
    assert (follow_moves(), follow_moves(), seats_of_leavers()) == (1, 0, 0)
    assert find_led_enrollment(community.id, old.id, mine.id) is None
    assert find_led_enrollment(community.id, new.id, mine.id) is mine
    assert [row.id for row in own_people(community.id, old.id, clock.now())] == [theirs.id]
    assert substitute(mine, other, by=lead).district_id == new.id


def test_whoever_is_invited_and_works_nowhere_any_more_is_nobodys_colleague(
    community: Community, in_october: At
) -> None:
    old, _, [person] = colleagues(community, 1)
    [mine] = seat(an_experience(community, reach="anyone"), person)
    leave(person)
    in_october("2026-10-22 09:00")
    assert (follow_moves(), mine.state, mine.district_id) == (1, "seated", None)
    assert find_led_enrollment(community.id, old.id, mine.id) is None


def test_whoever_left_for_no_other_district_is_left_to_the_job_that_gives_seats_up(
    community: Community, in_october: At
) -> None:
    old, _, [person] = colleagues(community, 1)
    [mine] = seat(an_experience(community), person)
    leave(person)
    in_october("2026-10-22 09:00")
    assert (follow_moves(), mine.district_id, seats_of_leavers(), mine.state) == (0, old.id, 1, "given_up")


def test_who_leaves_after_the_day_keeps_the_seat(community: Community) -> None:
    _, _, [person] = colleagues(community, 1)
    seat(an_experience(community), person)
    leave(person, date(2026, 11, 3))  # the day itself counts
    assert (seats_of_leavers(), told("leaver_seat")) == (0, [])


def test_the_day_is_that_of_the_communitys_zone(community: Community) -> None:
    _, _, [person] = colleagues(community, 1)
    evening = datetime(2026, 11, 4, 1, 30, tzinfo=UTC)  # still November 3 in New York
    seat(an_experience(community, starts=[evening]), person)
    leave(person, date(2026, 11, 3))
    assert (seats_of_leavers(), told("leaver_seat")) == (0, [])


def test_who_moves_to_another_member_keeps_the_seat_though_a_week_lies_between(
    community: Community, in_october: At
) -> None:
    _, _, [person] = colleagues(community, 1)
    other, _, _ = colleagues(community, 0)
    [mine] = seat(an_experience(community), person)
    leave(person)
    affiliate(person, community.id, other, "teacher", date(2026, 10, 28), None)
    in_october("2026-10-23 09:00")
    assert (seats_of_leavers(), told("leaver_seat"), mine.state) == (0, [], "seated")


def test_in_the_middle_of_a_series_the_seat_goes_when_the_job_is_over(community: Community, in_october: At) -> None:
    _, lead, [person] = colleagues(community, 1)
    [mine] = seat(an_experience(community, starts=weekly(3), kind="series"), person)
    leave(person, date(2026, 11, 10))
    in_october("2026-11-04 09:00")
    assert (seats_of_leavers(), told("leaver_seat"), mine.state) == (0, [lead.email], "seated")
    in_october("2026-11-11 09:00")
    assert (seats_of_leavers(), mine.state) == (1, "given_up")


def test_when_a_district_leaves_its_people_are_leavers(community: Community, in_october: At) -> None:
    district, lead, [person] = colleagues(community, 1)
    [mine] = seat(an_experience(community), person)
    end(district)
    assert (seats_of_leavers(), told("leaver_seat")) == (0, [lead.email])
    in_october("2026-10-21 09:00")
    assert (seats_of_leavers(), mine.state) == (1, "given_up")


def test_whom_staff_added_and_who_needs_no_job_keep_their_seats(community: Community, in_october: At) -> None:
    _, lead, [added, guest] = colleagues(community, 2)
    mine = add_person(an_experience(community), added, "A speaker", by=lead)
    [theirs] = seat(an_experience(community, reach="anyone"), guest)
    for person in (added, guest):
        leave(person)
    in_october("2026-10-21 09:00")
    assert (seats_of_leavers(), mine.state, theirs.state) == (0, "seated", "seated")


def test_who_waits_leaves_the_line_too(community: Community, in_october: At) -> None:
    _, _, [person] = colleagues(community, 1)
    experience = an_experience(community, capacity=0)
    [mine] = seat(experience, person)
    leave(person)
    in_october("2026-10-21 09:00")
    assert (seats_of_leavers(), mine.state, mine.waits_for) == (1, "given_up", None)


def test_what_is_over_stays_as_it_was(community: Community, in_october: At) -> None:
    _, _, [person] = colleagues(community, 1)
    [mine] = seat(an_experience(community), person)
    leave(person, date(2026, 11, 3))
    in_october("2026-11-04 09:00")
    assert (seats_of_leavers(), mine.state) == (0, "seated")


def test_a_cancelled_meeting_keeps_no_other_seat_from_being_given_up(community: Community, in_october: At) -> None:
    _, lead, [person] = colleagues(community, 1)
    space = an_experience(community, kind="space", joined_by="session", starts=weekly(2))
    first, second = (take_seat(space, person, by=person, session=session) for session in space.sessions)
    cancel_session(space.sessions[0], reason="Snow", by=lead)
    leave(person)
    in_october("2026-10-21 09:00")
    assert (seats_of_leavers(), first.state, second.state) == (1, "seated", "given_up")


def test_who_works_until_the_last_date_that_is_left_keeps_the_seat(community: Community) -> None:
    _, lead, [person] = colleagues(community, 1)
    series = an_experience(community, kind="series", starts=weekly(2))
    seat(series, person)
    cancel_session(series.sessions[1], reason="Snow", by=lead)
    leave(person, date(2026, 11, 3))
    assert (seats_of_leavers(), told("leaver_seat")) == (0, [])


def test_a_row_that_fails_keeps_no_other_seat_from_being_given_up(
    community: Community, in_october: At, caplog: pytest.LogCaptureFixture
) -> None:
    broken = a_community("broken")
    mine = []
    for place in (broken, community):
        _, _, [person] = colleagues(place, 1)
        mine += seat(an_experience(place), person)
        leave(person)
    in_october("2026-10-21 09:00")
    with transaction():
        db.session.get_one(Community, broken.id).time_zone = "Nowhere/Land"
    assert (seats_of_leavers(), [one.state for one in mine]) == (1, ["seated", "given_up"])
    assert [record.getMessage() for record in caplog.records] == ["see_to failed for one"]


def test_without_leavers_the_job_asks_once(community: Community, count_queries: Callable[[], Any]) -> None:
    seat(an_experience(community), *people(community, 3))
    with count_queries() as statements:
        seats_of_leavers()
    assert len(statements) <= 2


@pytest.mark.parametrize(
    ("jobs", "stands"),
    [
        ([], "gone"),
        ([Job(LONG_AGO, None)], "stays"),
        ([Job(LONG_AGO, date(2026, 11, 3))], "stays"),
        ([Job(LONG_AGO, date(2026, 11, 2))], "told"),
        ([Job(LONG_AGO, date(2026, 10, 1))], "told"),
        ([Job(LONG_AGO, date(2026, 9, 30))], "gone"),
        ([Job(LONG_AGO, date(2026, 9, 30)), Job(date(2026, 11, 1), None)], "stays"),
        ([Job(date(2026, 11, 4), None)], "told"),
    ],
)
def test_who_leaves_before_a_day(jobs: list[Job], stands: str) -> None:
    assert leaves_before(jobs, date(2026, 11, 3), date(2026, 10, 1)) == stands


def test_a_job_counts_while_its_district_is_a_member() -> None:
    first, last = date(2026, 1, 1), date(2026, 6, 30)
    assert job_at_member(LONG_AGO, None, first, last) == Job(first, last)
    assert job_at_member(first, last, LONG_AGO, None) == Job(first, last)


def end(district: District) -> None:
    """The district's membership ends on October 20."""
    with transaction():
        end_membership(db.session.query(Membership).filter_by(district_id=district.id).one(), OCTOBER_20, None)
