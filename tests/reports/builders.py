"""A round whose districts stand at every step of the way to a place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portal.accounts.models import Account
from portal.cohorts.models import PlaceOffer
from portal.core import clock
from portal.core.db import db, transaction
from portal.districts.models import District
from portal.letters.models import Endorsement, Letter
from portal.reviews.models import Decision
from portal.reviews.reading_models import Assignment, Conflict, Review
from portal.rounds.models import Invitation, Round
from tests.cohorts.builders import a_district, a_letter, cohort_of


def an_invited_district(round: Round, name: str, **changed: Any) -> District:
    """A district whose invitation was sent, unless `changed` says otherwise."""
    district, now = a_district(name), clock.now()
    row = {"to_name": "Superintendent", "to_email": f"{district.slug}@example.org", "prepared_at": now, "sent_at": now}
    with transaction():
        db.session.add(
            Invitation(community_id=round.community_id, round=round, district=district, **{**row, **changed})
        )
    return district


def an_answer(answer: str = "interested", **more: Any) -> dict[str, Any]:
    """The columns of an invitation that was answered."""
    return {"opened_at": clock.now(), "answered_at": clock.now(), "answer": answer, **more}


def a_writing_district(round: Round, name: str, status: str = "draft") -> Letter:
    """A district that is interested and has a letter."""
    return a_letter(round, an_invited_district(round, name, **an_answer()), status)


def signed(letter: Letter) -> Letter:
    """The same letter with a signature."""
    return _with(letter, Endorsement(
        letter_id=letter.id, to_name="Superintendent", to_email="s@example.org", content_hash="0" * 64,
        asked_at=clock.now(), signed_at=clock.now(), token_hash=None, token_salt="",
    ))  # fmt: skip


def scored(letter: Letter, by: Account) -> Letter:
    """The same letter with a review that its reader handed in."""
    now = clock.now()
    _with(letter, Assignment(letter_id=letter.id, account_id=by.id, assigned_at=now))
    return _with(letter, Review(
        letter_id=letter.id, account_id=by.id, number=1, started_at=now, saved_at=now, handed_in_at=now
    ))  # fmt: skip


def told(letter: Letter, outcome: str, status: str = "released", turn: int = 1) -> Letter:
    """The same letter with this decision."""
    return _with(letter, Decision(
        letter_id=letter.id, outcome=outcome, status=status, prepared_at=clock.now(), turn=turn
    ))  # fmt: skip


def offered(letter: Letter, status: str = "open", at: datetime | None = None) -> Letter:
    """The same letter with an offer that stands there."""
    cohort, now = cohort_of(letter.round), at or clock.now()
    answered = None if status == "open" else now
    return _with(letter, PlaceOffer(
        cohort_id=cohort.id, letter_id=letter.id, status=status, offered_at=now, answered_at=answered
    ))  # fmt: skip


def in_conflict(letter: Letter, account: Account, source: str = "declared") -> Conflict:
    """A conflict of this person with the letter's district, in the letter's round."""
    conflict = Conflict(
        round_id=letter.round_id, account_id=account.id, district_id=letter.district_id, source=source,
        noted_at=clock.now(),
    )  # fmt: skip
    _with(letter, conflict)
    return conflict


def _with(letter: Letter, row: Any) -> Letter:
    with transaction():
        db.session.add(row)
    return letter
