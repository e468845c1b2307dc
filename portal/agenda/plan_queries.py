"""Queries for those who build the agenda: an experience with all its parts, the list of them, what stands beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from portal.cohorts.models import Cohort
from portal.core.db import db
from portal.core.history import History

from .models import Agenda, Experience, Faculty, Session
from .plan_rules import Plan
from .planning_models import ExperienceInvitee, ExperienceQuestion

WHOLE = (
    joinedload(Experience.agenda),
    selectinload(Experience.sessions).selectinload(Session.pools),
    selectinload(Experience.faculty),
    selectinload(Experience.cohorts),
)
BEGINS = select(func.min(Session.starts_at)).where(Session.experience_id == Experience.id).scalar_subquery()


@dataclass(frozen=True)
class Chosen:
    """Which experiences staff look at: of one year (its number), in one stage, of one kind; empty means any."""

    year: int | None = None
    stage: str = ""
    kind: str = ""


def experiences_planned(community_id: int, chosen: Chosen) -> Select[Experience]:
    """The community's experiences with all their parts by date, those without one first."""
    found = select(Experience).options(*WHOLE).where(Experience.community_id == community_id)
    if chosen.year is not None:
        found = found.where(Experience.agenda_id == chosen.year)
    if chosen.kind:
        found = found.where(Experience.kind == chosen.kind)
    if chosen.stage == "draft":
        found = found.where(Experience.published_at.is_(None), Experience.cancelled_at.is_(None))
    elif chosen.stage == "published":
        found = found.where(Experience.published_at.is_not(None), Experience.cancelled_at.is_(None))
    elif chosen.stage == "cancelled":
        found = found.where(Experience.cancelled_at.is_not(None))
    # The two databases sort what has no date to different ends, so that is said.
    return found.order_by(BEGINS.is_not(None), BEGINS, Experience.id)


def find_whole(community_id: int, slug: str) -> Experience | None:
    """The community's experience with this short name and all its parts, published or not."""
    chosen = select(Experience).options(*WHOLE)
    return db.session.scalar(chosen.where(Experience.community_id == community_id, Experience.slug == slug))


def plan_of(experience: Experience, zone: str) -> Plan:
    """The experience with its questions and the number of people who are invited."""
    return Plan(experience, questions_of(experience.id), invited_to(experience.id), zone)


def slugs_of(community_id: int) -> list[str]:
    """The short names that experiences of the community have."""
    chosen = select(Experience.slug).where(Experience.community_id == community_id)
    return list(db.session.scalars(chosen.order_by(Experience.id)))


def questions_of(experience_id: int) -> list[ExperienceQuestion]:
    """What people are asked, in its order."""
    chosen = select(ExperienceQuestion).where(ExperienceQuestion.experience_id == experience_id)
    return list(db.session.scalars(chosen.order_by(ExperienceQuestion.position, ExperienceQuestion.id)))


def find_question(experience_id: int, question_id: int) -> ExperienceQuestion | None:
    """The experience's question of this number."""
    chosen = select(ExperienceQuestion).where(ExperienceQuestion.id == question_id)
    return db.session.scalar(chosen.where(ExperienceQuestion.experience_id == experience_id))


def invitees_of(experience_id: int) -> Select[ExperienceInvitee]:
    """Who is invited, by mail address."""
    chosen = select(ExperienceInvitee).where(ExperienceInvitee.experience_id == experience_id)
    return chosen.order_by(ExperienceInvitee.email, ExperienceInvitee.id)


def invited_to(experience_id: int) -> int:
    """How many people are invited."""
    chosen = select(func.count()).select_from(ExperienceInvitee)
    return db.session.scalar(chosen.where(ExperienceInvitee.experience_id == experience_id)) or 0


def find_invitee(experience_id: int, invitee_id: int) -> ExperienceInvitee | None:
    """The invited person of this number."""
    chosen = select(ExperienceInvitee).where(ExperienceInvitee.id == invitee_id)
    return db.session.scalar(chosen.where(ExperienceInvitee.experience_id == experience_id))


def years_of(community_id: int) -> list[Agenda]:
    """The years of the community's agenda, the newest first."""
    chosen = select(Agenda).where(Agenda.community_id == community_id)
    return list(db.session.scalars(chosen.order_by(Agenda.slug.desc(), Agenda.id.desc())))


def experiences_of_year(agenda_id: int) -> list[Experience]:
    """The experiences of a year with all their parts, by date."""
    chosen = select(Experience).options(*WHOLE).where(Experience.agenda_id == agenda_id)
    return list(db.session.scalars(chosen.order_by(BEGINS.is_not(None), BEGINS, Experience.id)))


def all_faculty(community_id: int) -> list[Faculty]:
    """Everybody who leads experiences in the community, by what they do."""
    chosen = select(Faculty).where(Faculty.community_id == community_id)
    return list(db.session.scalars(chosen.order_by(Faculty.title, Faculty.id)))


def all_cohorts(community_id: int) -> list[Cohort]:
    """The community's cohorts, the newest first."""
    chosen = select(Cohort).where(Cohort.community_id == community_id)
    return list(db.session.scalars(chosen.order_by(Cohort.starts_on.desc(), Cohort.id)))


def happened_to(experience: Experience) -> Select[Any]:
    """What was done with the experience, the newest first."""
    chosen = select(History).where(
        History.subject_table == Experience.__tablename__, History.subject_id == experience.id
    )
    return chosen.order_by(History.at.desc(), History.id.desc())


def years_with_counts(community_id: int) -> list[tuple[Agenda, int]]:
    """The years of the agenda, the newest first, with how many experiences stand in each."""
    # Counted inside the one select: a year without experiences stays in the list with none.
    count = select(func.count()).where(Experience.agenda_id == Agenda.id).scalar_subquery()
    chosen = select(Agenda, count).where(Agenda.community_id == community_id)
    rows = db.session.execute(chosen.order_by(Agenda.slug.desc(), Agenda.id.desc()))
    return [(agenda, number) for agenda, number in rows]
