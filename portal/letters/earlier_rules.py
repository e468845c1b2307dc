"""Which answer of an earlier letter stands beside which question, and whether it can be used there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.core.errors import RuleBroken
from portal.rounds.models import Question

from .shapes import normal

TEXTS = ("short_text", "long_text")
USABLE = (*TEXTS, "number", "date", "single_choice", "multiple_choice", "ranking", "contact")
SHOWN = (*USABLE, "roster", "district_profile")


@dataclass(frozen=True)
class EarlierAnswer:
    """What the district answered to a question in its earlier letter, as it reads beside the new one.

    `value` is it in the shape that the new question needs; None where it cannot be used there.
    """

    question: Question
    label: str
    lines: list[str]
    value: Any = None

    @property
    def is_usable(self) -> bool:
        return self.value is not None

    @property
    def asked_otherwise(self) -> bool:
        """Whether the earlier letter asked in other words."""
        return _plain(self.label) != _plain(self.question.label)


def earlier_answers(questions: Sequence[Question], content: Mapping[str, Any]) -> list[EarlierAnswer]:
    """The answers of a frozen letter that belong to these questions: asked in the same words, else under the same
    code in the same kind."""
    before = [one for section in content.get("sections", []) for one in section["questions"]]
    found = [(question, _match(question, before)) for question in questions if question.kind in SHOWN]
    answers = [_answer(question, old, content) for question, old in found if old is not None]
    return [one for one in answers if one.lines]


def _match(question: Question, before: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    fitting = [one for one in before if _kind(one["kind"]) == _kind(question.kind)]
    same_words = [one for one in fitting if _plain(one["label"]) == _plain(question.label)]
    same_code = [one for one in fitting if one["code"] == question.code]
    return next(iter([*same_words, *same_code]), None)


def _answer(question: Question, old: Mapping[str, Any], content: Mapping[str, Any]) -> EarlierAnswer:
    lines = _team(content) if question.kind == "roster" else old["lines"]
    return EarlierAnswer(question, old["label"], list(lines), _fitted(question, old["value"]))


def _fitted(question: Question, value: Any) -> Any:
    if question.kind not in USABLE or value is None:
        return None
    try:
        return normal(question, value)
    except RuleBroken:  # such as an option that is not offered any more: it can be read, not used
        return None


def _team(content: Mapping[str, Any]) -> list[str]:
    roles = content.get("roles", {})
    rows = [(roles.get(row["role"], row["role"]), row["name"], row["school"]) for row in content.get("roster", [])]
    return [", ".join(filter(None, row)) for row in rows]


def _kind(kind: str) -> str:
    return "text" if kind in TEXTS else kind


def _plain(label: str) -> str:
    return " ".join(label.casefold().split())
