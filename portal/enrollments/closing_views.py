"""Doors for staff to what a morning brings to one district: whom it concerns is seen before it is noted."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.agenda.planning_models import SchoolDay
from portal.agenda.school_rules import DAY_WORDS
from portal.communities.queries import today_in
from portal.core.access import community, me, staff
from portal.core.audit import audit
from portal.core.web import again, changed, invalid
from portal.districts.models import District
from portal.districts.queries import members_of

from .change_forms import ClosingForm
from .change_rules import DAY_CHOICES
from .closing import close_district, reopen_day
from .closing_pages import concerned, in_force
from .closing_queries import find_closing
from .views import bp

CLOSINGS, PAGE = "/<slug:community>/staff/closings", "enrollments/closings.html"
END = f"{CLOSINGS}/<id:day_id>/end"
NOT_ANY_MORE = "That does not count any more: something newer is noted for the same day."


@bp.get(CLOSINGS)
@staff
def closings() -> ResponseReturnValue:
    form = _offered(ClosingForm(request.args if request.args else None, meta={"csrf": False}))
    if not request.args:
        form.day.data = today_in(community().id)
    return render_template(PAGE, **_page(form, is_looking=bool(request.args) and form.validate()))


@bp.post(CLOSINGS)
@staff
def closing_noted() -> ResponseReturnValue:
    form = _offered(ClosingForm())
    again(PAGE, **_page(form, is_looking=form.validate()))
    if not form.validate_on_submit():
        return invalid()
    noted = _note(form, form.chosen)
    audit("noted a school day", subject=noted, note=f"{form.chosen.label}: {form.kind.data}")
    said = f"{form.chosen.label}: {DAY_CHOICES[form.kind.data].lower()}.{_told(noted)}"
    return changed(to=url_for("enrollments.closings"), said=said)


@bp.get(END)
@staff
def closing_end(day_id: int) -> ResponseReturnValue:
    page = _ending(day_id)
    if not page["counts"]:
        return redirect(url_for("enrollments.closings"), 303)
    return render_template("enrollments/closing_end.html", **page)


@bp.post(END)
@staff
def closing_ended(day_id: int) -> ResponseReturnValue:
    page = _ending(day_id)
    if not page["counts"]:
        return changed(to=url_for("enrollments.closings"), said=NOT_ANY_MORE)
    again("enrollments/closing_end.html", **page)
    noted = reopen_day(community(), page["district"], page["day"].from_date, by=me())
    audit("took a closing back", subject=noted, note=page["district"].label)
    said = f"{page['district'].label} has school after all.{_told(noted)}"
    return changed(to=url_for("enrollments.closings"), said=said)


def _ending(day_id: int) -> dict[str, Any]:
    day, district = find_closing(community().id, day_id, today_in(community().id)) or abort(404)
    found = concerned(community().id, district.id, day.from_date)
    return {
        "here": "staff", "day": day, "district": district, "found": found, "words": DAY_CHOICES, "refusal": "",
        "counts": found.says is not None and found.says.id == day.id,
    }  # fmt: skip


def _told(noted: SchoolDay) -> str:
    """That people are told, where there are any."""
    found = concerned(community().id, noted.district_id or 0, noted.from_date)
    if not found.people:
        return " Nobody has a seat that day, so nobody is told."
    # Of a district that begins late only those are told who could hardly come, or can come after all.
    who = "it concerns" if noted.kind == "delayed" else "with a seat that day"
    return f" Those {who} are told by mail."


def _note(form: ClosingForm, district: District) -> SchoolDay:
    told = {"label": form.label.data or "", "by": me()}
    if form.kind.data == "school_day":
        return reopen_day(community(), district, form.day.data, **told)
    minutes = form.minutes.data or 0
    return close_district(community(), district, form.day.data, kind=form.kind.data, minutes=minutes, **told)


def _page(form: ClosingForm, *, is_looking: bool) -> dict[str, Any]:
    found = concerned(community().id, form.district.data, form.day.data) if is_looking else None
    noted = in_force(community().id, today_in(community().id))
    return {"here": "staff", "form": form, "found": found, "noted": noted, "words": DAY_CHOICES, "usual": DAY_WORDS}


def _offered(form: ClosingForm) -> ClosingForm:
    form.offer([one.district for one in members_of(community().id)])
    return form
