"""What staff ask of whoever enrolls: add a question, change it, put it elsewhere, take it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError

from portal.communities.queries import today_in
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer
from portal.rounds.drafting import moved

from .building import note
from .models import QUESTION_KINDS, Experience
from .plan_queries import questions_of
from .plan_rules import GONE, is_asked
from .planning_models import ExperienceQuestion

FIELDS = ("kind", "label", "help", "options", "is_required", "erase_on")
MOST = 12
ANSWERED = "People have answered this. Their answers are erased after the day that it says; until then it stays."


def add_question(experience: Experience, values: Mapping[str, Any], *, by: Doer) -> ExperienceQuestion:
    """Ask one more thing, after the others. Whoever has a seat already answers it on their page.

    Raises RuleBroken when there are too many, or when something of it does not fit.
    """
    with transaction():
        lock(experience)
        _check_open(experience, values)
        rows = questions_of(experience.id)
        if len(rows) >= MOST:
            raise RuleBroken(f"Keep it to {MOST} questions: people sign up on a phone between two lessons.")
        last = max((one.position for one in rows), default=0)
        question = ExperienceQuestion(experience_id=experience.id, position=last + 1)
        _fill(question, values)
        db.session.add(question)
        note(experience, "add a question", by, about=values["label"])
    return question


def change_question(question: ExperienceQuestion, values: Mapping[str, Any], *, by: Doer) -> None:
    """Change a question. Raises RuleBroken when its kind would change under answers that people gave, and once they
    are erased."""
    with transaction():
        experience, question = _locked(question)
        _check_open(experience, values)
        if question.erased_at is not None:
            raise RuleBroken("The answers to this are erased, so it stays as it was. Ask anew if you need to.")
        # Answers themselves stand in a feature above, so “may have”: whoever asked for a seat was asked this too.
        if is_asked(experience) and values["kind"] != question.kind:
            raise RuleBroken("People may have answered this. Keep its kind, or ask something else beside it.")
        _fill(question, values)
        note(experience, "change a question", by, about=question.label)


def move_question(question: ExperienceQuestion, way: str, *, by: Doer) -> None:
    """Put a question one place up or down; at an end it stays."""
    with transaction():
        experience, question = _locked(question)
        rows = questions_of(experience.id)
        # All of them anew: after one was taken out the numbers have a hole, and swapping two would not close it.
        for place, row in enumerate(moved(rows, question, way), 1):
            row.position = place
        note(experience, "move a question", by, about=question.label)


def remove_question(question: ExperienceQuestion, *, by: Doer) -> None:
    """Ask a thing no more. Raises RuleBroken where people have answered it."""
    with transaction():
        experience, question = _locked(question)
        label = question.label
        try:
            db.session.delete(question)
            db.session.flush()
        except IntegrityError as fault:  # answers hang on it, in the feature above
            raise RuleBroken(ANSWERED) from fault
        note(experience, "take out a question", by, about=label)


def _locked(question: ExperienceQuestion) -> tuple[Experience, ExperienceQuestion]:
    """The experience under its lock, and the question as it is now."""
    # By its number, for the row may be gone: to touch an attribute of it would then be an error, not a sentence.
    number = inspect(question).identity
    found = db.session.get(ExperienceQuestion, number)
    experience = lock(db.session.get_one(Experience, found.experience_id)) if found is not None else None
    found = db.session.get(ExperienceQuestion, number, populate_existing=True)
    if found is None or experience is None:
        raise RuleBroken("Somebody else took this question out meanwhile. Go back to the list.")
    return experience, found


def _check_open(experience: Experience, values: Mapping[str, Any]) -> None:
    if experience.cancelled_at is not None:
        raise RuleBroken(GONE)
    if values["kind"] not in QUESTION_KINDS:
        raise RuleBroken("Choose what kind of answer is wanted.")
    if values["kind"] == "choice" and len(values.get("options") or []) < 2:
        raise RuleBroken("Give two answers or more to choose from.")
    if values["erase_on"] < today_in(experience.community_id):
        raise RuleBroken("Choose a day to come on which the answers are erased.")


def _fill(question: ExperienceQuestion, values: Mapping[str, Any]) -> None:
    for name in FIELDS:
        if name in values:
            setattr(question, name, values[name])
    # Choices of a question that was of that kind once would come back the day somebody changes it again.
    if question.kind != "choice":
        question.options = []
