"""The doors of the agenda. People of the same roles share one rendering; each one's own words are put in after."""

from __future__ import annotations

import re

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from portal.agenda.models import Faculty
from portal.agenda.queries import find_faculty
from portal.core.access import community, kept, me
from portal.core.kept import fragment, keep_query

from .agenda_pages import Looking, faculty_page, faculty_pages, filters_of, list_page, looking, month_page, within
from .listing import Filters
from .listing_queries import faculty_list
from .queries import positions
from .rules import ordinal
from .seat_rules import mark_of_mine
from .views import bp

GAP = re.compile(r"<!--mine ([\d.]+~?)-->(.*?)<!--/mine-->", re.DOTALL)  # with ~ on a day that is over


@bp.get("/<slug:community>/agenda")
@kept
def agenda() -> ResponseReturnValue:
    asked, who = filters_of(request.args), looking()
    filters = within(asked, who)
    if filters != asked:
        return redirect((url_for("enrollments.agenda") + filters.whole).rstrip("?"), 303)
    if not filters.q:  # words are endless
        keep_query(filters.whole)
    return render_template("enrollments/agenda.html", here="agenda", listing=_with_mine(_listing(filters, who)))


@bp.get("/<slug:community>/faculty")
@kept
def faculty() -> ResponseReturnValue:
    found = faculty_list(community().id)
    return render_template("enrollments/faculty.html", here="agenda", people=found, **faculty_pages(found))


@bp.get("/<slug:community>/faculty/<slug:person>")
@kept
def faculty_member(person: str) -> ResponseReturnValue:
    found = find_faculty(community().id, person) or abort(404)
    led = _with_mine(Markup(render_template("enrollments/led.html", **faculty_page(found, looking()))))
    context = {"person": found, "picture": _picture(found), "led": led}
    return render_template("enrollments/faculty_member.html", here="agenda", **context)


def _picture(person: Faculty) -> str:
    mark = person.picture_key[:10]
    return url_for("agenda.picture", person=person.slug, v=mark) if mark else ""


def _listing(filters: Filters, reader: Looking) -> Markup:
    part, page = ("_month", month_page) if filters.view == "month" else ("_agenda", list_page)
    if filters.q:  # words are endless: kept, they would push everything else off the shelf
        return Markup(render_template(f"enrollments/{part}.html", **page(filters, reader)))
    return fragment(("agenda", filters, reader), f"enrollments/{part}.html", lambda: page(filters, reader))


def _with_mine(shared: Markup) -> Markup:
    """The shared list with this person's seats and places in line put into its rows."""
    mine = _my_marks()
    return Markup(GAP.sub(lambda gap: mine.get(gap[1], gap[2]), shared))


def _my_marks() -> dict[str, str]:
    if not me().is_signed_in:
        return {}
    held = positions(community().id, me().account_id)
    mine: dict[str, str] = {}
    for (number, session), (state, place) in held.items():
        key = f"{number}.{session or ''}"
        mine[key] = _mark(state, place)
        mine[f"{key}~"] = _mark("over", 0) if state == "seated" else ""
    return mine


def _mark(state: str, place: int) -> Markup:
    mark = mark_of_mine(state, ordinal(place))
    return fragment(("mark", mark), "enrollments/mark.html", lambda: {"mark": mark}, version="marks")
