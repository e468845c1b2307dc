"""Doors for staff to member districts: the list, one district, its promises, its leads, who moves, who leaves."""

from __future__ import annotations

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.communities.queries import today_in
from portal.core.access import community, me, staff
from portal.core.audit import audit
from portal.core.web import again, changed, invalid
from portal.districts.models import Affiliation, Membership
from portal.districts.queries import leads_of
from portal.rounds.models import Commitment

from .district_forms import EndingForm, LeadForm, MoveForm, PromiseForm
from .district_pages import promise_part
from .handing_over import give_up_lead, name_lead
from .join_queries import find_request_to
from .joining import settle_request
from .leaving import end_district, keep_district, move_person
from .leaving_queries import find_job
from .member_pages import ending_page, member_page, members_page, moving_page
from .member_queries import find_membership
from .models import JoinRequest
from .promise_queries import find_promise
from .promises import tick_promise, untick_promise
from .views import bp

MEMBERS = "/<slug:community>/staff/members"
MEMBER = f"{MEMBERS}/<id:membership_id>"
PAGE, PROMISES = "cohorts/member.html", "cohorts/_promises.html"


@bp.get(MEMBERS)
@staff
def members() -> ResponseReturnValue:
    return render_template("cohorts/members.html", **members_page(request.args.get("show", "")))


@bp.get(MEMBER)
@staff
def member(membership_id: int) -> ResponseReturnValue:
    return render_template(PAGE, **member_page(_member(membership_id)))


@bp.post(f"{MEMBER}/promises/<id:promise_id>")
@staff
def member_promise(membership_id: int, promise_id: int) -> ResponseReturnValue:
    membership, form = _member(membership_id), PromiseForm()
    found: Commitment = find_promise(membership, promise_id) or abort(404)
    again(PAGE, PROMISES, **{**member_page(membership), "slip": promise_id, "promise_form": form})
    if not form.validate_on_submit():
        return invalid()
    tick_promise(membership, found, note=form.note.data or "", by=me())
    return _ticked(membership, "The promise is ticked. The district sees it too.")


@bp.post(f"{MEMBER}/promises/<id:promise_id>/removal")
@staff
def member_promise_reopened(membership_id: int, promise_id: int) -> ResponseReturnValue:
    membership = _member(membership_id)
    found: Commitment = find_promise(membership, promise_id) or abort(404)
    untick_promise(membership, found, by=me())
    return _ticked(membership, "The tick is taken back.")


@bp.post(f"{MEMBER}/requests/<id:request_id>/<any(joined,declined):outcome>")
@staff
def member_request(membership_id: int, request_id: int, outcome: str) -> ResponseReturnValue:
    asked: JoinRequest = find_request_to(_member(membership_id), request_id) or abort(404)
    settle_request(asked, outcome, me())
    said = f"{asked.name} is in." if outcome == "joined" else f"{asked.name} was told that they cannot join."
    return changed(to=_at(membership_id), said=said)


@bp.post(f"{MEMBER}/leads")
@staff
def member_lead(membership_id: int) -> ResponseReturnValue:
    membership, form = _member(membership_id), LeadForm()
    again(PAGE, **member_page(membership, form))
    if not form.validate_on_submit():
        return invalid()
    name_lead(community().id, membership.district, name=form.name.data, email=form.email.data, by=me())
    audit("named lead", subject=membership)
    return changed(to=_at(membership_id), said=f"{form.name.data} acts for the district and is told by mail.")


@bp.post(f"{MEMBER}/leads/<id:account_id>/ending")
@staff
def member_lead_ended(membership_id: int, account_id: int) -> ResponseReturnValue:
    membership = _member(membership_id)
    lead = next((one for one in leads_of(community().id, membership.district_id) if one.id == account_id), None)
    if lead is None:
        return changed(to=_at(membership_id), said="They do not act for the district any more.")
    give_up_lead(community().id, membership.district, lead, by=me())
    audit("ended lead", subject=membership)
    return changed(to=_at(membership_id), said="They act for the district no longer and are told by mail.")


@bp.get(f"{MEMBER}/ending")
@staff
def member_ending(membership_id: int) -> ResponseReturnValue:
    return render_template("cohorts/member_ending.html", **ending_page(_member(membership_id)))


@bp.post(f"{MEMBER}/ending")
@staff
def member_ended(membership_id: int) -> ResponseReturnValue:
    membership, form = _member(membership_id), EndingForm()
    again("cohorts/member_ending.html", **ending_page(membership, form))
    if not form.validate_on_submit():
        return invalid()
    end_district(membership, form.last_day.data, form.reason.data, by=me())
    audit("ended membership", subject=membership)
    return changed(to=_at(membership_id), said="The last day is noted. The district’s leads and staff hear it by mail.")


@bp.post(f"{MEMBER}/ending/taking-back")
@staff
def member_kept(membership_id: int) -> ResponseReturnValue:
    membership = _member(membership_id)
    keep_district(membership, by=me())
    audit("kept membership", subject=membership)
    return changed(
        to=_at(membership_id), said="The membership goes on. The district’s leads and staff hear it by mail."
    )


@bp.get(f"{MEMBER}/people/<id:job_id>/move")
@staff
def moving(membership_id: int, job_id: int) -> ResponseReturnValue:
    membership = _member(membership_id)
    return render_template("cohorts/moving.html", **moving_page(membership, _job(membership, job_id)))


@bp.post(f"{MEMBER}/people/<id:job_id>/move")
@staff
def moved(membership_id: int, job_id: int) -> ResponseReturnValue:
    membership, form = _member(membership_id), MoveForm()
    job = _job(membership, job_id)
    again("cohorts/moving.html", **moving_page(membership, job, form))
    if not form.validate_on_submit():
        return invalid()
    to = find_membership(community().id, int(form.district.data))
    move_person(job, to, form.role.data, form.from_day.data, by=me())
    return changed(to=_at(membership_id), said=f"The day is noted. {job.account.name} hears it by mail.")


def _ticked(membership: Membership, said: str) -> ResponseReturnValue:
    fresh = promise_part(membership, is_lead=False, is_staff=True)
    return changed(PROMISES, to=_at(membership.id), said=said, **fresh)


def _member(membership_id: int) -> Membership:
    return find_membership(community().id, membership_id) or abort(404)


def _job(membership: Membership, job_id: int) -> Affiliation:
    return find_job(membership, job_id, today_in(community().id)) or abort(404)


def _at(membership_id: int) -> str:
    return url_for("cohorts.member", membership_id=membership_id)
