"""Taking a letter that was sent out of the round, and putting it back."""

from __future__ import annotations

from portal.accounts.queries import staff_addresses
from portal.core import clock
from portal.core.db import lock, transaction
from portal.core.history import Doer, record
from portal.core.outbox import post

from .models import Letter
from .queries import roles_for, writers_of
from .rules import check, status_after
from .submitting import end_return


def withdraw(letter: Letter, *, reason: str = "", by: Doer | None) -> None:
    """Withdraw a letter that was sent: nobody reads it any more. Those who write it and the staff are told. Twice
    changes nothing.

    Raises RuleBroken for a letter that was never sent, one that is being signed, and once the time for it is over. A
    decision that went out is none of this room's business: see reviews.moving.
    """
    with transaction():
        lock(letter)
        if letter.status == "withdrawn":
            return
        check("withdraw", letter, roles_for(by, letter), clock.now())
        end_return(letter)
        letter.status, letter.withdrawn_at = status_after("withdraw", letter), clock.now()
        record(letter, "withdraw", by, community_id=letter.community_id, note=reason.strip())
        _tell(letter, "letter_withdrawn")


def undo_withdrawal(letter: Letter, *, by: Doer | None) -> None:
    """Put a withdrawn letter back as it was sent last; the same people are told. Twice changes nothing.

    Raises RuleBroken for a letter that is not withdrawn, and once the time for it is over.
    """
    with transaction():
        lock(letter)
        if letter.status == "submitted":
            return
        check("undo withdrawal", letter, roles_for(by, letter), clock.now())
        letter.status, letter.withdrawn_at = status_after("undo withdrawal", letter), None
        record(letter, "undo withdrawal", by, community_id=letter.community_id)
        _tell(letter, "withdrawal_undone")


def _tell(letter: Letter, template: str) -> None:
    # A letter can be withdrawn, put back and withdrawn once more: the moment tells these mails apart.
    once = f"{template}:{letter.id}:{clock.now():%y%m%d%H%M%S%f}"
    for writer in writers_of(letter):
        post(
            template, to=writer.email, community_id=letter.community_id,
            once=f"{once}:{writer.id}", letter_id=letter.id,
        )  # fmt: skip
    for address in staff_addresses(letter.community_id):
        post(
            f"{template}_staff", to=address, community_id=letter.community_id,
            once=f"{once}:{address}"[:120], letter_id=letter.id,
        )  # fmt: skip
