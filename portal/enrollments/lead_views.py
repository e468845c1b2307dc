"""Doors for those who lead a district: who asks, who comes to what, seats that are kept, passed on, given back."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.models import Account
from portal.agenda.models import Experience, Session
from portal.cohorts.district_queries import find_led_membership
from portal.cohorts.queries import district_memberships
from portal.core import clock
from portal.core.access import community, me
from portal.core.web import again, changed, invalid
from portal.districts.models import Membership

from .adding import cancel_for, substitute
from .approving import approve, refuse
from .hold_queries import find_led_hold
from .holding import change_hold, hold_seats, name_person, return_hold
from .lead_pages import (
    MOST_CHOSEN,
    cancellation_page,
    enrolling_page,
    hold_page,
    refusal_page,
    return_page,
    seats_page,
    substitution_page,
    team_page,
)
from .lead_queries import colleagues_named, count_team, find_coming, find_led_enrollment, find_led_team
from .models import Enrollment, SeatHold
from .people_forms import EnrollForm, HoldForm, KeptForm, PersonForm, ReasonForm
from .people_rules import enrolled_words
from .teaming import enroll_together, leave_team, split_team
from .views import bp

DISTRICT = "/<slug:community>/district/<id:district_id>"
ENROLLING, HOLD = f"{DISTRICT}/enrolling", f"{DISTRICT}/holds/<id:hold_id>"
ONE = f"{DISTRICT}/enrollments/<id:enrollment_id>"
CHOICE = ("experience", "session", "q", "page", "people", "mode", "together")  # what is kept while a lead looks on
PAGE, HOLD_PAGE = "enrollments/enrolling.html", "enrollments/hold.html"


@bp.get("/<slug:community>/district/seats")
def district_seats() -> ResponseReturnValue:
    led = [one for one in district_memberships(me(), community().id) if one.district_id in _led_districts()]
    asked = request.args.get("district", type=int)
    chosen = next((one for one in led if asked in {None, one.district_id}), None) or abort(404)
    return render_template("enrollments/district_seats.html", **seats_page(chosen, led))


@bp.get(ENROLLING)
def enrolling(district_id: int) -> ResponseReturnValue:
    return render_template(PAGE, **enrolling_page(_led(district_id), *_asked(district_id)))


@bp.post(ENROLLING)
def enrolled(district_id: int) -> ResponseReturnValue:
    membership, (experience, session), form = _led(district_id), _asked(district_id), EnrollForm()
    again(PAGE, **enrolling_page(membership, experience, session, form))
    if not form.validate_on_submit():
        return invalid()
    people = _colleagues(membership, form.people.data)
    how: dict[str, Any] = {
        "session": session,
        "mode": form.mode.data if form.mode else "",
        "waits_together": form.together.data,
    }
    new = enroll_together(experience, people, by=me(), district_id=district_id, **how)
    return changed(to=_at(district_id), said=enrolled_words([one.state for one in new]))


@bp.post(f"{ENROLLING}/choice")
def colleagues_found(district_id: int) -> ResponseReturnValue:
    _led(district_id)
    asked: dict[str, Any] = {name: [one for one in request.form.getlist(name) if one][:MOST_CHOSEN] for name in CHOICE}
    return redirect(url_for("enrollments.enrolling", district_id=district_id, **asked), 303)


@bp.post(f"{DISTRICT}/holds")
def hold_made(district_id: int) -> ResponseReturnValue:
    membership, (experience, session), form = _led(district_id), _asked(district_id), HoldForm(prefix="hold")
    again(PAGE, **enrolling_page(membership, experience, session, hold_form=form))
    if not form.validate_on_submit():
        return invalid()
    how: dict[str, Any] = {"session": session, "mode": form.mode.data if form.mode else ""}
    hold = hold_seats(experience, district_id, form.seats.data, form.until.data, by=me(), **how)
    to = url_for("enrollments.hold", district_id=district_id, hold_id=hold.id)
    return changed(to=to, said="The seats are kept. Name your colleagues for them.")


@bp.get(HOLD)
def hold(district_id: int, hold_id: int) -> ResponseReturnValue:
    return render_template(HOLD_PAGE, **hold_page(_led(district_id), _hold(district_id, hold_id)))


@bp.post(f"{HOLD}/naming")
def hold_named(district_id: int, hold_id: int) -> ResponseReturnValue:
    membership, found, form = _led(district_id), _hold(district_id, hold_id), PersonForm()
    again(HOLD_PAGE, **hold_page(membership, found, form))
    if not form.validate_on_submit():
        return invalid()
    [person] = _colleagues(membership, [form.person.data])
    name_person(found, person, by=me())
    to = url_for("enrollments.hold", district_id=district_id, hold_id=hold_id)
    return changed(to=to, said=f"{person.name} has a seat and is told by mail.")


@bp.post(f"{HOLD}/size")
def hold_sized(district_id: int, hold_id: int) -> ResponseReturnValue:
    membership, found, form = _led(district_id), _hold(district_id, hold_id), KeptForm()
    again(HOLD_PAGE, **hold_page(membership, found, size_form=form))
    if not form.validate_on_submit():
        return invalid()
    change_hold(found, form.seats.data, by=me())
    to = url_for("enrollments.hold", district_id=district_id, hold_id=hold_id)
    return changed(to=to, said="The number of seats is changed.")


@bp.get(f"{HOLD}/return")
def hold_return(district_id: int, hold_id: int) -> ResponseReturnValue:
    membership, found = _led(district_id), _hold(district_id, hold_id)
    if found.released_at is not None or not found.remaining:
        return redirect(url_for("enrollments.hold", district_id=district_id, hold_id=hold_id), 303)
    return render_template("enrollments/hold_return.html", **return_page(membership, found))


@bp.post(f"{HOLD}/return")
def hold_returned(district_id: int, hold_id: int) -> ResponseReturnValue:
    _led(district_id)
    return_hold(_hold(district_id, hold_id), by=me())
    return changed(to=_at(district_id), said="What was left of the seats is given back.")


@bp.post(f"{ONE}/approval")
def approval(district_id: int, enrollment_id: int) -> ResponseReturnValue:
    found = _one(_led(district_id), enrollment_id)
    approve(found, by=me())
    where = "has a seat" if found.state == "seated" else "is in line"
    return changed(to=_at(district_id), said=f"{found.account.name} {where} and is told by mail.")


@bp.get(f"{ONE}/refusal")
def approval_refusal(district_id: int, enrollment_id: int) -> ResponseReturnValue:
    membership = _led(district_id)
    return render_template("enrollments/refusal.html", **refusal_page(membership, _one(membership, enrollment_id)))


@bp.post(f"{ONE}/refusal")
def approval_refused(district_id: int, enrollment_id: int) -> ResponseReturnValue:
    membership, form = _led(district_id), ReasonForm()
    found = _one(membership, enrollment_id)
    again("enrollments/refusal.html", **refusal_page(membership, found, form))
    if not form.validate_on_submit():
        return invalid()
    refuse(found, form.reason.data, by=me())
    return changed(to=_at(district_id), said=f"{found.account.name} is told by mail.")


@bp.get(f"{ONE}/substitution")
def substitution(district_id: int, enrollment_id: int) -> ResponseReturnValue:
    membership = _led(district_id)
    page = substitution_page(membership, _one(membership, enrollment_id))
    return render_template("enrollments/substitution.html", **page)


@bp.post(f"{ONE}/substitution")
def substituted(district_id: int, enrollment_id: int) -> ResponseReturnValue:
    membership, form = _led(district_id), PersonForm()
    found = _one(membership, enrollment_id)
    again("enrollments/substitution.html", **substitution_page(membership, found, form))
    if not form.validate_on_submit():
        return invalid()
    [person] = _colleagues(membership, [form.person.data])
    substitute(found, person, by=me())
    return changed(to=_at(district_id), said=f"{person.name} has the seat now. Both are told by mail.")


@bp.get(f"{ONE}/cancellation")
def cancelling_for(district_id: int, enrollment_id: int) -> ResponseReturnValue:
    membership = _led(district_id)
    page = cancellation_page(membership, _one(membership, enrollment_id))
    return render_template("enrollments/cancelling_for.html", **page)


@bp.post(f"{ONE}/cancellation")
def cancelled_for(district_id: int, enrollment_id: int) -> ResponseReturnValue:
    found = _one(_led(district_id), enrollment_id)
    cancel_for(found, by=me())
    return changed(to=_at(district_id), said=f"It is given back. {found.account.name} is told by mail.")


@bp.get(f"{ONE}/team")
def team_leaving(district_id: int, enrollment_id: int) -> ResponseReturnValue:
    membership = _led(district_id)
    found = _one(membership, enrollment_id)
    together = count_team(found.team_id) if found.team_id and found.waits_for is not None else 0
    if together < 2:
        return redirect(_at(district_id), 303)
    return render_template("enrollments/team_leaving.html", **team_page(membership, found, together - 1))


@bp.post(f"{ONE}/team")
def team_left(district_id: int, enrollment_id: int) -> ResponseReturnValue:
    found = _one(_led(district_id), enrollment_id)
    leave_team(found, by=me())
    where = "has a seat" if found.waits_for is None else "waits alone now, at the same place in line"
    return changed(to=_at(district_id), said=f"{found.account.name} {where}.")


@bp.post(f"{DISTRICT}/teams/<id:team_id>/splitting")
def team_split(district_id: int, team_id: int) -> ResponseReturnValue:
    _led(district_id)
    split_team(find_led_team(community().id, district_id, team_id) or abort(404), by=me())
    return changed(to=_at(district_id), said="They move up one by one now, each at their own place in line.")


def _led_districts() -> Any:
    return me().led_districts(community().id)


def _led(district_id: int) -> Membership:
    return find_led_membership(me(), community().id, district_id) or abort(404)


def _asked(district_id: int) -> tuple[Experience, Session | None]:
    """The experience of the address or the form, and where it is joined by meeting which one: else the next that
    is held."""
    found = find_coming(community().id, district_id, request.values.get("experience", "")) or abort(404)
    if found.joined_by != "session":
        return found, None
    number = request.values.get("session", type=int)
    wanted = [one for one in found.sessions if number == one.id or (number is None and one.starts_at > clock.now())]
    return found, min(wanted, key=lambda one: one.cancelled_at is not None, default=None) or abort(404)


def _hold(district_id: int, hold_id: int) -> SeatHold:
    return find_led_hold(community().id, district_id, hold_id) or abort(404)


def _one(membership: Membership, enrollment_id: int) -> Enrollment:
    return find_led_enrollment(community().id, membership.district_id, enrollment_id) or abort(404)


def _colleagues(membership: Membership, numbers: Any) -> list[Account]:
    """The colleagues of these numbers; a number of somebody else is not there."""
    found = colleagues_named(community().id, membership.district_id, numbers)
    return found if len(found) == len(set(numbers)) else abort(404)


def _at(district_id: int) -> str:
    return url_for("enrollments.district_seats", district=district_id)
