"""The door through which staff look at a round as a district would: its letter, and every section with real inputs."""

from __future__ import annotations

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from portal.core.access import community, staff
from portal.rounds.queries import find_round

from .previewing import preview_page
from .views import bp


@bp.get("/<slug:community>/staff/rounds/<id:round_id>/preview")
@staff
def preview(round_id: int) -> ResponseReturnValue:
    round = find_round(community().id, round_id) or abort(404)
    return render_template("letters/preview.html", here="staff", **preview_page(round))
