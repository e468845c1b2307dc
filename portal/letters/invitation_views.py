"""Doors of an invitation's private link. Looking changes nothing and signs nobody in; only a button press does."""

from __future__ import annotations

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, public
from portal.core.errors import RuleBroken
from portal.core.limits import count
from portal.core.web import again, changed, invalid
from portal.rounds.asking import Asked, ask_question
from portal.rounds.models import Handover, Invitation
from portal.rounds.operations import mark_opened
from portal.rounds.queries import find_invitation
from portal.rounds.showing import find_handover

from . import invitations
from .invitation_forms import AnswerForm
from .invitation_pages import invitation_page, moved_page
from .passing import Colleague, pass_on
from .views import bp

ADDRESS = "/<slug:community>/invitations/<string:token>"
PAGE, PART = "letters/invitation.html", "letters/_invitation_answer.html"


@bp.get(ADDRESS)
@public
def invitation(token: str) -> ResponseReturnValue:
    found = _found(token)
    if found is not None:
        return render_template(PAGE, **invitation_page(found, token))
    moved = _moved(token)
    if moved is not None:
        return render_template("letters/invitation_moved.html", **moved_page(moved)), 410
    return render_template("letters/invitation_missing.html", here="letter"), 404


@bp.post(f"{ADDRESS}/answer")
@public
def invitation_answer(token: str) -> ResponseReturnValue:
    found, form = _pressed(token), AnswerForm()
    again(PAGE, PART, **invitation_page(found, token, form))
    count("public forms")
    # Before the form is judged: whoever presses has opened the letter, even with a field left empty.
    mark_opened(found)
    if not form.validate_on_submit():
        return invalid()
    return SAID[form.answer.data](found, token, form)


@bp.post(f"{ADDRESS}/opening")
@public
def invitation_opening(token: str) -> ResponseReturnValue:
    found = _pressed(token)
    mark_opened(found)
    return _answered(found, token, "Thank you. Your answer is welcome on this page until the letters close.")


@bp.post(f"{ADDRESS}/link")
@public
def invitation_link(token: str) -> ResponseReturnValue:
    found = _pressed(token)
    invitations.send_new_link(found)
    return _answered(found, token, "A new sign-in link is on its way to the people who write.")


@bp.post(f"{ADDRESS}/news")
@public
def invitation_news(token: str) -> ResponseReturnValue:
    found = _pressed(token)
    invitations.send_news(found)
    return _answered(found, token, f"A mail is on its way to {found.to_email}.")


def _interested(found: Invitation, token: str, form: AnswerForm) -> ResponseReturnValue:
    invitations.answer_interested(found, name=form.name.data, email=form.email.data, token=token)
    said = f"Thank you. The letter is started, and a link to it is on its way to {form.email.data}."
    return _answered(found, token, said)


def _not_this_year(found: Invitation, token: str, form: AnswerForm) -> ResponseReturnValue:
    invitations.answer_not_this_year(found, reason=form.reason.data or "", token=token)
    return _answered(found, token, "Thank you for telling us. You can change this answer until the letters close.")


def _passed_on(found: Invitation, token: str, form: AnswerForm) -> ResponseReturnValue:
    to = Colleague(form.colleague.data, form.colleague_email.data, form.note.data or "")
    pass_on(found, to, token=token)
    # The old link's page tells who has the letter now, to whoever was second at the same instant as well.
    return changed(to=url_for("letters.invitation", token=token))


def _asked(found: Invitation, token: str, form: AnswerForm) -> ResponseReturnValue:
    asked = Asked(form.asker.data, form.asker_email.data, form.question.data)
    ask_question(found.round, asked, invitation=found)
    return _answered(found, token, f"Thank you. We have your question and answer {form.asker_email.data}.")


SAID = {"interested": _interested, "not_this_year": _not_this_year, "pass_on": _passed_on, "question": _asked}


def _answered(found: Invitation, token: str, said: str) -> ResponseReturnValue:
    to = url_for("letters.invitation", token=token)
    return changed(PART, to=to, said=said, fresh=lambda: invitation_page(found, token))


def _found(token: str) -> Invitation | None:
    found = find_invitation(token)
    return found if found is not None and found.community_id == community().id else None


def _moved(token: str) -> Handover | None:
    found = find_handover(token)
    return found if found is not None and found.invitation.community_id == community().id else None


def _pressed(token: str) -> Invitation:
    """The invitation behind the link of a button. Raises RuleBroken when the letter is with somebody else now."""
    found = _found(token)
    if found is None and _moved(token) is not None:
        raise RuleBroken(invitations.PASSED_ON)
    return found or abort(404)
