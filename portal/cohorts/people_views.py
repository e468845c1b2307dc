"""Doors of a district's people: the link to join by, who asks, who leaves, who gives a seat back, who leads."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.models import Account
from portal.communities.queries import today_in
from portal.core.access import community, me, public
from portal.core.db import db
from portal.core.web import again, changed, invalid
from portal.districts.models import Affiliation, Membership

from .district_forms import HandOverForm, LastDayForm
from .district_queries import find_led_membership, find_own_membership
from .handing_over import accept_hand_over, ask_hand_over, give_up_lead, take_back_hand_over
from .join_queries import find_request_to, running_link
from .joining import end_join_link, make_join_link, settle_request
from .lead_pages import hand_over_page
from .leaving import give_back_seat, leave_district
from .leaving_queries import find_job, job_of_person
from .models import JoinRequest
from .people_pages import join_parts, lead_part, leaving_page, people_page, return_page
from .queries import find_led_seat
from .views import TOKEN, bp

DISTRICT = "/<slug:community>/district/<id:district_id>"
PEOPLE = "cohorts/people.html"


@bp.get(f"{DISTRICT}/people")
def people(district_id: int) -> ResponseReturnValue:
    return render_template(PEOPLE, **people_page(_led(district_id)))


@bp.post(f"{DISTRICT}/join-link")
def join_link(district_id: int) -> ResponseReturnValue:
    membership = _led(district_id)
    had_one = running_link(membership.id) is not None
    make_join_link(membership, me())
    said = "A new link is made. The earlier one does not work any more." if had_one else "The link is made."
    return changed("cohorts/_joining.html", to=_people(district_id), said=said, fresh=lambda: join_parts(membership))


@bp.post(f"{DISTRICT}/join-link/ending")
def join_link_ending(district_id: int) -> ResponseReturnValue:
    membership = _led(district_id)
    end_join_link(membership, me())
    said = "Nobody can ask by that link any more."
    return changed("cohorts/_joining.html", to=_people(district_id), said=said, fresh=lambda: join_parts(membership))


@bp.post(f"{DISTRICT}/requests/<id:request_id>/<any(joined,declined):outcome>")
def join_settling(district_id: int, request_id: int, outcome: str) -> ResponseReturnValue:
    membership = _led(district_id)
    asked: JoinRequest = find_request_to(membership, request_id) or abort(404)
    settle_request(asked, outcome, me())
    said = f"{asked.name} is in." if outcome == "joined" else f"{asked.name} was told that they cannot join."
    return changed(to=_people(district_id), said=said)


@bp.get(f"{DISTRICT}/leaving")
def own_leaving(district_id: int) -> ResponseReturnValue:
    own = job_of_person(_own(district_id), me().account_id, today_in(community().id)) or abort(404)
    if own.to_date is not None:
        flash("Your last day is noted already.", "said")
        return redirect(url_for("cohorts.district", district=district_id), 303)
    return redirect(url_for("cohorts.leaving", district_id=district_id, job_id=own.id), 303)


@bp.get(f"{DISTRICT}/people/<id:job_id>/leaving")
def leaving(district_id: int, job_id: int) -> ResponseReturnValue:
    membership = _own(district_id)
    return render_template("cohorts/leaving.html", **leaving_page(membership, _job(membership, job_id)))


@bp.post(f"{DISTRICT}/people/<id:job_id>/leaving")
def left(district_id: int, job_id: int) -> ResponseReturnValue:
    membership, form = _own(district_id), LastDayForm()
    job = _job(membership, job_id)
    again("cohorts/leaving.html", **leaving_page(membership, job, form))
    if not form.validate_on_submit():
        return invalid()
    leave_district(job, form.last_day.data, by=me())
    return changed(to=_after(district_id), said="The last day is noted. Who has to know hears it by mail.")


@bp.get(f"{DISTRICT}/seats/<id:seat_id>/return")
def seat_return(district_id: int, seat_id: int) -> ResponseReturnValue:
    seat = find_led_seat(me(), community().id, seat_id) or abort(404)
    return render_template("cohorts/seat_return.html", **return_page(_led(district_id), seat))


@bp.post(f"{DISTRICT}/seats/<id:seat_id>/return")
def seat_returned(district_id: int, seat_id: int) -> ResponseReturnValue:
    membership, form = _led(district_id), LastDayForm()
    seat = find_led_seat(me(), community().id, seat_id) or abort(404)
    again("cohorts/seat_return.html", **return_page(membership, seat, form))
    if not form.validate_on_submit():
        return invalid()
    give_back_seat(seat, form.last_day.data, by=me())
    return changed(to=url_for("cohorts.district", district=district_id), said="The seat comes back after that day.")


@bp.post(f"{DISTRICT}/lead")
def lead_asked(district_id: int) -> ResponseReturnValue:
    membership, form = _led(district_id), HandOverForm()
    again(PEOPLE, "cohorts/_leads.html", **people_page(membership, form))
    if not form.validate_on_submit():
        return invalid()
    name, email, keeps = form.name.data, form.email.data, form.keeps.data == "yes"
    ask_hand_over(community().id, membership.district, name=name, email=email, keeps_lead=keeps, by=me())
    to, said = _people(district_id), f"A link went to {email}. Nothing changes until they accept."
    return changed("cohorts/_leads.html", to=to, said=said, fresh=lambda: lead_part(membership))


@bp.post(f"{DISTRICT}/lead/taking-back")
def lead_taken_back(district_id: int) -> ResponseReturnValue:
    membership = _led(district_id)
    take_back_hand_over(community().id, membership.district, me())
    to, said = _people(district_id), "The link does not work any more."
    return changed("cohorts/_leads.html", to=to, said=said, fresh=lambda: lead_part(membership))


@bp.post(f"{DISTRICT}/lead/giving-up")
def lead_given_up(district_id: int) -> ResponseReturnValue:
    membership = _led(district_id)
    give_up_lead(community().id, membership.district, db.session.get_one(Account, me().account_id), by=me())
    return changed(to=url_for("cohorts.district"), said="You do not act for this district any more.")


@bp.get(f"/<slug:community>/lead/{TOKEN}")
@public
def hand_over(token: str) -> ResponseReturnValue:
    return render_template("cohorts/hand_over.html", **hand_over_page(token))


@bp.post(f"/<slug:community>/lead/{TOKEN}")
@public
def hand_over_accepted(token: str) -> ResponseReturnValue:
    again("cohorts/hand_over.html", **hand_over_page(token))
    accept_hand_over(token, next_url=url_for("cohorts.district"))
    return changed(to=url_for("cohorts.hand_over", token=token))


def _led(district_id: int) -> Membership:
    return find_led_membership(me(), community().id, district_id) or abort(404)


def _own(district_id: int) -> Membership:
    return find_own_membership(me(), community().id, district_id) or abort(404)


def _job(membership: Membership, job_id: int) -> Affiliation:
    """A job in the district that the person may end: any for its lead, else their own."""
    found = find_job(membership, job_id, today_in(community().id))
    is_lead = membership.district_id in me().led_districts(community().id)
    return found if found is not None and (is_lead or found.account_id == me().account_id) else abort(404)


def _people(district_id: int) -> str:
    return url_for("cohorts.people", district_id=district_id)


def _after(district_id: int) -> str:
    is_lead = district_id in me().led_districts(community().id)
    return _people(district_id) if is_lead else url_for("cohorts.district")
