"""Doors for the faculty: staff write of them; everyone sees the picture."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, public, staff
from portal.core.storage import is_there, pieces_of
from portal.core.web import again, changed, invalid
from portal.rounds.chapters import short_name

from . import faculty
from .answer_views import Onward, answered
from .faculty_forms import KINDS, FacultyForm, PictureForm
from .faculty_queries import faculty_slugs, faculty_with_counts, led_by
from .models import Experience, Faculty
from .operations import add_faculty
from .queries import find_experience, find_faculty
from .views import bp

LIST = "/<slug:community>/staff/faculty"
ONE = f"{LIST}/<slug:person>"
# “/faculty/new” is a page, so nobody can be called that.
RESERVED = ("new",)
FOR_GOOD = "public, max-age=31536000, immutable"


@bp.get("/<slug:community>/faculty/<slug:person>/picture")
@public
def picture(person: str) -> ResponseReturnValue:
    found = _found(person)
    if not found.picture_key or not is_there(found.picture_key):
        abort(404)
    answer = Response(pieces_of(found.picture_key), mimetype="image/jpeg")
    # A new picture has a new key, so what stands under an address that names the key never changes.
    answer.headers["Cache-Control"] = FOR_GOOD if request.args.get("v") == found.picture_key[:10] else "no-cache"
    return answer


@bp.get(LIST)
@staff
def faculty_list() -> ResponseReturnValue:
    rows = faculty_with_counts(community().id)
    return render_template("agenda/faculty_list.html", here="staff", rows=rows, kinds=KINDS)


@bp.get(f"{LIST}/new")
@staff
def faculty_new() -> ResponseReturnValue:
    return render_template("agenda/faculty.html", **_page(None, FacultyForm()))


@bp.post(f"{LIST}/new")
@staff
def faculty_add() -> ResponseReturnValue:
    return answered(_page(None, FacultyForm()), _added, "agenda/faculty.html")


@bp.get(ONE, endpoint="faculty")
@staff
def faculty_one(person: str) -> ResponseReturnValue:
    found = _found(person)
    return render_template("agenda/faculty.html", **_page(found, FacultyForm(found)))


@bp.post(ONE)
@staff
def faculty_save(person: str) -> ResponseReturnValue:
    found = _found(person)

    def keep(form: FacultyForm) -> Onward:
        faculty.change_faculty(found, form.values(), by=me())
        return url_for("agenda.faculty", person=person), "Saved."

    return answered(_page(found, FacultyForm(found)), keep, "agenda/faculty.html")


@bp.post(f"{ONE}/picture")
@staff
def faculty_picture(person: str) -> ResponseReturnValue:
    found, form = _found(person), PictureForm()
    # Two forms stand on this page, so what comes back is always all of it.
    again("agenda/faculty.html", **{**_page(found, FacultyForm(found)), "picture_form": form})
    if not form.validate_on_submit():
        return invalid()
    faculty.set_picture(found, form.content, by=me())
    return changed(to=url_for("agenda.faculty", person=person), said="The picture is there.")


@bp.post(f"{ONE}/picture/removal")
@staff
def faculty_picture_removal(person: str) -> ResponseReturnValue:
    faculty.remove_picture(_found(person), by=me())
    return changed(to=url_for("agenda.faculty", person=person), said="The picture is gone.")


@bp.post(f"{ONE}/removal")
@staff
def faculty_removal(person: str) -> ResponseReturnValue:
    faculty.remove_faculty(_found(person), by=me())
    return changed(to=url_for("agenda.faculty_list"), said="They are off the list.")


def _added(form: FacultyForm) -> Onward:
    slug = short_name(form.title.data, [*faculty_slugs(community().id), *RESERVED], "faculty")
    person = add_faculty(community(), slug=slug, title=form.title.data, by=me())
    faculty.change_faculty(person, form.values(), by=me())
    plan = _come_from()
    if plan is None:
        return url_for("agenda.faculty", person=slug), "They are on the list. Add a picture if there is one."
    back = url_for("agenda.plan_chapter", experience=plan.slug, chapter="faculty", chosen=slug)
    return back, "They are on the list, and checked below. Save, and they lead it."


def _come_from() -> Experience | None:
    """The experience whose chapter led here, if one did: whoever is added is to be chosen there."""
    return find_experience(community().id, request.args.get("experience", ""))


def _found(slug: str) -> Faculty:
    return find_faculty(community().id, slug) or abort(404)


def _page(person: Faculty | None, form: FacultyForm) -> dict[str, Any]:
    led = led_by(person.id) if person else []
    plan = None if person else _come_from()
    back = url_for("agenda.faculty_list")
    to = url_for("agenda.faculty_save", person=person.slug) if person else url_for("agenda.faculty_add")
    if plan:
        back = url_for("agenda.plan_chapter", experience=plan.slug, chapter="faculty")
        to = url_for("agenda.faculty_add", experience=plan.slug)
    return {
        "here": "staff", "person": person, "form": form, "picture_form": PictureForm(), "led": led, "to": to,
        "back": back, "refusal": "", "shown": "agenda/_faculty.html",
    }  # fmt: skip
