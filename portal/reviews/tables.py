"""Letters as rows of a table: what the list shows, then every answer as it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal.core import clock
from portal.core.exports import Cell, Table
from portal.districts.queries import latest_facts
from portal.districts.rules import kind_words
from portal.letters.models import Letter, Submission
from portal.rounds.models import Question, Round

from .rules import shown_status

COLUMNS = (
    "District", "Town", "State", "Kind", "Letter is", "Reference", "Version", "Submitted", "Late", "Signed by",
)  # fmt: skip


def letters_table(round: Round, letters: Sequence[Letter], sent: Mapping[int, Submission]) -> Table:
    """The letters with an answer in each column; of a letter that was not sent only where it stands."""
    questions = [question for section in round.sections for question in section.questions]
    asked = [question for question in questions if question.kind != "endorsement"]
    facts = latest_facts([letter.district_id for letter in letters])
    rows = [
        [
            *first_cells(letter, sent.get(letter.id)), _number(facts[letter.district_id].get("students")),
            *_answers(asked, sent.get(letter.id)),
        ]
        for letter in letters
    ]  # fmt: skip
    columns = [*COLUMNS, "Students", *(f"{question.code}. {question.label}" for question in asked)]
    return Table(round.title, columns, rows, round.community.time_zone)


def first_cells(letter: Letter, submission: Submission | None) -> list[Cell]:
    """Whose letter it is and where it stands."""
    district, status = letter.district, shown_status(letter, submission is not None, clock.now())[1]
    place: list[Cell] = [district.name, district.city, district.state, kind_words(district.kind), status]
    if submission is None:
        return [*place, None, None, None, None, None]
    signer = submission.content.get("endorsement") or {}
    signed = ", ".join(filter(None, (signer.get("name"), signer.get("title"), signer.get("date"))))
    return [*place, submission.reference, submission.number, submission.submitted_at, submission.is_late, signed]


def text_of(submission: Submission) -> str:
    """The letter as plain text, where no PDF can be made."""
    content = submission.content
    parts = [f"{content['district']['name']}\n{content['round']['title']}\n{submission.reference}"]
    for section in content["sections"]:
        parts += [f"{one['label']}\n{_answer(content, one)}" for one in section["questions"]]
    return "\n\n".join(parts) + "\n"


def _answers(asked: Sequence[Question], submission: Submission | None) -> list[Cell]:
    if submission is None:
        return [None] * len(asked)
    content = submission.content
    given = {one["code"]: _answer(content, one) for section in content["sections"] for one in section["questions"]}
    return [given.get(question.code, "") for question in asked]


def _answer(content: Mapping[str, Any], question: Mapping[str, Any]) -> str:
    if question["kind"] == "roster":
        return "\n".join(_person(content, row) for row in content["roster"])
    return "\n".join(question["lines"])


def _person(content: Mapping[str, Any], row: Mapping[str, str]) -> str:
    role = content.get("roles", {}).get(row["role"], row["role"])
    return ", ".join(filter(None, (role, row["school"], row["name"], row["email"])))


def _number(fact: Any) -> int | None:
    return int(fact.value) if fact is not None and fact.value.isdecimal() else None
