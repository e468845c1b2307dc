"""Doors of one letter for those who read it: its versions; and for staff what comes back and what is waived."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, reviewer, staff
from portal.core.audit import audit
from portal.core.web import again, changed, invalid
from portal.letters.models import Letter
from portal.letters.operations import waive_roster_rule
from portal.letters.queries import version_that_counts
from portal.letters.returning import Wanted

from . import moving
from .forms import ReturnForm, WaiverForm
from .pages import draft_page, read_versions, return_page
from .queries import find_readable
from .views import bp

LETTER = "/<slug:community>/staff/letters/<id:letter_id>"
RETURN = "reviews/return.html"


@bp.get(f"{LETTER}/versions")
@reviewer
def versions(letter_id: int) -> ResponseReturnValue:
    letter = _letter(letter_id)
    version_that_counts(letter) or abort(404)
    shown = read_versions(me(), letter, {key: request.args.get(key, type=int) for key in ("from", "to")})
    audit("read letter", subject=letter, note=f"versions {shown['older']} and {shown['newer']}")
    return render_template("reviews/versions.html", here="staff", round=letter.round, counts=True, **shown)


@bp.get(f"{LETTER}/return")
@staff
def returning(letter_id: int) -> ResponseReturnValue:
    shown = return_page(_letter(letter_id))
    if not shown["may_return"]:
        return redirect(url_for("reviews.letter", letter_id=letter_id), 303)
    return render_template(RETURN, here="staff", **shown)


@bp.post(f"{LETTER}/return")
@staff
def returned(letter_id: int) -> ResponseReturnValue:
    letter, form = _letter(letter_id), ReturnForm()
    again(RETURN, here="staff", **return_page(letter, form))
    if not form.validate_on_submit():
        return invalid()
    wanted = Wanted(form.sections.data or [], form.message.data or "", form.until(community().time_zone))
    moving.return_sections(letter, wanted, by=me())
    to = url_for("reviews.letter", letter_id=letter_id)
    return changed(to=to, said="The sections are with the district. Everyone who writes the letter has a mail.")


@bp.post(f"{LETTER}/waivers")
@staff
def waiver(letter_id: int) -> ResponseReturnValue:
    letter, form = _letter(letter_id), WaiverForm()
    again("reviews/draft.html", here="staff", **draft_page(letter, form))
    if not form.validate_on_submit():
        return invalid()
    waive_roster_rule(letter, form.rule.data or "", form.reason.data or "", by=me())
    return changed(to=url_for("reviews.letter", letter_id=letter_id), said="The rule is waived.")


def _letter(letter_id: int) -> Letter:
    return find_readable(me(), community().id, letter_id) or abort(404)
