"""All of an experience is called off halfway: who is told, of what, and how calendars show what was held."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.accounts.operations import grant_permission
from portal.communities.models import Community
from portal.core import clock
from portal.enrollments.calendars import person_calendar, seat_file
from portal.enrollments.change_queries import affected_by_all
from portal.enrollments.changing import cancel_experience, cancel_session
from portal.enrollments.operations import take_seat
from tests.enrollments.builders import an_experience, people, seat, told, weekly
from tests.enrollments.calendars import events, read
from tests.postbox import Mail

At = Callable[[str], datetime]
WHY = "The speaker is ill."


pytestmark = pytest.mark.usefixtures("in_october", "well_counted")


def test_whoever_had_only_meetings_that_are_over_or_cancelled_hears_nothing(
    community: Community, in_october: At
) -> None:
    space = an_experience(community, kind="space", joined_by="session", starts=weekly(3))
    everyone = people(community, 3)
    for person, session in zip(everyone, space.sessions, strict=True):
        take_seat(space, person, by=person, session=session)
    cancel_session(space.sessions[1], reason=WHY, by=everyone[0])
    in_october("2026-11-05 09:00")
    assert [one.account_id for one in affected_by_all(space, clock.now())] == [everyone[2].id]
    cancel_experience(space, reason=WHY, by=everyone[0])
    assert told("experience_cancelled") == [everyone[2].email]


def test_one_mail_brings_every_meeting_that_the_person_had_a_seat_in(
    community: Community, mailbox: Callable[[], list[Mail]]
) -> None:
    space = an_experience(community, kind="space", joined_by="session", starts=weekly(3), capacity=1)
    [first, second] = people(community, 2)
    for session in space.sessions[:2]:
        take_seat(space, first, by=first, session=session)
    take_seat(space, second, by=second, session=space.sessions[1])
    mailbox()
    cancel_experience(space, reason=WHY, by=first)
    files = {mail.to: mail.files for mail in mailbox()}
    [(_, _, content)] = files[first.email]
    noted = [(one["DTSTART"], one["STATUS"]) for one in events(content)]
    assert noted == [(session.starts_at, "CANCELLED") for session in space.sessions[:2]]
    assert files[second.email] == ()


def test_what_was_held_stays_in_calendars_as_it_was(community: Community, client: FlaskClient, in_october: At) -> None:
    experience, [person] = an_experience(community, kind="series", starts=weekly(3)), people(community, 1)
    [mine] = seat(experience, person)
    in_october("2026-11-05 09:00")
    [before, *_] = events(seat_file(mine.id))
    cancel_experience(experience, reason=WHY, by=person)
    for content in (seat_file(mine.id), person_calendar(person.id, clock.now())):
        after = events(content)
        assert (after[0]["STATUS"], after[0]["SEQUENCE"]) == ("CONFIRMED", before["SEQUENCE"])
        assert [one["STATUS"] for one in after[1:]] == ["CANCELLED", "CANCELLED"]
    assert [one["STATUS"] for one in read(client, "/example/agenda.ics")] == ["CONFIRMED", "CANCELLED", "CANCELLED"]
    month = client.get("/example/agenda?view=month&month=2026-11").text
    assert month.count('<span class="fine">Cancelled</span>') == 2
    in_october("2027-03-05 09:00")
    assert [one["STATUS"] for one in events(person_calendar(person.id, clock.now()))] == ["CONFIRMED"]


def test_the_page_counts_only_those_who_will_be_told(
    community: Community, client: FlaskClient, in_october: At, sign_in: Callable[[FlaskClient, Account], FlaskClient]
) -> None:
    space = an_experience(community, kind="space", joined_by="session", starts=weekly(2))
    everyone = people(community, 2)
    for person, session in zip(everyone, space.sessions, strict=True):
        take_seat(space, person, by=person, session=session)
    staff = grant_permission(community, email="coordinator@example.org", name="Coordinator", kind="staff")
    in_october("2026-11-05 09:00")
    page = sign_in(client, staff).get(f"/example/staff/agenda/{space.slug}/cancellation").text
    assert "1\u00a0person with a seat" in page
