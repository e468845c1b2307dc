"""Tables of reading: who reads which letter, who must not, scores, talk, the meeting, and what a district may learn."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Account
from portal.core.db import Base, Keyed
from portal.districts.models import District
from portal.letters.models import Letter
from portal.rounds.models import Criterion, Round

RUNS = text("ended_at is null")
HOLDS = text("lifted_at is null")


class Assignment(Keyed, Base):
    """A letter given to a person to read, until they have scored it, drop out or turn out to be in conflict.

    `ended_reason` says why it was taken away: the reader dropped out, a conflict, or staff gave it to somebody else.
    """

    __tablename__ = "assignments"
    __table_args__ = (
        CheckConstraint("ended_reason in ('', 'dropped_out', 'conflict', 'reassigned')", name="ended_reason"),
        Index(
            "uq_assignments_running", "letter_id", "account_id", unique=True, sqlite_where=RUNS, postgresql_where=RUNS
        ),
        Index("ix_assignments_reader", "account_id", "ended_at"),
    )

    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    assigned_at: Mapped[datetime]
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    told_at: Mapped[datetime | None]  # when the mail with the queue was owed that names this letter
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str] = mapped_column(String(20), default="")

    letter: Mapped[Letter] = relationship()
    account: Mapped[Account] = relationship(foreign_keys=[account_id])


class Conflict(Keyed, Base):
    """Why a person must learn nothing about a district's letters in a round: declared by the person, or set by staff.

    Jobs and leads are conflicts by themselves and have no row here: they are read where they stand.
    """

    __tablename__ = "conflicts"
    __table_args__ = (
        CheckConstraint("source in ('declared', 'staff')", name="source"),
        Index(
            "uq_conflicts_holding", "round_id", "account_id", "district_id",
            unique=True, sqlite_where=HOLDS, postgresql_where=HOLDS,
        ),
    )  # fmt: skip

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    source: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(Text, default="")
    noted_at: Mapped[datetime]
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    account: Mapped[Account] = relationship(foreign_keys=[account_id])
    district: Mapped[District] = relationship()


class Review(Keyed, Base):
    """What one person makes of one letter: a draft that saves itself, then handed in.

    `number` is the version of the letter that was scored: a newer one asks to look again and re-affirm.
    """

    __tablename__ = "reviews"
    __table_args__ = (UniqueConstraint("letter_id", "account_id"),)

    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    number: Mapped[int]
    comment: Mapped[str] = mapped_column(Text, default="")
    started_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    handed_in_at: Mapped[datetime | None]

    letter: Mapped[Letter] = relationship()
    account: Mapped[Account] = relationship()
    scores: Mapped[list[Score]] = relationship(order_by="Score.id", back_populates="review")


class Score(Keyed, Base):
    """The level (a value of the round's scale) that a reader gives for one criterion, and why."""

    __tablename__ = "scores"
    __table_args__ = (UniqueConstraint("review_id", "criterion_id"),)

    review_id: Mapped[int] = mapped_column(ForeignKey("reviews.id"))
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criteria.id"), index=True)
    level: Mapped[int | None]
    comment: Mapped[str] = mapped_column(Text, default="")

    review: Mapped[Review] = relationship(back_populates="scores")
    criterion: Mapped[Criterion] = relationship()


class Remark(Keyed, Base):
    """A line of the talk about a letter, for staff alone or for its readers too. No district ever sees it."""

    __tablename__ = "remarks"
    __table_args__ = (CheckConstraint("audience in ('staff', 'readers')", name="audience"),)

    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    audience: Mapped[str] = mapped_column(String(10), default="staff")
    text: Mapped[str] = mapped_column(Text)
    said_at: Mapped[datetime]

    account: Mapped[Account] = relationship()


class Meeting(Keyed, Base):
    """A meeting in which staff talk through letters, the most disagreed first; its entries are the minutes."""

    __tablename__ = "review_meetings"

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    held_on: Mapped[date]
    present: Mapped[str] = mapped_column(Text, default="")
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    closed_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship()
    entries: Mapped[list[MeetingEntry]] = relationship(order_by="MeetingEntry.position, MeetingEntry.id")


class MeetingEntry(Keyed, Base):
    """One letter on a meeting's agenda: in which place, what came of it and why."""

    __tablename__ = "meeting_entries"
    __table_args__ = (
        UniqueConstraint("meeting_id", "letter_id"),
        CheckConstraint("outcome in ('', 'accept', 'waitlist', 'decline', 'later')", name="outcome"),
    )

    meeting_id: Mapped[int] = mapped_column(ForeignKey("review_meetings.id"))
    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"), index=True)
    position: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(10), default="")
    rationale: Mapped[str] = mapped_column(Text, default="")
    noted_at: Mapped[datetime | None]
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    letter: Mapped[Letter] = relationship()


class Feedback(Keyed, Base):
    """What a district may learn about one criterion: drafted by staff, approved, read with the released decision."""

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("letter_id", "criterion_id"),)

    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"))
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criteria.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    drafted_at: Mapped[datetime]
    drafted_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    criterion: Mapped[Criterion] = relationship()
