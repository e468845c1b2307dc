"""What the pages of the agenda show, gathered for their doors: the list, the month, who leads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from portal.agenda.models import Faculty
from portal.agenda.queries import find_faculty
from portal.agenda.rules import KIND_FILTERS, KIND_WORDS, MODE_ICONS, MODE_WORDS, QUARTER_WORDS, VISITOR, Person
from portal.communities.queries import role_labels, roles_of
from portal.core import clock
from portal.core.access import community, me
from portal.core.filters import zone_name
from portal.core.kept import value
from portal.core.web import page_in

from .calendar_queries import Entry
from .listing import Filters, Listed, Mark, by_month, fitting_shares, hours_words, mark_of, matching, read_filters
from .listing_queries import agenda_rows, agenda_title, leader_rows, month_rows
from .months import WEEKDAYS, entries_of, month_of
from .seat_pages import reader

SIZE = 50


class Looking(NamedTuple):
    """Who looks: readers who are the same to the agenda see the same list. `fitting`: of what there are seats kept."""

    person: Person
    fitting: frozenset[int]


def looking() -> Looking:
    """Whoever is at the door."""
    person = reader()
    if not person.is_signed_in:
        return Looking(person, frozenset())
    return Looking(person, fitting_shares(_coming(), person.roles, me().districts_in(community().id)))


def filters_of(args: Mapping[str, str]) -> Filters:
    """The filters of an address's query. A role or a leader whom nobody here knows is as good as none: otherwise every
    such word would have a list of its own on the shelf.
    """
    filters = read_filters(args)
    if filters.role and filters.role not in role_labels(community().id):
        filters = replace(filters, role="")
    if filters.faculty and find_faculty(community().id, filters.faculty) is None:
        filters = replace(filters, faculty="")
    return filters


def list_page(filters: Filters, who: Looking) -> dict[str, Any]:
    """The list, month by month, and its filters."""
    zone, now = community().time_zone, clock.now()
    rows = agenda_rows(community().id, now, is_past=True) if filters.is_past else _coming()
    marks = _marks(rows, who, now)
    page = page_in(matching(rows, filters, marks, who.fitting), filters.page, SIZE)
    return {
        "page": page,
        "months": by_month(page.items, zone),
        "of": len(rows),
        "hours": {row.id: hours_words(row.shown, zone) for row in page.items},
        "open_to_me": sum(mark.is_open for mark in marks.values()) if who.person.is_signed_in else 0,
        **_shared(filters, who, rows, marks),
    }


def month_page(filters: Filters, who: Looking) -> dict[str, Any]:
    """A month as a calendar has it, with the filters of the list."""
    zone, now = community().time_zone, clock.now()
    month = month_of(filters.month, now, zone)
    rows = month_rows(community().id, now, month.start(zone), month.end(zone))
    marks = _marks(rows, who, now)
    entries = entries_of(matching(rows, filters, marks, who.fitting), month, zone)
    return {
        "month": month,
        "weeks": month.weeks(entries),
        "weekdays": WEEKDAYS,
        "today": clock.local(now, zone).date(),
        "count": sum(len(lines) for lines in entries.values()),
        "before": month.near(-1, now, zone),
        "after": month.near(1, now, zone),
        **_shared(filters, who, rows, marks),
    }


def chosen_of(entries: Sequence[Entry], filters: Filters) -> list[Entry]:
    """Those of the calendar's sessions that the filters ask for, as a visitor sees them."""
    rows = [*_coming(), *agenda_rows(community().id, clock.now(), is_past=True)]
    marks = _marks(rows, Looking(VISITOR, frozenset()), clock.now())
    ids = {row.id for row in matching(rows, filters, marks)}
    return [entry for entry in entries if entry.experience_id in ids]


def faculty_pages(people: Sequence[Faculty]) -> dict[str, Any]:
    """What each of them leads that is still to come."""
    led: dict[str, list[Listed]] = {person.slug: [] for person in people}
    for row in _coming():
        for slug, _ in row.leaders:
            led[slug].append(row)
    return {"led": led}


def faculty_page(person: Faculty, who: Looking) -> dict[str, Any]:
    """What one of them leads: what is coming, then what is over, the newest first."""
    zone, now = community().time_zone, clock.now()
    rows = leader_rows(community().id, now, person.id)
    over = [row for row in reversed(rows) if row.shown.ends_at <= now]
    return {
        "parts": [("Coming up", [row for row in rows if row.shown.ends_at > now]), ("Behind us", over)],
        "hours": {row.id: hours_words(row.shown, zone) for row in rows},
        **_words(_marks(rows, who, now)),
    }


def _coming() -> list[Listed]:
    """What is still to come: read once for all readers, until something shown changes."""
    return value("agenda-rows", lambda: agenda_rows(community().id, clock.now()))


def _marks(rows: Iterable[Listed], who: Looking, now: datetime) -> dict[int, Mark]:
    labels = role_labels(community().id)
    return {row.id: mark_of(row, who.person, labels, now, who.fitting) for row in rows}


def _shared(filters: Filters, who: Looking, rows: Sequence[Listed], marks: dict[int, Mark]) -> dict[str, Any]:
    return {
        "title": agenda_title(community().id),
        "filters": filters,
        "is_known": who.person.is_signed_in,
        "zone_words": zone_name(clock.now(), community().time_zone),
        "kinds": KIND_FILTERS,
        "modes": {name: words for name, words in MODE_WORDS.items() if name != "blended"},
        "quarters": QUARTER_WORDS,
        "roles": [(role.slug, role.label) for role in roles_of(community().id)],
        "leaders": _leaders(rows),
        **_words(marks),
    }


def _words(marks: dict[int, Mark]) -> dict[str, Any]:
    words = {"kind_words": KIND_WORDS, "mode_words": MODE_WORDS, "mode_icons": MODE_ICONS}
    return {"marks": marks, **words}


def _leaders(rows: Iterable[Listed]) -> list[tuple[str, str]]:
    """Everybody who leads one of the rows, by name."""
    return sorted({leader for row in rows for leader in row.leaders}, key=lambda leader: leader[::-1])
