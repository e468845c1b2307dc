"""Doors for staff and the facilitator to the people of an experience: the list, the file, what people answered."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from portal.agenda.models import Experience
from portal.core.access import community, me
from portal.core.audit import audit
from portal.core.exports import send_table
from portal.core.limits import limited

from .roster_pages import answers_page, chosen_people, roster_page, roster_table
from .roster_queries import find_roster
from .views import bp

PEOPLE = "/<slug:community>/staff/agenda/<slug:experience>/people"


@bp.get(PEOPLE)
@limited("searches", only_with="q")
def roster(experience: str) -> ResponseReturnValue:
    found = people_of(experience)
    return render_template("enrollments/roster.html", **roster_page(found, chosen_people()))


@bp.get(f"{PEOPLE}.<any(csv, xlsx):form>")
@limited("exports")
def roster_file(experience: str, form: Any) -> ResponseReturnValue:
    found, chosen = people_of(experience), chosen_people()
    table = roster_table(found, chosen)
    audit("exported who comes", subject=found, note=chosen.stand or "seats", rows=len(list(table.rows)), form=form)
    return send_table(table, form, f"{found.slug}-people")


@bp.get(f"{PEOPLE}/answers")
def roster_answers(experience: str) -> ResponseReturnValue:
    found = people_of(experience)
    page = answers_page(found)
    audit("read what people answered", subject=found)
    return render_template("enrollments/answers.html", **page)


def people_of(slug: str) -> Experience:
    """The experience whose people this person may see; a stranger's is not there."""
    return find_roster(me(), community().id, slug) or abort(404)
