"""Doors for what stands in lists of a round: info sessions, commitments, sections, criteria, and their order."""

from __future__ import annotations

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from portal.core.access import me, staff
from portal.core.text import tidy
from portal.core.web import again, changed, invalid

from .build_base import at_its_field, saved
from .build_pages import address, chapter_page, frame
from .build_shelves import MOVERS, SHELVES, item_page, removal_page
from .build_views import ROUND, found
from .built import find_part
from .models import Round
from .views import bp

SHELF = f"{ROUND}<any({', '.join(repr(key) for key in SHELVES)}):shelf>/"


@bp.get(f"{SHELF}new")
@staff
def build_item_new(round_id: int, shelf: str) -> ResponseReturnValue:
    return render_template("rounds/build.html", **item_page(found(round_id), shelf))


@bp.post(f"{SHELF}new")
@staff
def build_item_add(round_id: int, shelf: str) -> ResponseReturnValue:
    round, chosen = found(round_id), SHELVES[shelf]
    page = item_page(round, shelf)
    again("rounds/build.html", page["shown"], **page)
    if not page["form"].validate_on_submit():
        return invalid()
    with at_its_field(page["form"]):
        chosen.add(round, page["form"].typed(), by=me())
    return changed(to=address(round, chosen.chapter), said=f"The {chosen.thing} is added.")


@bp.get(f"{SHELF}<id:item_id>/details")
@staff
def build_item(round_id: int, shelf: str, item_id: int) -> ResponseReturnValue:
    round = found(round_id)
    row = find_part(SHELVES[shelf].model, round, item_id)
    return render_template("rounds/build.html", **item_page(round, shelf, row)) if row else gone(round)


@bp.post(f"{SHELF}<id:item_id>/details")
@staff
def build_item_save(round_id: int, shelf: str, item_id: int) -> ResponseReturnValue:
    round, chosen = found(round_id), SHELVES[shelf]
    row = find_part(chosen.model, round, item_id)
    if row is None:
        return gone(round)
    page = item_page(round, shelf, row)
    again("rounds/build.html", page["shown"], **page)
    if not page["form"].validate_on_submit():
        return invalid()
    saved(page["form"], lambda typed: chosen.change(round, row, typed, by=me()))
    return changed(to=address(round, chosen.chapter), said=f"The {chosen.thing} is saved.")


@bp.get(f"{SHELF}<id:item_id>/removal")
@staff
def build_item_removal(round_id: int, shelf: str, item_id: int) -> ResponseReturnValue:
    round = found(round_id)
    row = find_part(SHELVES[shelf].model, round, item_id)
    return render_template("rounds/build.html", **removal_page(round, shelf, row)) if row else gone(round)


@bp.post(f"{SHELF}<id:item_id>/removal")
@staff
def build_item_remove(round_id: int, shelf: str, item_id: int) -> ResponseReturnValue:
    round, chosen = found(round_id), SHELVES[shelf]
    row = find_part(chosen.model, round, item_id)
    if row is not None:
        page = removal_page(round, shelf, row)
        again("rounds/build.html", page["shown"], **page)
        chosen.remove(round, row, by=me())
    return changed(to=address(round, chosen.chapter), said=f"The {chosen.thing} is taken out.")


@bp.post(f"{ROUND}<any('commitments', 'rubric', 'questions'):chapter>/order")
@staff
def build_order(round_id: int, chapter: str) -> ResponseReturnValue:
    round = found(round_id)
    thing, way, number = [*request.form.get("do", "").split(":"), "", ""][:3]
    if (
        thing not in MOVERS
        or way not in ("up", "down")
        or not (number.isascii() and number.isdigit() and len(number) < 19)
    ):
        abort(400)
    model, move, name = MOVERS[thing]
    row = find_part(model, round, int(number)) or abort(404)
    move(round, row, way, by=me())
    part, said = chapter_page(round, chapter)["shown"], f"“{name(row)}” is moved {way}."
    return changed(part, to=address(round, chapter), said=said, fresh=lambda: chapter_page(found(round_id), chapter))


def gone(round: Round) -> ResponseReturnValue:
    """A thing that a colleague took out while somebody wrote: what was typed stays on the page, to be copied."""
    skipped = ("csrf_token", "seen")
    typed = [tidy(text) for name in request.form if name not in skipped for text in request.form.getlist(name)]
    lines = [text for text in typed if len(text) > 1]
    return render_template("rounds/build_gone.html", lines=lines, **frame(round)), 404
