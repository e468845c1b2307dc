"""Doors of a district that answers without an invitation: find it, ask for a link, confirm by a button."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, public
from portal.core.limits import count, limited
from portal.core.text import tidy
from portal.core.web import again, changed, invalid
from portal.districts.likeness import LONGEST_QUESTION
from portal.districts.queries import districts_of_domain
from portal.rounds.models import AnswerRequest, Round
from portal.rounds.queries import shown_round

from . import answering
from .answering import Asker
from .answering_forms import AddressForm, AskerForm
from .answering_pages import asker_page, request_page, start_page
from .answering_queries import find_answer_request, find_district
from .answering_rules import unknown_words
from .views import bp

ANSWER = "/<slug:community>/letter/answer"
LINK = "/<slug:community>/answers/<string(maxlength=200):token>"
START, START_PART = "letters/answering.html", "letters/_answering.html"
ASKER, ASKER_PART = "letters/answering_asker.html", "letters/_answering_asker.html"
PAGE, PART = "letters/answer_request.html", "letters/_answer_request.html"


@bp.get(ANSWER)
@public
@limited("searches", only_with="q")
def answering_start() -> ResponseReturnValue:
    asked, round = tidy(request.args.get("q"))[:LONGEST_QUESTION], shown_round(community().id)
    if round is None:
        return render_template("rounds/none.html", here="letter")
    return render_template(START, **start_page(round, AddressForm(formdata=None, email=me().email), asked))


@bp.post(f"{ANSWER}/address")
@public
def answering_address() -> ResponseReturnValue:
    form = AddressForm()
    again(START, START_PART, **start_page(_round(), form))
    count("public forms")
    if not form.validate_on_submit():
        return invalid()
    found = districts_of_domain(form.email.data)
    if not found:
        return invalid(200, why=unknown_words(form.email.data))
    again(ASKER, ASKER_PART, **asker_page(_round(), _asker(form.email.data), found))
    return invalid(200)


@bp.get(f"{ANSWER}/<id:district_id>")
@public
def answering_district(district_id: int) -> ResponseReturnValue:
    found = find_district(district_id) or abort(404)
    return render_template(ASKER, **asker_page(_round(), _asker(me().email), [found]))


@bp.post(ANSWER)
@public
def answering_request() -> ResponseReturnValue:
    form, round = AskerForm(), _round()
    found = _chosen(form)
    again(ASKER, ASKER_PART, **asker_page(round, form, found))
    count("public forms")
    if not form.validate_on_submit() or len(found) != 1:
        return invalid()
    answering.request_answer(round, found[0], Asker(form.name.data, form.email.data, form.role.data or ""))
    return changed(to=url_for("letters.answering_sent"))


@bp.get(f"{ANSWER}/sent")
@public
def answering_sent() -> ResponseReturnValue:
    return render_template("letters/answering_sent.html", here="letter", round=_round())


@bp.get(LINK)
@public
def answer_request(token: str) -> ResponseReturnValue:
    found = _request(token)
    if found is None:
        return render_template("letters/answer_missing.html", here="letter"), 404
    return render_template(PAGE, **request_page(found, token))


@bp.post(f"{LINK}/confirmation")
@public
def answer_confirmation(token: str) -> ResponseReturnValue:
    found = _found(token)
    answering.confirm_request(found)
    to = url_for("letters.answer_request", token=token)
    return changed(PART, to=to, fresh=lambda: request_page(found, token))


@bp.post(f"{LINK}/link")
@public
def answer_link(token: str) -> ResponseReturnValue:
    found = _found(token)
    answering.send_request_link(found)
    said = f"A new sign-in link is on its way to {found.email}."
    to = url_for("letters.answer_request", token=token)
    return changed(PART, to=to, said=said, fresh=lambda: request_page(found, token))


def _round() -> Round:
    return shown_round(community().id) or abort(404)


def _found(token: str) -> AnswerRequest:
    return _request(token) or abort(404)


def _request(token: str) -> AnswerRequest | None:
    found = find_answer_request(token)
    return found if found is not None and found.community_id == community().id else None


def _asker(email: str) -> AskerForm:
    return AskerForm(formdata=None, name=me().name, email=email)


def _chosen(form: AskerForm) -> list[Any]:
    """The district that was chosen; without one, those that the address tells."""
    number = form.district.data or ""
    found = find_district(int(number)) if number.isascii() and number.isdigit() and len(number) < 19 else None
    return [found] if found else districts_of_domain(form.email.data or "")
