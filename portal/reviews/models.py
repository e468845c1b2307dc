"""Tables of reading and deciding."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base, Keyed
from portal.letters.models import Letter
from portal.rounds.models import Round


class Decision(Keyed, Base):
    """What staff decided about a letter: prepared without any effect, then released to the district.


    `turn` counts how often it was decided anew after a release: mails of an earlier turn are stale and never leave.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        CheckConstraint("outcome in ('accept', 'waitlist', 'decline')", name="outcome"),
        CheckConstraint("status in ('prepared', 'released')", name="status"),
        # A decision that is taken back leaves its number to nobody: its history must not show at the next one.
        {"sqlite_autoincrement": True},
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
    release_id: Mapped[int | None] = mapped_column(ForeignKey("releases.id"), index=True)
    mail_subject: Mapped[str] = mapped_column(String(200), default="", server_default="")  # empty: the round's words
    mail_text: Mapped[str] = mapped_column(Text, default="", server_default="")
    turn: Mapped[int] = mapped_column(default=1, server_default="1")
    turned_reason: Mapped[str] = mapped_column(Text, default="", server_default="")

    letter: Mapped[Letter] = relationship()


class Release(Keyed, Base):
    """All prepared decisions of a round sent at one moment: a person asks, the worker does it whole or not at all.

    `seen` is the digest of what the person looked at; when that has changed meanwhile, nothing is sent.
    """

    __tablename__ = "releases"

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    seen: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    done_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(Text, default="")
    total: Mapped[int] = mapped_column(default=0)

    round: Mapped[Round] = relationship()


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
    letters: Mapped[list[int]] = mapped_column(JSON, default=list, server_default="[]")  # whose numbers are in the file

    round: Mapped[Round] = relationship()
