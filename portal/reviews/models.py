"""Tables of reading and deciding."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base, Keyed
from portal.letters.models import Letter
from portal.rounds.models import Round


class Decision(Keyed, Base):
    """What staff decided about a letter: prepared without any effect, then released to the district."""

    __tablename__ = "decisions"
    __table_args__ = (
        CheckConstraint("outcome in ('accept', 'waitlist', 'decline')", name="outcome"),
        CheckConstraint("status in ('prepared', 'released')", name="status"),
    )

    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"), unique=True)
    outcome: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10), default="prepared")
    waitlist_position: Mapped[int | None]
    rationale: Mapped[str] = mapped_column(Text, default="")
    prepared_at: Mapped[datetime]
    prepared_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    released_at: Mapped[datetime | None]
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    letter: Mapped[Letter] = relationship()


class LetterExport(Keyed, Base):
    """Letters of a round put together for download by the worker: asked for, under way, ready until taken away."""

    __tablename__ = "letter_exports"

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), default="")  # which letters: the tab of the list
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    leased_until: Mapped[datetime | None]
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    ready_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(Text, default="")
    key: Mapped[str] = mapped_column(String(80), default="")
    size: Mapped[int] = mapped_column(default=0)
    forgotten_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship()
