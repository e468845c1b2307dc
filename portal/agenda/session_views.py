"""Doors for the dates of an experience: all of them, one, a row that repeats weekly and is shown before it is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, me, staff
from portal.core.errors import RuleBroken
from portal.core.filters import plural
from portal.core.web import changed
from portal.rounds.build_base import at_its_field, saved

from . import sessions
from .answer_views import Onward, answered, answered_once_seen
from .clash_queries import clashes_at, member_names
from .clash_rules import Clash
from .models import Experience, Session
from .plan_pages import chapter_page
from .plan_rules import PlanLaw, why_date_stays
from .plan_views import PLAN, found
from .queries import find_session
from .repeat_rules import WEEKS, Proposal, proposed_days
from .school_queries import school_days
from .session_forms import SessionForm, WeeklyForm
from .views import bp

ONE = "agenda/_plan_session.html"
ROW = "agenda/_plan_weekly.html"


@bp.get(f"{PLAN}/sessions")
@staff
def plan_sessions(experience: str) -> ResponseReturnValue:
    page = chapter_page(found(experience), community().time_zone, "sessions")
    return render_template("agenda/plan.html", shown="agenda/_plan_sessions.html", **page)


@bp.get(f"{PLAN}/sessions/new")
@staff
def plan_session_new(experience: str) -> ResponseReturnValue:
    plan = found(experience)
    return render_template("agenda/plan.html", **_page(plan, _blank(plan)))


@bp.post(f"{PLAN}/sessions/new")
@staff
def plan_session_add(experience: str) -> ResponseReturnValue:
    plan = found(experience)

    def keep(form: SessionForm) -> Onward:
        with at_its_field(form):
            sessions.add_sessions(plan, [form.typed()], by=me())
        return url_for("agenda.plan_sessions", experience=experience), "The date is added."

    return answered(_page(plan, _blank(plan)), keep)


@bp.get(f"{PLAN}/sessions/<id:session_id>")
@staff
def plan_session(experience: str, session_id: int) -> ResponseReturnValue:
    plan = found(experience)
    session = _session(plan, session_id)
    return render_template("agenda/plan.html", **_page(plan, SessionForm.of(session, _law(plan)), session))


@bp.post(f"{PLAN}/sessions/<id:session_id>")
@staff
def plan_session_save(experience: str, session_id: int) -> ResponseReturnValue:
    plan = found(experience)
    session = _session(plan, session_id)

    def keep(form: SessionForm) -> Onward:
        saved(form, lambda typed: sessions.change_session(session, typed, by=me()))
        return url_for("agenda.plan_sessions", experience=experience), "The date is changed."

    return answered(_page(plan, SessionForm.of(session, _law(plan)), session), keep)


@bp.post(f"{PLAN}/sessions/<id:session_id>/removal")
@staff
def plan_session_remove(experience: str, session_id: int) -> ResponseReturnValue:
    sessions.remove_session(_session(found(experience), session_id), by=me())
    return changed(to=url_for("agenda.plan_sessions", experience=experience), said="The date is taken out.")


@bp.get(f"{PLAN}/sessions/weekly")
@staff
def plan_weekly(experience: str) -> ResponseReturnValue:
    plan = found(experience)
    return render_template("agenda/plan.html", **_page(plan, WeeklyForm(plan, community().time_zone)))


@bp.post(f"{PLAN}/sessions/weekly")
@staff
def plan_weekly_add(experience: str) -> ResponseReturnValue:
    plan = found(experience)

    def keep(form: WeeklyForm, lines: list[Line]) -> Onward:
        made = sessions.add_sessions(plan, [form.row(day) for day in _ticked(form, lines)], by=me())
        return url_for("agenda.plan_sessions", experience=experience), f"{plural(len(made), 'date')} added."

    return answered_once_seen(_page(plan, WeeklyForm(plan, community().time_zone)), partial(_lines, plan), keep)


@dataclass(frozen=True)
class Line:
    """A day of a row before it is made: whether it is checked, its times, and what speaks against it."""

    proposal: Proposal
    span: tuple[datetime, datetime] | None
    fault: str = ""
    clashes: tuple[Clash, ...] = ()


def _lines(plan: Experience, form: WeeklyForm) -> list[Line]:
    """The days of the row as they would be. Whatever is in the way is said; what cannot be is not offered."""
    first: date = form.day.data
    rows = school_days(plan.community_id, first, first + timedelta(weeks=WEEKS))
    days = proposed_days(first, form.how_many.data, form.every.data, rows, member_names(plan.community_id))
    place = "" if form.mode.data == "online" else form.place.data or plan.place
    # Those that cannot be have no times, so they are left out of the look for clashes and put back in their places.
    lines = [Line(one, *_span(form, one.day)) for one in days]
    found_ = iter(clashes_at(plan, [one.span for one in lines if one.span], place, community().time_zone))
    return [
        Line(one.proposal, one.span, one.fault, _apart(next(found_)) if one.span else ()) for one in lines
    ]  # fmt: skip


def _apart(clashes: list[Clash]) -> tuple[Clash, ...]:
    """What the school calendar says stands beside the day already."""
    return tuple(one for one in clashes if one.sort != "school")


def _span(form: WeeklyForm, day: date) -> tuple[tuple[datetime, datetime] | None, str]:
    try:
        return form.span(day), ""
    except RuleBroken as fault:
        return None, fault.sentence


def _ticked(form: WeeklyForm, lines: list[Line]) -> list[date]:
    # Days come back from the browser: only those that were on the page are made, whatever was sent.
    shown = {line.proposal.day for line in lines if line.span}
    if not form.days.data:
        raise RuleBroken("Check at least one date.")
    if not shown.issuperset(form.days.data):
        raise RuleBroken("The dates below are not those that you checked. Look at them, then add them.")
    return sorted(set(form.days.data))


def _blank(plan: Experience) -> SessionForm:
    # Nobody has the new date in a calendar yet, so nothing of it is locked.
    return SessionForm.blank(plan, PlanLaw("draft", is_asked=False, zone=community().time_zone))


def _law(plan: Experience) -> PlanLaw:
    return PlanLaw.of(plan, clock.now(), community().time_zone)


def _session(plan: Experience, session_id: int) -> Session:
    return find_session(plan.id, session_id) or abort(404)


def _page(plan: Experience, form: Any, session: Session | None = None) -> dict[str, Any]:
    page = chapter_page(plan, community().time_zone, "sessions")
    is_row = isinstance(form, WeeklyForm)
    words = "Change a date" if session else "Repeat weekly" if is_row else "Add a date"
    return {
        **page, "form": form, "session": session, "title": words, "lines": None, "to": request.path,
        "shown": ROW if is_row else ONE, "stays": why_date_stays(plan, session) if session else "",
        "is_kept": session is not None and bool(_law(plan).lock(Session.__tablename__, "starts_at")),
    }  # fmt: skip
