"""Looking for letters by what stands in them: the district, the reference, the words of the answers.

Exactly what the person may read is looked through, as they read it: without names where they are hidden, never a
draft's text. So a search tells nothing that a page would not.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import contains_eager

from portal.core.db import db
from portal.letters.models import Letter, Submission
from portal.rounds.models import Round

from .blind_rules import blind_content, label_of
from .queries import LAST, READABLE, asked_of

LONGEST = 100  # characters of what is looked for


def search_letters(reader: Any, round: Round, asked: str, *, is_blind: bool) -> list[int]:
    """The numbers of the letters of the round in which this person finds all the words of `asked`."""
    words = _plain(asked[:LONGEST]).split()
    chosen = (
        select(Letter, Submission)
        .join(Letter.district)
        .outerjoin(Submission, and_(Submission.letter_id == Letter.id, Submission.number == LAST))
        .options(contains_eager(Letter.district))
        .where(*READABLE)
        .order_by(Letter.id)
        .params(asked_of(reader, round))
    )
    rows = db.session.execute(chosen)
    return [letter.id for letter, sent in rows if _holds(_texts(letter, sent, is_blind), words)]


def _texts(letter: Letter, sent: Submission | None, is_blind: bool) -> Iterator[str]:
    is_read = sent is not None and letter.status != "withdrawn"
    if is_blind:
        yield label_of(letter.id)
        yield from _answers(blind_content(letter, sent.content)) if is_read and sent is not None else ()
        return
    yield from (letter.district.name, letter.district.short_name, letter.district.city)
    if is_read and sent is not None:
        yield sent.reference
        yield from _answers(sent.content)


def _answers(content: Mapping[str, Any]) -> Iterator[str]:
    for section in content.get("sections", ()):
        for question in section["questions"]:
            yield from question["lines"]
    for row in content.get("roster", ()):
        yield from (str(row.get(name) or "") for name in ("school", "name", "email"))


def _holds(texts: Iterable[str], words: list[str]) -> bool:
    whole = _plain("\n".join(texts))
    return all(word in whole for word in words)


def _plain(text: str) -> str:
    """Without the difference of small and capital letters, and without accents: “Jose” finds “José”."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))
