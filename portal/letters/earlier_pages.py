"""What a section's page shows of the letter that the district wrote in an earlier round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.rounds.models import Section

from .earlier import answers_beside
from .earlier_queries import texts_before
from .earlier_rules import EarlierAnswer
from .models import Letter

LONG = 3  # lines: a longer answer is folded away


@dataclass(frozen=True)
class OldAnswer:
    """An earlier answer, and what can be done with it: use it, replace what is written with it, or undo that."""

    earlier: EarlierAnswer
    is_used: bool
    is_written: bool
    has_before: bool

    @property
    def is_long(self) -> bool:
        return len(self.earlier.lines) > LONG or sum(map(len, self.earlier.lines)) > 300


def earlier_page(letter: Letter, section: Section) -> dict[str, Any]:
    """The earlier letter's answers to the questions of this section."""
    earlier, answers = answers_beside(letter, list(section.questions))
    stored = {answer.question_id: answer for answer in letter.answers}
    used = {
        one.question.id for one in answers
        if one.is_usable and one.question.id in stored and stored[one.question.id].value == one.value
    }  # fmt: skip
    before = texts_before([stored[number].id for number in sorted(used)])
    return {
        "earlier_letter": earlier,
        "earlier": [
            OldAnswer(
                one, one.question.id in used, one.question.id in stored and stored[one.question.id].value is not None,
                one.question.id in used and before.get(stored[one.question.id].id) is not None,
            )
            for one in answers
        ],
    }  # fmt: skip
