"""Giving letters to readers: by hand, evenly, anew when somebody drops out, and telling readers once.

Everything here happens under the round's lock, then the letter's: a conflict that is noted at the same instant either
comes first and is seen, or comes second and takes the letter away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from portal.accounts.models import Account
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.outbox import post
from portal.letters.models import Letter
from portal.rounds.models import Round

from .conflict_queries import conflicted_districts, conflicts_between
from .queries import decision_of
from .reading_models import Assignment
from .reading_queries import (
    assignments_of,
    ever_assigned,
    has_version,
    is_conflicted,
    is_reader,
    letters_to_read,
    open_assignments,
    running_assignment,
    untold_assignments,
)
from .reading_rules import REASONS, check_count, check_giving, check_reader, check_taking, spread


@dataclass(frozen=True)
class GivenOut:
    """What came of giving letters out: the new assignments, and how many readers letters still lack."""

    assignments: list[Assignment] = field(default_factory=list)
    missing: dict[int, int] = field(default_factory=dict)


def assign(letter: Letter, reader: Account, *, by: Doer | None) -> Assignment:
    """Give a letter to a reader. Asked for twice, it is given once.

    Raises RuleBroken for somebody who does not read here or has a conflict, and for a letter that was not submitted or
    is decided.
    """
    with transaction():
        lock(letter.round)
        letter = lock(letter)
        found = running_assignment(letter, reader.id)
        if found is not None:
            return found
        check_giving(letter, has_version(letter), decision_of(letter))
        check_reader(is_reader(reader.id, letter.community_id), is_conflicted(reader.id, letter), reader.name)
        return _give(letter, reader.id, by)


def assign_evenly(round: Round, per_letter: int, readers: Sequence[Account], *, by: Doer | None) -> GivenOut:
    """Give every letter so many readers, each reader about as many letters as the others, nobody one in conflict.

    What is with a reader already counts and stays. Letters that whoever asks must not know of are left to somebody
    else. Raises RuleBroken when there are fewer readers than a letter is to have.
    """
    with transaction():
        lock(round)
        people = [reader.id for reader in readers]
        check_count(per_letter, people)
        own = conflicted_districts(by.account_id, round.id) if by is not None else set()
        letters = letters_to_read(round, own)
        _check_readers(round, readers)
        held = [one.letter_id for one in assignments_of(round)]
        wanted = {letter.id: max(per_letter - held.count(letter.id), 0) for letter in letters}
        return _give_out(round, letters, wanted, people, by)


def unassign(assignment: Assignment, reason: str, *, by: Doer | None) -> None:
    """Take a letter away from a reader, because of dropped_out, conflict or reassigned. Once, however often asked for.

    What the reader noted stays on record, and counts no more. Raises RuleBroken once the decision was sent: what it
    rests on stays as it was.
    """
    with transaction():
        lock(assignment.letter.round)
        check_taking(decision_of(lock(assignment.letter)))
        _end(lock(assignment), reason, by)


def drop_out(round: Round, reader: Account, others: Sequence[Account], *, by: Doer | None) -> GivenOut:
    """Take everything from a reader that they did not hand in, and spread it over others. What they handed in stays.

    Letters that whoever asks must not know of are left to somebody else.
    """
    with transaction():
        lock(round)
        people = [other.id for other in others if other.id != reader.id]
        check_count(1, people)
        _check_readers(round, others)
        own = conflicted_districts(by.account_id, round.id) if by is not None else set()
        left = [one for one in open_assignments(round, reader.id) if one.letter.district_id not in own]
        for assignment in left:
            lock(assignment.letter)
            _end(lock(assignment), "dropped_out", by)
        letters = [letter for letter in letters_to_read(round, own) if letter.id in {one.letter_id for one in left}]
        return _give_out(round, letters, dict.fromkeys((letter.id for letter in letters), 1), people, by)


def tell_readers(round: Round, *, by: Doer | None) -> list[str]:
    """Owe each reader with something new one mail with their queue and the date. Gives who is told.

    A second press tells only of what was given out since.
    """
    with transaction():
        lock(round)
        own = conflicted_districts(by.account_id, round.id) if by is not None else set()
        new = [one for one in untold_assignments(round) if one.letter.district_id not in own]
        told: dict[str, int] = {}
        now = clock.now()
        for assignment in new:
            assignment.told_at = now
            told[assignment.account.email] = assignment.account_id
        newest = max((assignment.id for assignment in new), default=0)
        for address, account_id in told.items():
            once = f"reader_queue:{round.id}:{account_id}:{newest}"
            post(
                "reader_queue", to=address, community_id=round.community_id, once=once, round_id=round.id,
                account_id=account_id, told=now.isoformat(),
            )  # fmt: skip
        if told:
            record(round, "tell readers", by, community_id=round.community_id, count=len(told))
    return sorted(told)


def end_for_conflict(letter: Letter, account_id: int, by: Doer | None) -> None:
    """Take a letter away from somebody who has a conflict, if they had it. Inside a transaction that locked both."""
    found = running_assignment(letter, account_id)
    if found is not None:
        _end(lock(found), "conflict", by)


def _check_readers(round: Round, readers: Iterable[Account]) -> None:
    for reader in readers:
        check_reader(is_reader(reader.id, round.community_id), False, reader.name)


def _give_out(
    round: Round, letters: Sequence[Letter], wanted: dict[int, int], people: list[int], by: Doer | None
) -> GivenOut:  # fmt: skip
    running = [one.account_id for one in assignments_of(round)]
    load = {person: running.count(person) for person in people}
    found = spread(wanted, _barred(round, letters, people), load)
    known = {letter.id: letter for letter in letters}
    for letter_id in sorted({letter_id for letter_id, _ in found.pairs}):
        known[letter_id] = lock(known[letter_id])
    return GivenOut([_give(known[letter_id], reader, by) for letter_id, reader in found.pairs], found.missing)


def _barred(round: Round, letters: Iterable[Letter], people: Collection[int]) -> dict[int, set[int]]:
    conflicts, before = conflicts_between(people, round), ever_assigned(round)
    barred: dict[int, set[int]] = {}
    for letter in letters:
        barred[letter.id] = {person for person in people if letter.district_id in conflicts[person]}
        # Whoever had a letter and gave it up is not given it again by itself; by hand they can be.
        barred[letter.id] |= {row.account_id for row in before if row.letter_id == letter.id} & set(people)
    return barred


def _give(letter: Letter, account_id: int, by: Doer | None) -> Assignment:
    given = Assignment(
        letter_id=letter.id, account_id=account_id, assigned_at=clock.now(),
        assigned_by_id=by.account_id if by else None,
    )  # fmt: skip
    db.session.add(given)
    db.session.flush()
    record(given, "assign", by, community_id=letter.community_id, letter_id=letter.id, account_id=account_id)
    return given


def _end(assignment: Assignment, reason: str, by: Doer | None) -> None:
    if reason not in REASONS:
        raise RuleBroken("Say why: the reader dropped out, has a conflict, or somebody else reads the letter.")
    if assignment.ended_at is not None:
        return
    assignment.ended_at, assignment.ended_reason = clock.now(), reason
    record(assignment, "unassign", by, community_id=assignment.letter.community_id, reason=reason)
