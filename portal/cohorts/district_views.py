"""Doors of a member district's own page: its team, its promises, what happened there."""

from __future__ import annotations

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from portal.core.access import community, me
from portal.core.web import again, changed, invalid
from portal.rounds.models import Commitment

from .district_forms import PromiseForm
from .district_pages import (
    district_page,
    district_url,
    history_page,
    no_district_page,
    promise_part,
    shown_membership,
)
from .district_queries import find_led_membership, find_own_membership
from .forms import SeatForm
from .promise_queries import find_promise
from .promises import tick_promise, untick_promise
from .queries import district_memberships, find_led_seat, memberships_asked
from .teams import invite_to_team
from .views import bp

PAGE, PROMISES = "cohorts/district.html", "cohorts/_promises.html"
DISTRICT = "/<slug:community>/district/<id:district_id>"


@bp.get("/<slug:community>/district")
def district() -> ResponseReturnValue:
    asked = memberships_asked(me(), community().id)
    memberships = list(asked)
    if not memberships:
        return render_template("cohorts/no_district.html", here="district", **no_district_page())
    chosen = shown_membership(memberships, request.args.get("district", type=int)) or abort(404)
    return render_template(PAGE, here="district", asking=asked[chosen], **district_page(memberships, chosen))


@bp.post("/<slug:community>/district/seats/<id:seat_id>/invitation")
def seat_invitation(seat_id: int) -> ResponseReturnValue:
    seat = find_led_seat(me(), community().id, seat_id) or abort(404)
    form, memberships = SeatForm(prefix=f"seat-{seat_id}"), district_memberships(me(), community().id)
    again(PAGE, "cohorts/_team.html", **district_page(memberships, seat.membership, form, seat_id))
    if not form.validate_on_submit():
        return invalid()
    invite_to_team(seat, form.name.data or "", form.email.data or "", me())
    to, said = district_url(seat.membership, memberships), f"A link went to {seat.email}."
    return changed("cohorts/_team.html", to=to, said=said, **district_page(memberships, seat.membership))


@bp.post(f"{DISTRICT}/promises/<id:promise_id>")
def promise(district_id: int, promise_id: int) -> ResponseReturnValue:
    membership, form = find_led_membership(me(), community().id, district_id) or abort(404), PromiseForm()
    memberships = district_memberships(me(), community().id)
    found: Commitment = find_promise(membership, promise_id) or abort(404)
    again(PAGE, PROMISES, **{**district_page(memberships, membership), "slip": promise_id, "promise_form": form})
    if not form.validate_on_submit():
        return invalid()
    tick_promise(membership, found, note=form.note.data or "", by=me())
    to, said = district_url(membership, memberships), "The promise is ticked. The community’s staff see it too."
    return changed(PROMISES, to=to, said=said, fresh=lambda: promise_part(membership, is_lead=True))


@bp.post(f"{DISTRICT}/promises/<id:promise_id>/removal")
def promise_reopened(district_id: int, promise_id: int) -> ResponseReturnValue:
    membership = find_led_membership(me(), community().id, district_id) or abort(404)
    found: Commitment = find_promise(membership, promise_id) or abort(404)
    untick_promise(membership, found, by=me())
    to = district_url(membership, district_memberships(me(), community().id))
    part = {"to": to, "said": "The tick is taken back."}
    return changed(PROMISES, **part, fresh=lambda: promise_part(membership, is_lead=True))


@bp.get(f"{DISTRICT}/history")
def district_history(district_id: int) -> ResponseReturnValue:
    membership = find_own_membership(me(), community().id, district_id) or abort(404)
    memberships = district_memberships(me(), community().id)
    return render_template("cohorts/district_history.html", **history_page(membership, memberships))
