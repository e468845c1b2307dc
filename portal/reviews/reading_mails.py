"""What the worker needs to write to readers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import url_for

from portal.accounts.models import Account
from portal.core.db import db
from portal.core.mail import screens, writes
from portal.letters.models import Letter, Return
from portal.letters.queries import letter_of
from portal.rounds.models import Round

from .queries import Asker
from .reading_models import Conflict
from .reading_queries import may_be_told, queue_of
from .reading_rules import is_new


@writes("reader_queue")
def reader_queue(
    round_id: int, account_id: int, without: Collection[int] = (), told: str = ""
) -> dict[str, Any] | None:  # fmt: skip
    """A reader's queue and its date, as it is when the mail leaves; nothing when nothing is left to read.

    Staff who look at it before it is sent read it `without` the letters that they must not know of. What was not in an
    earlier mail is marked as new; `told` is when this one was owed.
    """
    round, account = db.session.get_one(Round, round_id), db.session.get_one(Account, account_id)
    waiting = [one for one in queue_of(Asker(account_id), round) if not one.is_done and one.letter_id not in without]
    if not waiting:
        return None
    new = {one.letter_id for one in waiting if is_new(one, told)}
    community = round.community
    return {
        "community": community, "zone": community.time_zone, "round": round, "name": account.name, "queue": waiting,
        "new": new if len(new) < len(waiting) else set(),
        "due": round.review_to,
        "url": url_for("reviews.queue", community=community.slug, round=round.slug, _external=True),
    }  # fmt: skip


@writes("conflict_declared")
def conflict_declared(conflict_id: int) -> dict[str, Any] | None:
    """To staff: a reader has a conflict, and the letter may lack a reader now; nothing once it was lifted."""
    conflict = db.session.get_one(Conflict, conflict_id)
    letter = letter_of(conflict.round_id, conflict.district_id)
    if conflict.lifted_at is not None or letter is None:
        return None
    round = letter.round
    place = round.community.slug
    return {
        "community": round.community, "zone": round.community.time_zone, "round": round, "name": conflict.account.name,
        "district": conflict.district.label, "note": conflict.note,
        "url": url_for("reviews.letter_readers", community=place, letter_id=letter.id, _external=True),
    }  # fmt: skip


@screens("conflict_declared")
def may_hear_of_conflict(address: str, conflict_id: int) -> bool:
    """Whether staff at this address may hear that the letter lacks a reader."""
    conflict = db.session.get_one(Conflict, conflict_id)
    letter = letter_of(conflict.round_id, conflict.district_id)
    return letter is not None and may_be_told(address, letter)


# What letters tell all staff is kept from those who have a conflict with the letter: only here both are known.
@screens("letter_withdrawn_staff")
@screens("withdrawal_undone_staff")
def may_hear_of_letter(address: str, letter_id: int) -> bool:
    """Whether staff at this address may hear of the letter."""
    return may_be_told(address, db.session.get_one(Letter, letter_id))


@screens("return_over")
def may_hear_of_return(address: str, return_id: int) -> bool:
    """Whether staff at this address may hear of what was sent back."""
    return may_be_told(address, db.session.get_one(Return, return_id).letter)
