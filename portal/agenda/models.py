"""Tables of the agenda: the year, its experiences, their sessions and pools of seats, the faculty."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base, Keyed

KINDS = ("gathering", "series", "space", "pop_up", "convening")
MODES = ("in_person", "online", "blended")


class Agenda(Keyed, Base):
    """A community's program of one year."""

    __tablename__ = "agendas"
    __table_args__ = (UniqueConstraint("community_id", "slug"),)

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    slug: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(120))
    published_at: Mapped[datetime | None]


leads = Table(
    "experience_faculty",
    Base.metadata,
    Column("experience_id", ForeignKey("experiences.id"), primary_key=True),
    Column("faculty_id", ForeignKey("faculty.id"), primary_key=True),
)


class Faculty(Keyed, Base):
    """Somebody who leads experiences: a guest, a facilitator, educators of member districts."""

    __tablename__ = "faculty"
    __table_args__ = (UniqueConstraint("community_id", "slug"),)

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    slug: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20), default="guest")
    topics: Mapped[list[str]] = mapped_column(JSON, default=list)


class Experience(Keyed, Base):
    """One thing on the agenda. Seats are given under the lock of its row, so that no interleaving oversells it.

    `audience` is a list of role slugs, or None for everyone of a member district. `joined_by` says what a seat is for:
    all of it, or (role-alike spaces) one meeting at a time.
    """

    __tablename__ = "experiences"
    __table_args__ = (
        UniqueConstraint("community_id", "slug"),
        CheckConstraint(f"kind in ({', '.join(repr(kind) for kind in KINDS)})", name="kind"),
        CheckConstraint(f"mode in ({', '.join(repr(mode) for mode in MODES)})", name="mode"),
        CheckConstraint("joined_by in ('whole', 'session')", name="joined_by"),
        CheckConstraint("capacity >= 0", name="capacity"),
        Index("ix_experiences_listed", "community_id", "published_at"),
    )

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    agenda_id: Mapped[int | None] = mapped_column(ForeignKey("agendas.id"), index=True)
    slug: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(160))
    summary: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    mode: Mapped[str] = mapped_column(String(10))
    quarter: Mapped[str] = mapped_column(String(10), default="")
    place: Mapped[str] = mapped_column(String(160), default="")
    capacity: Mapped[int]
    min_to_run: Mapped[int | None]
    audience: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    is_private: Mapped[bool] = mapped_column(default=False)
    has_waitlist: Mapped[bool] = mapped_column(default=True)
    joined_by: Mapped[str] = mapped_column(String(10), default="whole")
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    snow_date: Mapped[date | None]
    pdp: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    facilitator_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    published_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    last_queue_number: Mapped[int] = mapped_column(default=0)

    agenda: Mapped[Agenda | None] = relationship()
    sessions: Mapped[list[Session]] = relationship(
        order_by="Session.starts_at, Session.id", back_populates="experience"
    )
    faculty: Mapped[list[Faculty]] = relationship(secondary=leads, order_by="Faculty.id")


class Session(Keyed, Base):
    """One dated part of an experience."""

    __tablename__ = "sessions"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="order"),)

    experience_id: Mapped[int] = mapped_column(ForeignKey("experiences.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    mode: Mapped[str] = mapped_column(String(10))
    label: Mapped[str] = mapped_column(String(120), default="")
    credit_minutes: Mapped[int] = mapped_column(default=0)

    experience: Mapped[Experience] = relationship(back_populates="sessions")
    pools: Mapped[list[Pool]] = relationship(order_by="Pool.id", back_populates="session")


class Pool(Keyed, Base):
    """The seats of one session in one mode. One function of enrollments writes `taken`, under the experience's lock."""

    __tablename__ = "pools"
    __table_args__ = (UniqueConstraint("session_id", "mode"),)

    experience_id: Mapped[int] = mapped_column(ForeignKey("experiences.id"), index=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    mode: Mapped[str] = mapped_column(String(10))
    capacity: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)

    session: Mapped[Session] = relationship(back_populates="pools")
