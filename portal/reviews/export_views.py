"""Doors for staff who take letters away: as a table, one PDF, or a ZIP of all."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, reviewer, staff
from portal.core.audit import audit
from portal.core.errors import RuleBroken
from portal.core.exports import send_table
from portal.core.limits import limited
from portal.core.storage import is_there, pieces_of
from portal.core.uploads import attached
from portal.core.web import again, changed
from portal.letters.printing import title_of
from portal.letters.queries import version_that_counts
from portal.rounds.models import Round
from portal.rounds.queries import find_round

from .blind_rules import label_of
from .exporting import ask_export, blind_pdf, letter_pdf
from .queries import (
    export_under_way,
    exported_letters,
    exports_of,
    find_export,
    find_readable,
    last_submissions,
    unreadable_exports,
)
from .reading_queries import is_blind_for
from .search_queries import search_letters
from .tables import letters_table
from .views import bp

EXPORTS = "/<slug:community>/staff/rounds/<id:round_id>/downloads"


@bp.get("/<slug:community>/staff/rounds/<id:round_id>/letters.<any(csv, xlsx):form>")
@staff
@limited("exports")
def letters_file(round_id: int, form: Any) -> ResponseReturnValue:
    round, state, asked = _round(round_id), request.args.get("state", ""), request.args.get("q", "")
    found = search_letters(me(), round, asked, is_blind=False) if asked else None
    letters = exported_letters(me(), round, state, with_drafts=True, found=found)
    sent = last_submissions([letter.id for letter in letters if letter.status != "withdrawn"])
    audit("exported letters", subject=round, note=f"{form}, {len(letters)} letters", state=state)
    return send_table(letters_table(round, letters, sent), form, f"letters-{round.slug}")


@bp.get("/<slug:community>/staff/letters/<id:letter_id>.pdf")
@reviewer
@limited("PDFs")
def letter_file(letter_id: int) -> ResponseReturnValue:
    letter = find_readable(me(), community().id, letter_id) or abort(404)
    sent = version_that_counts(letter) or abort(404)
    audit("exported letters", subject=letter, note="pdf")
    is_blind = is_blind_for(me(), letter)
    content, title = (blind_pdf(letter, sent), label_of(letter.id)) if is_blind else (letter_pdf(sent), title_of(sent))
    return attached(Response(content, mimetype="application/pdf"), f"{title}.pdf")


@bp.get(EXPORTS)
@staff
def downloads(round_id: int) -> ResponseReturnValue:
    return render_template("reviews/downloads.html", **_page(_round(round_id)))


@bp.post(EXPORTS)
@staff
@limited("exports")
def download_request(round_id: int) -> ResponseReturnValue:
    round, state = _round(round_id), request.form.get("state", "")
    ask_export(round, state if state in ("", "submitted") else "", by=me())
    audit("exported letters", subject=round, note="zip", state=state)
    to = url_for("reviews.downloads", round_id=round.id)
    said = "The letters are being put together. This page says when they are ready."
    return changed("reviews/_downloads.html", to=to, said=said, fresh=lambda: _page(round))


@bp.get(f"{EXPORTS}/<id:export_id>.zip")
@staff
def download(round_id: int, export_id: int) -> ResponseReturnValue:
    found = find_export(community().id, me().account_id, export_id) or abort(404)
    if found.round_id != round_id or not found.key or not is_there(found.key):
        abort(404)
    again("reviews/downloads.html", **_page(found.round))
    if unreadable_exports(me(), found.round, [found]):
        raise RuleBroken("This file holds a letter that you must not read. Put the letters together again, without it.")
    audit("took letters", subject=found, note=f"{found.done} letters")
    return attached(Response(pieces_of(found.key), mimetype="application/zip"), f"letters-{found.round.slug}.zip")


def _round(round_id: int) -> Round:
    return find_round(community().id, round_id) or abort(404)


def _page(round: Round) -> dict[str, Any]:
    exports = exports_of(round, me().account_id)
    return {
        "here": "staff", "round": round, "exports": exports, "unreadable": unreadable_exports(me(), round, exports),
        "is_waiting": export_under_way(round, "", me().account_id) is not None,
        "count": len(exported_letters(me(), round, "")),
    }  # fmt: skip
