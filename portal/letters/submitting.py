"""Sending the letter: frozen as it reads, once. And what becomes of a letter that was not sent in time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.history import Doer, record
from portal.core.outbox import post
from portal.districts.queries import leads_of
from portal.rounds.rules import is_late, last_moment

from .content import content_hash, content_of
from .models import Endorsement, Letter, Submission
from .queries import role_words, roles_for, submission_in_force
from .rules import check, check_ready, may, missing, reference_of, status_after, valid_endorsement


def submit(letter: Letter, *, by: Doer | None) -> Submission:
    """Send the letter: wording, answers, roster and signature are frozen, every lead gets a receipt by mail.

    Submitting twice gives the same submission. Raises RuleBroken while something is missing or unsigned, or too late.
    """
    with transaction():
        lock(letter)
        found = submission_in_force(letter)
        if found is not None:
            return found
        check("submit", letter, roles_for(by, letter), clock.now())
        check_ready(missing(letter), "submitted")
        submission = _freeze(letter, by)
        letter.status = status_after("submit", letter)
        record(letter, "submit", by, community_id=letter.community_id, reference=submission.reference)
        for lead in leads_of(letter.community_id, letter.district_id):
            post(
                "letter_submitted", to=lead.email, community_id=letter.community_id,
                once=f"letter-submitted:{submission.id}:{lead.id}", submission_id=submission.id,
            )  # fmt: skip
    return submission


def whole_content(letter: Letter) -> dict[str, Any]:
    """The letter as it would be frozen now: its content, the names of roles, waived rules, the signature that holds."""
    roles, signed = role_words(letter), valid_endorsement(letter)
    return {
        **content_of(letter),
        "roles": roles,
        "waivers": [{"rule": waiver.rule_code, "reason": waiver.reason} for waiver in letter.waivers],
        "endorsement": _signature(signed) if signed else None,
    }


def lapse(letter: Letter, *, by: Doer | None = None) -> bool:
    """Note that the round ended before this letter was sent, and mail its text to the leads. Says whether it did."""
    with transaction():
        lock(letter)
        # The job chose its letters before it held this lock: one may have been sent at the last second.
        is_over = clock.now() > last_moment(letter.round)
        if not is_over or not may("lapse", letter, roles_for(by, letter), clock.now()):
            return False
        letter.status = status_after("lapse", letter)
        record(letter, "not submitted", by, community_id=letter.community_id)
        for lead in leads_of(letter.community_id, letter.district_id):
            post(
                "letter_not_submitted", to=lead.email, community_id=letter.community_id,
                once=f"letter-not-submitted:{letter.id}:{lead.id}", letter_id=letter.id,
            )  # fmt: skip
    return True


def _freeze(letter: Letter, by: Doer | None) -> Submission:
    now, number = clock.now(), _next_number(letter)
    content = whole_content(letter)
    year = clock.local(now, letter.round.community.time_zone).year
    submission = Submission(
        letter_id=letter.id, number=number, reference=reference_of(letter, year, number), content=content,
        content_hash=content_hash(content), is_late=is_late(letter.round, now), submitted_at=now,
        submitted_by_id=by.account_id if by else None,
    )  # fmt: skip
    # The number is counted under the letter's lock; the unique constraint on letter and number is the last wall.
    db.session.add(submission)
    db.session.flush()
    return submission


def _next_number(letter: Letter) -> int:
    earlier = select(Submission.number).where(Submission.letter_id == letter.id).order_by(Submission.number.desc())
    return (db.session.scalar(earlier.limit(1)) or 0) + 1


def _signature(endorsement: Endorsement) -> dict[str, Any]:
    assert endorsement.signed_at is not None
    day = f"{endorsement.typed_date:%B %-d, %Y}" if endorsement.typed_date else ""
    return {
        "name": endorsement.typed_name, "title": endorsement.typed_title, "date": day,
        "signed_at": endorsement.signed_at.isoformat(), "content_hash": endorsement.content_hash,
    }  # fmt: skip
