"""Tables of enrollment: a person's belonging to an experience, the seats it takes, those kept for somebody, offers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Account
from portal.agenda.models import Experience, Pool, Session
from portal.core.db import Base, Keyed

OPEN = text("status = 'open'")


class SeatHold(Keyed, Base):
    """Seats kept for somebody until a moment: a share for a district or for a role (whoever fits takes them), or a
    lead's hold (the lead names people later). `remaining` of its `seats` are not used yet and count as held in the
    pools; when `until` has passed they go to the line, then to all.
    """

    __tablename__ = "seat_holds"
    __table_args__ = (
        CheckConstraint("kind in ('district', 'role', 'lead')", name="kind"),
        CheckConstraint("seats >= 0 and remaining >= 0", name="count"),
        Index("ix_seat_holds_experience", "experience_id", "released_at"),
        Index("ix_seat_holds_due", "released_at", "until"),
    )

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    experience_id: Mapped[int] = mapped_column(ForeignKey("experiences.id"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    kind: Mapped[str] = mapped_column(String(10))
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"), index=True)
    role: Mapped[str] = mapped_column(String(40), default="")
    mode: Mapped[str] = mapped_column(String(10), default="")
    seats: Mapped[int]
    remaining: Mapped[int]
    until: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]
    released_at: Mapped[datetime | None]

    experience: Mapped[Experience] = relationship()


class EnrollmentTeam(Keyed, Base):
    """Colleagues who wait together: a seat for each of them or for none, until their lead lets them go one by one."""

    __tablename__ = "enrollment_teams"

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    experience_id: Mapped[int] = mapped_column(ForeignKey("experiences.id"), index=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]
    split_at: Mapped[datetime | None]


class Enrollment(Keyed, Base):
    """A person in an experience (or in one meeting of a space): pending (a lead is asked), waiting in line, seated,
    given up, or refused (by the lead).

    `mode` is that of the seats one has or asks for; `waits_for` the mode in whose line one stands (None: in none), for
    whoever waits, and for whoever has an online seat and waits for one in the room. Where seats are not side by side
    both are empty text. `queue_number` is given under the experience's lock and is the order of the line. `hold_id`:
    the share or hold that the seat came out of, and goes back to. `extra_reason`: why staff added the person, past
    what others must keep to. `sequence` counts up with each change, for calendars.
    """

    __tablename__ = "enrollments"
    __table_args__ = (
        CheckConstraint("state in ('pending', 'waiting', 'seated', 'given_up', 'refused')", name="state"),
        CheckConstraint("state in ('waiting', 'seated') or waits_for is null", name="line"),
        Index(
            "uq_enrollments_whole", "experience_id", "account_id", unique=True,
            sqlite_where=text("session_id is null"), postgresql_where=text("session_id is null"),
        ),
        Index(
            "uq_enrollments_session", "session_id", "account_id", unique=True,
            sqlite_where=text("session_id is not null"), postgresql_where=text("session_id is not null"),
        ),
        Index("ix_enrollments_line", "experience_id", "state", "queue_number"),
        Index(
            "ix_enrollments_waiting", "experience_id", "waits_for", "queue_number",
            sqlite_where=text("waits_for is not null"), postgresql_where=text("waits_for is not null"),
        ),
        Index("ix_enrollments_district", "district_id", "state"),
        Index("ix_enrollments_person", "account_id", "state"),
    )  # fmt: skip

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    experience_id: Mapped[int] = mapped_column(ForeignKey("experiences.id"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"))
    mode: Mapped[str] = mapped_column(String(10), default="")
    waits_for: Mapped[str | None] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    queue_number: Mapped[int]
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("seat_holds.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("enrollment_teams.id"), index=True)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    extra_reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")
    asked_at: Mapped[datetime]
    seated_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]

    experience: Mapped[Experience] = relationship()
    session: Mapped[Session | None] = relationship()
    account: Mapped[Account] = relationship(foreign_keys=[account_id])
    seats: Mapped[list[Seat]] = relationship(cascade="all, delete-orphan", order_by="Seat.id")


class Seat(Keyed, Base):
    """One seat in one pool."""

    __tablename__ = "seats"
    __table_args__ = (UniqueConstraint("enrollment_id", "pool_id"),)

    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"))
    pool_id: Mapped[int] = mapped_column(ForeignKey("pools.id"), index=True)

    pool: Mapped[Pool] = relationship()


class SeatOffer(Keyed, Base):
    """A seat that is kept for the next in line until a moment, for them to accept. While open it counts as held."""

    __tablename__ = "seat_offers"
    __table_args__ = (
        CheckConstraint("status in ('open', 'accepted', 'declined', 'expired', 'taken_back')", name="status"),
        Index("uq_seat_offers_open", "enrollment_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_seat_offers_due", "status", "until"),
    )

    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"), index=True)
    mode: Mapped[str] = mapped_column(String(10), default="")
    status: Mapped[str] = mapped_column(String(10), default="open")
    made_at: Mapped[datetime]
    until: Mapped[datetime]
    answered_at: Mapped[datetime | None]

    enrollment: Mapped[Enrollment] = relationship()
