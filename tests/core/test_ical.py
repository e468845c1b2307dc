"""Calendars, read back by two programs that know nothing of the portal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject

from portal.core.ical import Event, calendar

HOUR = timedelta(hours=1)
PLAIN = Event(
    uid="session-1@example.org",
    starts_at=datetime(2026, 11, 3, 13, 30, tzinfo=UTC),
    ends_at=datetime(2026, 11, 3, 19, 30, tzinfo=UTC),
    zone="America/New_York",
    title="Fall Gathering",
    modified=datetime(2026, 9, 1, 12, tzinfo=UTC),
)
ZONES = ("America/New_York", "America/Phoenix", "America/Los_Angeles", "Europe/Berlin", "Australia/Sydney", "UTC")
AWKWARD = (
    "Umlauts: Bücher für Özlem, naïve café, Größe",
    "Commas, semicolons; and a back\\slash",
    "Two\nlines, and \\n written out",
    "日本語の勉強会" * 12,
    "🏫" * 40,
    "x" * 74,
    "x" * 75 + ",",
    "A very long title that goes on and on, with commas, until nobody reads it any more; not even its writer " * 3,
)


@pytest.mark.parametrize("words", AWKWARD)
def test_both_programs_read_the_words_as_they_were_written(words: str) -> None:
    made = calendar([replace(PLAIN, title=words, place=words, words=words)])
    [first], [second] = of_icalendar(made), of_vobject(made)
    assert [str(first[name]) for name in ("SUMMARY", "LOCATION", "DESCRIPTION")] == [words] * 3
    assert [second.summary.value, second.location.value, second.description.value] == [words] * 3


@pytest.mark.parametrize("words", AWKWARD)
def test_no_line_is_longer_than_75_octets_and_none_cuts_a_letter(words: str) -> None:
    made = calendar([replace(PLAIN, title=words, words=words)])
    lines = made.split(b"\r\n")
    assert lines[-1] == b""
    assert max(map(len, lines)) <= 75
    assert all(line.decode() for line in lines[:-1])
    assert b"\n" not in made.replace(b"\r\n", b"")


def test_letters_that_no_text_may_have_are_left_out() -> None:
    awkward = "".join(map(chr, range(0x20))) + "\x7f"
    made = calendar([replace(PLAIN, title=f"Fall{awkward}Gathering", words=awkward)])
    assert {byte for byte in made if byte < 0x20 or byte == 0x7F} == {0x09, 0x0A, 0x0D}
    assert str(of_icalendar(made)[0]["SUMMARY"]) == "Fall\t\nGathering"


def test_a_line_end_in_a_title_starts_no_line_of_its_own() -> None:
    made = calendar([replace(PLAIN, title="One\r\nATTENDEE:mailto:mallory@example.org\r\x00")])
    [event] = of_icalendar(made)
    assert "ATTENDEE" not in event
    assert str(event["SUMMARY"]) == "One\nATTENDEE:mailto:mallory@example.org"


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("year", [2026, 2027, 2035])
def test_every_hour_around_a_change_of_clocks_is_the_same_moment_for_both(zone: str, year: int) -> None:
    moments = [moment for change in changes(zone, year) for moment in around(change)] or [
        datetime(year, 3, 8, 7, tzinfo=UTC)
    ]
    events = [
        replace(PLAIN, uid=f"{number}@example.org", starts_at=at, ends_at=at + HOUR, zone=zone)
        for number, at in enumerate(moments)
    ]
    made = calendar(events)
    expected = [(at, at + HOUR) for at in moments]
    assert [(utc(one["DTSTART"].dt), utc(one["DTEND"].dt)) for one in of_icalendar(made)] == expected
    assert [(utc(one.dtstart.value), utc(one.dtend.value)) for one in of_vobject(made)] == expected


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("year", [2026, 2035])
def test_the_zone_that_comes_along_says_the_same_as_the_worlds_table(zone: str, year: int) -> None:
    """Read by the rules in the file alone, whatever the program knows of the zone by itself."""
    made = calendar([replace(PLAIN, starts_at=datetime(year, 6, 1, tzinfo=UTC), zone=zone)])
    made = made.replace(zone.encode(), b"Somewhere/Else")
    told = of_zone(made)
    for at in [moment for change in changes(zone, year) for moment in around(change)]:
        there = at.astimezone(ZoneInfo(zone))
        if there.fold == 0 and there.replace(fold=1).utcoffset() == there.utcoffset():
            assert utc(there.replace(tzinfo=told)) == at


def test_a_zone_is_told_once_and_only_where_it_is_used() -> None:
    west = replace(PLAIN, uid="2", zone="America/Los_Angeles")
    made = calendar([PLAIN, west, PLAIN])
    assert [str(zone["TZID"]) for zone in parsed(made).walk("VTIMEZONE")] == ["America/Los_Angeles", "America/New_York"]
    assert parsed(calendar([])).walk("VTIMEZONE") == []


def test_a_zone_whose_clocks_follow_no_rule_is_told_change_by_change() -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    made = calendar([replace(PLAIN, starts_at=at, ends_at=at + HOUR, zone="Africa/Casablanca")])
    assert b"RRULE" not in made
    assert [utc(one["DTSTART"].dt) for one in of_icalendar(made)] == [at]


def test_what_is_cancelled_says_so_and_takes_no_time() -> None:
    made = calendar([replace(PLAIN, is_cancelled=True, sequence=3)])
    [event], [other] = of_icalendar(made), of_vobject(made)
    assert [str(event[name]) for name in ("STATUS", "TRANSP", "SEQUENCE")] == ["CANCELLED", "TRANSPARENT", "3"]
    assert (other.status.value, other.sequence.value) == ("CANCELLED", "3")


def test_an_event_has_hours_and_says_when_it_was_changed() -> None:
    [event] = of_icalendar(calendar([PLAIN]))
    assert isinstance(event["DTSTART"].dt, datetime)
    assert (event["DTSTAMP"].dt, event["LAST-MODIFIED"].dt) == (PLAIN.modified, PLAIN.modified)
    assert str(event["UID"]) == "session-1@example.org"


def test_the_same_events_give_the_same_bytes() -> None:
    assert calendar([PLAIN], name="Ours, all") == calendar([PLAIN], name="Ours, all")
    assert b"X-WR-CALNAME:Ours\\, all\r\n" in calendar([PLAIN], name="Ours, all")


def changes(zone: str, year: int) -> list[datetime]:
    """The hours of the year after which the clocks of the zone go otherwise."""
    first = datetime(year, 1, 1, tzinfo=UTC)
    hours = [first + number * HOUR for number in range(365 * 24)]
    info = ZoneInfo(zone)
    return [at for at in hours if at.astimezone(info).utcoffset() != (at + HOUR).astimezone(info).utcoffset()]


def around(change: datetime) -> Iterator[datetime]:
    for quarter in range(-16, 17):
        yield change + quarter * HOUR / 4


def utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def parsed(made: bytes) -> icalendar.Calendar:
    return icalendar.Calendar.from_ical(made)


def of_icalendar(made: bytes) -> list[icalendar.Event]:
    return list(parsed(made).walk("VEVENT"))


def of_vobject(made: bytes) -> list[vobject.base.Component]:
    return list(vobject.readOne(made.decode()).vevent_list)


def of_zone(made: bytes) -> object:
    """The zone as vobject builds it from what the file says."""
    return vobject.readOne(made.decode()).vtimezone_list[0].tzinfo
