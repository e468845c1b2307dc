"""Doors of rounds."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, kept

from .queries import shown_round
from .sheet import sheet_of
from .showing import beside

bp = Blueprint("rounds", __name__)


@bp.get("/<slug:community>/letter")
@kept
def letter() -> ResponseReturnValue:
    round, now = shown_round(community().id), clock.now()
    if round is None:
        return render_template("rounds/none.html", here="letter")
    shown = beside(round, now)
    return render_template("rounds/show.html", here="letter", sheet=sheet_of(round, community(), now), **shown)
