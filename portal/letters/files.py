"""Files that stand in a letter: put in, replaced, taken out; their content lies in the file storage.

A replaced file stays as long as a submission or an earlier text refers to it. What nobody refers to any more is taken
away after a day, so that two people who sent different files at once can still choose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

from portal.core import clock, storage
from portal.core.db import after_commit, db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.storage import Kept
from portal.rounds.models import Question

from .file_queries import file_in, files_unused
from .models import Letter, LetterFile
from .queries import answer_to, roles_for
from .rules import check
from .shapes import Handed, Typed

UNKNOWN = "This file is not in this letter. Choose it again."
SPARED = timedelta(days=1)


@contextmanager
def keeping_files(letter: Letter, files: Iterable[Handed], by: Doer | None) -> Iterator[list[tuple[Handed, Kept]]]:
    """Keep the content of `files` for what is done inside; an error there takes it away again."""
    with ExitStack() as stack:
        handed = list(files)
        if handed:  # looked at before the disk is filled; asked again under the lock
            check("write", letter, roles_for(by, letter), clock.now())
        yield [(one, stack.enter_context(storage.keeping(one.upload.content))) for one in handed]


def take_up(letter: Letter, files: Sequence[tuple[Handed, Kept]], by: Doer | None) -> list[Typed]:
    """The kept files as answers to save. The same file sent twice is there once. Belongs under the letter's lock."""
    return [_taken_up(letter, handed, kept, by) for handed, kept in files]


def file_value(letter: Letter, question: Question, value: Any, stored: Any) -> Any:
    """What is kept as the answer for the file that `value` names: its number, name, size and sign, as its row says.

    Raises RuleBroken for a file that did not come with this question of this letter.
    """
    if value is None or (stored and stored["file"] == value["file"]):
        return value and stored
    row = file_in(letter, value["file"])
    if row is None or row.question_id != question.id:
        raise RuleBroken(UNKNOWN)
    return value_of(row)


def value_of(row: LetterFile) -> dict[str, Any]:
    """A file as it stands in an answer."""
    return {"file": row.id, "name": row.name, "size": row.size, "sha256": row.sha256}


def forget_unused_files(letter: Letter) -> int:
    """Take away the files of the letter that no answer, earlier text or submission refers to. Says how many."""
    with transaction():
        unused = files_unused(lock(letter), clock.now() - SPARED)
        for row in unused:
            db.session.delete(row)
            after_commit(storage.forget, row.key)
        if unused:
            record(letter, "forget files", None, community_id=letter.community_id, count=len(unused))
    return len(unused)


def _taken_up(letter: Letter, handed: Handed, kept: Kept, by: Doer | None) -> Typed:
    question, stored = handed.question, answer_to(letter, handed.question.id)
    value, name = stored.value if stored else None, handed.upload.name
    if value and (value["sha256"], value["name"]) == (kept.sha256, name):
        after_commit(storage.forget, kept.key)
        return Typed(question, value, handed.base)
    row = LetterFile(
        letter_id=letter.id, question_id=question.id, key=kept.key, name=name, size=kept.size, sha256=kept.sha256,
        uploaded_at=clock.now(), uploaded_by_id=by.account_id if by else None,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return Typed(question, value_of(row), handed.base)
