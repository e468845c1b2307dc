"""The door through which staff put a round into the archive."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, me, staff
from portal.core.audit import audit
from portal.core.web import again, changed
from portal.rounds.models import Round
from portal.rounds.queries import find_round
from portal.rounds.rules import may

from .archiving import archive_round, undecided
from .views import bp

ARCHIVE = "/<slug:community>/staff/rounds/<id:round_id>/archive"


@bp.get(ARCHIVE)
@staff
def archive(round_id: int) -> ResponseReturnValue:
    round = find_round(community().id, round_id) or abort(404)
    return render_template("reviews/archive.html", **_page(round))


@bp.post(ARCHIVE)
@staff
def archived(round_id: int) -> ResponseReturnValue:
    round = find_round(community().id, round_id) or abort(404)
    again("reviews/archive.html", "reviews/_archive.html", **_page(round))
    archive_round(round, by=me())
    audit("archived a round", subject=round)
    return changed(to=url_for("rounds.build_show", round_id=round_id), said="The round is in the archive.")


def _page(round: Round) -> dict[str, Any]:
    may_archive = may("archive", round, clock.now())
    return {"here": "staff", "round": round, "may_archive": may_archive, "waiting": undecided(round)}
