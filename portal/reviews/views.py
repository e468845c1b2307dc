"""Doors for those who read letters: reviewers and staff."""

from __future__ import annotations

from collections.abc import Collection

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, me, reviewer
from portal.core.audit import audit
from portal.letters.queries import version_that_counts
from portal.rounds.models import Round
from portal.rounds.queries import rounds_of
from portal.rounds.rules import choose_shown

from .pages import draft_page, letters_page
from .queries import find_readable, is_staff
from .reading_queries import assigned_rounds
from .scoring_pages import reading_page

bp = Blueprint("reviews", __name__)


@bp.get("/<slug:community>/staff/letters")
@reviewer
def letters() -> ResponseReturnValue:
    rounds = rounds_of(community().id)
    mine = set() if is_staff(me(), community().id) else assigned_rounds(me().account_id, community().id)
    round = asked_round(rounds, mine)
    shown = letters_page(me(), round, *(request.args.get(name, "") for name in ("state", "q"))) if round else {}
    return render_template("reviews/letters.html", here="staff", rounds=rounds, **shown)


@bp.get("/<slug:community>/staff/letters/<id:letter_id>")
@reviewer
def letter(letter_id: int) -> ResponseReturnValue:
    found = find_readable(me(), community().id, letter_id) or abort(404)
    sent = version_that_counts(found)
    if sent is None:
        return render_template("reviews/draft.html", here="staff", **draft_page(found))
    audit("read letter", subject=found, note=sent.reference)
    return render_template("reviews/letter.html", **reading_page(me(), found, sent))


def asked_round(rounds: list[Round], mine: Collection[int]) -> Round | None:
    """The round that the address names, else one of `mine`, else the one that visitors see."""
    if "round" in request.args:
        return next((one for one in rounds if one.slug == request.args["round"]), None) or abort(404)
    return next((one for one in rounds if one.id in mine), None) or choose_shown(rounds, clock.now())
