"""A door for staff: an experience as the people it is for will see it, before it is published."""

from __future__ import annotations

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from portal.agenda.models import Experience
from portal.agenda.plan_queries import find_whole
from portal.agenda.rules import Person
from portal.communities.queries import roles_of
from portal.core.access import community, staff

from .showing import find_previewed
from .views import bp, page_context

PLAN = "/<slug:community>/staff/agenda/<slug:experience>"


@bp.get(f"{PLAN}/preview")
@staff
def preview(experience: str) -> ResponseReturnValue:
    plan = find_whole(community().id, experience) or abort(404)
    shown = find_previewed(community().id, experience)
    context = page_context(shown, person=_somebody(plan)) if shown else {"experience": plan}
    is_draft = plan.published_at is None and plan.cancelled_at is None
    # As somebody whom it is for: also whoever leads it sees it so.
    own = {"here": "staff", "shown": shown, "is_draft": is_draft, "is_preview": True, "leads": False}
    return render_template("enrollments/preview.html", **{**context, **own})


def _somebody(plan: Experience) -> Person:
    """Somebody for whom it is: in one of its roles, in one of its cohorts, invited."""
    roles = frozenset(plan.audience or [role.slug for role in roles_of(plan.community_id)] or ["educator"])
    return Person(
        roles=roles, cohorts=frozenset((plan.id, role) for role in roles), invited=frozenset({plan.id}),
        is_signed_in=True,
    )  # fmt: skip
