"""Doors of an invitation's private link. Looking changes nothing and signs nobody in; only a button press does."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, public
from portal.core.web import again, changed, invalid
from portal.districts.queries import leads_of
from portal.rounds.models import Invitation
from portal.rounds.operations import mark_opened
from portal.rounds.queries import find_invitation, shown_round
from portal.rounds.rules import may, stage_of
from portal.rounds.sheet import sheet_of

from . import invitations
from .invitation_forms import AnswerForm
from .queries import letter_of
from .views import bp

ADDRESS = "/<slug:community>/invitations/<string:token>"
PAGE, PART = "letters/invitation.html", "letters/_invitation_answer.html"


@bp.get(ADDRESS)
@public
def invitation(token: str) -> ResponseReturnValue:
    found = _found(token)
    if found is None:
        return render_template("letters/invitation_missing.html", here="letter"), 404
    return render_template(PAGE, **_shown(found, token))


@bp.post(f"{ADDRESS}/answer")
@public
def invitation_answer(token: str) -> ResponseReturnValue:
    found, form = _found(token) or abort(404), AnswerForm()
    again(PAGE, PART, **_shown(found, token, form))
    # Before the form is judged: whoever presses has opened the letter, even with a field left empty.
    mark_opened(found)
    if not form.validate_on_submit():
        return invalid()
    return _answered(found, token, SAID[form.answer.data](found, form))


@bp.post(f"{ADDRESS}/opening")
@public
def invitation_opening(token: str) -> ResponseReturnValue:
    found = _found(token) or abort(404)
    mark_opened(found)
    return _answered(found, token, "Thank you. Your answer is welcome on this page until the letters close.")


@bp.post(f"{ADDRESS}/link")
@public
def invitation_link(token: str) -> ResponseReturnValue:
    found = _found(token) or abort(404)
    invitations.send_new_link(found)
    return _answered(found, token, "A new sign-in link is on its way to the people who write.")


def _interested(found: Invitation, form: AnswerForm) -> str:
    invitations.answer_interested(found, name=form.name.data or "", email=form.email.data or "")
    return f"Thank you. The letter is started, and a link to it is on its way to {form.email.data}."


def _not_this_year(found: Invitation, form: AnswerForm) -> str:
    invitations.answer_not_this_year(found, reason=form.reason.data or "")
    return "Thank you for telling us. You can change this answer until the letters close."


SAID = {"interested": _interested, "not_this_year": _not_this_year}


def _answered(found: Invitation, token: str, said: str) -> ResponseReturnValue:
    return changed(PART, to=url_for("letters.invitation", token=token), said=said, **_shown(found, token))


def _found(token: str) -> Invitation | None:
    found = find_invitation(token)
    return found if found is not None and found.community_id == community().id else None


def _shown(found: Invitation, token: str, form: AnswerForm | None = None) -> dict[str, Any]:
    now, letter = clock.now(), letter_of(found.round_id, found.district_id)
    other = shown_round(community().id)
    return {
        "here": "letter",
        "token": token,
        "invitation": found,
        "sheet": sheet_of(found.round, community(), now, found),
        "form": form or AnswerForm(answer=found.answer or None, reason=found.reason),
        "leads": leads_of(found.community_id, found.district_id),
        "may_answer": may("answer", found.round, now),
        "may_change": letter is None or invitations.is_untouched(letter),
        "has_next": other is not None and other.id != found.round_id and stage_of(other, now) in ("upcoming", "open"),
    }
