"""The door of the agenda. People of the same roles share one rendering; each one's own words are put in after."""

from __future__ import annotations

import re
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from portal.agenda.rules import KIND_FILTERS, KIND_WORDS, MODE_ICONS, MODE_WORDS, QUARTER_WORDS, Person
from portal.communities.queries import role_labels, roles_of
from portal.core import clock
from portal.core.access import community, kept, me
from portal.core.filters import zone_name
from portal.core.kept import fragment
from portal.core.web import page_in

from .listing import Filters, agenda_rows, agenda_title, by_month, hours_words, mark_of, matching, read_filters
from .queries import positions
from .rules import ordinal
from .seat_pages import reader
from .views import bp

SIZE = 50
GAP = re.compile(r"<!--mine (\S+)-->(.*?)<!--/mine-->", re.DOTALL)


@bp.get("/<slug:community>/agenda")
@kept
def agenda() -> ResponseReturnValue:
    filters, person = read_filters(request.args), reader()
    shared = fragment(("agenda", filters, person), "enrollments/_agenda.html", lambda: _listing(filters, person))
    return render_template("enrollments/agenda.html", here="agenda", listing=_with_mine(shared))


def _listing(filters: Filters, person: Person) -> dict[str, Any]:
    zone, labels, now = community().time_zone, role_labels(community().id), clock.now()
    rows = agenda_rows(community().id, now, is_past=filters.is_past)
    marks = {row.id: mark_of(row, person, labels, now) for row in rows}
    chosen = matching(rows, filters)
    page = page_in(chosen, filters.page, SIZE)
    return {
        "title": agenda_title(community().id),
        "filters": filters,
        "page": page,
        "months": by_month(page.items, zone),
        "of": len(rows),
        "marks": marks,
        "hours": {row.id: hours_words(row, zone) for row in page.items},
        "open_to_me": sum(mark.is_open for mark in marks.values()) if person.is_signed_in else 0,
        "zone_words": zone_name(now, zone),
        **_words(),
    }


def _words() -> dict[str, Any]:
    return {
        "kinds": KIND_FILTERS,
        "modes": {name: words for name, words in MODE_WORDS.items() if name != "blended"},
        "quarters": QUARTER_WORDS,
        "roles": [(role.slug, role.label) for role in roles_of(community().id)],
        "kind_words": KIND_WORDS,
        "mode_words": MODE_WORDS,
        "mode_icons": MODE_ICONS,
    }


def _with_mine(shared: Markup) -> Markup:
    """The shared list with this person's seats and places in line put into its rows."""
    mine = _my_marks()
    return Markup(GAP.sub(lambda gap: mine.get(gap[1], gap[2]), shared))


def _my_marks() -> dict[str, str]:
    if not me().is_signed_in:
        return {}
    held = positions(community().id, me().account_id)
    return {f"{number}.{session or ''}": _mark(state, place) for (number, session), (state, place) in held.items()}


def _mark(state: str, place: int) -> Markup:
    nth = ordinal(place) if state == "waiting" else ""
    return fragment(("mark", nth), "enrollments/mark.html", lambda: {"nth": nth}, version="marks")
