"""Doors for the school calendar: what staff noted, a new day, one of them."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, staff
from portal.core.web import changed, page_of

from . import school_days
from .answer_views import Onward, answered
from .clash_queries import member_names
from .planning_models import SchoolDay
from .school_forms import SchoolDayForm
from .school_queries import days_noted, find_school_day
from .school_rules import DAY_WORDS
from .views import bp

CALENDAR = "/<slug:community>/staff/calendar"
SHOWN = "agenda/_school_form.html"
DAY = f"{CALENDAR}/<id:day_id>"


@bp.get(CALENDAR)
@staff
def school() -> ResponseReturnValue:
    return render_template("agenda/school.html", **_page(SchoolDayForm(member_names(community().id))))


@bp.post(CALENDAR)
@staff
def school_note() -> ResponseReturnValue:
    def keep(form: SchoolDayForm) -> Onward:
        school_days.note_day(community(), form.values(), by=me())
        return url_for("agenda.school"), "It is in the calendar."

    return answered(_page(SchoolDayForm(member_names(community().id))), keep, "agenda/school.html")


@bp.get(DAY)
@staff
def school_day(day_id: int) -> ResponseReturnValue:
    row = _found(day_id)
    return render_template("agenda/school_day.html", **_one(row))


@bp.post(DAY)
@staff
def school_change(day_id: int) -> ResponseReturnValue:
    row = _found(day_id)

    def keep(form: SchoolDayForm) -> Onward:
        school_days.change_day(row, form.values(), by=me())
        return url_for("agenda.school"), "The day is changed."

    return answered(_one(row), keep, "agenda/school_day.html")


@bp.post(f"{DAY}/removal")
@staff
def school_removal(day_id: int) -> ResponseReturnValue:
    school_days.remove_day(_found(day_id), by=me())
    return changed(to=url_for("agenda.school"), said="It is out of the calendar.")


def _found(day_id: int) -> SchoolDay:
    return find_school_day(community().id, day_id) or abort(404)


def _page(form: SchoolDayForm) -> dict[str, Any]:
    page = page_of(days_noted(community().id), 100)
    names = member_names(community().id)
    return {
        "here": "staff", "form": form, "page": page, "names": names, "words": DAY_WORDS, "to": url_for("agenda.school"),
        "row": None, "refusal": "", "shown": SHOWN,
    }  # fmt: skip


def _one(row: SchoolDay) -> dict[str, Any]:
    form = SchoolDayForm(member_names(row.community_id), row)
    return {"here": "staff", "form": form, "row": row, "to": request.path, "refusal": "", "shown": SHOWN}
