"""What is done to a letter. Here is its beginning; the other verbs stand by chapter and are asked for here too."""

from __future__ import annotations

from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import Conflict, RuleBroken
from portal.core.history import Doer, record
from portal.districts.models import District
from portal.rounds.models import Round
from portal.rounds.operations import join_after_all
from portal.rounds.queries import extensions_of, invitation_for
from portal.rounds.rules import end_for, is_in_time

from .deadlines import has_opened
from .endorsing import (
    Signature,
    ask_endorsement,
    decline_endorsement,
    endorse_directly,
    sign_endorsement,
    take_back_endorsement,
)  # fmt: skip
from .files import keeping_files, take_up
from .models import Letter
from .queries import letter_of
from .rosters import add_roster_row, remove_roster_row, save_roster_row, save_roster_rows, waive_roster_rule
from .shapes import Filled, Theirs, Typed
from .submitting import lapse, submit, whole_content
from .writing import begin_writing, save_answer, save_answers, theirs_of

__all__ = [
    "Signature", "Theirs", "Typed",
    "add_roster_row", "ask_endorsement", "decline_endorsement", "endorse_directly", "lapse", "remove_roster_row",
    "save_answer", "save_answers", "save_roster_row", "save_section", "sign_endorsement", "start_letter", "submit",
    "take_back_endorsement", "waive_roster_rule", "whole_content",
]  # fmt: skip


def start_letter(round: Round, district: District, by: Doer | None) -> Letter:
    """The district's letter in this round: begun now, or the one that was begun before, however many press Start.

    A district that had said "not this year" is interested again. Raises RuleBroken when there is none yet and the round
    takes no letters now.
    """
    with transaction():
        lock(round)
        found = letter_of(round.id, district.id)
        if found is not None:
            return found
        now = clock.now()
        if not has_opened(round, now) or not is_in_time(now, end_for(round, extensions_of(round.id, district.id))):
            raise RuleBroken("This round takes no new letters now. Look at the community’s page for the next one.")
        invitation = invitation_for(round.id, district.id)
        if invitation is not None:
            join_after_all(invitation, by=by)
        letter = Letter(
            community_id=round.community_id, round_id=round.id, district_id=district.id, started_at=clock.now()
        )
        db.session.add(letter)
        db.session.flush()
        record(letter, "start", by, community_id=round.community_id)
    return letter


def save_section(letter: Letter, filled: Filled, *, by: Doer | None) -> dict[str, Theirs]:
    """Save what a form brings in one change, files too, then add or take out the line it asks for.

    Gives, by question code or row-NUMBER, what was kept back because somebody else changed it. Raises RuleBroken when
    the letter is not being written; then nothing is saved, and no file is kept.
    """
    with keeping_files(letter, filled.files, by) as kept, transaction():
        if kept or not (filled.answers or filled.rows):
            begin_writing(letter, by)
        answers = [*filled.answers, *take_up(letter, kept, by)]
        clashes = save_answers(letter, answers, by=by) if answers else {}
        staying = [row for row in filled.rows if row.row_id != filled.remove_row]
        if staying:
            clashes |= save_roster_rows(letter, staying, by=by, restores=filled.restores)
        if filled.add_row:
            add_roster_row(letter, by=by)
        if filled.remove_row is not None:
            clashes |= _take_out(letter, filled, by)
    return clashes


def _take_out(letter: Letter, filled: Filled, by: Doer | None) -> dict[str, Theirs]:
    """What was typed into the line that goes is not saved first: it would hide what somebody else wrote there."""
    seen = next((row for row in filled.rows if row.row_id == filled.remove_row), None)
    try:
        remove_roster_row(letter, filled.remove_row or 0, seen, by=by)
    except Conflict as clash:
        return {f"row-{filled.remove_row}": theirs_of(clash)}
    return {}
