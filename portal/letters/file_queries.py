"""Finding the files of letters: who may see one, and which nobody refers to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.core.db import db
from portal.core.inventory import names_files
from portal.rounds.models import Question

from .models import Answer, AnswerRevision, Letter, LetterFile, Submission
from .queries import version_that_counts


@names_files
def keys_of_letters() -> list[str]:
    """The keys of all files in letters, and of the PDFs of what was sent."""
    printed = select(Submission.pdf_key).where(Submission.pdf_key != "")
    return [*db.session.scalars(select(LetterFile.key)), *db.session.scalars(printed)]


def file_in(letter: Letter, file_id: int) -> LetterFile | None:
    """The file of this number if it was put into this letter."""
    return db.session.scalar(select(LetterFile).where(LetterFile.id == file_id, LetterFile.letter_id == letter.id))


def sent_file(letter: Letter, file_id: int) -> LetterFile | None:
    """The file of this number if it stands in a version that the letter was sent as. A withdrawn letter has none."""
    found = file_in(letter, file_id) if version_that_counts(letter) is not None else None
    return found if found is not None and file_id in _in_submissions(letter) else None


def files_named(content: dict[str, Any]) -> list[int]:
    """The numbers of the files in a letter's content (letters/content), in the order of its questions."""
    questions = [question for section in content["sections"] for question in section["questions"]]
    return [one["value"]["file"] for one in questions if one["kind"] == "file" and one["value"]]


def letters_with_unused_files(before: datetime) -> list[Letter]:
    """The letters with a file from before a moment that no answer or earlier text refers to, in order."""
    named = select(Answer.id).join(Answer.question).where(Question.kind == "file")
    now = select(Answer.value).where(Answer.id.in_(named))
    earlier = select(AnswerRevision.value).where(AnswerRevision.answer_id.in_(named))
    used = _numbers([*db.session.scalars(now), *db.session.scalars(earlier)])
    rows = db.session.execute(select(LetterFile.id, LetterFile.letter_id).where(LetterFile.uploaded_at < before))
    letters = {row.letter_id for row in rows if row.id not in used}
    return list(db.session.scalars(select(Letter).where(Letter.id.in_(letters)).order_by(Letter.id)))


def files_unused(letter: Letter, before: datetime) -> list[LetterFile]:
    """The files put into the letter before a moment that no answer, earlier text or submission refers to."""
    chosen = select(LetterFile).where(LetterFile.letter_id == letter.id, LetterFile.uploaded_at < before)
    rows = list(db.session.scalars(chosen.order_by(LetterFile.id)))
    used = _in_answers(letter) if rows else set()
    # What was sent is read last: it is long, and nearly always there is nothing left to look for in it.
    if any(row.id not in used for row in rows):
        used |= _in_submissions(letter)
    return [row for row in rows if row.id not in used]


def _in_answers(letter: Letter) -> set[int]:
    of_files = select(Answer.id).join(Answer.question).where(Answer.letter_id == letter.id, Question.kind == "file")
    now = select(Answer.value).where(Answer.id.in_(of_files))
    before = select(AnswerRevision.value).where(AnswerRevision.answer_id.in_(of_files))
    return _numbers([*db.session.scalars(now), *db.session.scalars(before)])


def _in_submissions(letter: Letter) -> set[int]:
    contents = db.session.scalars(select(Submission.content).where(Submission.letter_id == letter.id))
    return {number for content in contents for number in files_named(content)}


def _numbers(values: Iterable[Any]) -> set[int]:
    return {value["file"] for value in values if value}
