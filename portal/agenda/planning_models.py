"""Tables beside the agenda: the school calendar, who is invited, what people are asked, what became of a date."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base, Keyed

from .models import DAY_KINDS, QUESTION_KINDS, Session

CHANGES = ("moved", "online", "cancelled")


class SchoolDay(Keyed, Base):
    """What a calendar says of some days: of the whole community, or of one district.

    A district's own row counts before the community's, the newer before the older: `school_day` says that there is
    school after all. `closed` and `delayed` (by `minutes`) are what a morning brings: snow, a burst pipe.
    """

    __tablename__ = "school_days"
    __table_args__ = (
        CheckConstraint(f"kind in ({', '.join(repr(kind) for kind in DAY_KINDS)})", name="kind"),
        CheckConstraint("to_date >= from_date", name="order"),
        Index("ix_school_days_dates", "community_id", "from_date"),
    )

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"), index=True)
    from_date: Mapped[date]
    to_date: Mapped[date]
    kind: Mapped[str] = mapped_column(String(10))
    label: Mapped[str] = mapped_column(String(120))
    minutes: Mapped[int] = mapped_column(default=0)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    noted_at: Mapped[datetime]


class ExperienceInvitee(Keyed, Base):
    """Somebody for whom an experience "by invitation" is meant, known by mail address."""

    __tablename__ = "experience_invitees"
    __table_args__ = (UniqueConstraint("experience_id", "email"),)

    experience_id: Mapped[int] = mapped_column(ForeignKey("experiences.id"))
    email: Mapped[str] = mapped_column(String(254), index=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    invited_at: Mapped[datetime]


class ExperienceQuestion(Keyed, Base):
    """What people are asked when they enroll. Answers are erased after `erase_on` (the last day they are kept)."""

    __tablename__ = "experience_questions"
    __table_args__ = (
        CheckConstraint(f"kind in ({', '.join(repr(kind) for kind in QUESTION_KINDS)})", name="kind"),
        Index("ix_experience_questions_experience", "experience_id", "position"),
    )

    experience_id: Mapped[int] = mapped_column(ForeignKey("experiences.id"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    label: Mapped[str] = mapped_column(String(200))
    help: Mapped[str] = mapped_column(String(300), default="")
    options: Mapped[list[str]] = mapped_column(JSON, default=list)
    is_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    erase_on: Mapped[date]
    erased_at: Mapped[datetime | None]


class SessionChange(Keyed, Base):
    """A session that was moved, taken online or cancelled, as it was before: the old date stays visible."""

    __tablename__ = "session_changes"
    __table_args__ = (CheckConstraint(f"kind in ({', '.join(repr(kind) for kind in CHANGES)})", name="kind"),)

    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    old_starts_at: Mapped[datetime]
    old_ends_at: Mapped[datetime]
    old_mode: Mapped[str] = mapped_column(String(10))
    old_place: Mapped[str] = mapped_column(String(160), default="")
    old_credit_minutes: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    session: Mapped[Session] = relationship()
