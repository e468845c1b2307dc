"""What is done to a letter. The verbs stand by chapter in writing, rosters, endorsing and submitting."""

from __future__ import annotations

from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.history import Doer, record
from portal.districts.models import District
from portal.rounds.models import Round

from .models import Letter
from .queries import letter_of


def start_letter(round: Round, district: District, by: Doer | None) -> Letter:
    """The district's letter in this round: begun now, or the one that was begun before, however many press Start."""
    with transaction():
        lock(round)
        found = letter_of(round.id, district.id)
        if found is not None:
            return found
        letter = Letter(
            community_id=round.community_id, round_id=round.id, district_id=district.id, started_at=clock.now()
        )
        db.session.add(letter)
        db.session.flush()
        record(letter, "start", by, community_id=round.community_id)
    return letter
