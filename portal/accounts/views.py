"""Doors to signing in and out, and to one's own account."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import enter, leave, me, public
from portal.core.audit import audit
from portal.core.db import db
from portal.core.web import again, changed, invalid, safe_next

from . import operations
from .forms import LinkForm, NewPasswordForm, PasswordForm
from .models import Account, SignIn
from .queries import demo_accounts, sign_in_by_token, sign_ins_of

bp = Blueprint("accounts", __name__)
TOKEN = "<string(minlength=20, maxlength=80):token>"


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    if me().is_signed_in:
        return redirect(safe_next(request.args.get("next"), url_for("enrollments.my")), 303)
    return render_template("accounts/sign_in.html", **_forms())


@bp.post("/sign-in")
@public
def link_request() -> ResponseReturnValue:
    form = LinkForm()
    again("accounts/sign_in.html", **{**_forms(), "form": form})
    if not form.validate_on_submit():
        return invalid()
    operations.ask_for_link(form.email.data or "", next_url=safe_next(form.next.data, ""))
    return changed(to=url_for("accounts.link_sent"))


@bp.get("/sign-in/sent")
@public
def link_sent() -> ResponseReturnValue:
    return render_template("accounts/link_sent.html")


@bp.post("/sign-in/password")
@public
def password_sign_in() -> ResponseReturnValue:
    form = PasswordForm(prefix="p")
    again("accounts/sign_in.html", **{**_forms(), "password_form": form})
    if not form.validate_on_submit():
        return invalid()
    token = operations.sign_in_with_password(
        form.email.data or "", form.password.data or "", source=request.remote_addr or "", browser=_browser()
    )
    return _enter(token, form.next.data)


@bp.get(f"/sign-in/{TOKEN}")
@public
def link(token: str) -> ResponseReturnValue:
    return render_template("accounts/link.html", token=token)


@bp.post(f"/sign-in/{TOKEN}")
@public
def link_use(token: str) -> ResponseReturnValue:
    again("accounts/link.html", token=token)
    cookie, next_url = operations.use_link(token, browser=_browser())
    return _enter(cookie, next_url)


@bp.post(f"/sign-in/{TOKEN}/renewal")
@public
def link_renewal(token: str) -> ResponseReturnValue:
    operations.renew_link(token)
    return changed(to=url_for("accounts.link_sent"))


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    if me().is_signed_in:
        operations.end_sign_in(sign_in_by_token(me().token) or abort(404), by=me())
        audit("signed out")
    leave()
    answer: Response = make_response(changed(to="/", said="You are signed out."))
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@bp.get("/my/account")
def account() -> ResponseReturnValue:
    return render_template("accounts/show.html", sign_ins=sign_ins_of(me().account_id), form=NewPasswordForm())


@bp.post("/my/account/sign-ins/<id:sign_in_id>/end")
def sign_in_end(sign_in_id: int) -> ResponseReturnValue:
    found = db.session.get(SignIn, sign_in_id)
    if found is None or found.account_id != me().account_id:
        abort(404)
    operations.end_sign_in(found, by=me())
    return changed(
        "accounts/_sign_ins.html", to=url_for("accounts.account"), said="That sign-in has ended.",
        sign_ins=sign_ins_of(me().account_id),
    )  # fmt: skip


@bp.post("/my/account/password")
def password() -> ResponseReturnValue:
    form = NewPasswordForm()
    again("accounts/show.html", form=form, sign_ins=sign_ins_of(me().account_id))
    if not form.validate_on_submit():
        return invalid()
    person = db.session.get_one(Account, me().account_id)
    operations.set_password(person, form.password.data or "", by=me(), but=me().sign_in_id)
    audit("set password")
    return changed(to=url_for("accounts.account"), said="Your password is set. Other browsers are signed out.")


def _enter(token: str, next_url: str | None) -> ResponseReturnValue:
    enter(token)
    audit("signed in")
    return changed(to=safe_next(next_url, url_for("enrollments.my")))


def _forms() -> dict[str, object]:
    target = safe_next(request.args.get("next"), "")
    people = demo_accounts() if current_app.config["DEMO_PASSWORD"] else []
    form, second = LinkForm(formdata=None, next=target), PasswordForm(formdata=None, prefix="p", next=target)
    return {"form": form, "password_form": second, "people": people}


def _browser() -> str:
    return request.user_agent.string
