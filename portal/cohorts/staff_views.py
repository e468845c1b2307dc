"""Doors for staff: preparing a decision, looking at its mail, sending it."""

from __future__ import annotations

from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, staff
from portal.core.audit import audit
from portal.core.web import again, changed, invalid
from portal.letters.models import Letter
from portal.letters.queries import version_that_counts
from portal.reviews.queries import find_readable

from . import operations
from .district_forms import LeadForm
from .forms import DecisionForm, ReleaseForm
from .handing_over import name_lead
from .pages import decision_page, timeline_page
from .views import bp


@bp.get("/<slug:community>/staff/letters/<id:letter_id>/decision")
@staff
def decision(letter_id: int) -> ResponseReturnValue:
    return render_template("cohorts/decision.html", here="staff", **decision_page(_letter(letter_id)))


@bp.post("/<slug:community>/staff/letters/<id:letter_id>/decision")
@staff
def preparation(letter_id: int) -> ResponseReturnValue:
    form, letter = DecisionForm(), _letter(letter_id)
    again("cohorts/decision.html", here="staff", **decision_page(letter, form))
    if not form.validate_on_submit():
        return invalid()
    operations.prepare_decision(letter, form.outcome.data, form.rationale.data or "", me(), seen=form.seen.data or "")
    audit("prepared decision", subject=letter, note=form.outcome.data)
    to = url_for("cohorts.decision", letter_id=letter_id)
    return changed(to=to, said="The decision is prepared. The district does not know it yet.")


@bp.get("/<slug:community>/staff/letters/<id:letter_id>/release")
@staff
def release(letter_id: int) -> ResponseReturnValue:
    shown = decision_page(_letter(letter_id))
    if not shown["may_release"]:
        return redirect(url_for("cohorts.decision", letter_id=letter_id), 303)
    return render_template("cohorts/release.html", here="staff", **shown)


@bp.post("/<slug:community>/staff/letters/<id:letter_id>/release")
@staff
def released(letter_id: int) -> ResponseReturnValue:
    form, letter = ReleaseForm(), _letter(letter_id)
    operations.release_decision(letter, me(), seen=form.seen.data or "")
    audit("released decision", subject=letter)
    return changed(to=url_for("cohorts.decision", letter_id=letter_id), said="The decision is sent.")


@bp.post("/<slug:community>/staff/letters/<id:letter_id>/leads")
@staff
def letter_lead(letter_id: int) -> ResponseReturnValue:
    form, letter = LeadForm(), _letter(letter_id)
    again("cohorts/decision.html", here="staff", **decision_page(letter, lead_form=form))
    if not form.validate_on_submit():
        return invalid()
    name_lead(community().id, letter.district, name=form.name.data, email=form.email.data, by=me())
    audit("named lead", subject=letter)
    to = url_for("cohorts.decision", letter_id=letter_id)
    return changed(to=to, said=f"{form.name.data} acts for the district and is told by mail.")


@bp.get("/<slug:community>/staff/letters/<id:letter_id>/timeline")
@staff
def timeline(letter_id: int) -> ResponseReturnValue:
    found = find_readable(me(), community().id, letter_id) or abort(404)
    return render_template("cohorts/timeline.html", here="staff", **timeline_page(found))


def _letter(letter_id: int) -> Letter:
    found = find_readable(me(), community().id, letter_id)
    return found if found is not None and version_that_counts(found) is not None else abort(404)
