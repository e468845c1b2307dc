"""How tests write in a letter of the newer kinds: sections, single answers, files."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.core.db import db
from portal.core.storage import all_keys
from portal.letters.models import Answer, Letter, LetterFile
from portal.letters.operations import save_answer, start_letter
from tests.letters.builders import Place, base
from tests.letters.kinds import GIVEN
from tests.letters.pages import at_letter

PART = {"HX-Request": "true"}
PDF = b"%PDF-1.7\nfirst\n%%EOF\n"
OTHER_PDF = b"%PDF-1.7\nsecond\n%%EOF\n"


def the_letter(place: Place) -> Letter:
    return start_letter(place.round, place.district, place.lead)


def section_at(place: Place, slug: str) -> str:
    return at_letter(the_letter(place), f"/sections/{slug}")


def send(client: FlaskClient, place: Place, slug: str, **typed: Any) -> TestResponse:
    """Send a section's form as a browser without scripts does: every question of it with its base."""
    letter = the_letter(place)
    section = next(one for one in letter.round.sections if one.slug == slug)
    bases = {f"{one.code}-base": base(letter, one) for one in section.questions}
    return client.post(at_letter(letter, f"/sections/{slug}"), data={**bases, **typed})


def autosave(client: FlaskClient, place: Place, code: str, **typed: Any) -> TestResponse:
    """Send one question as the script does."""
    letter, question = the_letter(place), place.questions()[code]
    data = {f"{code}-base": base(letter, question), **typed}
    return client.post(at_letter(letter, f"/answers/{question.id}"), data=data, headers=PART)


def upload(
    client: FlaskClient, place: Place, content: bytes = PDF, name: str = "Plan.pdf", code: str = "q10", **typed: Any
) -> TestResponse:
    """Choose a file, as the script sends it."""
    return autosave(client, place, code, **{f"{code}-file": (BytesIO(content), name), **typed})


def give(place: Place, **changed: Any) -> Letter:
    """Answer everything but the file, or what `changed` names otherwise."""
    letter, questions = the_letter(place), place.questions()
    for code, value in {**GIVEN, **changed}.items():
        save_answer(letter, questions[code], value, base(letter, questions[code]), by=place.lead)
    return letter


def stored(place: Place) -> dict[str, Any]:
    """Every stored answer by code."""
    db.session.rollback()
    codes = {question.id: code for code, question in place.questions().items()}
    rows = db.session.query(Answer).order_by(Answer.question_id)
    return {codes[row.question_id]: row.value for row in rows if row.question_id in codes}


def files() -> list[LetterFile]:
    db.session.rollback()
    return db.session.query(LetterFile).order_by(LetterFile.id).all()


def kept_keys() -> set[str]:
    return {key for key, _ in all_keys()}


def summary(answer: TestResponse) -> list[tuple[str, str]]:
    box = re.search(r'<div class="errors.*?</div>', answer.text, re.DOTALL)
    return re.findall(r'<a href="#([^"]+)">([^<]+)</a>', box.group()) if box else []


def ids(html: str) -> set[str]:
    return set(re.findall(r'\bid="([^"]+)"', html))


def unasked(html: str) -> set[str]:
    """The codes of the questions that a page holds but does not show."""
    return set(re.findall(r'id="(q\d+)-asked" class="unasked"', html))
