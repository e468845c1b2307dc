"""A district that writes again uses a text of its earlier letter, and can put back what stood there before."""

from __future__ import annotations

from typing import Any

from portal.core.db import transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer
from portal.rounds.models import Question

from .earlier_queries import find_earlier, sent_content, texts_before, whole_of
from .earlier_rules import EarlierAnswer, earlier_answers
from .models import Answer, Letter
from .queries import answer_to
from .submitting import whole_content
from .writing import replace_answer

GONE = "Your earlier letter has no text for this question. Write the answer here."


def use_earlier(letter: Letter, question: Question, seen: Any, *, by: Doer | None) -> Answer | None:
    """Answer a question with the text of the earlier letter. What stood there, `seen`, is kept and can come back.

    Raises RuleBroken when there is no such text, when somebody changed the answer meanwhile, and when nothing can be
    written now.
    """
    with transaction():
        found = next((one for one in answers_beside(letter, [question])[1] if one.is_usable), None)
        if found is None:
            raise RuleBroken(GONE)
        return replace_answer(letter, question, found.value, seen, by=by)


def put_back(letter: Letter, question: Question, seen: Any, *, by: Doer | None) -> Answer | None:
    """Put back what stood in an answer before its last text; nothing, where nothing did. Raises as use_earlier does."""
    with transaction():
        answer = answer_to(letter, question.id)
        before = texts_before([answer.id]).get(answer.id) if answer is not None else None
        return replace_answer(letter, question, before, seen, by=by)


def answers_beside(letter: Letter, questions: list[Question]) -> tuple[Letter | None, list[EarlierAnswer]]:
    """The district's earlier letter, if there is one, and its answers that belong to these questions."""
    earlier = find_earlier(letter)
    if earlier is None:
        return None, []
    content = sent_content(earlier) or whole_content(whole_of(earlier))
    return earlier, earlier_answers(questions, content)
