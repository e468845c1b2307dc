"""Writing answers: each save locks the letter, and no save wipes out a text that somebody else wrote meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from portal.core import clock
from portal.core.db import db, lock, number_of, transaction
from portal.core.errors import Conflict, RuleBroken
from portal.core.history import Doer
from portal.rounds.models import Question

from .files import file_value
from .models import Answer, AnswerRevision, Letter
from .queries import Stored, name_of, roles_for, stored_under
from .rules import check, check_section, is_clash, is_unchanged
from .shapes import Theirs, Typed, normal

COALESCE = timedelta(minutes=10)


def save_answer(letter: Letter, question: Question, value: Any, base: str = "0:", *, by: Doer | None) -> Answer | None:
    """Save the answer to one question. What is unchanged since `base` is left alone; gives the stored answer.

    Raises Conflict with the other text when somebody else changed it since `base`, RuleBroken when the letter is not
    being written, the round takes nothing now, or the value has not the shape that its question needs.
    """
    with transaction():
        stored = _begin(letter, [number_of(question)], by)
        return _save(letter, Typed(question, value, base), stored, by)


def save_answers(letter: Letter, typed: Sequence[Typed], *, by: Doer | None) -> dict[str, Theirs]:
    """Save all answers of a form in one change. Gives, by question code, those kept back by somebody else's text.

    Raises RuleBroken as save_answer does; then nothing is saved.
    """
    clashes: dict[str, Theirs] = {}
    numbers = [number_of(one.question) for one in typed]
    with transaction():
        stored = _begin(letter, numbers, by)
        for one in typed:
            try:
                _save(letter, one, stored, by)
            # One clash keeps back one answer only: the others of the form are saved in the same transaction.
            except Conflict as clash:
                clashes[one.question.code] = theirs_of(clash)
    return clashes


def replace_answer(letter: Letter, question: Question, value: Any, seen: Any, *, by: Doer | None) -> Answer | None:
    """Put `value` in the place of the answer that reads `seen`, which is kept as a text of its own and can come back.

    Raises RuleBroken when the answer has become another one meanwhile, and as save_answer does.
    """
    with transaction():
        stored = _begin(letter, [number_of(question)], by).get(question.id)
        if stored is None:
            raise RuleBroken("This question belongs to another letter.")
        check_section(letter, stored.question.section)
        answer, value = stored.answer, normal(stored.question, value)
        there = answer.value if answer else None
        if there != seen:
            raise RuleBroken("Somebody changed this answer meanwhile. Read it, then choose again.")
        if value == there:
            return answer
        new = Answer(letter_id=letter.id, question_id=question.id, version=0)
        return _write(answer or new, Stored(stored.question, answer, None), value, by)


def begin_writing(letter: Letter, by: Doer | None) -> None:
    """Take the letter's lock, and raise RuleBroken unless `by` may write in it now. Belongs inside a transaction."""
    lock(letter)
    check("write", letter, roles_for(by, letter), clock.now())


def name_for(account_id: int | None, by: Doer | None) -> tuple[str, bool]:
    """Who saved the other text, in the words for `by`; and whether that was `by`, in a second window."""
    if account_id is not None and by is not None and account_id == by.account_id:
        return "You, in another window,", True
    return name_of(account_id), False


def theirs_of(clash: Conflict) -> Theirs:
    """The text that a refused save would have wiped out."""
    assert isinstance(clash.theirs, Theirs)
    return clash.theirs


def _begin(letter: Letter, numbers: Sequence[int], by: Doer | None) -> dict[int, Stored]:
    """Begin writing, with what is stored under these questions."""
    # Read between the lock and the question who may write: one query then brings the round's dates along.
    stored = stored_under(lock(letter), numbers)
    check("write", letter, roles_for(by, letter), clock.now())
    return stored


def _save(letter: Letter, typed: Typed, kept: Mapping[int, Stored], by: Doer | None) -> Answer | None:
    question, stored = typed.question, kept.get(typed.question.id)
    if stored is None:
        raise RuleBroken("This question belongs to another letter.")
    answer = stored.answer
    there, version = (answer.value, answer.version) if answer else (None, 0)
    value = normal(question, typed.value)
    if question.kind == "file":
        value = file_value(letter, question, value, there)
    check_section(letter, question.section)
    # A form sends every field it holds. What its writer left alone must not overwrite, and must not clash with, what
    # others wrote.
    if value == there or is_unchanged(typed.base, value):
        return answer
    if answer is not None and is_clash(typed.base, version, there, value):
        raise _conflict(answer, value if question.kind == "file" else None, by)
    return _write(answer or Answer(letter_id=letter.id, question_id=question.id, version=0), stored, value, by)


def _write(answer: Answer, stored: Stored, value: Any, by: Doer | None) -> Answer:
    answer.value, answer.version = value, answer.version + 1
    answer.saved_at, answer.saved_by_id = clock.now(), by.account_id if by else None
    db.session.add(answer)
    db.session.flush()
    _keep(answer, stored.revision)
    return answer


def _keep(answer: Answer, last: AnswerRevision | None) -> None:
    # A text that saves itself would leave a revision for every pause in typing: ten minutes of one person share one.
    if last is None or last.saved_by_id != answer.saved_by_id or answer.saved_at >= last.started_at + COALESCE:
        last = AnswerRevision(answer_id=answer.id, saved_by_id=answer.saved_by_id, started_at=answer.saved_at)
        db.session.add(last)
    last.version, last.value, last.saved_at = answer.version, answer.value, answer.saved_at


def _conflict(answer: Answer, mine: Any, by: Doer | None) -> Conflict:
    name, is_own = name_for(answer.saved_by_id, by)
    sentence = f"{name} saved this answer while you were writing. Nothing is lost: choose one text, or join them."
    return Conflict(sentence, Theirs(answer.value, answer.version, name, answer.saved_at, mine, is_own))
