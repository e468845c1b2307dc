"""Doors of a release: its rehearsal, the press, how far it is."""

from __future__ import annotations

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, staff
from portal.core.audit import audit
from portal.core.filters import plural
from portal.core.web import again, changed
from portal.rounds.models import Round
from portal.rounds.queries import find_round

from .release_forms import RoundReleaseForm
from .release_pages import progress_page, rehearsal_page, releases_page
from .release_queries import find_release
from .releasing import ask_release
from .views import bp

ROUND = "/<slug:community>/staff/rounds/<id:round_id>"
PAGE = "cohorts/rehearsal.html"


@bp.get(f"{ROUND}/rehearsal")
@staff
def rehearsal(round_id: int) -> ResponseReturnValue:
    return render_template(PAGE, here="staff", **rehearsal_page(me(), _round(round_id)))


@bp.post(f"{ROUND}/releases")
@staff
def release_request(round_id: int) -> ResponseReturnValue:
    round, form = _round(round_id), RoundReleaseForm()
    again(PAGE, here="staff", **rehearsal_page(me(), round))
    release = ask_release(round, form.seen.data or "", by=me(), without_mail=bool(form.without_mail.data))
    audit("asked for the release", subject=round, note=plural(release.total, "decision"))
    return changed(to=url_for("cohorts.release_progress", release_id=release.id))


@bp.get(f"{ROUND}/releases")
@staff
def releases(round_id: int) -> ResponseReturnValue:
    return render_template("cohorts/releases.html", here="staff", **releases_page(_round(round_id)))


@bp.get("/<slug:community>/staff/releases/<id:release_id>")
@staff
def release_progress(release_id: int) -> ResponseReturnValue:
    release = find_release(community().id, release_id) or abort(404)
    return render_template("cohorts/progress.html", here="staff", **progress_page(me(), release))


def _round(round_id: int) -> Round:
    return find_round(community().id, round_id) or abort(404)
