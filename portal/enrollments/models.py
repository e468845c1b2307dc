"""Tables of enrollment: a person's belonging to an experience, and the seats it takes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Account
from portal.agenda.models import Experience, Pool, Session
from portal.core.db import Base, Keyed


class Enrollment(Keyed, Base):
    """A person in an experience (or in one meeting of a space): seated, waiting in line, or given up.

    `queue_number` is given under the experience's lock and is the order of the line.
    """

    __tablename__ = "enrollments"
    __table_args__ = (
        CheckConstraint("state in ('seated', 'waiting', 'given_up')", name="state"),
        Index(
            "uq_enrollments_whole", "experience_id", "account_id", unique=True,
            sqlite_where=text("session_id is null"), postgresql_where=text("session_id is null"),
        ),
        Index(
            "uq_enrollments_session", "session_id", "account_id", unique=True,
            sqlite_where=text("session_id is not null"), postgresql_where=text("session_id is not null"),
        ),
        Index("ix_enrollments_line", "experience_id", "state", "queue_number"),
        Index("ix_enrollments_person", "account_id", "state"),
    )  # fmt: skip

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    experience_id: Mapped[int] = mapped_column(ForeignKey("experiences.id"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"))
    mode: Mapped[str] = mapped_column(String(10), default="")
    state: Mapped[str] = mapped_column(String(10))
    queue_number: Mapped[int]
    asked_at: Mapped[datetime]
    seated_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]

    experience: Mapped[Experience] = relationship()
    session: Mapped[Session | None] = relationship()
    account: Mapped[Account] = relationship()
    seats: Mapped[list[Seat]] = relationship(cascade="all, delete-orphan", order_by="Seat.id")


class Seat(Keyed, Base):
    """One seat in one pool."""

    __tablename__ = "seats"
    __table_args__ = (UniqueConstraint("enrollment_id", "pool_id"),)

    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"))
    pool_id: Mapped[int] = mapped_column(ForeignKey("pools.id"), index=True)

    pool: Mapped[Pool] = relationship()
