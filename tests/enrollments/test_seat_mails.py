"""What the mails about seats say and bring: all dates, the way in, the rule of the line, a file for the calendar."""

from __future__ import annotations

from typing import Any

import pytest
from icalendar import Calendar

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.enrollments.operations import change_mode, give_up_seat, take_seat
from tests.enrollments.builders import an_experience, people, seat, weekly
from tests.postbox import Mail

pytestmark = pytest.mark.usefixtures("in_october")


def test_a_seat_comes_with_a_file_of_all_its_sessions(community: Community, teacher: Account, mailbox: Any) -> None:
    series = an_experience(community, title="Año nuevo, a series", starts=weekly(3))
    seat(series, teacher)
    [mail] = mailbox()
    assert mail.subject == "You have a seat: Año nuevo, a series"
    assert [(str(one["SUMMARY"]), str(one["STATUS"])) for one in events(mail)] == [
        ("Año nuevo, a series", "CONFIRMED")
    ] * 3
    assert mail.files[0][:2] == (f"{series.slug}.ics", "text/calendar")


def test_a_meetings_file_has_that_meeting_only(community: Community, teacher: Account, mailbox: Any) -> None:
    space = an_experience(community, kind="space", joined_by="session", starts=weekly(3))
    take_seat(space, teacher, by=teacher, session=space.sessions[1])
    [mail] = mailbox()
    assert [one.decoded("DTSTART") for one in events(mail)] == [space.sessions[1].starts_at]


def test_whoever_gave_up_gets_a_file_that_takes_it_out(community: Community, teacher: Account, mailbox: Any) -> None:
    [mine] = seat(an_experience(community), teacher)
    [taken] = mailbox()
    give_up_seat(mine, by=teacher)
    [left] = mailbox()
    [before], [after] = events(taken), events(left)
    assert (before["UID"], str(after["STATUS"])) == (after["UID"], "CANCELLED")
    assert after["SEQUENCE"] > before["SEQUENCE"]


def test_whoever_moves_up_gets_the_file_and_whoever_waits_gets_none(
    community: Community, teacher: Account, mailbox: Any
) -> None:
    [first] = people(community, 1)
    experience = an_experience(community, capacity=1)
    [mine, _] = seat(experience, first, teacher)
    waiting = [mail for mail in mailbox() if mail.to == teacher.email]
    assert [(mail.files, "From Sun, Nov 1, 2026" in plain(mail)) for mail in waiting] == [((), True)]
    assert "about 12 hours to answer" in plain(waiting[0])
    give_up_seat(mine, by=first)
    [freed] = [mail for mail in mailbox() if mail.to == teacher.email]
    assert ("A seat came free" in freed.subject, len(events(freed))) == (True, 1)


def test_whoever_comes_online_is_told_how_to_join_and_no_place(
    community: Community, teacher: Account, mailbox: Any
) -> None:
    experience = an_experience(community, session_mode="blended", place="Town hall")
    mine = take_seat(experience, teacher, by=teacher, mode="online")
    [online] = mailbox()
    assert ("You come online." in online.text, "Town hall" in online.text) == (True, False)
    change_mode(mine, "in_person", by=teacher)
    [switched] = mailbox()
    assert ("Place: Town hall" in switched.text, "You come online." in switched.text) == (True, False)
    assert [str(one["LOCATION"]) for one in events(switched)] == ["Town hall"]


def events(mail: Mail) -> list[Any]:
    """The events of the one file that came with the mail."""
    [(_, _, content)] = mail.files
    return list(Calendar.from_ical(content).walk("VEVENT"))


def plain(mail: Mail) -> str:
    return mail.text.replace("\u00a0", " ")
