"""Tables of a round: the letter's text and dates, what it asks, how it is read, whom it was sent to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.communities.models import Community
from portal.core.db import Base, Keyed
from portal.core.tokens import Tokened
from portal.districts.models import District


class Round(Keyed, Base):
    """One Letter of Invitation. Whether it is open follows from its dates; only what people did is stored."""

    __tablename__ = "rounds"
    __table_args__ = (
        UniqueConstraint("community_id", "slug"),
        CheckConstraint("grace_minutes >= 0", name="grace"),
        CheckConstraint("capacity >= 0", name="capacity"),
    )

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    slug: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(160))
    summary: Mapped[str] = mapped_column(Text, default="")
    letter_text: Mapped[str] = mapped_column(Text, default="")  # Markdown with {{district}} and other merge fields
    eligibility: Mapped[list[str]] = mapped_column(JSON, default=list)
    eligibility_note: Mapped[str] = mapped_column(Text, default="")
    opens_at: Mapped[datetime]
    intent_by: Mapped[datetime | None]
    questions_until: Mapped[datetime | None]
    closes_at: Mapped[datetime]
    grace_minutes: Mapped[int] = mapped_column(default=0)
    review_from: Mapped[date | None]
    review_to: Mapped[date | None]
    conversations_from: Mapped[date | None]
    conversations_to: Mapped[date | None]
    decisions_on: Mapped[date | None]
    reply_by: Mapped[datetime | None]
    orientation_on: Mapped[date | None]
    term_from: Mapped[date | None]
    term_to: Mapped[date | None]
    capacity: Mapped[int]
    has_waitlist: Mapped[bool] = mapped_column(default=True)
    max_co_editors: Mapped[int] = mapped_column(default=3)
    reviewers_per_letter: Mapped[int] = mapped_column(default=3)
    scale: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # [{"value": 1, "label": "Not yet"}, …]
    conflict_rule: Mapped[str] = mapped_column(Text, default="")
    published_at: Mapped[datetime | None]
    closed_early_at: Mapped[datetime | None]
    closed_early_reason: Mapped[str] = mapped_column(Text, default="")
    archived_at: Mapped[datetime | None]

    community: Mapped[Community] = relationship()
    info_sessions: Mapped[list[InfoSession]] = relationship(order_by="InfoSession.at, InfoSession.id")
    commitments: Mapped[list[Commitment]] = relationship(order_by="Commitment.position")
    sections: Mapped[list[Section]] = relationship(order_by="Section.position", back_populates="round")
    criteria: Mapped[list[Criterion]] = relationship(order_by="Criterion.position")


class InfoSession(Keyed, Base):
    """A meeting before the deadline at which districts may ask."""

    __tablename__ = "info_sessions"

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    at: Mapped[datetime]
    minutes: Mapped[int]
    mode: Mapped[str] = mapped_column(String(10))
    capacity: Mapped[int | None]


class Commitment(Keyed, Base):
    """One thing a district promises by joining."""

    __tablename__ = "commitments"
    __table_args__ = (UniqueConstraint("round_id", "position"), UniqueConstraint("round_id", "code"))

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(String(40), default="district")


class Section(Keyed, Base):
    """A page of the letter: questions that belong together."""

    __tablename__ = "sections"
    __table_args__ = (UniqueConstraint("round_id", "position"), UniqueConstraint("round_id", "slug"))

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    position: Mapped[int]
    slug: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(120))

    round: Mapped[Round] = relationship(back_populates="sections")
    questions: Mapped[list[Question]] = relationship(order_by="Question.position", back_populates="section")


KINDS = (
    "district_profile", "contact", "long_text", "multiple_choice", "ranking", "roster", "single_choice", "number",
    "endorsement",
)  # fmt: skip


class Question(Keyed, Base):
    """One question. `settings` holds what its kind needs: options, limits, unit, roster rules, follow-up, statement."""

    __tablename__ = "questions"
    __table_args__ = (
        UniqueConstraint("round_id", "code"),
        UniqueConstraint("round_id", "position"),
        CheckConstraint(f"kind in ({', '.join(repr(kind) for kind in KINDS)})", name="kind"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"), index=True)
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(20))
    label: Mapped[str] = mapped_column(Text)
    help: Mapped[str] = mapped_column(Text, default="")
    is_required: Mapped[bool] = mapped_column(default=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    section: Mapped[Section] = relationship(back_populates="questions")


class Criterion(Keyed, Base):
    """One thing readers look for, with what each level of the scale means. Weights of a round add to 100."""

    __tablename__ = "criteria"
    __table_args__ = (UniqueConstraint("round_id", "position"), UniqueConstraint("round_id", "code"))

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(10))
    label: Mapped[str] = mapped_column(String(120))
    weight: Mapped[int]
    question_codes: Mapped[list[str]] = mapped_column(JSON, default=list)
    levels: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)


class Invitation(Tokened, Base):
    """The letter to one district, addressed to a person, with a private link that signs nobody in."""

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("round_id", "district_id"),
        CheckConstraint("answer in ('', 'interested', 'not_this_year')", name="answer"),
    )

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), index=True)
    to_name: Mapped[str] = mapped_column(String(120))
    to_email: Mapped[str] = mapped_column(String(254))
    prepared_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]  # the first press of a button, never a mere look
    answered_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(Text, default="")

    round: Mapped[Round] = relationship()
    district: Mapped[District] = relationship()
