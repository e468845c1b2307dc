"""Doors of the signature: asked for by the district, given by private link without an account."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, me, public
from portal.core.web import again, changed, invalid

from . import operations
from .deadlines import ends_at, time_of
from .deadlines import is_open as has_time
from .forms import AskForm, DeclineForm, SignForm
from .invitations import whom_to_ask
from .models import Endorsement, Letter
from .operations import Signature, whole_content
from .pages import found_letter, may_here
from .queries import find_endorsement
from .rules import (
    is_waiting,
    missing_before_signature,
    open_endorsement,
    refusal,
    signature_problems,
    valid_endorsement,
)
from .views import LETTER, bp

LINK = "/<slug:community>/endorsements/<string(maxlength=200):token>"
PAGE, LINK_PAGE = "letters/signing.html", "letters/endorsement.html"


@bp.get(f"{LETTER}/endorsement")
def signing(letter_id: int) -> ResponseReturnValue:
    return render_template(PAGE, **_page(found_letter(letter_id)))


@bp.post(f"{LETTER}/endorsement")
def endorsement_request(letter_id: int) -> ResponseReturnValue:
    letter, form = found_letter(letter_id), AskForm(prefix="ask")
    again(PAGE, **_page(letter) | {"form": form})
    if not form.validate_on_submit():
        return invalid()
    operations.ask_endorsement(letter, name=form.name.data or "", email=form.email.data or "", by=me())
    return changed(to=url_for("letters.signing", letter_id=letter_id), said="The private link is on its way.")


@bp.post(f"{LETTER}/endorsement/withdrawal")
def endorsement_withdrawal(letter_id: int) -> ResponseReturnValue:
    operations.take_back_endorsement(found_letter(letter_id), by=me())
    return changed(to=url_for("letters.show", letter_id=letter_id), said="The answers can be changed again.")


@bp.post(f"{LETTER}/endorsement/signature")
def own_signature(letter_id: int) -> ResponseReturnValue:
    letter, form = found_letter(letter_id), _sign_form()
    again(PAGE, **_page(letter) | {"sign_form": form})
    if not form.validate_on_submit():
        return invalid()
    operations.endorse_directly(letter, _signature(form), by=me())
    return changed(to=url_for("letters.check", letter_id=letter_id), said="The letter is signed.")


@bp.get(f"{LETTER}/endorsement/<any(signature, withdrawal):answer>")
def signing_again(letter_id: int, answer: str) -> ResponseReturnValue:
    return redirect(url_for("letters.signing", letter_id=letter_id), 303)


@bp.get(LINK)
@public
def endorsement(token: str) -> ResponseReturnValue:
    found = _request(token)
    if found is None:
        return render_template("letters/endorsement_missing.html"), 404
    return render_template(LINK_PAGE, **_link_page(found, token))


@bp.get(f"{LINK}/<any(signature, refusal):answer>")
@public
def endorsement_again(token: str, answer: str) -> ResponseReturnValue:
    return redirect(url_for("letters.endorsement", token=token), 303)


@bp.post(f"{LINK}/signature")
@public
def endorsement_signature(token: str) -> ResponseReturnValue:
    found, form = found_request(token), _sign_form()
    again(LINK_PAGE, **_link_page(found, token) | {"sign_form": form})
    if not form.validate_on_submit():
        return invalid()
    operations.sign_endorsement(found, _signature(form))
    return changed(to=url_for("letters.endorsement", token=token), said="Thank you. The letter is signed.")


@bp.post(f"{LINK}/refusal")
@public
def endorsement_refusal(token: str) -> ResponseReturnValue:
    found, form = found_request(token), DeclineForm()
    again(LINK_PAGE, **_link_page(found, token) | {"decline_form": form})
    if not form.validate_on_submit():
        return invalid()
    operations.decline_endorsement(found, form.reason.data or "")
    return changed(to=url_for("letters.endorsement", token=token), said="The district has your reason.")


def found_request(token: str) -> Endorsement:
    """The request to sign that the link of this page leads to; else there is no such page."""
    return _request(token) or abort(404)


def _request(token: str) -> Endorsement | None:
    found = find_endorsement(token)
    return found if found is not None and found.letter.community_id == community().id else None


def _page(letter: Letter) -> dict[str, Any]:
    may_ask, may_sign = may_here("ask", letter), may_here("endorse", letter)
    return {
        "letter": letter, "content": whole_content(letter), "here": "district",
        "form": AskForm(formdata=None, prefix="ask"),
        "sign_form": _sign_form(is_new=True), "waiting": open_endorsement(letter), "signed": valid_endorsement(letter),
        "last": letter.endorsements[-1] if letter.endorsements else None, "until": ends_at(letter),
        "problems": missing_before_signature(letter), "unsigned": signature_problems(letter),
        "time": time_of(letter, clock.now()),
        "may_ask": may_ask, "may_sign": may_sign,
        "may_take_back": may_here("take back", letter), "may_submit": may_here("submit", letter),
        "whom_to_ask": "" if may_ask or may_sign else whom_to_ask(letter.community_id, letter.district_id),
    }  # fmt: skip


def _link_page(found: Endorsement, token: str) -> dict[str, Any]:
    letter = found.letter
    is_open = is_waiting(found) and not refusal("sign", letter, {"signer"}, clock.now())
    return {
        "letter": letter, "endorsement": found, "token": token, "is_open": is_open, "content": whole_content(letter),
        "is_over": not has_time(letter, clock.now()),
        "file_url": partial(url_for, "letters.file_to_sign", token=token),
        "time": time_of(letter, clock.now()), "sign_form": _sign_form(is_new=True, name=found.to_name),
        "decline_form": DeclineForm(formdata=None),
    }  # fmt: skip


def _sign_form(*, is_new: bool = False, name: str = "") -> SignForm:
    if not is_new:
        return SignForm()
    today = clock.local(clock.now(), community().time_zone).date()
    return SignForm(formdata=None, name=name, day=today)


def _signature(form: SignForm) -> Signature:
    return Signature(form.accepted.data or [], form.name.data or "", form.title.data or "", form.day.data)
