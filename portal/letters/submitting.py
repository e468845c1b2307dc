"""Sending the letter: frozen as it reads, once. And what becomes of a letter that was not sent in time."""

from __future__ import annotations

from typing import Any

from portal.accounts.queries import staff_addresses
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.history import Doer, record
from portal.core.outbox import post
from portal.rounds.operations import join_after_all
from portal.rounds.queries import invitation_for

from .content import content_hash, content_of
from .deadlines import ends_at, is_late, is_open, open_return
from .models import Endorsement, Letter, Return, Submission
from .queries import last_number, role_words, roles_for, submission_in_force, writers_of
from .rules import (
    check,
    check_ready,
    may,
    missing,
    open_endorsement,
    reference_of,
    status_after,
    valid_endorsement,
)  # fmt: skip

SAID_OF = {"lapse": "not submitted", "stand": "last version stands"}  # what history says of a letter that ran out
LAPSED = {"lapse": "letter_not_submitted", "stand": "letter_stands"}  # the mail to those who write it


def submit(letter: Letter, *, by: Doer | None) -> Submission:
    """Send the letter: wording, answers, roster and signature are frozen, everyone who writes gets a receipt by mail.

    A district that had said "not this year" is interested again. Submitting twice gives the same submission. Raises
    RuleBroken while something is missing or unsigned, or too late.
    """
    with transaction():
        # Both in the order in which whoever answers the invitation takes them.
        invitation = invitation_for(letter.round_id, letter.district_id)
        if invitation is not None:
            lock(invitation)
        lock(letter)
        found = submission_in_force(letter)
        if found is not None:
            return found
        check("submit", letter, roles_for(by, letter), clock.now())
        check_ready(missing(letter), "submitted")
        submission = _freeze(letter, by)
        end_return(letter)
        letter.status = status_after("submit", letter)
        record(letter, "submit", by, community_id=letter.community_id, reference=submission.reference)
        if invitation is not None:
            join_after_all(invitation, by=by)
        for writer in writers_of(letter):
            post(
                "letter_submitted", to=writer.email, community_id=letter.community_id,
                once=f"letter-submitted:{submission.id}:{writer.id}", submission_id=submission.id,
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
    """Note that the time ended before this letter was sent. Says whether it did.

    A letter that was never sent becomes "not submitted", and its text is mailed to those who wrote it. One that was
    sent before, and opened again or returned, stands as its last complete version: its writers are told, and staff who
    had returned it.
    """
    with transaction():
        lock(letter)
        verb = "stand" if last_number(letter) else "lapse"
        # The job chose its letters before it held this lock: one may have been sent at the last second.
        now, sent_back = clock.now(), open_return(letter)
        if is_open(letter, now) or not may(verb, letter, roles_for(by, letter), now):
            return False
        end = ends_at(letter)
        end_return(letter)
        take_back_open(letter)
        letter.status = status_after(verb, letter)
        record(letter, SAID_OF[verb], by, community_id=letter.community_id)
        _tell_over(letter, LAPSED[verb], f"letter-over:{letter.id}:{end:%y%m%d%H%M}")
        if sent_back is not None:
            _tell_staff(letter, sent_back)
    return True


def end_return(letter: Letter) -> None:
    """Note that what was sent back for changes is with the readers again. Belongs inside a transaction."""
    sent_back = open_return(letter)
    if sent_back is not None:
        sent_back.ended_at = clock.now()


def take_back_open(letter: Letter) -> None:
    """Let the private link of a request to sign stop working, if one is out. Belongs inside a transaction."""
    waiting = open_endorsement(letter)
    if waiting is not None:
        waiting.taken_back_at = clock.now()


def _tell_over(letter: Letter, template: str, once: str) -> None:
    for writer in writers_of(letter):
        post(
            template, to=writer.email, community_id=letter.community_id,
            once=f"{once}:{writer.id}", letter_id=letter.id,
        )  # fmt: skip


def _tell_staff(letter: Letter, sent_back: Return) -> None:
    for address in staff_addresses(letter.community_id):
        post(
            "return_over", to=address, community_id=letter.community_id,
            once=f"return-over:{sent_back.id}:{address}"[:120], return_id=sent_back.id,
        )  # fmt: skip


def _freeze(letter: Letter, by: Doer | None) -> Submission:
    now, number = clock.now(), last_number(letter) + 1
    content = whole_content(letter)
    year = clock.local(now, letter.round.community.time_zone).year
    submission = Submission(
        letter_id=letter.id, number=number, reference=reference_of(letter, year, number), content=content,
        content_hash=content_hash(content), is_late=is_late(letter, now), submitted_at=now,
        submitted_by_id=by.account_id if by else None,
    )  # fmt: skip
    # The number is counted under the letter's lock; the unique constraint on letter and number is the last wall.
    db.session.add(submission)
    db.session.flush()
    return submission


def _signature(endorsement: Endorsement) -> dict[str, Any]:
    assert endorsement.signed_at is not None
    day = f"{endorsement.typed_date:%B %-d, %Y}" if endorsement.typed_date else ""
    return {
        "name": endorsement.typed_name, "title": endorsement.typed_title, "date": day,
        "signed_at": endorsement.signed_at.isoformat(), "content_hash": endorsement.content_hash,
    }  # fmt: skip
