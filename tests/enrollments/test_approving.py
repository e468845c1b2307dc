"""Requests that a lead of the district answers: each keeps its place by the time it was asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.accounts.operations import grant_permission
from portal.communities.models import Community
from portal.core.db import db
from portal.core.history import history_of
from portal.districts.models import Affiliation
from portal.districts.operations import affiliate, end_affiliation
from portal.enrollments.approving import approve, refuse
from portal.enrollments.holding import share_seats
from portal.enrollments.operations import give_up_seat, take_seat
from portal.enrollments.sizing import set_capacity
from tests.enrollments.builders import (
    a_district,
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
)

At = Callable[[str], datetime]
Mails = Callable[[], list[Any]]


pytestmark = pytest.mark.usefixtures("in_october")


def test_every_lead_of_the_district_is_asked_by_mail(community: Community, mailbox: Mails) -> None:
    district, lead, [person] = colleagues(community, 1)
    _, other, _ = colleagues(community, 0)
    experience = an_experience(community, needs_approval=True)
    [mine] = seat(experience, person)
    assert (mine.state, counted(experience)) == ("pending", [(0, 0)])
    own, mail = mailbox()
    assert (own.to, own.subject) == (person.email, f"You asked for a seat: {experience.title}")
    assert (mail.to, other.email != mail.to) == (lead.email, True)
    assert f"{person.name} of {district.name} asks for a seat" in mail.text
    assert f"/example/district/seats?district={district.id}" in mail.text


def test_a_request_that_is_taken_back_writes_to_no_lead(community: Community, mailbox: Mails) -> None:
    _, _, [person] = colleagues(community, 1)
    experience = an_experience(community, needs_approval=True)
    give_up_seat(seat(experience, person)[0], by=person)
    assert mailbox() == []


def test_who_asks_again_has_the_lead_asked_again(community: Community) -> None:
    _, lead, [person] = colleagues(community, 1)
    experience = an_experience(community, needs_approval=True)
    give_up_seat(seat(experience, person)[0], by=person)
    seat(experience, person)
    assert owed() == [("seat_asked", person.email), ("approval_asked", lead.email)] * 2


def test_a_lead_asks_nobody(community: Community) -> None:
    _, lead, _ = colleagues(community, 0)
    experience = an_experience(community, needs_approval=True)
    assert take_seat(experience, lead, by=lead).state == "seated"


def test_a_yes_gives_the_seat_and_tells_the_person(community: Community, mailbox: Mails) -> None:
    _, lead, [person] = colleagues(community, 1)
    experience = an_experience(community, needs_approval=True)
    [mine] = seat(experience, person)
    mailbox()
    approve(mine, by=lead)
    approve(mine, by=lead)
    assert (mine.state, counted(experience), miscounted()) == ("seated", [(1, 0)], [])
    [mail] = mailbox()
    assert (mail.to, f"{lead.name} said yes to your request. You have a seat in" in mail.text) == (person.email, True)


def test_a_request_keeps_its_place_before_those_who_asked_later(community: Community, mailbox: Mails) -> None:
    _, lead, [first, second, third] = colleagues(community, 3)
    experience = an_experience(community, needs_approval=True, capacity=1)
    mine = seat(experience, first, second, third)
    approve(mine[1], by=lead)  # asked second, answered first: the one seat is theirs
    approve(mine[2], by=lead)
    approve(mine[0], by=lead)  # asked first, answered last: stands before the third
    assert [one.state for one in mine] == ["waiting", "seated", "waiting"]
    assert "You are 1st in line" in mailbox()[-1].text
    give_up_seat(mine[1], by=second)
    assert [one.state for one in mine] == ["seated", "given_up", "waiting"]


def test_a_yes_passes_nobody_who_waits_and_asked_earlier(community: Community) -> None:
    _, lead, [first, second] = colleagues(community, 2)
    experience = an_experience(community, needs_approval=True, capacity=2)
    [mine, theirs] = seat(experience, first, second)
    team_like = [mine, theirs]
    approve(theirs, by=lead)
    approve(mine, by=lead)
    assert [one.state for one in team_like] == ["seated", "seated"]


def test_a_no_says_why_frees_nothing_and_may_become_a_yes(community: Community, mailbox: Mails) -> None:
    _, lead, [person] = colleagues(community, 1)
    experience = an_experience(community, needs_approval=True)
    [mine] = seat(experience, person)
    mailbox()
    refuse(mine, " No cover   that day. ", by=lead)
    refuse(mine, "No cover that day.", by=lead)
    [mail] = mailbox()
    assert "said no to your request. The reason: No cover that day." in mail.text
    assert [row.verb for row in history_of(mine)] == ["ask", "refuse"]
    refused(lambda: take_seat(experience, person, by=person), experience, "said no to this request")
    approve(mine, by=lead)
    assert states(experience) == ["seated"]


def test_a_no_that_becomes_a_yes_passes_nobody_who_waited_meanwhile(community: Community) -> None:
    _, lead, [first, second] = colleagues(community, 2)
    experience = an_experience(community, needs_approval=True, capacity=1)
    seat(experience, lead)
    [mine, theirs] = seat(experience, first, second)
    refuse(mine, "No cover that day.", by=lead)
    approve(theirs, by=lead)
    approve(mine, by=lead)
    set_capacity(experience, {"in_person": 2}, by=None)
    assert (mine.state, theirs.state, miscounted()) == ("waiting", "seated", [])


def test_a_no_needs_a_reason(community: Community) -> None:
    _, lead, [person] = colleagues(community, 1)
    experience = an_experience(community, needs_approval=True)
    [mine] = seat(experience, person)
    refused(lambda: refuse(mine, "  ", by=lead), experience, "Write a reason")


def test_what_was_taken_back_or_given_is_not_answered_any_more(community: Community) -> None:
    _, lead, [first, second] = colleagues(community, 2)
    experience = an_experience(community, needs_approval=True)
    [gone, seated] = seat(experience, first, second)
    give_up_seat(gone, by=first)
    approve(seated, by=lead)
    refused(lambda: approve(gone, by=lead), experience, "given up")
    refused(lambda: refuse(gone, "No", by=lead), experience, "given up")
    refused(lambda: refuse(seated, "No", by=lead), experience, "There is a seat already")


def test_whoever_it_is_not_meant_for_any_more_is_not_let_in(community: Community, in_october: At) -> None:
    _, lead, [person] = colleagues(community, 1)
    experience = an_experience(community, needs_approval=True)
    [mine] = seat(experience, person)
    end_job(person)
    in_october("2026-10-06 09:00")
    refused(lambda: approve(mine, by=lead), experience, f"This is not for {person.name}.* Say no to the request")
    refuse(mine, "You work elsewhere now.", by=lead)


def test_a_yes_to_somebody_who_moved_takes_the_share_of_the_district_of_today(
    community: Community, in_october: At
) -> None:
    old, lead, [person] = colleagues(community, 1)
    new, _, _ = colleagues(community, 0)
    experience = an_experience(community, needs_approval=True, capacity=2)
    [mine] = seat(experience, person)
    shares = [share_seats(experience, 1, date(2026, 10, 20), by=lead, district_id=one.id) for one in (old, new)]
    end_job(person)
    affiliate(person, community.id, new, "teacher", date(2026, 10, 5), None)
    in_october("2026-10-06 09:00")
    approve(mine, by=lead)
    assert (mine.state, mine.district_id, mine.hold_id) == ("seated", new.id, shares[1].id)
    assert miscounted() == []


def test_after_the_start_nobody_is_let_in(community: Community, in_october: At) -> None:
    _, lead, [person] = colleagues(community, 1)
    experience = an_experience(community, needs_approval=True)
    [mine] = seat(experience, person)
    in_october("2026-11-03 08:30")
    refused(lambda: approve(mine, by=lead), experience, "This has started")


def test_where_no_line_is_kept_a_yes_needs_a_free_seat(community: Community) -> None:
    _, lead, [first, second] = colleagues(community, 2)
    experience = an_experience(community, needs_approval=True, capacity=1, has_waitlist=False)
    mine = seat(experience, first, second)
    approve(mine[0], by=lead)
    refused(lambda: approve(mine[1], by=lead), experience, "All seats are taken, and no waitlist")


def test_a_yes_after_sign_up_has_closed_still_counts(community: Community, in_october: At) -> None:
    _, lead, [person] = colleagues(community, 1)
    experience = an_experience(community, needs_approval=True, closes_at=datetime(2026, 10, 10).date())
    [mine] = seat(experience, person)
    in_october("2026-10-20 09:00")
    approve(mine, by=lead)
    assert mine.state == "seated"


def test_staff_say_yes_where_no_lead_does(
    community: Community, client: FlaskClient, sign_in: Callable[[FlaskClient, Account], FlaskClient]
) -> None:
    _, _, [person] = colleagues(community, 1)
    experience = an_experience(community, needs_approval=True)
    [mine] = seat(experience, person)
    sign_in(client, grant_permission(community, email="staff@example.org", kind="staff", name="Coordinator"))
    path = f"/example/staff/agenda/{experience.slug}/people"
    assert f"{path}/{mine.id}/approval" in client.get(f"{path}?show=asked").text
    client.post(f"{path}/{mine.id}/approval")
    assert states(experience) == ["seated"]


def test_whoever_belongs_to_no_district_waits_for_staff_who_are_told(community: Community, mailbox: Mails) -> None:
    staff = grant_permission(community, email="staff@example.org", kind="staff", name="Coordinator")
    experience = an_experience(community, needs_approval=True, reach="anyone")
    person = a_person()
    [mine] = seat(experience, person)
    assert (mine.state, mine.district_id) == ("pending", None)
    _, mail = mailbox()
    assert (mail.to, f"{person.name} asks for a seat" in mail.text) == (staff.email, True)
    assert f"/example/staff/agenda/{experience.slug}/people?show=asked" in mail.text


def test_where_the_district_has_no_lead_staff_are_asked_once(community: Community, mailbox: Mails) -> None:
    staff = grant_permission(community, email="staff@example.org", kind="staff", name="Coordinator")
    district = a_district(community)
    experience, person = an_experience(community, needs_approval=True), a_person(community, district)
    seat(experience, person)
    take_seat(experience, person, by=person)
    assert owed() == [("seat_asked", person.email), ("approval_asked_staff", staff.email)]
    assert f"{person.name} of {district.label} asks for a seat" in mailbox()[1].text


def test_staff_are_not_asked_what_was_taken_back(community: Community, mailbox: Mails) -> None:
    grant_permission(community, email="staff@example.org", kind="staff", name="Coordinator")
    experience, [person] = an_experience(community, needs_approval=True), people(community, 1)
    give_up_seat(seat(experience, person)[0], by=person)
    assert mailbox() == []


def end_job(person: Account) -> None:
    job = db.session.query(Affiliation).filter_by(account_id=person.id).one()
    end_affiliation(job, date(2026, 10, 4), None)
