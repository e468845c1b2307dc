"""Tables of the agenda: the year, its experiences, their sessions and pools of seats, the faculty."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, String, Table, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.cohorts.models import Cohort
from portal.core.db import Base, Keyed

KINDS = ("gathering", "series", "space", "pop_up", "convening")
MODES = ("in_person", "online", "blended")
REACHES = ("members", "cohorts", "invited", "anyone")
DAY_KINDS = ("holiday", "vacation", "staff_day", "closed", "delayed", "school_day")
REMINDED, WAY_IN = (7, 1), 15  # days and minutes before a date that an experience begins with
QUESTION_KINDS = ("dietary", "access", "text", "choice", "yes_no")


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


cohorts_meant = Table(
    "experience_cohorts",
    Base.metadata,
    Column("experience_id", ForeignKey("experiences.id"), primary_key=True),
    Column("cohort_id", ForeignKey("cohorts.id"), primary_key=True),
)


class Faculty(Keyed, Base):
    """Somebody who leads experiences: a guest, a facilitator, educators of member districts.

    `time_zone` is where a remote one sits: their times are then told in both zones. `account_id`: who they are here.
    """

    __tablename__ = "faculty"
    __table_args__ = (UniqueConstraint("community_id", "slug"),)

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    slug: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20), default="guest")
    topics: Mapped[list[str]] = mapped_column(JSON, default=list)
    bio: Mapped[str] = mapped_column(Text, default="", server_default="")
    time_zone: Mapped[str] = mapped_column(String(40), default="", server_default="")
    picture_key: Mapped[str] = mapped_column(String(80), default="", server_default="")  # in core/storage
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class Experience(Keyed, Base):
    """One thing on the agenda. Seats are given under the lock of its row, so that no interleaving oversells it.

    `reach` says whose people it is for: all member districts, those of some cohorts, invited people, anyone with an
    account; `audience` narrows that to a list of role slugs (None: every role). `joined_by` says what a seat is for:
    all of it, or (role-alike spaces) one meeting at a time. `capacity` fills each pool; `online_capacity`, where there
    is one, fills the online ones. From `offer_within_hours` before the start a freed seat is offered, kept for
    `offer_hold_hours`, to the next in line; nearer than `cutoff_hours` nobody is moved up any more.
    """

    __tablename__ = "experiences"
    __table_args__ = (
        UniqueConstraint("community_id", "slug"),
        CheckConstraint(f"kind in ({', '.join(repr(kind) for kind in KINDS)})", name="kind"),
        CheckConstraint(f"mode in ({', '.join(repr(mode) for mode in MODES)})", name="mode"),
        CheckConstraint("joined_by in ('whole', 'session')", name="joined_by"),
        CheckConstraint("capacity >= 0", name="capacity"),
        CheckConstraint(f"reach in ({', '.join(repr(reach) for reach in REACHES)})", name="reach"),
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
    description: Mapped[str] = mapped_column(Text, default="", server_default="")  # Markdown
    capacity: Mapped[int]
    online_capacity: Mapped[int | None]
    min_to_run: Mapped[int | None]
    reach: Mapped[str] = mapped_column(String(10), default="members", server_default="members")
    audience: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    needs_approval: Mapped[bool] = mapped_column(default=False, server_default=false())  # by a lead of one's district
    is_private: Mapped[bool] = mapped_column(default=False)
    has_waitlist: Mapped[bool] = mapped_column(default=True)
    joined_by: Mapped[str] = mapped_column(String(10), default="whole")
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    snow_date: Mapped[date | None]
    fallback_capacity: Mapped[int | None]  # seats if it moves online; None: it would not
    fallback_minutes: Mapped[int | None]  # the credit it then gives
    decide_by: Mapped[datetime | None]  # when staff decide about snow
    join_minutes: Mapped[int] = mapped_column(
        default=WAY_IN, server_default=str(WAY_IN)
    )  # the join link opens so long before
    reminder_days: Mapped[list[int]] = mapped_column(
        JSON, default=lambda: list(REMINDED), server_default=str(list(REMINDED))
    )
    offer_within_hours: Mapped[int] = mapped_column(default=48, server_default="48")
    offer_hold_hours: Mapped[int] = mapped_column(default=12, server_default="12")
    cutoff_hours: Mapped[int] = mapped_column(default=2, server_default="2")
    pdp: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    facilitator_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    published_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    last_queue_number: Mapped[int] = mapped_column(default=0)

    agenda: Mapped[Agenda | None] = relationship()
    sessions: Mapped[list[Session]] = relationship(
        order_by="Session.starts_at, Session.id", back_populates="experience"
    )
    faculty: Mapped[list[Faculty]] = relationship(secondary=leads, order_by="Faculty.id")
    cohorts: Mapped[list[Cohort]] = relationship(secondary=cohorts_meant, order_by="Cohort.id")


class Session(Keyed, Base):
    """One dated part of an experience. `place` and `time_zone` are its own where they differ from the experience's
    place and the community's zone. `sequence` counts up with each change: calendars know by it which version is newer.
    """

    __tablename__ = "sessions"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="order"),)

    experience_id: Mapped[int] = mapped_column(ForeignKey("experiences.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    mode: Mapped[str] = mapped_column(String(10))
    label: Mapped[str] = mapped_column(String(120), default="")
    credit_minutes: Mapped[int] = mapped_column(default=0)
    place: Mapped[str] = mapped_column(String(160), default="", server_default="")
    join_url: Mapped[str] = mapped_column(String(500), default="", server_default="")
    time_zone: Mapped[str] = mapped_column(String(40), default="", server_default="")
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")
    cancelled_at: Mapped[datetime | None]

    experience: Mapped[Experience] = relationship(back_populates="sessions")
    pools: Mapped[list[Pool]] = relationship(order_by="Pool.id", back_populates="session")


class Pool(Keyed, Base):
    """The seats of one session in one mode: `taken` by people, `held` for somebody (a share, a lead's hold, an open
    offer). One function of enrollments writes both, under the experience's lock; what is left is capacity less both.
    """

    __tablename__ = "pools"
    __table_args__ = (UniqueConstraint("session_id", "mode"),)

    experience_id: Mapped[int] = mapped_column(ForeignKey("experiences.id"), index=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    mode: Mapped[str] = mapped_column(String(10))
    capacity: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(default=0, server_default="0")

    session: Mapped[Session] = relationship(back_populates="pools")
