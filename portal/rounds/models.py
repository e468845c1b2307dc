"""Tables of a round: the letter's text and dates, what it asks, how it is read, whom it was sent to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false
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
        CheckConstraint("file_limit_mb > 0", name="file_limit"),
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
    withdraw_until: Mapped[datetime | None]  # until when a sent letter can be withdrawn, and the withdrawal undone
    orientation_on: Mapped[date | None]
    term_from: Mapped[date | None]
    term_to: Mapped[date | None]
    capacity: Mapped[int]
    has_waitlist: Mapped[bool] = mapped_column(default=True)
    max_co_editors: Mapped[int] = mapped_column(default=3)
    reviewers_per_letter: Mapped[int] = mapped_column(default=3)
    file_limit_mb: Mapped[int] = mapped_column(default=10, server_default="10")
    scale: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # [{"value": 1, "label": "Not yet"}, …]
    conflict_rule: Mapped[str] = mapped_column(Text, default="")
    is_blind: Mapped[bool] = mapped_column(default=False, server_default=false())  # readers learn no names
    comment_up_to: Mapped[int] = mapped_column(default=1, server_default="1")  # levels so low ask for a comment
    spread_flag: Mapped[int] = mapped_column(default=2, server_default="2")  # levels apart: readers disagree
    waitlist_reply_days: Mapped[int] = mapped_column(default=7, server_default="7")  # for a place that came back
    # {"accept": {"subject": …, "text": …}, …}: what a decision's mail says in this round; missing: the portal's words
    decision_texts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    published_at: Mapped[datetime | None]
    closed_early_at: Mapped[datetime | None]
    closed_early_reason: Mapped[str] = mapped_column(Text, default="")
    archived_at: Mapped[datetime | None]
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("rounds.id"))

    community: Mapped[Community] = relationship()
    info_sessions: Mapped[list[InfoSession]] = relationship(
        order_by="InfoSession.at, InfoSession.id", back_populates="round"
    )
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
    place: Mapped[str] = mapped_column(String(200), default="", server_default="")
    join_link: Mapped[str] = mapped_column(String(300), default="", server_default="")  # only for who signed up

    round: Mapped[Round] = relationship(back_populates="info_sessions")


class InfoSignUp(Tokened, Base):
    """Somebody who comes to an info session; the private link in their mail gives the seat up again."""

    __tablename__ = "info_sign_ups"
    __table_args__ = (UniqueConstraint("info_session_id", "email"),)

    info_session_id: Mapped[int] = mapped_column(ForeignKey("info_sessions.id"))
    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    district_text: Mapped[str] = mapped_column(String(160), default="")
    signed_up_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]

    info_session: Mapped[InfoSession] = relationship()


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
    "short_text", "long_text", "number", "date", "single_choice", "multiple_choice", "ranking", "district_profile",
    "contact", "roster", "file", "commitments", "endorsement",
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
    # {"question": "q8", "any_of": ["Some schools"]}: asked only after one of these answers; empty: always
    condition: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")

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


class Extension(Keyed, Base):
    """More time for one district, with the reason. It counts from the latest row; none is ever changed or taken out."""

    __tablename__ = "extensions"
    __table_args__ = (Index("ix_extensions_district", "round_id", "district_id"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    until: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    granted_at: Mapped[datetime]
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    round: Mapped[Round] = relationship()
    district: Mapped[District] = relationship()


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
    sent_at: Mapped[datetime | None]  # the decision to send; the worker says when it has left
    mailed_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]  # the address took no mail; cleared by another address or a new try
    bounce_note: Mapped[str] = mapped_column(Text, default="", server_default="")
    reminded_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]  # the first press of a button, never a mere look
    passed_on_at: Mapped[datetime | None]  # the addressee named a colleague, who has a link of their own now
    answered_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    mails: Mapped[int] = mapped_column(default=0, server_default="0")  # how often the letter or a reminder was posted
    withdrawn_at: Mapped[datetime | None]  # prepared by mistake, never sent; inviting again clears it

    round: Mapped[Round] = relationship()
    district: Mapped[District] = relationship()
    handovers: Mapped[list[Handover]] = relationship(order_by="Handover.id", back_populates="invitation")


class Handover(Keyed, Base):
    """An invitation that went from one person to another: passed on by the first, or readdressed by staff.

    Keeps the hash of the link that stopped working, so that whoever opens it is told who has the letter now.
    """

    __tablename__ = "handovers"
    __table_args__ = (CheckConstraint("kind in ('passed_on', 'readdressed')", name="kind"),)

    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitations.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    old_token_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    from_name: Mapped[str] = mapped_column(String(120))
    from_email: Mapped[str] = mapped_column(String(254))
    to_name: Mapped[str] = mapped_column(String(120))
    to_email: Mapped[str] = mapped_column(String(254))
    note: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
    by_account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    invitation: Mapped[Invitation] = relationship(back_populates="handovers")


class AskedQuestion(Keyed, Base):
    """What somebody asked about a round: answered by mail, and open to all once staff publish it."""

    __tablename__ = "asked_questions"

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"), index=True)
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"))
    name: Mapped[str] = mapped_column(String(120), default="")  # empty where staff write a question themselves
    email: Mapped[str] = mapped_column(String(254), default="")
    text: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    public_text: Mapped[str] = mapped_column(Text, default="")  # the question without names, as everybody reads it
    published_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship()
    invitation: Mapped[Invitation | None] = relationship()
    district: Mapped[District | None] = relationship()


class Inquiry(Keyed, Base):
    """A visitor's "tell us about your community": it lands on the staff's desk and can become an invitation."""

    __tablename__ = "inquiries"
    __table_args__ = (CheckConstraint("state in ('open', 'answered', 'invited', 'set_aside')", name="state"),)

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[str] = mapped_column(String(120), default="")
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"))
    district_text: Mapped[str] = mapped_column(String(160), default="")
    message: Mapped[str] = mapped_column(Text)
    came_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20), default="open")
    answer: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"))

    district: Mapped[District | None] = relationship()
    invitation: Mapped[Invitation | None] = relationship()


class AnswerRequest(Tokened, Base):
    """Somebody who answers an open round without an invitation: a district found, an address to be confirmed by mail.

    `fits`: the address belongs to the district's own domain. If it does not, staff decide.
    """

    __tablename__ = "answer_requests"
    __table_args__ = (CheckConstraint("outcome in ('', 'started', 'approved', 'declined')", name="outcome"),)

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[str] = mapped_column(String(120), default="")
    fits: Mapped[bool]
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"))

    round: Mapped[Round] = relationship()
    district: Mapped[District] = relationship()
