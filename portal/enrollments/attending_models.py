"""Tables around a seat: answers, what a change asks, who is excused, reminders, joinings, the private calendar feed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Account
from portal.agenda.models import Session
from portal.agenda.planning_models import ExperienceQuestion, SessionChange
from portal.core.db import Base, Keyed
from portal.core.tokens import Tokened

from .models import Enrollment


class EnrollmentAnswer(Keyed, Base):
    """What a person answered to a question of the experience; gone once the question's answers are erased."""

    __tablename__ = "enrollment_answers"
    __table_args__ = (UniqueConstraint("enrollment_id", "question_id"),)

    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"))
    question_id: Mapped[int] = mapped_column(ForeignKey("experience_questions.id"), index=True)
    value: Mapped[str] = mapped_column(Text)

    question: Mapped[ExperienceQuestion] = relationship()


class Confirmation(Tokened, Base):
    """A person is asked whether a changed session still suits them, by a private link. Not to answer keeps the seat."""

    __tablename__ = "confirmations"
    __table_args__ = (
        UniqueConstraint("enrollment_id", "change_id"),
        CheckConstraint("answer in ('yes', 'no')", name="answer"),
    )

    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"))
    change_id: Mapped[int] = mapped_column(ForeignKey("session_changes.id"), index=True)
    why: Mapped[str] = mapped_column(String(200), default="")
    asked_at: Mapped[datetime]
    until: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(String(3))
    answered_at: Mapped[datetime | None]

    enrollment: Mapped[Enrollment] = relationship()
    change: Mapped[SessionChange] = relationship()


class Excuse(Keyed, Base):
    """A session that a person need not attend, because their district was closed that day."""

    __tablename__ = "excuses"
    __table_args__ = (UniqueConstraint("enrollment_id", "session_id"),)

    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"))
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), index=True)
    school_day_id: Mapped[int] = mapped_column(ForeignKey("school_days.id"), index=True)
    noted_at: Mapped[datetime]


class Reminder(Keyed, Base):
    """That a person was reminded of a session so many days before it; `sequence` is the session's at that time."""

    __tablename__ = "reminders"
    __table_args__ = (UniqueConstraint("enrollment_id", "session_id", "days", "sequence"),)

    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"))
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), index=True)
    days: Mapped[int]
    sequence: Mapped[int]
    reminded_at: Mapped[datetime]


class Joining(Keyed, Base):
    """That an enrolled person went through the join link of a session, first at this moment."""

    __tablename__ = "joinings"
    __table_args__ = (UniqueConstraint("enrollment_id", "session_id"),)

    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"))
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), index=True)
    joined_at: Mapped[datetime]

    session: Mapped[Session] = relationship()


class CalendarFeed(Tokened, Base):
    """The private address of a person's calendar; renewing it makes the old address stop working."""

    __tablename__ = "calendar_feeds"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), unique=True)
    made_at: Mapped[datetime]

    account: Mapped[Account] = relationship()
