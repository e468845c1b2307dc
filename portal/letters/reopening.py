"""Opening a letter again that was sent, to change it and send it once more."""

from __future__ import annotations

from portal.core import clock
from portal.core.db import lock, transaction
from portal.core.history import Doer, record

from .models import Letter
from .queries import roles_for
from .rules import check, status_after


def reopen(letter: Letter, *, by: Doer | None) -> None:
    """Open a letter that was sent: its answers can be changed, and what was sent counts until it is sent again.

    Twice changes nothing. Raises RuleBroken for a letter that was not sent, and once its time is over. A decision that
    went out is none of this room's business: see reviews.moving.
    """
    with transaction():
        lock(letter)
        if letter.status == "draft":
            return
        check("reopen", letter, roles_for(by, letter), clock.now())
        letter.status = status_after("reopen", letter)
        record(letter, "reopen", by, community_id=letter.community_id)
