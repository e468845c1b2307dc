"""Who reads what: readers, their letters and how far they are, conflicts, and what a reader's own queue holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, exists, func, select
from sqlalchemy.orm import contains_eager

from portal.accounts.models import Account, Permission
from portal.core.db import db
from portal.districts.models import District
from portal.letters.models import Letter, Submission
from portal.letters.queries import version_that_counts
from portal.rounds.models import Round

from .blind_rules import file_label, file_numbers, is_blind, label_of
from .conflict_queries import conflicted_districts, conflicts_since, has_standing_tie
from .models import Decision
from .queries import HAS_VERSION, READABLE, asked_of, decision_of, is_staff
from .reading_models import Assignment, Conflict, Review
from .reading_rules import READER_KINDS, Waiting, state_of_reading
from .rules import is_released

RUNS = Assignment.ended_at.is_(None)
# Once its decision was sent, nobody needs to read a letter any more, or to stand by scores.
DECIDED = exists().where(Decision.letter_id == Letter.id, Decision.status == "released").correlate(Letter)
MY_REVIEW = and_(Review.letter_id == Assignment.letter_id, Review.account_id == Assignment.account_id)


def running_assignment(letter: Letter, account_id: int | None) -> Assignment | None:
    """The letter as it is with this reader now, if it is."""
    mine = select(Assignment).where(Assignment.letter_id == letter.id, Assignment.account_id == account_id, RUNS)
    return db.session.scalar(mine)


def find_assignment(letter: Letter, assignment_id: int) -> Assignment | None:
    """The assignment of this number if it is one of the letter's."""
    chosen = select(Assignment).where(Assignment.id == assignment_id, Assignment.letter_id == letter.id)
    return db.session.scalar(chosen)


def assigned_rounds(account_id: int, community_id: int) -> set[int]:
    """The rounds in which this person has letters to hand in: none that is decided already."""
    chosen = select(Letter.round_id).join(Assignment, Assignment.letter_id == Letter.id).outerjoin(Review, MY_REVIEW)
    chosen = chosen.where(Assignment.account_id == account_id, RUNS, Letter.community_id == community_id)
    return set(db.session.scalars(chosen.where(Review.handed_in_at.is_(None), ~DECIDED)))


def assignments_of(round: Round) -> list[Assignment]:
    """Everything that is with a reader now, by letter, then by the reader's name."""
    chosen = (
        select(Assignment)
        .join(Assignment.letter)
        .join(Assignment.account)
        .options(contains_eager(Assignment.letter), contains_eager(Assignment.account))
        .where(Letter.round_id == round.id, RUNS)
        .order_by(Letter.id, Account.name, Assignment.id)
    )
    return list(db.session.scalars(chosen))


def queue_of(reader: Any, round: Round) -> list[Waiting]:
    """What this person has to read in the round, in the order of its pages; nothing that they must not know of.

    What was decided without them is out, what they handed in stays. By the district's name, in a blind round by the
    letter's number: the order must not tell what the names do not.
    """
    last = select(func.max(Submission.number)).where(Submission.letter_id == Letter.id).correlate(Letter)
    newer = and_(Review.number < last.scalar_subquery(), ~DECIDED)
    chosen = (
        select(Assignment, District, Review.started_at, Review.handed_in_at, newer)
        .join(Letter, Letter.id == Assignment.letter_id)
        .join(District, District.id == Letter.district_id)
        .outerjoin(Review, MY_REVIEW)
        .where(Assignment.account_id == reader.account_id, RUNS, *READABLE, HAS_VERSION)
        .where(~DECIDED | Review.handed_in_at.is_not(None))
        .order_by(Letter.id if round.is_blind else District.name, Letter.id)
        .params(asked_of(reader, round))
    )
    sees_all = is_staff(reader, round.community_id)
    return [_waiting(round, sees_all, *row) for row in db.session.execute(chosen)]


def readers(community_id: int, *, with_staff: bool = False) -> list[Account]:
    """Who reads letters for the community, by name; on request those of its staff too."""
    kinds = READER_KINDS if with_staff else READER_KINDS[:1]
    chosen = select(Account).where(Account.id.in_(_permitted(community_id, kinds)), Account.disabled_at.is_(None))
    return list(db.session.scalars(chosen.order_by(Account.name, Account.id)))


def is_reader(account_id: int, community_id: int) -> bool:
    """Whether this person may read letters of the community at all."""
    chosen = select(Account.id).where(Account.id.in_(_permitted(community_id, READER_KINDS)), Account.id == account_id)
    return db.session.scalar(chosen.where(Account.disabled_at.is_(None))) is not None


def is_blind_for(reader: Any, letter: Letter) -> bool:
    """Whether this person reads this letter without names."""
    if not letter.round.is_blind:
        return False
    assignment, is_ours = running_assignment(letter, reader.account_id), is_staff(reader, letter.community_id)
    mine = select(Review.handed_in_at).where(Review.letter_id == letter.id, Review.account_id == reader.account_id)
    # As with the talk: once the decision was sent, staff who had not scored are done, too.
    is_over = is_ours and assignment is not None and is_released(decision_of(letter))
    return is_blind(
        letter.round, is_staff=is_ours, is_assigned=assignment is not None,
        has_handed_in=is_over or db.session.scalar(mine) is not None,
    )  # fmt: skip


def blind_file_name(letter: Letter, file_id: int) -> str:
    """What a file is called that is taken from a letter without names: by its place in the version that counts."""
    sent = version_that_counts(letter)
    return file_label(file_numbers(sent.content).get(file_id, 0) if sent else 0)


def is_conflicted(account_id: int, letter: Letter) -> bool:
    """Whether this person must learn nothing of the letter."""
    return letter.district_id in conflicted_districts(account_id, letter.round_id)


def may_be_told(address: str, letter: Letter) -> bool:
    """Whether staff at this address may hear of the letter by mail: nobody who has a conflict does."""
    account_id = db.session.scalar(select(Account.id).where(Account.email == address))
    return account_id is None or not is_conflicted(account_id, letter)


def declared_conflicts(round: Round) -> list[Conflict]:
    """The conflicts that were declared or set in this round and hold, by the person's name, then the district's."""
    chosen = (
        select(Conflict)
        .join(Conflict.account)
        .join(Conflict.district)
        .options(contains_eager(Conflict.account), contains_eager(Conflict.district))
        .where(Conflict.round_id == round.id, Conflict.lifted_at.is_(None))
        .order_by(Account.name, District.name, Conflict.id)
    )
    return list(db.session.scalars(chosen))


def holding_conflict(round: Round, account_id: int, district_id: int) -> Conflict | None:
    """What was declared or set about this person and district in the round, while it holds."""
    chosen = select(Conflict).where(Conflict.round_id == round.id, Conflict.account_id == account_id)
    return db.session.scalar(chosen.where(Conflict.district_id == district_id, Conflict.lifted_at.is_(None)))


def letters_to_read(round: Round, without: Iterable[int] = ()) -> list[Letter]:
    """The letters of the round that were sent, not withdrawn and not answered yet, without those of some districts."""
    chosen = (
        select(Letter)
        .join(Letter.district)
        .outerjoin(Decision, Decision.letter_id == Letter.id)
        .options(contains_eager(Letter.district))
        .where(Letter.round_id == round.id, HAS_VERSION, Letter.district_id.not_in(list(without)))
        .where(Decision.id.is_(None) | (Decision.status != "released"))
        .order_by(District.name, Letter.id)
    )
    return list(db.session.scalars(chosen))


def letters_of_districts(round: Round, districts: Iterable[int]) -> set[int]:
    """The numbers of the letters that these districts have in the round."""
    chosen = select(Letter.id).where(Letter.round_id == round.id, Letter.district_id.in_(list(districts)))
    return set(db.session.scalars(chosen))


def has_version(letter: Letter) -> bool:
    """Whether a version of the letter was sent and counts."""
    return db.session.scalar(select(Letter.id).where(Letter.id == letter.id, HAS_VERSION)) is not None


def ever_assigned(round: Round) -> Sequence[Row[int, int, str, datetime | None]]:
    """Who was given which letter of the round at any time: letter, reader, why it ended, when."""
    chosen = select(Assignment.letter_id, Assignment.account_id, Assignment.ended_reason, Assignment.ended_at)
    chosen = chosen.join(Assignment.letter).where(Letter.round_id == round.id)
    return db.session.execute(chosen.order_by(Assignment.id)).all()


def open_assignments(round: Round, account_id: int) -> list[Assignment]:
    """What this reader has and is still to hand in, by letter."""
    chosen = (
        select(Assignment)
        .join(Assignment.letter)
        .outerjoin(Review, MY_REVIEW)
        .options(contains_eager(Assignment.letter))
        .where(Letter.round_id == round.id, Assignment.account_id == account_id, RUNS, Review.handed_in_at.is_(None))
        .where(~DECIDED)
        .order_by(Letter.id, Assignment.id)
    )
    return list(db.session.scalars(chosen))


def untold_assignments(round: Round) -> list[Assignment]:
    """What readers have to read and were not told of yet."""
    chosen = (
        select(Assignment)
        .join(Assignment.letter)
        .join(Assignment.account)
        .outerjoin(Review, MY_REVIEW)
        .options(contains_eager(Assignment.letter), contains_eager(Assignment.account))
        .where(Letter.round_id == round.id, RUNS, Assignment.told_at.is_(None), Review.handed_in_at.is_(None))
        .where(Account.disabled_at.is_(None), ~DECIDED)
        .order_by(Account.name, Assignment.id)
    )
    return list(db.session.scalars(chosen))


def running_conflicted() -> list[int]:
    """The numbers of what is with a reader who works for the letter's district, or leads it.

    Not of letters that are answered or archived: a job that somebody takes later undoes no scores that counted then.
    """
    chosen = select(Assignment.id).join(Assignment.letter).join(Letter.round)
    chosen = chosen.outerjoin(Decision, Decision.letter_id == Letter.id)
    tied = has_standing_tie(Assignment.account_id, Letter.district_id)
    chosen = chosen.where(RUNS, tied, Round.archived_at.is_(None))
    chosen = chosen.where(Decision.id.is_(None) | (Decision.status != "released"))
    return list(db.session.scalars(chosen.order_by(Assignment.id), {"since": conflicts_since()}))


def states_of_reading(round: Round) -> Mapping[tuple[int, int], str]:
    """How far everybody is who has a letter of the round now: by letter and reader."""
    chosen = select(Assignment.letter_id, Assignment.account_id, Review.started_at, Review.handed_in_at)
    chosen = chosen.join(Assignment.letter).outerjoin(Review, MY_REVIEW).where(Letter.round_id == round.id, RUNS)
    rows = db.session.execute(chosen.order_by(Assignment.id))
    return {(row[0], row[1]): state_of_reading(row[2], row[3]) for row in rows}


def _permitted(community_id: int, kinds: Iterable[str]) -> Select[Any]:
    return select(Permission.account_id).where(Permission.community_id == community_id, Permission.kind.in_(kinds))


def _waiting(
    round: Round, sees_all: bool, assignment: Assignment, district: District, started_at: datetime | None,
    handed_in_at: datetime | None, is_newer: bool | None,
) -> Waiting:  # fmt: skip
    hides = is_blind(round, is_staff=sees_all, is_assigned=True, has_handed_in=handed_in_at is not None)
    return Waiting(
        assignment.letter_id, label_of(assignment.letter_id) if hides else district.label,
        state_of_reading(started_at, handed_in_at), handed_in_at, handed_in_at is not None and bool(is_newer),
        assignment.told_at,
    )  # fmt: skip
