"""The door of the talk about a letter."""

from __future__ import annotations

from typing import Any

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, reviewer
from portal.core.web import again, changed
from portal.letters.models import Letter
from portal.letters.queries import version_that_counts

from .queries import find_readable
from .scoring_pages import reading_page, talk_page
from .talk import say
from .views import bp

LETTER = "/<slug:community>/staff/letters/<id:letter_id>"
PART = "reviews/_talk.html"


@bp.post(f"{LETTER}/remarks")
@reviewer
def remark(letter_id: int) -> ResponseReturnValue:
    letter = find_readable(me(), community().id, letter_id) or abort(404)
    text, audience = request.form.get("text", ""), request.form.get("audience", "staff")
    again("reviews/letter.html", PART, **_shown(letter), said_text=text)
    say(letter, text, audience, by=me())
    to = url_for("reviews.letter", letter_id=letter_id, _anchor="talk")
    return changed(PART, to=to, said="Posted.", letter=letter, fresh=lambda: talk_page(me(), letter))


def _shown(letter: Letter) -> dict[str, Any]:
    return reading_page(me(), letter, version_that_counts(letter) or abort(404))
