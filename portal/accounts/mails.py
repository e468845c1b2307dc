"""What the worker needs to write the mails about signing in."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.core import clock
from portal.core.db import db
from portal.core.mail import writes
from portal.core.tokens import token_of

from .models import SignInLink
from .queries import PURPOSE
from .rules import may_use


@writes("sign_in_link")
def sign_in_link(link_id: int, about: str = "", acts_for: str = "") -> dict[str, Any] | None:
    """The mailed sign-in link, and the lasting address of what it is `about`, or of the district that the person
    `acts_for` from now on; nothing when it was used or ran out before the mail could leave."""
    link = db.session.get(SignInLink, link_id)
    if link is None or not may_use(link, clock.now()):
        return None
    return {
        "url": url_for("accounts.link", token=token_of(link, PURPOSE), _external=True), "about": about,
        "acts_for": acts_for,
        "page": url_for("home.portal", _external=True).rstrip("/") + link.next_url,
    }  # fmt: skip
