"""The door to a page that a coordinator can phone from: who was written to and has not answered."""

from __future__ import annotations

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, staff
from portal.core.web import page_of
from portal.rounds.queries import find_round

from .invited import cards_of, unanswered
from .invited_forms import SaidForm
from .invited_pages import WORDS, WORKS
from .views import bp

SIZE = 25  # cards to a page


@bp.get("/<slug:community>/staff/rounds/<id:round_id>/calls")
@staff
def calls(round_id: int) -> ResponseReturnValue:
    round = find_round(community().id, round_id) or abort(404)
    page = page_of(unanswered(round), SIZE)
    said = {verb: SaidForm(None) for verb in ("call", "decline", "bounce")}
    return render_template(
        "letters/calls.html", here="staff", round=round, now=clock.now(), page=page, said=said, state_words=WORDS,
        works=WORKS, cards=cards_of(round, page.items),
    )  # fmt: skip
