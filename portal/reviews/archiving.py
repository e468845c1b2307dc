"""The end of a round: it is put into the archive once every letter that was sent has its decision."""

from __future__ import annotations

from sqlalchemy import and_, func, or_, select

from portal.communities.operations import refresh_public
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.filters import plural
from portal.core.history import Doer, record
from portal.letters.models import Letter
from portal.rounds.models import Round
from portal.rounds.rules import check_move

from .models import Decision


def archive_round(round: Round, *, by: Doer) -> None:
    """Put a round into the archive: it stays as it was, and can be copied.

    Raises RuleBroken before it has closed, and while a letter waits for its decision or is with its district.
    """
    with transaction():
        check_move("archive", lock(round), clock.now())
        count = undecided(round)
        if count:
            raise RuleBroken(
                f"{plural(count, 'letter waits', 'letters wait')} for a decision. Send the decisions first."
            )
        round.archived_at = clock.now()
        refresh_public(round.community_id)
        record(round, "archive", by, community_id=round.community_id)


def undecided(round: Round) -> int:
    """How many letters of the round were sent and not decided, or are with their district for changes."""
    waits = and_(Letter.status == "submitted", or_(Decision.id.is_(None), Decision.status != "released"))
    chosen = select(func.count(Letter.id)).outerjoin(Decision, Decision.letter_id == Letter.id)
    chosen = chosen.where(Letter.round_id == round.id, or_(Letter.status == "returned", waits))
    return db.session.scalar(chosen) or 0
