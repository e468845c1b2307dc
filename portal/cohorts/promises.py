"""The promises of a member district as a checklist: its lead and staff tick what is kept, and both see who and when."""

from __future__ import annotations

from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.text import one_line
from portal.districts.models import Membership
from portal.rounds.models import Commitment

from .models import CommitmentCheck
from .promise_queries import check_of

LONGEST_NOTE = 300  # characters


def tick_promise(membership: Membership, promise: Commitment, *, note: str = "", by: Doer) -> CommitmentCheck:
    """Note that the district keeps this promise, with a word about how. Twice changes nothing, but a new note is kept.

    Raises RuleBroken when the note is longer than a line.
    """
    words = one_line(note)
    if len(words) > LONGEST_NOTE:
        raise RuleBroken(f"Shorten the note to {LONGEST_NOTE} characters. It has {len(words)}.")
    with transaction():
        # Lead and staff may press at once; the second finds what the first noted, and the first stays who did it.
        lock(membership)
        check = check_of(membership.id, promise.id) or CommitmentCheck(
            membership_id=membership.id, commitment_id=promise.id
        )
        if check.done_at is not None and words in ("", check.note):
            return check
        check.done_at, check.done_by_id, check.note = clock.now(), by.account_id, words
        db.session.add(check)
        db.session.flush()
        record(
            membership, "keep promise", by, community_id=membership.community_id, note=words, code=promise.code,
            text=promise.text,
        )  # fmt: skip
    return check


def untick_promise(membership: Membership, promise: Commitment, *, by: Doer) -> None:
    """Take the tick back: it is not kept after all, or not yet. Twice changes nothing."""
    with transaction():
        lock(membership)
        check = check_of(membership.id, promise.id)
        if check is None or check.done_at is None:
            return
        check.done_at, check.done_by_id, check.note = None, None, ""
        record(
            membership, "reopen promise", by, community_id=membership.community_id, code=promise.code, text=promise.text
        )
