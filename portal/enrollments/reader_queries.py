"""Who looks at the agenda: what the sign-in already told, and only where something is narrower, a question more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select

from portal.agenda.models import Experience, cohorts_meant
from portal.agenda.rules import VISITOR, Meant, Person
from portal.cohorts.models import Cohort
from portal.core.db import db, look_up
from portal.core.kept import value

from .queries import cohort_roles, invited_to

REACHES = (
    select(Experience.reach)
    .where(Experience.community_id == bindparam("community_id"), Experience.published_at.is_not(None))
    .distinct()
    .order_by(Experience.reach)
)


def reader_of(actor: Any, community_id: int) -> Person:
    """The person at the door as the community's agenda knows them."""
    if not actor.is_signed_in:
        return VISITOR
    # Most agendas have nothing for cohorts or by invitation: known until something shown changes, it costs no query.
    reaches = value("reaches", lambda: frozenset(row.reach for row in look_up(REACHES, {"community_id": community_id})))
    roles, number = actor.roles_at_members(community_id), actor.account_id
    return Person(
        roles,
        cohort_roles(number, community_id) if "cohorts" in reaches and roles else frozenset(),
        invited_to(number, community_id) if "invited" in reaches else frozenset(),
        True,
    )


def cohort_names(experience: Meant) -> Sequence[str]:
    """The cohorts that the experience is for, the oldest first; none where it is for others."""
    if experience.reach != "cohorts":
        return []
    chosen = select(Cohort.name).join(cohorts_meant, cohorts_meant.c.cohort_id == Cohort.id)
    chosen = chosen.where(cohorts_meant.c.experience_id == experience.id)
    return list(db.session.scalars(chosen.order_by(Cohort.starts_on, Cohort.id)))
