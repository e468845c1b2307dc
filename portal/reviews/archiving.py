"""The end of a round: it is put into the archive once every letter that was sent has its decision."""

from __future__ import annotations

from sqlalchemy import and_, exists, func, or_, select

from portal.communities.operations import refresh_public
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.filters import plural
from portal.core.history import Doer, record
from portal.letters.models import Letter, Submission
from portal.letters.rules import UNSENT
from portal.rounds.models import Extension, Round
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
                f"{plural(count, 'letter is', 'letters are')} not decided yet, or still with the district. "
                "Send the decisions first."
            )
        round.archived_at = clock.now()
        refresh_public(round.community_id)
        record(round, "archive", by, community_id=round.community_id)


def undecided(round: Round) -> int:
    """How many letters of the round were sent and not decided, or are still with their district: what was sent is being
    changed, or the time that it was given has not run out."""
    waits = and_(Letter.status == "submitted", or_(Decision.id.is_(None), Decision.status != "released"))
    is_sent = exists().where(Submission.letter_id == Letter.id).correlate(Letter)
    same = and_(Extension.round_id == Letter.round_id, Extension.district_id == Letter.district_id)
    has_time = exists().where(same, Extension.until >= clock.now()).correlate(Letter)
    is_held = and_(Letter.status.in_(UNSENT), or_(is_sent, has_time))
    chosen = select(func.count(Letter.id)).outerjoin(Decision, Decision.letter_id == Letter.id)
    return db.session.scalar(chosen.where(Letter.round_id == round.id, or_(waits, is_held))) or 0
