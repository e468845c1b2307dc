"""Doors for whoever is asked whether a changed date suits them: by private link, or signed in."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, me, public
from portal.core.inputs import LARGEST
from portal.core.web import changed

from .attending_models import Confirmation
from .change_queries import find_own_question, find_question, is_newest
from .change_rules import question_state
from .confirming import answer_change, is_all_of_it
from .views import PAGE, bp

TOKEN = "<string(minlength=20, maxlength=80):token>"
LINK = f"/<slug:community>/dates/{TOKEN}"
SAID = {"yes": "Thank you. You keep your seat on the new date.", "no": "Thank you for telling us."}
FREED = "Thank you for telling us. Your seat goes to the next in line."


@bp.get(LINK)
@public
def changed_date(token: str) -> ResponseReturnValue:
    question = find_question(token, community().id) or abort(404)
    action = url_for("enrollments.changed_date_answer", token=token)
    return render_template("enrollments/changed_date.html", **_page(question, action))


@bp.post(LINK)
@public
def changed_date_answer(token: str) -> ResponseReturnValue:
    question = find_question(token, community().id) or abort(404)
    return _answer(question, url_for("enrollments.changed_date", token=token))


@bp.get(f"{PAGE}/seat/confirmation")
def seat_confirmation(experience: str) -> ResponseReturnValue:
    question = _own(experience)
    action = url_for("enrollments.seat_confirmed", experience=experience, change=question.change_id)
    return render_template("enrollments/changed_date.html", here="agenda", **_page(question, action))


@bp.post(f"{PAGE}/seat/confirmation")
def seat_confirmed(experience: str) -> ResponseReturnValue:
    question = _own(experience)
    return _answer(question, url_for("enrollments.experience", experience=experience))


def _answer(question: Confirmation, to: str) -> ResponseReturnValue:
    answer = request.form.get("answer")
    if answer not in SAID:
        abort(422)
    doer = me() if me().is_signed_in else None
    is_freed = answer_change(question, answer, by=doer)
    return changed(to=to, said=FREED if is_freed else SAID[answer])


def _own(slug: str) -> Confirmation:
    number = request.args.get("change", 0, type=int)
    if not 0 <= number <= LARGEST:
        abort(404)
    return find_own_question(community().id, slug, me().account_id, number) or abort(404)


def _page(question: Confirmation, action: str) -> dict[str, Any]:
    enrollment = question.enrollment
    return {
        "question": question,
        "change": question.change,
        "session": question.change.session,
        "experience": enrollment.experience,
        "state": question_state(question, enrollment.state, is_newest(question.change), clock.now()),
        "frees": is_all_of_it(enrollment),
        "action": action,
    }
