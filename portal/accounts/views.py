"""Doors to signing in and out, and to one's own account."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import enter, leave, me, public
from portal.core.audit import audit
from portal.core.db import db
from portal.core.mail import has_mailbox
from portal.core.web import again, changed, invalid, safe_next

from . import operations
from .forms import LinkForm, NewPasswordForm, PasswordForm
from .models import Account, SignIn
from .queries import find_sign_in, person_of_link, sign_ins_of
from .rules import browser_words, is_fresh

bp = Blueprint("accounts", __name__)
TOKEN = "<string(maxlength=200):token>"


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    if me().is_signed_in:
        return redirect(safe_next(request.args.get("next"), current_app.extensions["landing"]()), 303)
    return render_template("accounts/sign_in.html", **_forms())


@bp.post("/sign-in")
@public
def link_request() -> ResponseReturnValue:
    form = LinkForm()
    again("accounts/sign_in.html", **{**_forms(), "form": form})
    if not form.validate_on_submit():
        return invalid()
    operations.ask_for_link(form.email.data or "", next_url=safe_next(form.next.data, ""), source=_source())
    return changed(to=url_for("accounts.link_sent"))


@bp.get("/sign-in/sent")
@public
def link_sent() -> ResponseReturnValue:
    return render_template("accounts/link_sent.html", mailbox=url_for("home.mailbox") if has_mailbox() else "")


@bp.post("/sign-in/password")
@public
def password_sign_in() -> ResponseReturnValue:
    form = PasswordForm(prefix="p")
    again("accounts/sign_in.html", **{**_forms(), "password_form": form})
    if not form.validate_on_submit():
        return invalid()
    token = operations.sign_in_with_password(
        form.email.data or "", form.password.data or "", source=_source(), browser=_browser()
    )
    return _enter(token, form.next.data)


@bp.get(f"/sign-in/{TOKEN}")
@public
def link(token: str) -> ResponseReturnValue:
    return render_template(
        "accounts/link.html", token=token, person=person_of_link(token), used_link=operations.USED_LINK
    )


@bp.post(f"/sign-in/{TOKEN}")
@public
def link_use(token: str) -> ResponseReturnValue:
    again("accounts/link.html", token=token, person=None)
    cookie, next_url = operations.use_link(token, browser=_browser())
    return _enter(cookie, next_url)


@bp.post(f"/sign-in/{TOKEN}/renewal")
@public
def link_renewal(token: str) -> ResponseReturnValue:
    operations.renew_link(token, source=_source())
    return changed(to=url_for("accounts.link_sent"))


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    if me().is_signed_in:
        operations.end_sign_in(_own_sign_in(), by=me())
        audit("signed out")
    leave()
    answer: Response = make_response(changed(to="/", said="You are signed out."))
    # On a shared machine the Back button would show pages of whoever has just left.
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@bp.get("/my/account")
def account() -> ResponseReturnValue:
    return render_template("accounts/show.html", **_own_page())


@bp.post("/my/account/sign-ins/<id:sign_in_id>/end")
def sign_in_end(sign_in_id: int) -> ResponseReturnValue:
    found = find_sign_in(me().account_id, sign_in_id) or abort(404)
    operations.end_sign_in(found, by=me())
    return _sign_ins("That sign-in has ended.")


@bp.post("/my/account/sign-ins/end")
def other_sign_ins_end() -> ResponseReturnValue:
    operations.end_other_sign_ins(_own_account(), but=me().sign_in_id, by=me())
    return _sign_ins("You are signed out in every other browser.")


@bp.post("/my/account/password")
def password() -> ResponseReturnValue:
    form = NewPasswordForm()
    again("accounts/show.html", **{**_own_page(), "form": form})
    if not form.validate_on_submit():
        return invalid()
    token = operations.change_password(
        _own_sign_in(), current=form.current.data or "", new=form.password.data or "", by=me(), browser=_browser()
    )
    enter(token)
    audit("set password")
    return changed(to=url_for("accounts.account"), said="Your password is set. Other browsers are signed out.")


# Whoever signs in over an open sign-in ends that one: its cookie is replaced, and nobody could end it any more.
def _enter(token: str, next_url: str | None) -> ResponseReturnValue:
    if me().is_signed_in:
        operations.end_sign_in(_own_sign_in(), by=me())
    enter(token)
    audit("signed in")
    return changed(to=safe_next(next_url, current_app.extensions["landing"]()))


def _forms() -> dict[str, Any]:
    target, password = safe_next(request.args.get("next"), ""), current_app.config["DEMO_PASSWORD"]
    form, second = LinkForm(formdata=None, next=target), PasswordForm(formdata=None, prefix="p", next=target)
    people = current_app.extensions["demo_people"]() if password else []
    return {"form": form, "password_form": second, "people": people, "demo_password": password, "here": "sign-in"}


def _own_page() -> dict[str, Any]:
    has_password = _own_account().password_hash is not None
    asks_current = has_password and not is_fresh(_own_sign_in(), clock.now())
    page = {"sign_ins": sign_ins_of(me().account_id), "form": NewPasswordForm(formdata=None), "here": "you"}
    return {**page, "has_password": has_password, "asks_current": asks_current}


def _sign_ins(said: str) -> ResponseReturnValue:
    mine = sign_ins_of(me().account_id)
    return changed("accounts/_sign_ins.html", to=url_for("accounts.account"), said=said, sign_ins=mine)


def _own_account() -> Account:
    return db.session.get_one(Account, me().account_id)


def _own_sign_in() -> SignIn:
    return db.session.get_one(SignIn, me().sign_in_id)


def _source() -> str:
    return request.remote_addr or ""


def _browser() -> str:
    return browser_words(request.user_agent.string)
