"""Doors of cohorts, for visitors and members: which there are, who is in them, how the community grew."""

from __future__ import annotations

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from portal.core.access import community, kept

from .member_pages import cohort_page, cohorts_page
from .member_queries import find_cohort
from .views import bp


@bp.get("/<slug:community>/cohorts")
@kept
def cohorts() -> ResponseReturnValue:
    return render_template("cohorts/cohorts.html", **cohorts_page())


@bp.get("/<slug:community>/cohorts/<slug:cohort>")
@kept
def cohort(cohort: str) -> ResponseReturnValue:
    found = find_cohort(community().id, cohort) or abort(404)
    return render_template("cohorts/cohort.html", **cohort_page(found))
