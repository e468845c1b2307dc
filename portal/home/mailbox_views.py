"""Doors to the mail that stayed on this machine; closed in production."""

from __future__ import annotations

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from portal.core.access import public
from portal.core.mail import as_html, has_mailbox, mail_folder
from portal.core.web import asked_page

from .mailbox import find_mail, kept_mails
from .views import bp

SIZE = 50


@bp.get("/mailbox")
@public
def mailbox() -> ResponseReturnValue:
    if not has_mailbox():
        abort(404)
    page = kept_mails(mail_folder(), asked_page(), SIZE)
    return render_template("home/mailbox.html", page=page)


@bp.get("/mailbox/<name>")
@public
def mailbox_mail(name: str) -> ResponseReturnValue:
    if not has_mailbox():
        abort(404)
    mail = find_mail(mail_folder(), name) or abort(404)
    return render_template("home/mailbox_mail.html", mail=mail, body=as_html(mail.text))
