"""A door for staff: how many seats there are, once people have asked for some."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, me, staff
from portal.core.web import again, changed, invalid

from .roster_pages import roster_frame
from .roster_views import people_of
from .sizing import set_capacity
from .sizing_forms import seats_form
from .sizing_rules import TooTight
from .views import bp

SIZE = "/<slug:community>/staff/agenda/<slug:experience>/size"


@bp.get(SIZE)
@staff
def sizing(experience: str) -> ResponseReturnValue:
    return render_template("enrollments/sizing.html", **_page(experience))


@bp.post(SIZE)
@staff
def sized(experience: str) -> ResponseReturnValue:
    page = _page(experience)
    again("enrollments/sizing.html", "enrollments/_sizing.html", **page)
    if not page["form"].validate_on_submit():
        return invalid()
    seats, dates = page["form"].seats(), page["form"].dates()
    try:
        set_capacity(page["experience"], seats, dates=dates, by=me(), knows=request.form.getlist("sure"))
    except TooTight as question:
        return invalid(200, tight=question.tight)
    return changed(to=url_for("enrollments.roster", experience=experience), said="The number of seats is changed.")


def _page(slug: str) -> dict[str, Any]:
    found = people_of(slug)
    coming = [one for one in found.sessions if one.ends_at > clock.now() and one.cancelled_at is None]
    shown = coming or found.sessions
    form = seats_form(shown, community().time_zone)
    return {**roster_frame(found), "form": form, "tight": [], "refusal": ""}
