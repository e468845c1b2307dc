"""Seats that are kept: shares by staff, holds by leads, names for them, and their end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from portal.communities.models import Community
from portal.core.db import db, transaction
from portal.core.history import History
from portal.districts.operations import grant_lead
from portal.enrollments.hold_rules import hold_words, reminder_due
from portal.enrollments.holding import (
    change_hold,
    hold_seats,
    name_person,
    remind_holders,
    return_hold,
    share_seats,
)
from portal.enrollments.models import SeatHold, SeatOffer
from portal.enrollments.operations import give_up_seat
from portal.enrollments.running_out import end_what_ran_out
from tests.enrollments.builders import (
    a_person,
    an_experience,
    colleagues,
    counted,
    miscounted,
    owed,
    people,
    refused,
    seat,
    states,
    weekly,
)

OCTOBER_20 = date(2026, 10, 20)
Mails = Callable[[], list[Any]]


pytestmark = pytest.mark.usefixtures("in_october")


def test_a_lead_keeps_seats_that_others_cannot_take(community: Community) -> None:
    district, lead, _ = colleagues(community, 0)
    experience = an_experience(community)
    hold = hold_seats(experience, district.id, 2, OCTOBER_20, by=lead)
    assert (counted(experience), hold.remaining) == ([(0, 2)], 2)
    assert hold.until == datetime(2026, 10, 21, 4, tzinfo=UTC)  # the end of the day in New York
    assert [one.state for one in seat(experience, *people(community, 2))] == ["seated", "waiting"]


def test_seats_are_kept_in_every_session_of_a_series(community: Community) -> None:
    district, lead, _ = colleagues(community, 0)
    experience = an_experience(community, starts=weekly(3), kind="series")
    hold_seats(experience, district.id, 2, OCTOBER_20, by=lead)
    assert counted(experience) == [(0, 2)] * 3


def test_a_named_colleague_has_a_seat_out_of_the_hold_and_is_told(community: Community) -> None:
    district, lead, [person] = colleagues(community, 1)
    experience = an_experience(community)
    hold = hold_seats(experience, district.id, 2, OCTOBER_20, by=lead)
    mine = name_person(hold, person, by=lead)
    assert (mine.state, mine.hold_id, mine.district_id, mine.asked_by_id) == ("seated", hold.id, district.id, lead.id)
    assert (counted(experience), hold.remaining, miscounted()) == ([(1, 1)], 1, [])
    assert owed() == [("seat_for_you", person.email)]


def test_a_named_colleague_who_waits_leaves_the_line(community: Community) -> None:
    district, lead, [person] = colleagues(community, 1)
    experience = an_experience(community, capacity=1)
    hold = hold_seats(experience, district.id, 1, OCTOBER_20, by=lead)
    [waiting] = seat(experience, person)
    assert waiting.state == "waiting"
    assert (name_person(hold, person, by=lead).id, waiting.state, waiting.waits_for) == (waiting.id, "seated", None)
    assert counted(experience) == [(1, 0)]


def test_a_seat_that_a_named_colleague_gives_up_goes_back_to_the_hold(community: Community) -> None:
    district, lead, [person] = colleagues(community, 1)
    experience = an_experience(community)
    hold = hold_seats(experience, district.id, 1, OCTOBER_20, by=lead)
    give_up_seat(name_person(hold, person, by=lead), by=person)
    assert (counted(experience), db.session.get_one(SeatHold, hold.id).remaining) == ([(0, 1)], 1)


def test_when_the_time_is_over_what_is_left_goes_to_the_line_and_then_to_all(
    community: Community, in_october: Callable[[str], datetime]
) -> None:
    district, lead, [person] = colleagues(community, 1)
    experience = an_experience(community, capacity=3)
    hold = hold_seats(experience, district.id, 3, OCTOBER_20, by=lead)
    name_person(hold, person, by=lead)
    [waiting] = seat(experience, *people(community, 1))
    in_october("2026-10-20 23:59")
    assert (end_what_ran_out(), waiting.state) == (0, "waiting")
    in_october("2026-10-21 00:00")
    assert (end_what_ran_out(), end_what_ran_out()) == (1, 0)
    assert (states(experience), counted(experience), miscounted()) == (["seated", "seated"], [(2, 0)], [])
    assert [address for mail, address in owed() if mail == "seat_freed"] == [waiting.account.email]


def test_a_hold_in_what_was_cancelled_ends_too_and_keeps_no_other(
    community: Community, in_october: Callable[[str], datetime]
) -> None:
    district, lead, _ = colleagues(community, 0)
    gone, on = an_experience(community), an_experience(community)
    for experience in (gone, on):
        hold_seats(experience, district.id, 1, OCTOBER_20, by=lead)
    with transaction():
        gone.sessions[0].cancelled_at = in_october("2026-10-10 09:00")
    in_october("2026-10-21 00:00")
    assert (end_what_ran_out(), counted(on), end_what_ran_out()) == (2, [(0, 0)], 0)


def test_a_hold_is_given_back_early_and_twice_is_once(community: Community) -> None:
    district, lead, _ = colleagues(community, 0)
    experience = an_experience(community)
    hold = hold_seats(experience, district.id, 2, OCTOBER_20, by=lead)
    return_hold(hold, by=lead)
    return_hold(hold, by=lead)
    assert counted(experience) == [(0, 0)]
    assert db.session.query(History).filter_by(subject_table="seat_holds", verb="release").count() == 1


def test_a_hold_grows_while_seats_are_left_and_shrinks_to_what_is_taken(community: Community) -> None:
    district, lead, [person] = colleagues(community, 1)
    experience = an_experience(community, capacity=4)
    hold = hold_seats(experience, district.id, 2, OCTOBER_20, by=lead)
    name_person(hold, person, by=lead)
    change_hold(hold, 4, by=lead)
    assert (hold.remaining, counted(experience)) == (3, [(1, 3)])
    refused(lambda: change_hold(hold, 5, by=lead), experience, "No seat is left to keep")
    change_hold(hold, 1, by=lead)
    assert (hold.remaining, counted(experience)) == (0, [(1, 0)])
    refused(lambda: change_hold(hold, 0, by=lead), experience, "1\xa0seat is taken already")


def test_a_hold_that_shrinks_serves_the_line(community: Community) -> None:
    district, lead, _ = colleagues(community, 0)
    experience = an_experience(community, capacity=2)
    hold = hold_seats(experience, district.id, 2, OCTOBER_20, by=lead)
    [waiting] = seat(experience, *people(community, 1))
    change_hold(hold, 1, by=lead)
    assert (waiting.state, counted(experience)) == ("seated", [(1, 1)])


@pytest.mark.parametrize(
    ("seats", "until", "words"),
    [
        (4, OCTOBER_20, "3\xa0seats are left"),
        (0, OCTOBER_20, "Keep at least one seat"),
        (11, OCTOBER_20, "A district can keep 10 seats"),
        (1, date(2026, 9, 30), "This day is over"),
        (1, date(2026, 11, 3), "Seats can be kept until the end of Mon, Nov"),
    ],
)
def test_a_lead_cannot_keep(community: Community, seats: int, until: date, words: str) -> None:
    district, lead, _ = colleagues(community, 0)
    experience = an_experience(community)
    refused(lambda: hold_seats(experience, district.id, seats, until, by=lead), experience, words)


def test_nobody_keeps_seats_while_people_wait(community: Community) -> None:
    district, lead, _ = colleagues(community, 0)
    experience = an_experience(community, capacity=1)
    seat(experience, *people(community, 2))
    refused(lambda: hold_seats(experience, district.id, 1, OCTOBER_20, by=lead), experience, "People wait in line")


def test_a_second_hold_counts_with_the_first(community: Community) -> None:
    district, lead, _ = colleagues(community, 0)
    experience = an_experience(community, capacity=20)
    hold_seats(experience, district.id, 6, OCTOBER_20, by=lead)
    refused(lambda: hold_seats(experience, district.id, 5, OCTOBER_20, by=lead), experience, "can keep 10 seats")


def test_a_lead_keeps_nothing_once_sign_up_is_closed(
    community: Community, in_october: Callable[[str], datetime]
) -> None:
    district, lead, _ = colleagues(community, 0)
    experience = an_experience(community, closes_at=date(2026, 10, 10))
    in_october("2026-10-11 08:00")
    refused(lambda: hold_seats(experience, district.id, 1, OCTOBER_20, by=lead), experience, "Sign-up was open until")


def test_only_colleagues_without_a_seat_whom_it_is_meant_for_are_named(community: Community) -> None:
    district, lead, [person] = colleagues(community, 1)
    other, teacher = a_person(community, district, "principal"), people(community, 1)[0]
    experience = an_experience(community, audience=["teacher"])
    hold = hold_seats(experience, district.id, 2, OCTOBER_20, by=lead)
    seat(experience, person)
    refused(lambda: name_person(hold, teacher, by=lead), experience, "does not work in your district")
    refused(lambda: name_person(hold, other, by=lead), experience, "This is not for Person")
    refused(lambda: name_person(hold, person, by=lead), experience, "has a seat here already")


def test_nobody_is_named_when_all_have_names_or_the_time_is_over(
    community: Community, in_october: Callable[[str], datetime]
) -> None:
    district, lead, [first, second] = colleagues(community, 2)
    experience = an_experience(community)
    hold, later = (hold_seats(experience, district.id, 1, OCTOBER_20, by=lead) for _ in range(2))
    name_person(hold, first, by=lead)
    refused(lambda: name_person(hold, second, by=lead), experience, "All seats that were kept have a name")
    in_october("2026-10-21 00:00")  # before the job came
    refused(lambda: name_person(later, second, by=lead), experience, "not kept any more")


def test_people_of_a_district_take_their_share_first(community: Community) -> None:
    district, _, [first, second] = colleagues(community, 2)
    staff, experience = a_person(), an_experience(community, capacity=3)
    share = share_seats(experience, 2, OCTOBER_20, by=staff, district_id=district.id)
    assert [one.state for one in seat(experience, *people(community, 2))] == ["seated", "waiting"]
    mine = seat(experience, first, second)
    assert [(one.state, one.hold_id) for one in mine] == [("seated", share.id)] * 2
    assert (counted(experience), db.session.get_one(SeatHold, share.id).remaining) == ([(3, 0)], 0)


def test_a_share_for_a_role_is_for_people_of_that_role(community: Community) -> None:
    staff, experience = a_person(), an_experience(community, capacity=1)
    share_seats(experience, 1, OCTOBER_20, by=staff, role="principal")
    teacher, principal = people(community, 1)[0], people(community, 1, "principal")[0]
    assert [one.state for one in seat(experience, teacher, principal)] == ["waiting", "seated"]


def test_a_share_cannot_be_larger_than_what_is_left(community: Community) -> None:
    district, lead, _ = colleagues(community, 0)
    experience = an_experience(community)
    refused(
        lambda: share_seats(experience, 4, OCTOBER_20, by=lead, district_id=district.id), experience, "3\xa0seats are"
    )


def test_leads_are_reminded_a_week_and_a_day_before_once_each(
    community: Community, in_october: Callable[[str], datetime], mailbox: Mails
) -> None:
    district, lead, _ = colleagues(community, 0)
    experience = an_experience(community)
    hold_seats(experience, district.id, 2, OCTOBER_20, by=lead)
    told = []
    for moment in ("2026-10-13 23:59", "2026-10-14 00:00", "2026-10-15 09:00", "2026-10-20 00:00", "2026-10-20 12:00"):
        in_october(moment)
        remind_holders()
        told.append(len([mail for mail, _ in owed() if mail == "hold_ending"]))
    assert told == [0, 1, 1, 2, 2]
    [first, _] = [mail for mail in mailbox() if "end soon" in mail.subject]
    assert (first.to, "keeps 2\xa0seats" in first.text) == (lead.email, True)


def test_who_was_reminded_is_looked_at_without_a_change(
    community: Community, in_october: Callable[[str], datetime], count_queries: Callable[[], Any]
) -> None:
    district, lead, _ = colleagues(community, 0)
    hold_seats(an_experience(community), district.id, 2, OCTOBER_20, by=lead)
    in_october("2026-10-14 09:00")
    assert remind_holders() == 1
    with count_queries() as statements:
        assert remind_holders() == 0
    assert [one for one in statements if not one.lstrip().upper().startswith("SELECT")] == []
    grant_lead(other := a_person(community, district), community.id, district, by=None)
    assert (remind_holders(), owed()[-1]) == (1, ("hold_ending", other.email))


def test_a_hold_that_fails_keeps_no_other_from_its_end(
    community: Community, in_october: Callable[[str], datetime], caplog: pytest.LogCaptureFixture
) -> None:
    district, lead, _ = colleagues(community, 0)
    broken, other = an_experience(community), an_experience(community)
    holds = [hold_seats(one, district.id, 2, OCTOBER_20, by=lead) for one in (broken, other)]
    [mine] = seat(broken, *people(community, 1))
    give_up_seat(mine, by=lead)
    with transaction():  # somebody who is out cannot be asked: nothing of ours makes such a row
        now = in_october("2026-10-02 09:00")
        db.session.add(SeatOffer(enrollment_id=mine.id, mode="", made_at=now, until=now, status="open"))
    in_october("2026-10-21 00:00")
    assert (end_what_ran_out(), [one.released_at is None for one in holds]) == (1, [True, False])
    assert len(caplog.records) == 1


def test_a_hold_with_names_for_all_is_not_reminded_of(
    community: Community, in_october: Callable[[str], datetime]
) -> None:
    district, lead, [person] = colleagues(community, 1)
    hold = hold_seats(an_experience(community), district.id, 1, OCTOBER_20, by=lead)
    name_person(hold, person, by=lead)
    in_october("2026-10-15 09:00")
    assert remind_holders() == 0


def test_after_a_worker_has_slept_only_the_nearer_reminder_goes(
    community: Community, in_october: Callable[[str], datetime]
) -> None:
    district, lead, _ = colleagues(community, 0)
    hold = hold_seats(an_experience(community), district.id, 1, OCTOBER_20, by=lead)
    assert reminder_due(hold, in_october("2026-10-20 09:00")) == 1
    late = hold_seats(an_experience(community), district.id, 1, OCTOBER_20, by=lead)
    assert reminder_due(late, in_october("2026-10-20 10:00")) is None  # it was made after its reminder


def test_a_hold_is_told_in_words(community: Community) -> None:
    district, lead, [person] = colleagues(community, 1)
    hold = hold_seats(an_experience(community), district.id, 3, OCTOBER_20, by=lead)
    name_person(hold, person, by=lead)
    assert hold_words(hold, "America/New_York") == "1 of 3\xa0seats taken, 2 kept until the end of Tue, Oct\xa020, 2026"
