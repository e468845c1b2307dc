"""Feedback for a district: staff write it from what readers noted, and approve what the district reads."""

from __future__ import annotations

from collections.abc import Mapping

from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.history import Doer, record
from portal.letters.models import Letter
from portal.reviews.reading_models import Feedback
from portal.rounds.models import Criterion

from .feedback_queries import feedback_of
from .feedback_rules import check_approval, check_letter, check_typed


def draft_feedback(
    letter: Letter, texts: Mapping[int, str], *, by: Doer, seen: Mapping[int, str] | None = None, approve: bool = False
) -> None:
    """Keep what may be said on each criterion, by its number; an empty text takes it away. With `approve` the district
    reads it as soon as it knows the decision; a text that changes without that is a draft again.

    `seen` holds the stamps of what the page showed. Raises RuleBroken for a letter that nobody reads, for a text that
    is too long, for one that a colleague changed meanwhile, and when there is nothing to approve.
    """
    with transaction():
        check_letter(lock(letter))
        if _write(letter, texts, seen, by):
            record(letter, "write feedback", by, community_id=letter.community_id)
        if approve:
            _approve(letter, by)


def hold_feedback(
    letter: Letter, *, by: Doer, texts: Mapping[int, str] | None = None, seen: Mapping[int, str] | None = None
) -> None:
    """Take the approval back: the district reads none of it until it is approved again. Twice is once.

    `texts` that were typed meanwhile are kept as drafts, and refused as draft_feedback refuses them.
    """
    with transaction():
        lock(letter)
        was_approved = any(row.approved_at is not None for row in feedback_of(letter).values())
        if _write(letter, texts or {}, seen, by):
            check_letter(letter)
            record(letter, "write feedback", by, community_id=letter.community_id)
        for row in feedback_of(letter).values():
            row.approved_at = row.approved_by_id = None
        if was_approved:
            record(letter, "hold feedback", by, community_id=letter.community_id)


def _write(letter: Letter, texts: Mapping[int, str], seen: Mapping[int, str] | None, by: Doer) -> bool:
    """Keep the texts as drafts; whether one of them says something new."""
    known, is_new = feedback_of(letter), False
    for criterion in [one for one in letter.round.criteria if one.id in texts]:
        stored = known.get(criterion.id)
        told = seen.get(criterion.id, "") if seen is not None else None
        before = stored.text if stored is not None else ""
        words = check_typed(criterion, stored, texts[criterion.id], told)
        is_new = is_new or words != before
        _keep(letter, criterion, known, words, by)
    db.session.flush()
    return is_new


def _keep(letter: Letter, criterion: Criterion, known: dict[int, Feedback], words: str, by: Doer) -> None:
    stored = known.get(criterion.id)
    if stored is None and words:
        db.session.add(
            Feedback(
                letter_id=letter.id, criterion_id=criterion.id, text=words, drafted_at=clock.now(),
                drafted_by_id=by.account_id,
            )
        )  # fmt: skip
    elif stored is not None and not words:
        db.session.delete(stored)
    elif stored is not None and stored.text != words:
        stored.text, stored.drafted_at, stored.drafted_by_id = words, clock.now(), by.account_id
        stored.approved_at = stored.approved_by_id = None


def _approve(letter: Letter, by: Doer) -> None:
    written = feedback_of(letter)
    check_approval(written)
    drafts = [row for row in written.values() if row.approved_at is None]
    for row in drafts:
        row.approved_at, row.approved_by_id = clock.now(), by.account_id
    if drafts:
        record(letter, "approve feedback", by, community_id=letter.community_id)
