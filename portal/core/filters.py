"""How the portal says dates and numbers. Everything that prints a time names its zone and wraps it in <time>."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from flask import Flask
from markupsafe import Markup, escape

from . import clock, markdown

NB = "\u00a0"
NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


def install(app: Flask) -> None:
    """Make the filters known to the templates."""
    names = "moment moment_text until until_text day clock_time span in_days leaf_parts hours zone_name"
    for name in [*names.split(), "plural", "number_word"]:
        app.jinja_env.filters[name] = globals()[name]
    app.jinja_env.filters["markdown"] = markdown.render


def moment_text(at: datetime, zone: str) -> str:
    """“Tue, Nov 3, 2026, 8:30 AM ET” without markup, for mails and titles."""
    return f"{_day_words(clock.local(at, zone))}, {_time_words(at, zone)}{NB}{zone_name(at, zone)}"


def moment(at: datetime, zone: str) -> Markup:
    """“Tue, Nov 3, 2026, 8:30 AM ET”."""
    return _wrapped(at, zone, moment_text(at, zone))


def until_text(at: datetime, zone: str) -> str:
    """“the end of Fri, Dec 11, 2026” for a time that ends at midnight, else the moment; for after “until” or “by”."""
    there = clock.local(at, zone)
    return moment_text(at, zone) if there.time() != time() else f"the end of {_day_words(there - timedelta(days=1))}"


def until(at: datetime, zone: str) -> Markup:
    """The same in its <time>."""
    return _wrapped(at, zone, until_text(at, zone))


def day(at: datetime | date, zone: str = "UTC") -> Markup:
    """“Tue, Nov 3, 2026”."""
    if not isinstance(at, datetime):
        return _time(at.isoformat(), _day_words(at))
    there = clock.local(at, zone)
    return _time(there.date().isoformat(), _day_words(there))


def clock_time(at: datetime, zone: str) -> Markup:
    """“8:30 AM”: only beside words that name the day and the zone."""
    return _wrapped(at, zone, _time_words(at, zone))


def span(start: datetime, end: datetime, zone: str) -> Markup:
    """“Tue, Nov 3, 2026, 8:30 AM–3:00 PM ET”, with both days when they differ."""
    first, last = clock.local(start, zone), clock.local(end, zone)
    tail = _time_words(end, zone) if first.date() == last.date() else f"{_day_words(last)}, {_time_words(end, zone)}"
    head = _time_words(start, zone)
    if first.date() == last.date() and head[-2:] == tail[-2:]:
        head = head[:-3]
    return _wrapped(start, zone, f"{_day_words(first)}, {head}–{tail}{NB}{zone_name(start, zone)}")


def in_days(at: datetime, zone: str) -> str:
    """“in 12 days”, “tomorrow”, “today”, “yesterday”, “3 days ago”, counted in calendar days of `zone`."""
    days = (clock.local(at, zone).date() - clock.local(clock.now(), zone).date()).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if days in near:
        return near[days]
    return f"in {days}{NB}days" if days > 0 else f"{-days}{NB}days ago"


def leaf_parts(at: datetime, zone: str) -> tuple[str, str, str, str]:
    """What a calendar leaf shows: ISO date, month, day, weekday."""
    there = clock.local(at, zone)
    return there.date().isoformat(), f"{there:%b}", str(there.day), f"{there:%a}"


def plural(count: int, one: str, many: str = "") -> str:
    """“1 seat”, “3 seats”."""
    return f"{count:,}{NB}{one if count == 1 else many or one + 's'}"


def number_word(count: int) -> str:
    """“three” up to twelve, then digits."""
    return NUMBERS[count] if 0 <= count < len(NUMBERS) else f"{count:,}"


def hours(minutes: int) -> str:
    """“5½ hours” from minutes."""
    whole, rest = divmod(minutes, 60)
    part = {0: "", 15: "¼", 30: "½", 45: "¾"}.get(rest, f":{rest:02d}")
    return f"{whole or ''}{part} {'hour' if minutes == 60 else 'hours'}" if minutes else "no hours"


def zone_name(at: datetime, zone: str) -> str:
    """“ET” for the four zones of the mainland, the zone's own short name elsewhere."""
    usual = {"America/New_York": "ET", "America/Chicago": "CT", "America/Denver": "MT", "America/Los_Angeles": "PT"}
    return usual.get(zone) or (clock.local(at, zone).tzname() or zone)


def _day_words(there: date) -> str:
    return f"{there:%a}, {there:%b}{NB}{there.day}, {there.year}"


def _time_words(at: datetime, zone: str) -> str:
    return f"{clock.local(at, zone):%-I:%M}{NB}{clock.local(at, zone):%p}"


def _wrapped(at: datetime, zone: str, words: str) -> Markup:
    return _time(clock.local(at, zone).isoformat(timespec="minutes"), words)


def _time(machine: str, words: str) -> Markup:
    # Put together by hand: Markup.format reads its pattern anew each time, and a long list has a hundred of these.
    return Markup(f'<time datetime="{machine}">{escape(words)}</time>')
