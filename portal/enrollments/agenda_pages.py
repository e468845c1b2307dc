"""What the pages of the agenda show, gathered for their doors: the list, the month, who leads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from portal.agenda.models import Faculty
from portal.agenda.queries import find_faculty
from portal.agenda.rules import KIND_FILTERS, KIND_WORDS, MODE_ICONS, MODE_WORDS, QUARTER_WORDS, VISITOR, Person
from portal.communities.queries import role_labels, roles_of
from portal.core import clock
from portal.core.access import community, me
from portal.core.filters import zone_name
from portal.core.web import last_page, page_in

from .calendar_queries import Entry
from .listing import (
    Filters,
    Listed,
    Mark,
    Sight,
    by_month,
    fitting_shares,
    hours_words,
    mark_of,
    matching,
    read_filters,
)
from .listing_queries import agenda_rows, agenda_title, coming_rows, leader_rows, month_rows
from .months import WEEKDAYS, Month, entries_of, is_in_reach, month_at, month_of, next_date
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
    return Looking(person, fitting_shares(coming_rows(community().id), person.roles, me().districts_in(community().id)))


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


def within(filters: Filters, who: Looking) -> Filters:
    """The same filters with a month and a page that there is: the others are addresses without end of one list."""
    if filters.month and not is_in_reach(filters.month, clock.now(), community().time_zone):
        return replace(filters, month="")
    if filters.page == 1:
        return filters
    found, _ = _sifted(_rows(filters), filters, who)
    return replace(filters, page=min(filters.page, last_page(len(found), SIZE)))


def list_page(filters: Filters, who: Looking) -> dict[str, Any]:
    """The list, month by month, and its filters."""
    zone, rows = community().time_zone, _rows(filters)
    found, marks = _sifted(rows, filters, who)
    page = page_in(found, filters.page, SIZE)
    return {
        "page": page,
        "months": by_month(page.items, zone),
        "of": len(rows),
        "hours": {row.id: hours_words(row.shown, zone) for row in page.items},
        "open_to_me": sum(mark.is_open for mark in marks.values()) if who.person.is_signed_in else 0,
        **_shared(filters, who, rows, marks),
    }


def month_page(filters: Filters, who: Looking) -> dict[str, Any]:
    """A month as a calendar has it, with the filters of the list: that of the next date that fits, if none is named."""
    zone, now = community().time_zone, clock.now()
    month = month_of(filters.month, now, zone) if filters.month else _next_month(filters, who)
    rows = month_rows(community().id, now, month.start(zone), month.end(zone))
    found, marks = _sifted(rows, filters, who)
    entries = entries_of(found, month, zone)
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
    rows = [*coming_rows(community().id), *agenda_rows(community().id, clock.now(), is_past=True)]
    found, _ = _sifted(rows, filters, Looking(VISITOR, frozenset()))
    ids = {row.id for row in found}
    return [entry for entry in entries if entry.experience_id in ids]


def faculty_pages(people: Sequence[Faculty]) -> dict[str, Any]:
    """What each of them leads that is still to come."""
    led: dict[str, list[Listed]] = {person.slug: [] for person in people}
    for row in coming_rows(community().id):
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
        **_words(_marks(rows, who, role_labels(community().id))),
    }


def _rows(filters: Filters) -> list[Listed]:
    number = community().id
    return agenda_rows(number, clock.now(), is_past=True) if filters.is_past else coming_rows(number)


def _next_month(filters: Filters, who: Looking) -> Month:
    now = clock.now()
    found, _ = _sifted(coming_rows(community().id), filters, who)
    return month_at(next_date(found, now) or now, now, community().time_zone)


def _sifted(rows: Sequence[Listed], filters: Filters, who: Looking) -> tuple[list[Listed], dict[int, Mark]]:
    """Those of the rows that fit, and what each of all of them says to its reader."""
    labels = role_labels(community().id)
    marks = _marks(rows, who, labels)
    return matching(rows, filters, Sight(marks, clock.now(), community().time_zone, who.fitting, labels)), marks


def _marks(rows: Iterable[Listed], who: Looking, labels: Mapping[str, str]) -> dict[int, Mark]:
    now = clock.now()
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
