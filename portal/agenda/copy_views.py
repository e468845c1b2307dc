"""Doors for copies: an experience, a year; each is shown with its new dates before it is made. And for years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, staff
from portal.core.filters import plural
from portal.core.web import changed

from .answer_views import Onward, answered, answered_once_seen
from .copy_forms import CopyForm, CopyYearForm, YearForm
from .copy_pages import Lines, lines_of
from .copying import Copy, copy_experience, copy_year
from .models import Agenda, Experience
from .operations import create_agenda
from .plan_pages import frame, year_choices
from .plan_queries import experiences_of_year, slugs_of, years_with_counts
from .plan_rules import RESERVED
from .plan_views import PLAN, PLANS, found
from .queries import find_agenda
from .repeat_rules import SNOW_TOO_EARLY
from .views import bp
from .years import publish_year

YEARS = f"{PLANS}/years"
YEAR = f"{YEARS}/<slug:year>"


@bp.get(f"{PLAN}/copy")
@staff
def copy(experience: str) -> ResponseReturnValue:
    return render_template("agenda/plan.html", **_copying(found(experience)))


@bp.post(f"{PLAN}/copy")
@staff
def copy_make(experience: str) -> ResponseReturnValue:
    plan = found(experience)

    def keep(form: CopyForm, lines: Any) -> Onward:
        dates, year = set(form.sessions.data or []), form.year.data or None
        made = copy_experience(plan, Copy(form.title.data, form.slug.data, form.weeks.data, dates, year), by=me())
        said = f" Its snow date is left out: {SNOW_TOO_EARLY}." if plan.snow_date and not made.snow_date else ""
        return url_for("agenda.plan_show", experience=made.slug), f"The copy is made. Only staff see it.{said}"

    return answered_once_seen(_copying(plan), lambda form: lines_of([plan], form.weeks.data), keep)


@bp.get(YEARS)
@staff
def years() -> ResponseReturnValue:
    return render_template("agenda/years.html", **_years(YearForm()))


@bp.post(YEARS)
@staff
def year_begin() -> ResponseReturnValue:
    def keep(form: YearForm) -> Onward:
        create_agenda(community(), slug=form.slug.data, title=form.title.data, by=me())
        return url_for("agenda.years"), "The year is begun."

    return answered(_years(YearForm()), keep, "agenda/years.html")


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
    page = _copying_year(_year(year))
    look, keep = partial(_look_at_year, page["experiences"]), partial(_make_year, page)
    return answered_once_seen(page, look, keep, "agenda/year_copy.html")


def _look_at_year(experiences: Sequence[Experience], form: CopyYearForm) -> dict[int, Lines]:
    return lines_of(experiences, form.weeks.data)


def _make_year(page: Mapping[str, Any], form: CopyYearForm, lines: Any) -> Onward:
    # Boxes of all experiences come in one list: each copy picks out those that are its own.
    chosen = {number: list(form.sessions.data or []) for number in form.experiences.data or []}
    told = {"title": form.title.data, "slug": form.slug.data, "weeks": form.weeks.data}
    made = copy_year(page["agenda"], chosen=chosen, **told, by=me())
    copied = [one for one in page["experiences"] if one.id in chosen]
    left = _snow_dates(copied) - _snow_dates(experiences_of_year(made.id))
    said = f" The snow date is left out of {plural(left, 'experience')}: {SNOW_TOO_EARLY}." if left else ""
    return url_for("enrollments.planned", year=made.id), f"The year is drafted. Only staff see it.{said}"


def _snow_dates(experiences: Sequence[Experience]) -> int:
    return sum(one.snow_date is not None for one in experiences)


def _year(slug: str) -> Agenda:
    return find_agenda(community().id, slug) or abort(404)


def _copying(plan: Experience) -> dict[str, Any]:
    form = CopyForm(plan, year_choices(community().id), [*slugs_of(community().id), *RESERVED])
    return {
        **frame(plan, community().time_zone, "copy"), "form": form, "lines": None, "title": "Copy",
        "shown": "agenda/_copy.html",
    }  # fmt: skip


def _years(form: YearForm) -> dict[str, Any]:
    return {
        "here": "staff", "form": form, "rows": years_with_counts(community().id), "refusal": "",
        "shown": "agenda/_year_form.html",
    }  # fmt: skip


def _copying_year(agenda: Agenda) -> dict[str, Any]:
    return {
        "here": "staff", "agenda": agenda, "form": CopyYearForm(agenda), "lines": None, "refusal": "",
        "experiences": experiences_of_year(agenda.id), "shown": "agenda/_year_copy.html",
    }  # fmt: skip
