"""A door for staff: what they plan, each with its dates, where it stands, and how many people have come to it."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.agenda.models import Agenda, Experience
from portal.agenda.plan_queries import Chosen, experiences_planned, years_of
from portal.agenda.plan_rules import STAGES, stage_of
from portal.agenda.rules import KIND_FILTERS, KIND_WORDS
from portal.core import clock
from portal.core.access import community, staff
from portal.core.web import page_of

from .planned_queries import waiting_in
from .roster_rules import Room, rooms_in
from .views import bp


@bp.get("/<slug:community>/staff/agenda")
@staff
def planned() -> ResponseReturnValue:
    years = years_of(community().id)
    chosen = _chosen(years)
    page = page_of(experiences_planned(community().id, chosen))
    return render_template(
        "enrollments/planned.html", here="staff", page=page, rows=_rows(page.items), chosen=chosen, kinds=KIND_FILTERS,
        years=[(one.id, one.title) for one in years], kind_words=KIND_WORDS,
    )  # fmt: skip


def _chosen(years: list[Agenda]) -> Chosen:
    """What the address asks for; what it says of nothing we know is left out."""
    year = request.args.get("year", type=int)
    stage, kind = request.args.get("stage", ""), request.args.get("kind", "")
    return Chosen(
        year if year in {one.id for one in years} else None, stage if stage in STAGES else "",
        kind if kind in KIND_WORDS else "",
    )  # fmt: skip


def _rows(experiences: list[Experience]) -> list[tuple[Experience, Any, list[Room], int]]:
    """Each experience with where it stands, how full it is, and how many people wait for a seat in it."""
    now, waiting = clock.now(), waiting_in([one.id for one in experiences])
    return [
        (one, STAGES[stage_of(one, now)], rooms_in(one.sessions, now), waiting.get(one.id, 0)) for one in experiences
    ]
