"""Doors for whoever cannot come because their district has school after all: a colleague takes the seat."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.models import Account
from portal.core import clock
from portal.core.access import me
from portal.core.limits import count
from portal.core.web import again, changed, invalid

from .change_forms import ColleagueForm
from .lead_queries import find_colleague
from .models import Enrollment
from .notices import notices_of
from .seat_views import asked_for, own
from .substituting import send_colleague
from .views import PAGE, bp

SHOWN = "enrollments/substituting.html"


@bp.get(f"{PAGE}/seat/substitute")
def sending_colleague(experience: str) -> ResponseReturnValue:
    return render_template(SHOWN, **_page(_mine(experience), ColleagueForm(formdata=None)))


@bp.post(f"{PAGE}/seat/substitute")
def colleague_sent(experience: str) -> ResponseReturnValue:
    form, mine = ColleagueForm(), _mine(experience)
    again(SHOWN, **_page(mine, form))
    # Whose account an address is, and whether it is one, is nobody's to try out: colleagues are found, and no one else.
    count("public forms")
    colleague = _colleague(mine, form) if form.validate_on_submit() else None
    if colleague is None:
        form.email.errors = form.email.errors or [ColleagueForm.UNKNOWN]
        return invalid()
    send_colleague(mine, colleague, by=me())
    to = url_for("enrollments.experience", experience=experience)
    return changed(to=to, said=f"{colleague.name} has your seat now. Both of you are told by mail.")


def _mine(slug: str) -> Enrollment:
    found, session = asked_for(slug)
    return own(found, session)


def _colleague(mine: Enrollment, form: ColleagueForm) -> Account | None:
    return find_colleague(mine.community_id, mine.district_id or 0, form.email.data or "")


def _page(mine: Enrollment, form: ColleagueForm) -> dict[str, Any]:
    noticed = notices_of(mine.account_id, clock.now(), mine.experience_id)
    rows = [one.row for one in noticed if one.kind == "school_day" and one.row.enrollment_id == mine.id] or abort(404)
    return {"here": "agenda", "experience": mine.experience, "row": rows[0], "mine": mine, "form": form}
