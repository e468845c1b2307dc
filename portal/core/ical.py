"""Calendars as programs read them (RFC 5545), written by hand.

The package for it takes ten times as long for a feed of 200 events and ten megabytes of each web server, and lets
summer time begin an hour late.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from .clock import local

MAKER = "-//Learning communities portal//EN"
WIDEST = 75  # octets of a line, its end not counted. Source: RFC 5545, 3.1
YEARS = 8  # of a zone that are looked at to find the rule of its summer time
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# Source: RFC 5545, 3.1: a text has no control characters but the tab.
CONTROLS = {number: None for number in (*range(0x20), 0x7F) if number != ord("\t")}
ESCAPED = CONTROLS | str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
MIME = "text/calendar; charset=utf-8"


@dataclass(frozen=True)
class Event:
    """What a calendar shows of one session. `modified`: when it was last changed; `sequence` grows with each change."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    title: str
    modified: datetime
    sequence: int = 0
    is_cancelled: bool = False
    place: str = ""
    words: str = ""
    url: str = ""


def calendar(events: Sequence[Event], *, name: str = "") -> bytes:
    """A calendar of these events. The same events give the same bytes, so that a feed can say that nothing changed."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{MAKER}", "CALSCALE:GREGORIAN"]
    if name:
        lines += [f"NAME:{_text(name)}", f"X-WR-CALNAME:{_text(name)}"]
        lines += ["REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H"]
    lines += _zones(events)
    for event in events:
        lines += _event(event)
    return b"".join(_folded(line) for line in [*lines, "END:VCALENDAR"])


def _event(event: Event) -> Iterator[str]:
    """Without a METHOD the stamp is the moment of the last change. Source: RFC 5545, 3.8.7.2"""
    changed = f"{event.modified.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield from ("BEGIN:VEVENT", f"UID:{event.uid}", f"DTSTAMP:{changed}", f"LAST-MODIFIED:{changed}")
    yield _moment("DTSTART", event.starts_at, event.zone)
    yield _moment("DTEND", event.ends_at, event.zone)
    yield f"SUMMARY:{_text(event.title)}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"STATUS:{'CANCELLED' if event.is_cancelled else 'CONFIRMED'}"
    yield f"TRANSP:{'TRANSPARENT' if event.is_cancelled else 'OPAQUE'}"
    for label, words in (("LOCATION", event.place), ("DESCRIPTION", event.words)):
        if words:
            yield f"{label}:{_text(words)}"
    if event.url:
        yield f"URL:{event.url}"
    yield "END:VEVENT"


def _moment(label: str, moment: datetime, zone: str) -> str:
    """By the wall clock of its zone; where the clocks show the same hour twice, by the one that never does."""
    there = local(moment, zone)
    if there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset():
        return f"{label}:{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{label};TZID={zone}:{there:%Y%m%dT%H%M%S}"


def _zones(events: Iterable[Event]) -> Iterator[str]:
    """Each zone once, from the year of its first event on."""
    first: dict[str, int] = {}
    for event in events:
        year = local(event.starts_at, event.zone).year
        first[event.zone] = min(year, first.get(event.zone, year))
    for zone in sorted(first):
        yield from _zone(zone, first[zone])


@lru_cache(maxsize=64)
def _zone(name: str, year: int) -> tuple[str, ...]:
    """How clocks go in the zone: a rule where the same holds every year, else each change by itself."""
    info = ZoneInfo(name)
    begins = datetime(year - 1, 1, 1, tzinfo=UTC)
    changes = list(_changes(info, begins, datetime(year + YEARS, 1, 1, tzinfo=UTC)))
    lines = ["BEGIN:VTIMEZONE", f"TZID:{name}"]
    if not changes or changes[0].year >= year:
        lines += _observance(info, begins, begins, "")
    for rule, same in _by_rule(changes, info).items():
        if rule and len(same) == YEARS + 1:
            lines += _observance(info, same[0], same[0] - timedelta(seconds=1), rule)
        else:
            for change in same:
                lines += _observance(info, change, change - timedelta(seconds=1), "")
    return (*lines, "END:VTIMEZONE")


def _changes(info: tzinfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """The moments at which the clocks change between the two."""
    day = start
    while day < end:
        following = day + timedelta(days=1)
        if _offset(day, info) != _offset(following, info):
            yield _moment_of_change(info, day, following)
        day = following


def _moment_of_change(info: tzinfo, before: datetime, after: datetime) -> datetime:
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        before, after = (middle, after) if _offset(middle, info) == _offset(before, info) else (before, middle)
    return after


def _by_rule(changes: Iterable[datetime], info: tzinfo) -> dict[str, list[datetime]]:
    """The changes under the rule that would give them all; "" where none does."""
    kinds: dict[tuple[object, ...], list[datetime]] = {}
    for change in changes:
        kinds.setdefault((_offset(change, info), _month_of(change, info)), []).append(change)
    found: dict[str, list[datetime]] = {}
    for same in kinds.values():
        found.setdefault(_rule(same, info), []).extend(same)
    return found


def _rule(changes: Sequence[datetime], info: tzinfo) -> str:
    walls = [_wall(change, info) for change in changes]
    last_days = all((wall + timedelta(days=7)).month != wall.month for wall in walls)
    weeks = {-1} if last_days else {(wall.day - 1) // 7 + 1 for wall in walls}
    if len(weeks) > 1 or len({(wall.weekday(), wall.time()) for wall in walls}) > 1:
        return ""
    return f"RRULE:FREQ=YEARLY;BYMONTH={walls[0].month};BYDAY={weeks.pop()}{DAYS[walls[0].weekday()]}"


def _observance(info: tzinfo, change: datetime, before: datetime, rule: str) -> Iterator[str]:
    """From when on the clocks go so; told by the clocks as they went before. Source: RFC 5545, 3.6.5"""
    there = change.astimezone(info)
    kind = "DAYLIGHT" if there.dst() else "STANDARD"
    yield f"BEGIN:{kind}"
    yield f"DTSTART:{change.astimezone(UTC) + _offset(before, info):%Y%m%dT%H%M%S}"
    yield f"TZOFFSETFROM:{_signed(_offset(before, info))}"
    yield f"TZOFFSETTO:{_signed(_offset(change, info))}"
    yield f"TZNAME:{there.tzname()}"
    if rule:
        yield rule
    yield f"END:{kind}"


def _wall(change: datetime, info: tzinfo) -> datetime:
    """What the clocks showed at the change as they went before."""
    return (change + _offset(change - timedelta(seconds=1), info)).replace(tzinfo=None)


def _month_of(change: datetime, info: tzinfo) -> int:
    return _wall(change, info).month


def _offset(moment: datetime, info: tzinfo) -> timedelta:
    return moment.astimezone(info).utcoffset() or timedelta()


def _signed(offset: timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02d}{rest:02d}"


def _text(words: str) -> str:
    return words.translate(ESCAPED)


def _folded(line: str) -> bytes:
    """The line in pieces of at most 75 octets, no letter cut in two; all but the first begin with a space."""
    raw = line.encode()
    if len(raw) <= WIDEST:
        return raw + b"\r\n"
    pieces, start = [], 0
    while start < len(raw):
        end = min(len(raw), start + WIDEST - bool(start))
        while end < len(raw) and raw[end] & 0xC0 == 0x80:  # in the middle of a letter
            end -= 1
        pieces.append(raw[start:end])
        start = end
    return b"\r\n ".join(pieces) + b"\r\n"
