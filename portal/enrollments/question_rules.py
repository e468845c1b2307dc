"""What may be answered to an experience's questions, until when, and how the page says who sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

LONGEST = 500  # signs of an answer
GUARDED = {"dietary", "access"}
YES_NO = {"yes": "Yes", "no": "No"}
STARTED = "This has started, so your answers stay as they are. Tell whoever leads it what has changed."
CANCELLED = "This was cancelled, so no answers are needed any more."
NOT_IN = "You have no seat here and are not in line. Take a seat first, then you can answer."


class Question(Protocol):
    """A question, or a row with the same columns."""

    @property
    def id(self) -> int: ...

    @property
    def kind(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def options(self) -> Sequence[str]: ...

    @property
    def is_required(self) -> bool: ...


def options_of(question: Question) -> dict[str, str]:
    """The answers to choose from, each with its words; none where one writes freely."""
    return YES_NO if question.kind == "yes_no" else {option: option for option in question.options}


def wrong_answer(question: Question, answer: str) -> str:
    """What is wrong with this answer, as a sentence that says what to do; empty when it will do."""
    if not answer:
        return f"Answer “{question.label}”. It is needed to plan your seat." if question.is_required else ""
    if len(answer) > LONGEST:
        return f"Shorten this answer to {LONGEST} characters. It has {len(answer)}."
    options = options_of(question)
    return "Choose one of the answers that stand here." if options and answer not in options else ""


def first_wrong(questions: Sequence[Question], answers: Mapping[int, str]) -> str:
    """The first thing that is wrong with all of the answers together; empty when they will do."""
    found = (wrong_answer(question, answers.get(question.id, "")) for question in questions)
    return next((sentence for sentence in found if sentence), "")


def unanswered(questions: Sequence[Question], answers: Mapping[int, str]) -> int:
    """How many questions still need an answer of this person, whom somebody else may have enrolled."""
    return sum(question.is_required and not answers.get(question.id) for question in questions)


def refusal_to_change(state: str, starts_at: datetime | None, now: datetime) -> str:
    """Why answers cannot be changed any more; empty while they can. `starts_at`: of the first date that is left; None
    when all are cancelled.
    """
    if state not in {"pending", "waiting", "seated"}:
        return NOT_IN
    if starts_at is None:
        return CANCELLED
    return STARTED if now >= starts_at else ""


def is_to_erase(erase_on: date, today: date) -> bool:
    """Whether the answers have been kept long enough: the last day counts."""
    return today > erase_on
