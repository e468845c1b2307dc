"""Which questions are asked: some only after a certain answer to another one.

An answer to a question that is not asked (any more) is kept and comes back with it, but it is no part of the letter.
What can depend on what, rounds/conditions says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from portal.rounds.models import Question, Section

from .models import Letter


def asked_codes(questions: Iterable[Question], values: Mapping[int, Any]) -> set[str]:
    """The codes of those `questions` that are asked, given the answers so far by number of the question.

    A question that waits for one which is itself not asked is not asked either.
    """
    known = {question.code: question for question in questions}
    return {question.code for question in known.values() if _is_asked(question, known, values, ())}


def asked_in(letter: Letter) -> set[str]:
    """The codes of all questions that the letter is asked now. Reads its answers and its round's questions."""
    return asked_codes(questions_of(letter), {answer.question_id: answer.value for answer in letter.answers})


def asked_questions(letter: Letter, section: Section) -> list[Question]:
    """The questions of the section that are asked now, in their order."""
    asked = asked_in(letter)
    return [question for question in section.questions if question.code in asked]


def questions_of(letter: Letter) -> list[Question]:
    """Every question of the letter's round, in its order, asked or not."""
    return [question for section in letter.round.sections for question in section.questions]


def waiting_for(question: Question, questions: Sequence[Question]) -> list[Question]:
    """Those of `questions` that appear or disappear with the answer to `question`, by way of others too."""
    found, codes = [], {question.code}
    for one in questions:  # in their order: nothing waits for a question that comes later
        if _waits_for(one) in codes:
            found.append(one)
            codes.add(one.code)
    return found


def _waits_for(question: Question) -> str:
    return str((question.condition or {}).get("question", ""))


def _is_asked(
    question: Question, known: Mapping[str, Question], values: Mapping[int, Any], behind: tuple[str, ...]
) -> bool:
    deciding, path = known.get(_waits_for(question)), (*behind, question.code)
    # A condition that leads nowhere, or in a circle, must not hide a question from everybody for good.
    if deciding is None or deciding.code in path:
        return True
    if not _is_asked(deciding, known, values, path):
        return False
    return bool(_chosen(values.get(deciding.id)) & set(question.condition["any_of"]))


def _chosen(value: Any) -> set[str]:
    if not isinstance(value, Mapping):
        return set()
    return {*value.get("choices", ()), value.get("choice", "")}
