"""Doors for what people are asked when they enroll."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, me, staff
from portal.core.web import changed

from . import questioning
from .answer_views import Onward, answered
from .models import Experience
from .plan_pages import chapter_page
from .plan_queries import find_question
from .plan_rules import default_erase_on
from .plan_views import PLAN, found
from .planning_models import ExperienceQuestion
from .question_forms import KIND_HINTS, KIND_WORDS, QuestionForm
from .views import bp

LIST = f"{PLAN}/questions"
ONE = f"{LIST}/<id:question_id>"
SHOWN = "agenda/_plan_question.html"


@bp.get(LIST)
@staff
def plan_questions(experience: str) -> ResponseReturnValue:
    page = chapter_page(found(experience), community().time_zone, "questions")
    return render_template("agenda/plan.html", shown="agenda/_plan_questions.html", words=KIND_WORDS, **page)


@bp.get(f"{LIST}/new")
@staff
def plan_question_new(experience: str) -> ResponseReturnValue:
    return render_template("agenda/plan.html", **_page(found(experience)))


@bp.post(f"{LIST}/new")
@staff
def plan_question_add(experience: str) -> ResponseReturnValue:
    plan = found(experience)
    return _kept(plan, None, lambda values: questioning.add_question(plan, values, by=me()), "The question is added.")


@bp.get(ONE)
@staff
def plan_question(experience: str, question_id: int) -> ResponseReturnValue:
    plan = found(experience)
    return render_template("agenda/plan.html", **_page(plan, _question(plan, question_id)))


@bp.post(ONE)
@staff
def plan_question_save(experience: str, question_id: int) -> ResponseReturnValue:
    plan = found(experience)
    question = _question(plan, question_id)
    return _kept(
        plan, question, lambda values: questioning.change_question(question, values, by=me()),
        "The question is changed.",
    )  # fmt: skip


@bp.post(f"{ONE}/order")
@staff
def plan_question_order(experience: str, question_id: int) -> ResponseReturnValue:
    way = "up" if request.form.get("do") == "up" else "down"
    questioning.move_question(_question(found(experience), question_id), way, by=me())
    return changed(to=url_for("agenda.plan_questions", experience=experience), said="The order is changed.")


@bp.post(f"{ONE}/removal")
@staff
def plan_question_remove(experience: str, question_id: int) -> ResponseReturnValue:
    questioning.remove_question(_question(found(experience), question_id), by=me())
    return changed(to=url_for("agenda.plan_questions", experience=experience), said="The question is taken out.")


def _question(plan: Experience, question_id: int) -> ExperienceQuestion:
    return find_question(plan.id, question_id) or abort(404)


def _kept(
    plan: Experience, question: ExperienceQuestion | None, keep: Callable[[dict[str, Any]], Any], said: str
) -> ResponseReturnValue:
    """The answer to the form of a question, new or not, once `keep` has written what was typed; else the form again."""

    def onward(form: QuestionForm) -> Onward:
        keep(form.values())
        return url_for("agenda.plan_questions", experience=plan.slug), said

    return answered(_page(plan, question), onward)


def _page(plan: Experience, question: ExperienceQuestion | None = None) -> dict[str, Any]:
    zone = community().time_zone
    form = QuestionForm(default_erase_on(plan, zone, clock.now()), question)
    title = "Change the question" if question else "Ask something"
    page = chapter_page(plan, zone, "questions")
    return {
        **page, "form": form, "question": question, "title": title, "hints": KIND_HINTS, "to": request.path,
        "shown": SHOWN,
    }  # fmt: skip
