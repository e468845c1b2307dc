"""Tables of an interest letter: answers with every earlier text, the team's roster, endorsements, submissions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    exists,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, column_property, foreign, mapped_column, relationship

from portal.core.db import Base, Keyed
from portal.core.tokens import Tokened
from portal.districts.models import District
from portal.rounds.models import Extension, Question, Round, Section

STATUSES = ("draft", "endorsing", "submitted", "returned", "withdrawn", "not_submitted")


class Letter(Keyed, Base):
    """A district's answer in a round: one, however many people press Start. The district owns it, not the person."""

    __tablename__ = "letters"
    __table_args__ = (
        UniqueConstraint("round_id", "district_id"),
        CheckConstraint(f"status in ({', '.join(repr(status) for status in STATUSES)})", name="status"),
    )

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"), index=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), index=True)
    status: Mapped[str] = mapped_column(String(20), default="draft")
    started_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    sent_number: ClassVar[Any]  # see below Submission
    earlier_id: ClassVar[Any]

    round: Mapped[Round] = relationship()
    district: Mapped[District] = relationship()
    answers: Mapped[list[Answer]] = relationship(order_by="Answer.id", back_populates="letter")
    roster: Mapped[list[RosterRow]] = relationship(order_by="RosterRow.position, RosterRow.id")
    waivers: Mapped[list[RosterWaiver]] = relationship(order_by="RosterWaiver.id")
    endorsements: Mapped[list[Endorsement]] = relationship(order_by="Endorsement.id", back_populates="letter")
    submissions: Mapped[list[Submission]] = relationship(order_by="Submission.number", back_populates="letter")
    returns: Mapped[list[Return]] = relationship(order_by="Return.id", back_populates="letter")
    editors: Mapped[list[Editor]] = relationship(order_by="Editor.id", back_populates="letter")
    extensions: Mapped[list[Extension]] = relationship(
        primaryjoin=lambda: and_(
            foreign(Extension.round_id) == Letter.round_id, foreign(Extension.district_id) == Letter.district_id
        ),
        order_by="Extension.id",
        viewonly=True,
    )


class Answer(Keyed, Base):
    """The current answer to one question. `version` counts its saves; 0 would be unanswered."""

    __tablename__ = "answers"
    __table_args__ = (UniqueConstraint("letter_id", "question_id"),)

    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"))
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"))
    value: Mapped[Any] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    letter: Mapped[Letter] = relationship(back_populates="answers")
    question: Mapped[Question] = relationship()


class AnswerRevision(Keyed, Base):
    """A text that an answer once had. Saves of one person within ten minutes share a row if nobody saved between."""

    __tablename__ = "answer_revisions"
    __table_args__ = (Index("ix_answer_revisions_answer", "answer_id", "version"),)

    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.id"))
    version: Mapped[int]
    value: Mapped[Any] = mapped_column(JSON)
    started_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class RosterRow(Keyed, Base):
    """One person (or open place) on the team that the district would send. Its number stays while rows around it go."""

    __tablename__ = "roster_rows"

    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"), index=True)
    position: Mapped[int]
    role: Mapped[str] = mapped_column(String(40), default="")
    school: Mapped[str] = mapped_column(String(80), default="")
    name: Mapped[str] = mapped_column(String(80), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class RosterWaiver(Keyed, Base):
    """A rule of the roster that staff do not ask of this district, and why."""

    __tablename__ = "roster_waivers"
    __table_args__ = (UniqueConstraint("letter_id", "rule_code"),)

    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"))
    rule_code: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    waived_at: Mapped[datetime]
    waived_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class Endorsement(Tokened, Base):
    """A request to sign `content_hash` by private link: out, then signed, declined or taken back."""

    __tablename__ = "endorsements"

    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"), index=True)
    to_name: Mapped[str] = mapped_column(String(120))
    to_email: Mapped[str] = mapped_column(String(254))
    content_hash: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    signed_at: Mapped[datetime | None]
    typed_name: Mapped[str] = mapped_column(String(120), default="")
    typed_title: Mapped[str] = mapped_column(String(120), default="")
    typed_date: Mapped[date | None]
    declined_at: Mapped[datetime | None]
    decline_reason: Mapped[str] = mapped_column(Text, default="")
    taken_back_at: Mapped[datetime | None]

    letter: Mapped[Letter] = relationship(back_populates="endorsements")


class Submission(Keyed, Base):
    """The letter as it was sent: wording, answers and endorsement frozen, never changed afterwards."""

    __tablename__ = "submissions"
    __table_args__ = (UniqueConstraint("letter_id", "number"),)

    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"))
    number: Mapped[int]
    reference: Mapped[str] = mapped_column(String(40), unique=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    content_hash: Mapped[str] = mapped_column(String(64))
    is_late: Mapped[bool] = mapped_column(default=False)
    pdf_key: Mapped[str] = mapped_column(String(80), default="", server_default="")  # in the file storage, once made
    pdf_tries: Mapped[int] = mapped_column(default=0, server_default="0")
    submitted_at: Mapped[datetime]
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    letter: Mapped[Letter] = relationship(back_populates="submissions")


# The number of the version that was sent last, 0 before the first: read together with a letter where its page says so.
Letter.sent_number = column_property(
    select(func.coalesce(func.max(Submission.number), 0))
    .where(Submission.letter_id == Letter.id)
    .correlate(Letter)
    .scalar_subquery(),
    deferred=True,
)
_earlier = Letter.__table__.alias("earlier")
# The number of the last letter that the same district wrote in the same community before this one, if it has any text.
Letter.earlier_id = column_property(
    select(_earlier.c.id)
    .where(_earlier.c.district_id == Letter.district_id, _earlier.c.community_id == Letter.community_id)
    .where(_earlier.c.round_id != Letter.round_id, _earlier.c.id < Letter.id)
    .where(exists().where(Answer.letter_id == _earlier.c.id) | exists().where(Submission.letter_id == _earlier.c.id))
    .order_by(_earlier.c.id.desc())
    .limit(1)
    .correlate(Letter)
    .scalar_subquery(),
    deferred=True,
)


class Return(Keyed, Base):
    """Sections that staff sent back for changes, with a message and a date; only these unlock."""

    __tablename__ = "returns"

    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"), index=True)
    sections: Mapped[list[str]] = mapped_column(JSON)  # their slugs
    message: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime]
    returned_at: Mapped[datetime]
    returned_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    ended_at: Mapped[datetime | None]  # submitted again, or the date passed and the last version stands

    letter: Mapped[Letter] = relationship(back_populates="returns")


class Editor(Tokened, Base):
    """A colleague who was asked by mail to write in this letter, and does so once they have pressed the button."""

    __tablename__ = "editors"
    __table_args__ = (
        Index(
            "uq_editors_current", "letter_id", "email", unique=True,
            sqlite_where=text("removed_at is null"), postgresql_where=text("removed_at is null"),
        ),
        Index("ix_editors_account", "account_id", "letter_id"),
    )  # fmt: skip

    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"))
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    invited_at: Mapped[datetime]
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    joined_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]

    letter: Mapped[Letter] = relationship(back_populates="editors")


class SectionTask(Keyed, Base):
    """Who of the team looks after a section, until when, and whether they call it done. It locks nobody out."""

    __tablename__ = "section_tasks"
    __table_args__ = (UniqueConstraint("letter_id", "section_id"),)

    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"))
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    due_on: Mapped[date | None]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    done_digest: Mapped[str] = mapped_column(String(64), default="", server_default="")  # of the answers at that time

    section: Mapped[Section] = relationship()


class Comment(Keyed, Base):
    """What one writer tells the others about a section. Nobody outside of the district's team ever sees it."""

    __tablename__ = "comments"
    __table_args__ = (Index("ix_comments_section", "letter_id", "section_id"),)

    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"))
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class Presence(Keyed, Base):
    """Where a writer was seen last in a letter."""

    __tablename__ = "presences"
    __table_args__ = (UniqueConstraint("letter_id", "account_id"),)

    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    section_id: Mapped[int | None] = mapped_column(ForeignKey("sections.id"))
    seen_at: Mapped[datetime]


class LetterFile(Keyed, Base):
    """A file that was put into a letter. Its content lies in the file storage under a random name."""

    __tablename__ = "letter_files"

    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"), index=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"))
    key: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    uploaded_at: Mapped[datetime]
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
