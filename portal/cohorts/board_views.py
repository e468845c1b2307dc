"""Doors of the board, where staff decide about the letters of a round side by side."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, staff
from portal.core.audit import audit
from portal.core.filters import plural
from portal.core.web import again, changed
from portal.letters.models import Letter
from portal.reviews.queries import find_readable
from portal.rounds.models import Round
from portal.rounds.queries import find_round, rounds_of

from . import boarding
from .board_pages import board_page, board_round, board_url
from .board_queries import chosen_letters
from .board_rules import Asked, boxes, number_in
from .views import bp

ROUND = "/<slug:community>/staff/rounds/<id:round_id>"
PAGE, PART = "cohorts/board.html", "cohorts/_board.html"


@bp.get("/<slug:community>/staff/board")
@staff
def board() -> ResponseReturnValue:
    rounds = rounds_of(community().id)
    round = board_round(rounds, request.args.get("round"))
    if round is None and "round" in request.args:
        abort(404)
    shown = board_page(me(), round, request.args) if round else {"round": None}
    return render_template(PAGE, here="staff", rounds=rounds, **shown)


@bp.post(f"{ROUND}/board")
@staff
def board_preparation(round_id: int) -> ResponseReturnValue:
    round = _round(round_id)
    chosen, outcome = _chosen(round), request.form.get("outcome", "")
    if outcome == "clear":
        count = boarding.clear_many(chosen, by=me())
        audit("cleared decisions", subject=round, note=plural(count, "letter"))
        return _again(round, f"{plural(count, 'decision')} taken back. Nobody was told.")
    count = boarding.prepare_many(round, chosen, outcome, by=me())
    audit("prepared decisions", subject=round, note=f"{outcome}, {plural(count, 'letter')}")
    return _again(round, f"{plural(count, 'decision')} prepared. Nothing is sent yet.")


@bp.post(f"{ROUND}/board/line")
@staff
def board_line(round_id: int) -> ResponseReturnValue:
    round = _round(round_id)
    number, _, way = request.form.get("move", "").partition(":")
    letter = find_readable(me(), community().id, number_in(number))
    if letter is None or letter.round_id != round.id or way not in ("up", "down"):
        abort(404)
    has_moved = boarding.move_in_line(letter, -1 if way == "up" else 1, by=me())
    end = "first" if way == "up" else "last"
    said = f"moved {way} in line." if has_moved else f"is {end} already of those that can be moved."
    return _again(round, f"{letter.district.label} {said}")


def _round(round_id: int) -> Round:
    round = find_round(community().id, round_id) or abort(404)
    again(
        PAGE, PART, here="staff", rounds=rounds_of(community().id), **board_page(me(), round, request.args, _numbers())
    )
    return round


def _numbers() -> list[int]:
    return [number for number, _ in boxes(request.form.getlist("letter"))]


def _chosen(round: Round) -> list[tuple[Letter, str]]:
    seen = dict(boxes(request.form.getlist("letter")))
    return [(letter, seen[letter.id]) for letter in chosen_letters(me(), round, seen)]


def _again(round: Round, said: str) -> ResponseReturnValue:
    to, fresh = board_url(round, Asked.of(request.args)), lambda: _fresh(round, said)
    return changed(PART, to=to, said=said, fresh=fresh)


def _fresh(round: Round, said: str) -> dict[str, Any]:
    # Said beside the buttons too: the live region may be far above what is in sight.
    return {**board_page(me(), round, request.args), "news": said}
