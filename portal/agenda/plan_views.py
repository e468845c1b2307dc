"""Doors for staff who build an experience: a new one, its chapters, who is invited, publishing. The list of them shows
who has come and belongs to enrollments."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, me, staff
from portal.core.audit import audit
from portal.core.web import again, changed, page_of
from portal.rounds.build_base import at_its_field, saved
from portal.rounds.chapters import short_name

from . import building
from .answer_views import Onward, answered
from .models import Experience
from .plan_forms import KIND_HINTS, InviteForm, NewForm, PressForm, PublishForm
from .plan_pages import FORMS, address, chapter_page, frame, happened, year_choices
from .plan_queries import (
    find_invitee,
    find_whole,
    happened_to,
    invitees_of,
    slugs_of,
    years_of,
)
from .plan_rules import CHAPTERS, RESERVED, begun_words, chapter_before, next_chapter, why_on_agenda
from .views import bp

PLANS = "/<slug:community>/staff/agenda"
PLAN = f"{PLANS}/<slug:experience>"
CHAPTER = f"{PLAN}/<any({', '.join(repr(key) for key in FORMS)}):chapter>"


@bp.get(f"{PLANS}/new")
@staff
def plan_new() -> ResponseReturnValue:
    return render_template("agenda/plan_new.html", here="staff", form=_new_form(), hints=KIND_HINTS)


@bp.post(f"{PLANS}/new")
@staff
def plan_begin() -> ResponseReturnValue:
    page = {"here": "staff", "form": _new_form(), "hints": KIND_HINTS, "shown": "agenda/_plan_new.html"}
    return answered(page, _begun, "agenda/plan_new.html")


@bp.get(PLAN)
@staff
def plan_show(experience: str) -> ResponseReturnValue:
    plan = found(experience)
    page = page_of(happened_to(plan), 10)
    lines = [happened(row) for row in page.items]
    return render_template("agenda/plan_show.html", page=page, lines=lines, **frame(plan, community().time_zone))


@bp.get(CHAPTER)
@staff
def plan_chapter(experience: str, chapter: str) -> ResponseReturnValue:
    page = chapter_page(found(experience), community().time_zone, chapter, request.args.get("chosen", ""))
    return render_template("agenda/plan.html", shown="agenda/_plan_form.html", **page)


@bp.post(CHAPTER)
@staff
def plan_save(experience: str, chapter: str) -> ResponseReturnValue:
    plan = found(experience)
    page = chapter_page(plan, community().time_zone, chapter)

    def keep(form: Any) -> Onward:
        saved(form, lambda typed: FORMS[chapter].save(plan, typed, by=me()))
        return address(plan, _going_to(chapter)), f"{CHAPTERS[chapter]}: saved."

    return answered({**page, "shown": "agenda/_plan_form.html"}, keep)


@bp.get(f"{PLAN}/invited")
@staff
def plan_invited(experience: str) -> ResponseReturnValue:
    return render_template("agenda/plan.html", **_invited(found(experience)))


@bp.post(f"{PLAN}/invited")
@staff
def plan_invite(experience: str) -> ResponseReturnValue:
    plan = found(experience)

    def keep(form: InviteForm) -> Onward:
        new = building.invite(plan, form.found, by=me())
        said = "One person is invited." if new == 1 else f"{new} invited." if new else "They were all invited before."
        return url_for("agenda.plan_invited", experience=plan.slug), said

    return answered(_invited(plan), keep)


@bp.post(f"{PLAN}/invited/<id:invitee_id>/removal")
@staff
def plan_uninvite(experience: str, invitee_id: int) -> ResponseReturnValue:
    plan = found(experience)
    building.uninvite(plan, find_invitee(plan.id, invitee_id) or abort(404), by=me())
    return changed(to=url_for("agenda.plan_invited", experience=experience), said="The invitation is taken back.")


@bp.get(f"{PLAN}/publish")
@staff
def plan_publish(experience: str) -> ResponseReturnValue:
    return render_template("agenda/plan.html", **_publishing(found(experience)))


@bp.post(f"{PLAN}/publish")
@staff
def plan_published(experience: str) -> ResponseReturnValue:
    plan = found(experience)

    def keep(form: PublishForm) -> Onward:
        building.publish(plan, by=me(), knows_begun=form.knows_begun.data)
        audit("published an experience", subject=plan)
        return url_for("agenda.plan_show", experience=experience), "It is published. Everyone sees it."

    return answered(_publishing(plan), keep)


@bp.get(f"{PLAN}/withdrawal")
@staff
def plan_withdrawal(experience: str) -> ResponseReturnValue:
    return render_template("agenda/plan_withdrawal.html", **_withdrawing(found(experience)))


@bp.post(f"{PLAN}/withdrawal")
@staff
def plan_withdrawn(experience: str) -> ResponseReturnValue:
    plan = found(experience)
    again("agenda/plan_withdrawal.html", **_withdrawing(plan))
    building.take_off_agenda(plan, by=me())
    audit("took an experience off the agenda", subject=plan)
    said = "It is off the agenda. Only staff see it now."
    return changed(to=url_for("agenda.plan_show", experience=experience), said=said)


@bp.get(f"{PLAN}/removal")
@staff
def plan_removal(experience: str) -> ResponseReturnValue:
    return render_template("agenda/plan_removal.html", here="staff", experience=found(experience), form=PressForm())


@bp.post(f"{PLAN}/removal")
@staff
def plan_remove(experience: str) -> ResponseReturnValue:
    building.remove_draft(found(experience), by=me())
    return changed(to=url_for("enrollments.planned"), said="The draft is gone.")


def found(slug: str) -> Experience:
    """The experience of this community with all its parts; another one's is no page here."""
    return find_whole(community().id, slug) or abort(404)


def _begun(form: NewForm) -> Onward:
    slug = form.slug.data or short_name(form.title.data, [*slugs_of(community().id), *RESERVED], "experience")
    year = next((one for one in years_of(community().id) if one.id == form.year.data), None)
    told = {"kind": form.kind.data, "title": form.title.data, "slug": slug, "agenda": year}
    with at_its_field(form):
        building.draft_experience(community(), **told, by=me())
    return url_for("agenda.plan_chapter", experience=slug, chapter="what"), "It is begun. Only staff see it."


def _going_to(chapter: str) -> str:
    """Where the pressed button leads: each of them saves first, so that nothing typed is lost on the way."""
    # A button sends its name only when it is the one that was pressed, with scripts and without.
    if "on" in request.form:
        return next_chapter(chapter)[0]
    before = chapter_before(chapter) if "back" in request.form else None
    return before[0] if before else chapter


def _new_form() -> NewForm:
    return NewForm(year_choices(community().id))


def _invited(plan: Experience) -> dict[str, Any]:
    page = page_of(invitees_of(plan.id), 50)
    return {
        **frame(plan, community().time_zone, "who"), "form": InviteForm(), "page": page, "title": "Who is invited",
        "shown": "agenda/_plan_invited.html",
    }  # fmt: skip


def _publishing(plan: Experience) -> dict[str, Any]:
    zone = community().time_zone
    return {
        **frame(plan, zone, "publish"), "form": PublishForm(), "title": "Publish",
        "begun": begun_words(plan, clock.now(), zone), "shown": "agenda/_plan_publish.html",
    }  # fmt: skip


def _withdrawing(plan: Experience) -> dict[str, Any]:
    return {"here": "staff", "experience": plan, "why_not": why_on_agenda(plan), "refusal": ""}
