"""Readers with letters to score, as tests of scoring, talk and meetings need them."""

from __future__ import annotations

from typing import Any

from portal.accounts.models import Account
from portal.core import clock
from portal.core.db import db, transaction
from portal.letters.models import Letter, Submission
from portal.reviews.reading_models import Assignment, Review
from portal.reviews.scoring import hand_in
from portal.reviews.scoring_rules import Mark
from portal.rounds.models import Round
from tests.cohorts.builders import a_staff_member

SCALE = [{"value": n, "label": label} for n, label in enumerate(("Not yet", "Emerging", "Clear", "Strong"), 1)]


def a_reader(letter: Letter, name: str = "one", kind: str = "reviewer") -> Account:
    """A reviewer of the community who is asked to read this letter."""
    reader = a_staff_member(letter.round.community, kind, email=f"reader.{name}@example.org")
    given_to(letter, reader)
    return reader


def given_to(letter: Letter, reader: Account) -> Assignment:
    """The letter laid on the reader's list."""
    with transaction():
        given = Assignment(letter_id=letter.id, account_id=reader.id, assigned_at=clock.now())
        db.session.add(given)
    return given


def taken_from(letter: Letter, reader: Account, reason: str = "dropped_out") -> None:
    """The letter taken off the reader's list."""
    with transaction():
        mine = {"letter_id": letter.id, "account_id": reader.id, "ended_at": None}
        given = db.session.query(Assignment).filter_by(**mine).one()
        given.ended_at, given.ended_reason = clock.now(), reason


def marks(round: Round, *levels: int | None, comment: str = "") -> dict[int, Mark]:
    """A mark for each criterion of the round in its order."""
    return {one.id: Mark(level, comment) for one, level in zip(round.criteria, levels, strict=False)}


def scored(letter: Letter, reader: Account, *levels: int, comment: str = "Because.") -> Review:
    """A review with these levels, handed in."""
    return hand_in(letter, marks(letter.round, *levels, comment=comment), by=reader)


def sent_again(letter: Letter, **changed: Any) -> Submission:
    """The next version of the letter."""
    last = db.session.query(Submission).filter_by(letter_id=letter.id).order_by(Submission.number.desc()).first()
    assert last is not None
    again = {"number": last.number + 1, "reference": f"{last.reference}-{last.number + 1}", "content": last.content}
    with transaction():
        sent = Submission(
            letter_id=letter.id, content_hash="1" * 64, submitted_at=clock.now(), **{**again, **changed}
        )  # fmt: skip
        db.session.add(sent)
    return sent
