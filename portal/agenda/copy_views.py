"""Doors for copies: an experience, a year; each is shown with its new dates before it is made. And for years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, staff
from portal.core.clock import local
from portal.core.web import again, changed, invalid

from .clash_queries import member_names
from .copy_forms import CopyForm, CopyYearForm, YearForm
from .copying import Copy, copy_experience, copy_year
from .models import Agenda, Experience, Session
from .operations import create_agenda
from .plan_pages import frame, year_choices
from .plan_queries import experiences_of_year, slugs_of, years_with_counts
from .plan_rules import RESERVED
from .plan_views import PLAN, PLANS, found
from .queries import find_agenda
from .repeat_rules import Proposal, copied_day, moved_by
from .school_queries import school_days
from .views import bp
from .years import publish_year

YEARS = f"{PLANS}/years"
YEAR = f"{YEARS}/<slug:year>"


@dataclass(frozen=True)
class Line:
    """A date of the original, the moment it would have in the copy, and what the school calendar says of it."""

    session: Session
    starts_at: datetime
    proposal: Proposal


@bp.get(f"{PLAN}/copy")
@staff
def copy(experience: str) -> ResponseReturnValue:
    return render_template("agenda/plan.html", shown="agenda/_copy.html", **_copying(found(experience)))


@bp.post(f"{PLAN}/copy")
@staff
def copy_make(experience: str) -> ResponseReturnValue:
    plan = found(experience)
    page = _copying(plan)
    form = page["form"]
    again("agenda/plan.html", "agenda/_copy.html", shown="agenda/_copy.html", **page)
    if not form.validate_on_submit():
        return invalid()
    if "make" not in request.form:
        return invalid(200, lines=lines_of([plan], form.weeks.data)[plan.id])
    year = form.year.data or None
    wanted = Copy(form.title.data, form.slug.data, form.weeks.data, set(form.sessions.data or []), year)
    made = copy_experience(plan, wanted, by=me())
    return changed(to=url_for("agenda.plan_show", experience=made.slug), said="The copy is made. Only staff see it.")


@bp.get(YEARS)
@staff
def years() -> ResponseReturnValue:
    return render_template("agenda/years.html", **_years(YearForm()))


@bp.post(YEARS)
@staff
def year_begin() -> ResponseReturnValue:
    form = YearForm()
    again("agenda/years.html", "agenda/_year_form.html", **_years(form))
    if not form.validate_on_submit():
        return invalid()
    create_agenda(community(), slug=form.slug.data, title=form.title.data, by=me())
    return changed(to=url_for("agenda.years"), said="The year is begun.")


@bp.post(f"{YEAR}/publication")
@staff
def year_published(year: str) -> ResponseReturnValue:
    publish_year(_year(year), by=me())
    return changed(to=url_for("agenda.years"), said="Its title stands over the agenda now.")


@bp.get(f"{YEAR}/copy")
@staff
def year_copy(year: str) -> ResponseReturnValue:
    return render_template("agenda/year_copy.html", **_copying_year(_year(year)))


@bp.post(f"{YEAR}/copy")
@staff
def year_copied(year: str) -> ResponseReturnValue:
    agenda = _year(year)
    page = _copying_year(agenda)
    form = page["form"]
    again("agenda/year_copy.html", "agenda/_year_copy.html", **page)
    if not form.validate_on_submit():
        return invalid()
    lines = lines_of(page["experiences"], form.weeks.data)
    if "make" not in request.form:
        return invalid(200, lines=lines)
    again("agenda/year_copy.html", "agenda/_year_copy.html", **{**page, "lines": lines})
    chosen = {number: list(form.sessions.data or []) for number in form.experiences.data or []}
    made = copy_year(
        agenda, title=form.title.data, slug=form.slug.data, weeks=form.weeks.data, chosen=chosen, by=me()
    )  # fmt: skip
    return changed(to=url_for("agenda.plan_list", year=made.id), said="The year is drafted. Only staff see it.")


def lines_of(experiences: Sequence[Experience], weeks: int) -> dict[int, list[Line]]:
    """The dates of each experience some weeks later, with what the school calendar says of them then."""
    zone = community().time_zone
    moved = {
        one.id: [
            (row, moved_by(row.starts_at, weeks, row.time_zone or zone))
            for row in one.sessions
            if row.cancelled_at is None
        ]
        for one in experiences
    }
    days = [local(at, zone).date() for rows in moved.values() for _, at in rows]
    noted = school_days(community().id, min(days), max(days)) if days else []
    names = member_names(community().id)
    return {
        one.id: [
            Line(row, at, copied_day(local(at, zone).date(), one.joined_by == "session", noted, names))
            for row, at in moved[one.id]
        ]
        for one in experiences
    }


def _year(slug: str) -> Agenda:
    return find_agenda(community().id, slug) or abort(404)


def _copying(plan: Experience) -> dict[str, Any]:
    form = CopyForm(plan, year_choices(community().id), [*slugs_of(community().id), *RESERVED])
    return {**frame(plan, community().time_zone, "copy"), "form": form, "lines": None, "title": "Copy"}


def _years(form: YearForm) -> dict[str, Any]:
    return {"here": "staff", "form": form, "rows": years_with_counts(community().id), "refusal": ""}


def _copying_year(agenda: Agenda) -> dict[str, Any]:
    return {
        "here": "staff", "agenda": agenda, "form": CopyYearForm(agenda), "lines": None, "refusal": "",
        "experiences": experiences_of_year(agenda.id),
    }  # fmt: skip
