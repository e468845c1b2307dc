"""Finding what a person has before and behind them, in every community, by one statement."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, select

from portal.agenda.models import Experience, Session
from portal.agenda.planning_models import ExperienceQuestion
from portal.communities.models import Community
from portal.core.db import db, look_up
from portal.core.history import History

from .attending_models import Confirmation, EnrollmentAnswer
from .models import Enrollment, SeatOffer
from .notices import HAS_NEWS
from .queries import POSITION
from .question_queries import IS_ASKED

OWED = (  # how many questions the person has not answered that need an answer
    select(func.count())
    .where(ExperienceQuestion.experience_id == Enrollment.experience_id, IS_ASKED, ExperienceQuestion.is_required)
    .where(
        ~select(EnrollmentAnswer.id)
        .where(EnrollmentAnswer.enrollment_id == Enrollment.id)
        .where(EnrollmentAnswer.question_id == ExperienceQuestion.id)
        .exists()
    )
    .correlate(Enrollment)
    .scalar_subquery()
)
ASKED = (  # the newest question about a changed date that waits for an answer
    select(func.max(Confirmation.id))
    .where(Confirmation.enrollment_id == Enrollment.id)
    .where(Confirmation.answer.is_(None), Confirmation.until > bindparam("now"))
    .correlate(Enrollment)
    .scalar_subquery()
)
LEARNING = (
    select(
        Enrollment.id, Enrollment.state, Enrollment.session_id, Enrollment.mode.label("seat_mode"),
        Enrollment.waits_for, POSITION.label("position"), OWED.label("owed"),
        HAS_NEWS.label("has_news"),
        SeatOffer.until.label("offer_until"), Confirmation.change_id, Confirmation.until.label("asked_until"),
        Experience.slug, Experience.title, Experience.kind, Experience.cancelled_at,
        func.coalesce(func.nullif(Session.place, ""), Experience.place).label("place"),
        Experience.join_minutes, Session.id.label("meeting_id"), Session.starts_at, Session.ends_at, Session.mode,
        Session.cancelled_at.label("off_at"), (Session.join_url != "").label("has_link"),
        Community.slug.label("community"), Community.name.label("community_name"),
        func.coalesce(func.nullif(Session.time_zone, ""), Community.time_zone).label("zone"),
    )
    .join(Experience, Experience.id == Enrollment.experience_id)
    .join(Community, Community.id == Enrollment.community_id)
    .join(
        Session,
        and_(
            Session.experience_id == Enrollment.experience_id,
            func.coalesce(Enrollment.session_id, Session.id) == Session.id,
        ),
    )
    .outerjoin(SeatOffer, and_(SeatOffer.enrollment_id == Enrollment.id, SeatOffer.status == "open"))
    .outerjoin(Confirmation, Confirmation.id == ASKED)
    .where(Enrollment.account_id == bindparam("account_id"))
    .where(Enrollment.state.in_(("pending", "waiting", "seated", "refused")))
    .order_by(Session.starts_at, Session.id, Enrollment.id)
)  # fmt: skip


def my_enrollments(account_id: int, now: datetime) -> Sequence[Row[Any]]:
    """What this person has, waits for, asks for or was refused, in every community: one row per enrollment and
    session, by time.
    """
    return look_up(LEARNING, {"account_id": account_id, "now": now})


def refusals_of(enrollment_ids: Collection[int]) -> dict[int, History]:
    """Who said no to these requests, and why, by the enrollment: the last no of each."""
    if not enrollment_ids:
        return {}
    chosen = select(History).where(History.subject_table == Enrollment.__tablename__, History.verb == "refuse")
    chosen = chosen.where(History.subject_id.in_(enrollment_ids)).order_by(History.at, History.id)
    return {row.subject_id: row for row in db.session.scalars(chosen)}
