"""The door by which a text of the earlier letter goes into the new one, and by which that is undone."""

from __future__ import annotations

from typing import Any

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import me
from portal.core.web import changed
from portal.rounds.models import Question

from .beside import Beside, answer_beside, beside
from .earlier import put_back, use_earlier
from .views import SECTION, bp

PART = "letters/_earlier.html"
VERBS = {
    "use": (use_earlier, "The text of your earlier letter stands in the answer now. What you had is kept."),
    "undo": (put_back, "What stood there before is back."),
}


@bp.post(f"{SECTION}/earlier")
def earlier(letter_id: int, section_slug: str) -> ResponseReturnValue:
    came = beside(letter_id, section_slug, PART)
    if came.received.errors or came.clashes:
        return answer_beside(came, PART, "")
    verb, question = _pressed(came)
    act, said = VERBS[verb]
    act(came.letter, question, _seen(came, question), by=me())
    to = url_for("letters.section", letter_id=letter_id, section_slug=section_slug, _anchor=f"{question.code}-field")
    return changed(to=to, said=said)


def _pressed(came: Beside) -> tuple[str, Question]:
    verb, _, code = request.form.get("earlier", "").partition(":")
    found = next((one for one in came.section.questions if one.code == code), None)
    return (verb, found) if found is not None and verb in VERBS else abort(404)


def _seen(came: Beside, question: Question) -> Any:
    # What the page showed of the answer, or what was typed into it last: it came along with the section's form.
    typed = [one.value for one in came.received.filled.answers if one.question.code == question.code]
    return typed[0] if typed else object()
