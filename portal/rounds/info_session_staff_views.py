"""Doors for staff: who comes to an info session, on the page and as a table."""

from __future__ import annotations

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from portal.core.access import community, staff
from portal.core.audit import audit
from portal.core.db import db
from portal.core.exports import Table, send_table
from portal.core.limits import limited
from portal.core.web import page_of

from .models import InfoSession
from .queries import find_round
from .sheet import MODES
from .showing import find_info_session_of, meeting_of, sign_ups_of, taken_seats
from .views import bp

GUESTS = "/<slug:community>/staff/rounds/<id:round_id>/info-sessions/<id:info_session_id>"
COLUMNS = ["Name", "E-mail", "District or school", "Signed up"]


@bp.get(GUESTS)
@staff
def info_session_guests(round_id: int, info_session_id: int) -> ResponseReturnValue:
    found = _found(round_id, info_session_id)
    return render_template(
        "rounds/info_session_guests.html",
        here="staff",
        round=found.round,
        modes=MODES,
        page=page_of(sign_ups_of(found)),
        meeting=meeting_of(found, taken_seats(found)),
    )


@bp.get(f"{GUESTS}.csv")
@staff
@limited("exports")
def info_session_table(round_id: int, info_session_id: int) -> ResponseReturnValue:
    found = _found(round_id, info_session_id)
    rows = [
        (one.name, one.email, one.district_text, one.signed_up_at) for one in db.session.scalars(sign_ups_of(found))
    ]
    audit("exported who comes to an info session", subject=found, rows=len(rows))
    return send_table(Table("Info session", COLUMNS, rows, community().time_zone), "csv", f"info-session-{found.id}")


def _found(round_id: int, info_session_id: int) -> InfoSession:
    round = find_round(community().id, round_id) or abort(404)
    return find_info_session_of(round, info_session_id) or abort(404)
