"""Doors for staff: the register of what went otherwise than the round's rules say, and more time for one district."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, staff
from portal.core.audit import audit
from portal.core.exports import send_table
from portal.core.limits import limited
from portal.core.web import again, asked_page, changed, invalid, page_in
from portal.rounds.models import Round
from portal.rounds.queries import find_round

from . import moving
from .exceptions import exceptions_of, exceptions_table
from .forms import ExtensionForm
from .pages import extension_page
from .views import bp

ROUND = "/<slug:community>/staff/rounds/<id:round_id>"
PAGE = "reviews/extension.html"


@bp.get(f"{ROUND}/exceptions")
@staff
def exceptions(round_id: int) -> ResponseReturnValue:
    round = _round(round_id)
    page = page_in(exceptions_of(round, me()), asked_page())
    return render_template("reviews/exceptions.html", here="staff", round=round, page=page)


@bp.get(f"{ROUND}/exceptions.<any(csv, xlsx):form>")
@staff
@limited("exports")
def exceptions_file(round_id: int, form: Any) -> ResponseReturnValue:
    round = _round(round_id)
    entries = exceptions_of(round, me())
    audit("exported exceptions", subject=round, note=f"{form}, {len(entries)} rows")
    return send_table(exceptions_table(round, entries), form, f"exceptions-{round.slug}")


@bp.get(f"{ROUND}/extensions")
@staff
def extension(round_id: int) -> ResponseReturnValue:
    shown = extension_page(me(), _round(round_id), request.args.get("district", type=int))
    return render_template(PAGE, here="staff", **shown)


@bp.post(f"{ROUND}/extensions")
@staff
def extension_start(round_id: int) -> ResponseReturnValue:
    round, form = _round(round_id), ExtensionForm()
    shown = extension_page(me(), round, None, form)
    again(PAGE, here="staff", **shown)
    if not form.validate_on_submit():
        return invalid()
    district = shown["known"][form.district.data]
    moving.extend(round, district, form.until(community().time_zone), form.reason.data or "", by=me())
    to = url_for("reviews.exceptions", round_id=round_id)
    return changed(to=to, said=f"{district.label} has more time, and is told by mail.")


def _round(round_id: int) -> Round:
    return find_round(community().id, round_id) or abort(404)
