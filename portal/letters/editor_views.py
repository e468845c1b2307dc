"""Doors of a co-editor's private link. Looking changes nothing and signs nobody in; only a button press does."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, me, public
from portal.core.audit import audit
from portal.core.web import again, changed, invalid

from . import editors
from .models import Editor
from .team_forms import EditorJoinForm
from .team_queries import find_editor
from .team_rules import link_until, state_of
from .views import bp

ADDRESS = "/<slug:community>/editors/<string(maxlength=200):token>"
PAGE = "letters/team_join.html"


@bp.get(ADDRESS)
@public
def editor(token: str) -> ResponseReturnValue:
    found = _found(token)
    return render_template(PAGE, **_page(found, token)), 200 if found else 404


@bp.post(ADDRESS)
@public
def editor_joining(token: str) -> ResponseReturnValue:
    found, form = _found(token), EditorJoinForm()
    again(PAGE, **_page(found, token, form))
    if found is None:
        return invalid(404)
    if not form.validate_on_submit():
        return invalid()
    joined = editors.join_letter(token, name=form.name.data or "", next_url=_letter_url(found))
    audit("joined as editor", account_id=joined.account_id, subject=joined.letter)
    return changed(to=url_for("letters.editor", token=token))


@bp.post(f"{ADDRESS}/link")
@public
def editor_link(token: str) -> ResponseReturnValue:
    found = _found(token)
    again(PAGE, **_page(found, token))
    if found is None:
        return invalid(404)
    editors.send_editor_sign_in(token, next_url=_letter_url(found), source=request.remote_addr or "")
    return changed(to=url_for("letters.editor", token=token), said="A new sign-in link is on its way.")


@bp.post(f"{ADDRESS}/renewal")
@public
def editor_link_renewal(token: str) -> ResponseReturnValue:
    found = _found(token)
    again(PAGE, **_page(found, token))
    if found is None:
        return invalid(404)
    editors.renew_editor(found, by=None)
    return changed(to=url_for("accounts.link_sent"), said="A new link is on its way to the same address.")


def _found(token: str) -> Editor | None:
    found = find_editor(token)
    return found if found is not None and found.letter.community_id == community().id else None


def _letter_url(found: Editor | None) -> str:
    return url_for("letters.show", letter_id=found.letter_id) if found else ""


def _page(found: Editor | None, token: str, form: EditorJoinForm | None = None) -> dict[str, Any]:
    state = state_of(found, clock.now()) if found else "unknown"
    return {
        "found": found, "token": token, "state": state, "here": "letter", "letter": found.letter if found else None,
        "form": form or EditorJoinForm(formdata=None, name=found.name if found else ""),
        "until": link_until(found) if found else None, "is_me": bool(found and found.account_id == me().account_id),
    }  # fmt: skip
