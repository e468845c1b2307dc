"""Doors for somebody who joins a member district's team without being named: by its link, or by an address."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.communities.queries import role_labels, roles_of
from portal.core import clock
from portal.core.access import community, me, public
from portal.core.limits import count
from portal.core.web import again, changed, invalid
from portal.districts.queries import members_of

from .join_forms import JoinAskForm, JoinDomainForm
from .join_queries import find_join_link, find_join_request, fitting_members
from .join_rules import request_state
from .joining import Joiner, ask_to_join, confirm_join
from .models import JoinLink, JoinRequest
from .views import TOKEN, bp

JOIN = "/<slug:community>/join"
PAGE, PART = "cohorts/join_ask.html", "cohorts/_join_ask.html"
CHOOSE = "Your address does not tell which district you work for. Choose it from the list."


@bp.get(JOIN)
@public
def join_start() -> ResponseReturnValue:
    form = JoinDomainForm(formdata=None, name=me().name, email=me().email)
    return render_template(PAGE, **_domain_page(form))


@bp.post(JOIN)
@public
def join_ask() -> ResponseReturnValue:
    form = JoinDomainForm()
    page = _domain_page(form)
    again(PAGE, PART, **page)
    count("public forms")
    if not form.validate_on_submit():
        return invalid()
    chosen = [one for one in page["members"] if str(one.district_id) == form.district.data]
    fitting = chosen or fitting_members(page["members"], form.email.data)
    if len(fitting) != 1:
        form.district.errors = [CHOOSE]
        return invalid()
    ask_to_join(fitting[0], _joiner(form))
    return changed(to=url_for("cohorts.join_sent"))


@bp.get(f"{JOIN}/sent")
@public
def join_sent() -> ResponseReturnValue:
    return render_template("cohorts/join_sent.html")


@bp.get(f"{JOIN}/by/{TOKEN}")
@public
def join_by(token: str) -> ResponseReturnValue:
    form = JoinAskForm(formdata=None, name=me().name, email=me().email)
    return render_template(PAGE, **_link_page(form, _link(token), token))


@bp.post(f"{JOIN}/by/{TOKEN}")
@public
def join_by_ask(token: str) -> ResponseReturnValue:
    form, link = JoinAskForm(), _link(token)
    again(PAGE, PART, **_link_page(form, link, token))
    count("public forms")
    if not form.validate_on_submit():
        return invalid()
    ask_to_join(link.membership, _joiner(form), link=link)
    return changed(to=url_for("cohorts.join_sent"))


@bp.get(f"{JOIN}/requests/{TOKEN}")
@public
def join_request(token: str) -> ResponseReturnValue:
    return render_template("cohorts/join_request.html", **_request_page(token))


@bp.post(f"{JOIN}/requests/{TOKEN}")
@public
def join_confirmation(token: str) -> ResponseReturnValue:
    again("cohorts/join_request.html", **_request_page(token))
    confirm_join(token, next_url=url_for("cohorts.district"))
    return changed(to=url_for("cohorts.join_request", token=token))


def _domain_page(form: JoinDomainForm) -> dict[str, Any]:
    members = members_of(community().id)
    form.offer_roles(roles_of(community().id))
    form.offer_districts(members)
    return {"form": form, "members": members, "link": None, "action": url_for("cohorts.join_ask")}


def _link_page(form: JoinAskForm, link: JoinLink, token: str) -> dict[str, Any]:
    form.offer_roles(roles_of(community().id))
    return {"form": form, "link": link, "action": url_for("cohorts.join_by_ask", token=token)}


def _request_page(token: str) -> dict[str, Any]:
    found: JoinRequest = find_join_request(token, community().id) or abort(404)
    role = role_labels(community().id).get(found.role, found.role)
    return {"found": found, "role": role, "token": token, "state": request_state(found, clock.now())}


def _joiner(form: JoinAskForm) -> Joiner:
    return Joiner(form.name.data or "", form.email.data or "", form.role.data or "", form.school.data or "")


def _link(token: str) -> JoinLink:
    return find_join_link(token, community().id) or abort(404)
