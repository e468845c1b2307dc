"""Doors of rounds."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, kept

from .queries import shown_round
from .sheet import sheet_of

bp = Blueprint("rounds", __name__)


@bp.get("/<slug:community>/letter")
@kept
def letter() -> ResponseReturnValue:
    round = shown_round(community().id)
    sheet = sheet_of(round, community(), clock.now()) if round else None
    return render_template("rounds/show.html" if sheet else "rounds/none.html", here="letter", sheet=sheet)
