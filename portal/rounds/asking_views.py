"""Doors of visitors who want to know something: a question about the letter, and an inquiry about the community."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, me, public
from portal.core.errors import RuleBroken
from portal.core.limits import count
from portal.core.web import again, changed, invalid

from .asking import Asked, Visitor, ask_question, inquire
from .asking_forms import ContactForm, QuestionForm
from .asking_rules import NO_ROUND, asks_until, may_ask
from .queries import shown_round
from .views import bp

QUESTION, CONTACT = "/<slug:community>/letter/question", "/<slug:community>/contact"
ASKING, ASKING_PART = "rounds/question.html", "rounds/_question.html"
WRITING, WRITING_PART = "rounds/contact.html", "rounds/_contact.html"


@bp.get(QUESTION)
@public
def question() -> ResponseReturnValue:
    return render_template(ASKING, **_asking(QuestionForm(formdata=None, **_known())))


@bp.post(QUESTION)
@public
def question_asked() -> ResponseReturnValue:
    form, round = QuestionForm(), shown_round(community().id)
    again(ASKING, ASKING_PART, **_asking(form))
    count("public forms")
    if round is None:
        raise RuleBroken(NO_ROUND)
    if not form.validate_on_submit():
        return invalid()
    ask_question(round, Asked(form.name.data, form.email.data, form.text.data))
    return changed(to=url_for("rounds.letter"), said=f"Thank you. We have your question and answer {form.email.data}.")


@bp.get(CONTACT)
@public
def contact() -> ResponseReturnValue:
    return render_template(WRITING, form=ContactForm(formdata=None, **_known()))


@bp.post(CONTACT)
@public
def contact_made() -> ResponseReturnValue:
    form = ContactForm()
    again(WRITING, WRITING_PART, form=form)
    count("public forms")
    if not form.validate_on_submit():
        return invalid()
    inquire(community().id, _visitor(form))
    return changed(to=url_for("home.community"), said=f"Thank you for writing. We answer {form.email.data}.")


def _asking(form: QuestionForm) -> dict[str, Any]:
    round, now = shown_round(community().id), clock.now()
    return {
        "here": "letter", "form": form, "round": round, "may_ask": round is not None and may_ask(round, now),
        "until": asks_until(round) if round else None,
    }  # fmt: skip


def _visitor(form: ContactForm) -> Visitor:
    return Visitor(
        form.name.data, form.email.data, form.message.data, form.role.data or "", form.district_text.data or "",
        form.district_id,
    )  # fmt: skip


def _known() -> dict[str, str]:
    return {"name": me().name, "email": me().email}
