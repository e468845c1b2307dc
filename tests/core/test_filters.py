"""How dates and numbers are said."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask, render_template_string

from portal.core import filters

ZONE = "America/New_York"
NOON = datetime(2026, 11, 3, 13, 30, tzinfo=UTC)
LATE = datetime(2026, 11, 4, 3, tzinfo=UTC)
THREE = datetime(2026, 11, 3, 20, 0, tzinfo=UTC)


def test_a_moment_names_day_time_and_zone() -> None:
    wanted = '<time datetime="2026-11-03T08:30-05:00">Tue, Nov 3, 2026, 8:30 AM ET</time>'
    assert plain(filters.moment(NOON, ZONE)) == wanted
    assert plain(filters.moment_text(NOON, ZONE)) == "Tue, Nov 3, 2026, 8:30 AM ET"


def test_nothing_breaks_inside_a_time() -> None:
    assert filters.moment_text(NOON, ZONE) == "Tue, Nov\u00a03, 2026, 8:30\u00a0AM\u00a0ET"


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (NOON, THREE, "Tue, Nov 3, 2026, 8:30 AM–3:00 PM ET"),
        (NOON, NOON.replace(hour=15), "Tue, Nov 3, 2026, 8:30–10:30 AM ET"),
        (NOON, NOON.replace(day=4), "Tue, Nov 3, 2026, 8:30 AM–Wed, Nov 4, 2026, 8:30 AM ET"),
        (LATE, LATE.replace(hour=4), "Tue, Nov 3, 2026, 10:00–11:00 PM ET"),
    ],
)
def test_a_span_says_each_day_once(start: datetime, end: datetime, words: str) -> None:
    assert words_of(filters.span(start, end, ZONE)) == words


def test_a_day_may_come_from_a_moment_or_a_date() -> None:
    wanted = '<time datetime="2026-11-03">Tue, Nov 3, 2026</time>'
    assert plain(filters.day(LATE, ZONE)) == plain(filters.day(date(2026, 11, 3))) == wanted


def test_a_time_that_ends_at_midnight_ends_with_the_day_before() -> None:
    midnight = datetime(2026, 12, 12, 5, tzinfo=UTC)
    wanted = '<time datetime="2026-12-12T00:00-05:00">the end of Fri, Dec 11, 2026</time>'
    assert plain(filters.until(midnight, ZONE)) == wanted
    assert plain(filters.until_text(midnight, ZONE)) == "the end of Fri, Dec 11, 2026"


def test_midnight_elsewhere_is_an_hour_of_the_day_here() -> None:
    midnight = datetime(2026, 12, 12, 5, tzinfo=UTC)
    assert plain(filters.until_text(midnight, "America/Chicago")) == "Fri, Dec 11, 2026, 11:00 PM CT"


def test_the_day_on_which_the_clocks_change_ends_like_any_other() -> None:
    assert plain(filters.until_text(datetime(2026, 11, 2, 5, tzinfo=UTC), ZONE)) == "the end of Sun, Nov 1, 2026"


def test_a_clock_time_is_short() -> None:
    assert words_of(filters.clock_time(NOON, ZONE)) == "8:30 AM"


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-10-01 23:59", "today"),
        ("2026-10-02 00:00", "tomorrow"),
        ("2026-09-30 00:01", "yesterday"),
        ("2026-10-13 09:00", "in 12 days"),
        ("2026-09-28 23:00", "3 days ago"),
    ],
)
def test_distances_count_calendar_days_of_the_zone(at, moment: str, words: str) -> None:
    then = at(moment)
    at("2026-10-01 22:30")
    assert plain(filters.in_days(then, ZONE)) == words


@pytest.mark.parametrize(("count", "words"), [(0, "0 seats"), (1, "1 seat"), (2, "2 seats"), (18000, "18,000 seats")])
def test_numbers_and_things_agree(count: int, words: str) -> None:
    assert plain(filters.plural(count, "seat")) == words


def test_an_odd_plural_is_given() -> None:
    assert plain(filters.plural(2, "person", "people")) == "2 people"


@pytest.mark.parametrize(
    ("count", "words"), [(0, "no"), (3, "three"), (12, "twelve"), (13, "13"), (1300, "1,300"), (-1, "-1")]
)
def test_small_numbers_are_words(count: int, words: str) -> None:
    assert filters.number_word(count) == words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "no hours"), (30, "½ hours"), (60, "1 hour"), (90, "1½ hours"), (135, "2¼ hours"), (100, "1:40 hours")],
)
def test_hours_are_said_in_quarters(minutes: int, words: str) -> None:
    assert filters.hours(minutes) == words


@pytest.mark.parametrize(
    ("zone", "name"), [(ZONE, "ET"), ("America/Chicago", "CT"), ("America/Phoenix", "MST"), ("UTC", "UTC")]
)
def test_zones_have_short_names(zone: str, name: str) -> None:
    assert filters.zone_name(NOON, zone) == name


def test_a_leaf_shows_the_day_of_the_zone() -> None:
    assert filters.leaf_parts(datetime(2026, 11, 4, 3, tzinfo=UTC), ZONE) == ("2026-11-03", "Nov", "3", "Tue")


def test_templates_know_the_filters(app: Flask) -> None:
    source = "{{ 3|plural('seat') }} {{ at|moment(zone) }} {{ '*so*'|markdown }}"
    shown = plain(render_template_string(source, at=NOON, zone=ZONE))
    assert shown.startswith('3 seats <time datetime="2026-11-03T08:30-05:00">')
    assert "<em>so</em>" in shown


def plain(text: str) -> str:
    return str(text).replace("\u00a0", " ")


def words_of(markup: str) -> str:
    return plain(markup).partition(">")[2].removesuffix("</time>")
