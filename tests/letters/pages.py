"""How tests write in the pages of a letter, and read them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from werkzeug.test import TestResponse

from portal.core.db import db
from portal.letters.content import row_values
from portal.letters.models import Answer, Letter, RosterRow
from portal.letters.rules import base_of
from tests.letters.builders import Place

Stop = Callable[[str], datetime]


def at_letter(letter: Letter, path: str = "") -> str:
    return f"/eclc/letters/{letter.id}{path}"


def line(row: RosterRow, **typed: str) -> dict[str, str]:
    fields = {**row_values(row), **typed}
    base = base_of(row.version, row_values(row))
    return {f"row-{row.id}-base": base, **{f"row-{row.id}-{name}": text for name, text in fields.items()}}


def values(place: Place) -> dict[str, Any]:
    db.session.rollback()
    codes = {question.id: code for code, question in place.questions().items()}
    return {codes[row.question_id]: row.value for row in db.session.query(Answer).order_by(Answer.question_id)}


def team() -> list[RosterRow]:
    db.session.rollback()
    return db.session.query(RosterRow).order_by(RosterRow.position).all()


def words(answer: TestResponse) -> str:
    main = answer.text.partition("<body>")[2] or answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", main).split()).replace(" .", ".").replace(" ,", ",")


def hidden(html: str) -> str:
    found = re.search(r'name="q10-base" value="([^"]+)"', html)
    assert found
    return found.group(1)


def button(html: str, label: str) -> str:
    found = re.search(rf'name="keep" value="([^"]+)"[^>]*>{label}<', html)
    assert found
    return found.group(1)
