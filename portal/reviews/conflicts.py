"""Conflicts: declared by a reader, set and lifted by staff. From that moment the person knows nothing of the letter."""

from __future__ import annotations

from portal.accounts.models import Account
from portal.accounts.queries import staff_addresses
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.outbox import post
from portal.core.text import tidy
from portal.districts.models import District
from portal.letters.models import Letter
from portal.letters.queries import letter_of
from portal.rounds.models import Round

from .assigning import end_for_conflict
from .queries import decision_of
from .reading_models import Assignment, Conflict
from .reading_queries import holding_conflict, is_reader, running_conflicted
from .rules import is_released


def declare_conflict(letter: Letter, note: str, *, by: Doer) -> Conflict:
    """Note that a reader has a conflict with a letter's district: it leaves their queue at once, and stays away.

    Asked for twice, it is noted once. Staff hear of it, and lift it again, never the reader.
    """
    assert by.account_id is not None
    with transaction():
        round = lock(letter.round)
        conflict = _note(round, by.account_id, letter.district, "declared", note, by)
        for address in staff_addresses(round.community_id):
            post(
                "conflict_declared", to=address, community_id=round.community_id,
                once=f"conflict:{conflict.id}:{address}"[:120], conflict_id=conflict.id,
            )  # fmt: skip
        return conflict


def set_conflict(round: Round, account: Account, district: District, note: str, *, by: Doer) -> Conflict:
    """Note for somebody else that they have a conflict with a district in this round.

    Raises RuleBroken for somebody who reads no letters here.
    """
    with transaction():
        lock(round)
        if not is_reader(account.id, round.community_id):
            raise RuleBroken(f"{account.name} does not read letters in this community. Choose somebody who does.")
        return _note(round, account.id, district, "staff", note, by)


def lift_conflict(conflict: Conflict, *, by: Doer) -> None:
    """Say that a conflict does not hold any more: the letter can be given to this person again. Once.

    Raises RuleBroken for one's own: somebody else has to look at it.
    """
    with transaction():
        lock(db.session.get_one(Round, conflict.round_id))
        conflict = lock(conflict)
        if conflict.account_id == by.account_id:
            raise RuleBroken("Nobody lifts a conflict of their own. Ask a colleague to do it.")
        if conflict.lifted_at is not None:
            return
        conflict.lifted_at, conflict.lifted_by_id = clock.now(), by.account_id
        community_id = db.session.get_one(Round, conflict.round_id).community_id
        record(conflict, "lift", by, community_id=community_id)


def end_conflicted() -> int:
    """Take letters away from readers who work for the district now, or lead it, while they are not answered. Says how
    many it looked at.

    A new job is noted where it arises, without knowing of letters; from then on the reader sees nothing of the letter,
    and here it is free for somebody else.
    """
    found = running_conflicted()
    for number in found:
        assignment = db.session.get_one(Assignment, number)
        with transaction():
            lock(assignment.letter.round)
            letter = lock(assignment.letter)
            # Its decision may have been sent since it was found.
            if not is_released(decision_of(letter)):
                end_for_conflict(letter, assignment.account_id, None)
    return len(found)


def _note(round: Round, account_id: int, district: District, source: str, note: str, by: Doer) -> Conflict:
    found = holding_conflict(round, account_id, district.id)
    if found is not None:
        return found
    conflict = Conflict(
        round_id=round.id, account_id=account_id, district_id=district.id, source=source, note=tidy(note)[:1000],
        noted_at=clock.now(), noted_by_id=by.account_id,
    )  # fmt: skip
    db.session.add(conflict)
    db.session.flush()
    letter = letter_of(round.id, district.id)
    # What a decision that was sent rests on stays as it was; the letter itself is out of sight from now on.
    if letter is not None and not is_released(decision_of(lock(letter))):
        end_for_conflict(letter, account_id, by)
    record(conflict, source, by, community_id=round.community_id, note=conflict.note)
    return conflict
