"""Questions that are asked only after a certain answer to an earlier one: what can be asked after what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .models import Question

CHOOSING = ("single_choice", "multiple_choice")  # kinds whose answers another question can depend on
ALWAYS_ASKED = ("endorsement",)  # a letter that nobody signs is no letter


def earlier_choices(question: Question | None, questions: Sequence[Question]) -> list[Question]:
    """The questions on whose answers `question` can depend; a new one (None) comes last. `questions` in their order."""
    before = questions[: questions.index(question)] if question in questions else questions
    return [one for one in before if one.kind in CHOOSING]


def condition_fault(condition: Mapping[str, Any], question: Question | None, questions: Sequence[Question]) -> str:
    """Why `question` (None: a new one at the end) cannot depend on this; empty when it can. `questions` in order."""
    if not condition:
        return ""
    if question is not None and question.kind in ALWAYS_ASKED:
        return "The endorsement is always asked for."
    asked = next((one for one in questions if one.code == condition["question"]), None)
    return _place_fault(asked, question, questions) or _answers_fault(asked, condition["any_of"])


def _place_fault(asked: Question | None, question: Question | None, questions: Sequence[Question]) -> str:
    if asked is None:
        return "It depends on a question that is gone. Choose another one."
    if asked is question:
        return "A question cannot depend on its own answer. Choose an earlier one."
    if asked.kind not in CHOOSING:
        return f"“{asked.label}” has no choices. Choose a question that has."
    if asked not in earlier_choices(question, questions):
        return f"“{asked.label}” comes later. A question can only depend on one that comes before it."
    return ""


def _answers_fault(asked: Question | None, answers: Sequence[str]) -> str:
    if not answers:
        return "Choose at least one answer after which it is asked."
    if asked is not None and not set(answers) <= set(asked.settings.get("options", [])):
        return f"It waits for an answer that “{asked.label}” does not offer any more. Choose again."
    return ""
