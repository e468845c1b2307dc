"""Doors for staff and the facilitator to change who comes: add somebody, take somebody out, say yes, keep seats."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.operations import find_or_open_account
from portal.agenda.models import Experience
from portal.agenda.queries import find_session
from portal.core.access import me, staff
from portal.core.audit import audit
from portal.core.web import again, changed, invalid

from .adding import add_person, remove_person
from .approving import approve
from .hold_queries import find_share
from .holding import change_hold, return_hold, share_seats
from .lead_queries import find_in
from .models import Enrollment, SeatHold
from .people_forms import AddForm, ReasonForm, ShareForm, SizeForm
from .roster_views import PEOPLE, people_of
from .staff_people_pages import adding_page, removal_page, shares_page
from .views import bp

ONE, SHARES = f"{PEOPLE}/<id:enrollment_id>", f"{PEOPLE}/shares"


@bp.get(f"{PEOPLE}/adding")
def adding(experience: str) -> ResponseReturnValue:
    return render_template("enrollments/adding.html", **adding_page(people_of(experience)))


@bp.post(f"{PEOPLE}/adding")
def added(experience: str) -> ResponseReturnValue:
    found, form = people_of(experience), AddForm()
    again("enrollments/adding.html", **adding_page(found, form))
    if not form.validate_on_submit():
        return invalid()
    person = find_or_open_account(email=form.email.data, name=form.name.data)
    mine = add_person(found, person, form.reason.data, by=me(), **_how(found, form))
    audit("added to an experience", subject=mine)
    return changed(to=_at(found), said=f"{person.name} has a seat and is told by mail.")


@bp.get(f"{ONE}/removal")
def removal(experience: str, enrollment_id: int) -> ResponseReturnValue:
    found = people_of(experience)
    return render_template("enrollments/removal.html", **removal_page(found, _one(found, enrollment_id)))


@bp.post(f"{ONE}/removal")
def removed(experience: str, enrollment_id: int) -> ResponseReturnValue:
    found, form = people_of(experience), ReasonForm()
    mine = _one(found, enrollment_id)
    again("enrollments/removal.html", **removal_page(found, mine, form))
    if not form.validate_on_submit():
        return invalid()
    remove_person(mine, form.reason.data, by=me())
    audit("took out of an experience", subject=mine)
    return changed(to=_at(found), said=f"{mine.account.name} is taken out and told by mail.")


@bp.post(f"{ONE}/approval")
@staff
def approved(experience: str, enrollment_id: int) -> ResponseReturnValue:
    found = people_of(experience)
    mine = _one(found, enrollment_id)
    approve(mine, by=me())
    return changed(to=_at(found, "asked"), said=f"{mine.account.name} is told by mail.")


@bp.get(SHARES)
@staff
def shares(experience: str) -> ResponseReturnValue:
    return render_template("enrollments/shares.html", **shares_page(people_of(experience)))


@bp.post(SHARES)
@staff
def shared(experience: str) -> ResponseReturnValue:
    found, form = people_of(experience), ShareForm()
    again("enrollments/shares.html", **shares_page(found, form))
    if not form.validate_on_submit():
        return invalid()
    whose = {"district_id": form.district.data} if form.kind.data == "district" else {"role": form.role.data}
    share_seats(found, form.seats.data, form.until.data, by=me(), **whose, **_how(found, form))
    return changed(to=_shares(found), said="The seats are kept.")


@bp.post(f"{SHARES}/<id:hold_id>/size")
@staff
def share_sized(experience: str, hold_id: int) -> ResponseReturnValue:
    found, form = people_of(experience), SizeForm()
    hold = _share(found, hold_id)
    again("enrollments/shares.html", **shares_page(found))
    if not form.validate_on_submit():
        return invalid(refusal="Give a number of 1 or more.")
    change_hold(hold, form.seats.data, by=me())
    return changed(to=_shares(found), said="The number of seats is changed.")


@bp.post(f"{SHARES}/<id:hold_id>/release")
@staff
def share_released(experience: str, hold_id: int) -> ResponseReturnValue:
    found = people_of(experience)
    return_hold(_share(found, hold_id), by=me())
    return changed(to=_shares(found), said="What was left of the seats is for everyone now.")


def _how(experience: Experience, form: Any) -> dict[str, Any]:
    """Mode and meeting, as far as the form asked for them."""
    session = find_session(experience.id, form.session.data or 0) if form.session else None
    return {"mode": form.mode.data if form.mode else "", "session": session}


def _one(experience: Experience, enrollment_id: int) -> Enrollment:
    return find_in(experience.id, enrollment_id) or abort(404)


def _share(experience: Experience, hold_id: int) -> SeatHold:
    return find_share(experience.id, hold_id) or abort(404)


def _at(experience: Experience, show: str | None = None) -> str:
    return url_for("enrollments.roster", experience=experience.slug, show=show)


def _shares(experience: Experience) -> str:
    return url_for("enrollments.shares", experience=experience.slug)
