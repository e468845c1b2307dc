"""Finding what an experience asks of those who come, and what one person answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from portal.agenda.models import Experience
from portal.agenda.planning_models import ExperienceQuestion
from portal.agenda.queries import PUBLISHED
from portal.communities.models import Community
from portal.core.db import db, look_up

from .attending_models import EnrollmentAnswer
from .models import Enrollment

IS_ASKED = ExperienceQuestion.erased_at.is_(None)
HAS_QUESTIONS = (
    select(ExperienceQuestion.id)
    .where(ExperienceQuestion.experience_id == Experience.id, IS_ASKED)
    .correlate(Experience)
    .exists()
)
ASKED = PUBLISHED.add_columns(HAS_QUESTIONS)
QUESTIONS = (
    select(
        ExperienceQuestion.id, ExperienceQuestion.kind, ExperienceQuestion.label, ExperienceQuestion.help,
        ExperienceQuestion.options, ExperienceQuestion.is_required, ExperienceQuestion.erase_on,
    )
    .where(ExperienceQuestion.experience_id == bindparam("experience_id"), IS_ASKED)
    .order_by(ExperienceQuestion.position, ExperienceQuestion.id)
)  # fmt: skip
ANSWERED = (
    select(Enrollment.session_id, EnrollmentAnswer.question_id, EnrollmentAnswer.value)
    .join(Enrollment, Enrollment.id == EnrollmentAnswer.enrollment_id)
    .where(
        Enrollment.experience_id == bindparam("experience_id"),
        Enrollment.account_id == bindparam("account_id"),
        Enrollment.state.in_(("pending", "waiting", "seated")),
    )
    .order_by(EnrollmentAnswer.id)
)


def find_asking(community_id: int, slug: str) -> tuple[Experience, bool] | None:
    """The published experience with this short name, and whether it asks something of those who come."""
    row = db.session.execute(ASKED, {"community_id": community_id, "slug": slug}).first()
    return (row[0], bool(row[1])) if row else None


def questions_of(experience_id: int) -> Sequence[Row[Any]]:
    """What the experience asks, in its order; questions whose answers are erased are not asked any more."""
    return look_up(QUESTIONS, {"experience_id": experience_id})


def answers_of(experience_id: int, account_id: int) -> dict[int | None, dict[int, str]]:
    """What the person answered, by the meeting (None: all of it) and the question."""
    found: dict[int | None, dict[int, str]] = {}
    for session_id, question_id, value in look_up(ANSWERED, {"experience_id": experience_id, "account_id": account_id}):
        found.setdefault(session_id, {})[question_id] = value
    return found


def questions_to_erase(latest: date) -> list[tuple[ExperienceQuestion, str]]:
    """The questions whose last day is before `latest`, not erased yet, each with the zone of its community."""
    chosen = (
        select(ExperienceQuestion, Community.time_zone)
        .join(Experience, Experience.id == ExperienceQuestion.experience_id)
        .join(Community, Community.id == Experience.community_id)
        .where(IS_ASKED, ExperienceQuestion.erase_on < latest)
        .order_by(ExperienceQuestion.experience_id, ExperienceQuestion.id)
    )
    return [(question, zone) for question, zone in db.session.execute(chosen)]


def count_answers(question_id: int) -> int:
    """How many people answered it."""
    chosen = select(func.count()).where(EnrollmentAnswer.question_id == question_id)
    return db.session.scalar(chosen) or 0
