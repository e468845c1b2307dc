"""Doors for staff: the funnel of a round and the districts behind each of its numbers, on a page and as files."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, staff
from portal.core.audit import audit
from portal.core.exports import send_table
from portal.core.limits import limited
from portal.rounds.models import Round
from portal.rounds.queries import find_round

from .pages import funnel_page, funnel_table, group_page, group_table
from .rules import GROUPS

bp = Blueprint("reports", __name__)

FUNNEL = "/<slug:community>/staff/rounds/<id:round_id>/funnel"
QUOTED = ", ".join(f'"{group}"' for group in GROUPS)  # a name with a hyphen needs it
GROUP = f"{FUNNEL}/<any({QUOTED}):group>"


@bp.get(FUNNEL)
@staff
def funnel(round_id: int) -> ResponseReturnValue:
    return render_template("reports/funnel.html", here="staff", **funnel_page(me(), _round(round_id)))


@bp.get(f"{FUNNEL}.<any(csv, xlsx):form>")
@staff
@limited("exports")
def funnel_file(round_id: int, form: Any) -> ResponseReturnValue:
    round = _round(round_id)
    audit("exported funnel", subject=round, note=form)
    return send_table(funnel_table(me(), round), form, f"funnel-{round.slug}")


@bp.get(GROUP)
@staff
def group(round_id: int, group: Any) -> ResponseReturnValue:
    return render_template("reports/group.html", here="staff", **group_page(me(), _round(round_id), group))


@bp.get(f"{GROUP}.<any(csv, xlsx):form>")
@staff
@limited("exports")
def group_file(round_id: int, group: Any, form: Any) -> ResponseReturnValue:
    round = _round(round_id)
    audit("exported funnel", subject=round, note=f"{form}, {group}")
    return send_table(group_table(me(), round, group), form, f"{group}-{round.slug}")


def _round(round_id: int) -> Round:
    return find_round(community().id, round_id) or abort(404)
