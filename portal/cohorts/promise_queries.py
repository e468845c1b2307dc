"""Finding what a member district promised, and what of it is kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select

from portal.accounts.models import Account
from portal.core.db import db
from portal.districts.models import Membership
from portal.letters.models import Letter, RosterWaiver
from portal.rounds.models import Commitment, Question

from .models import Cohort, CohortPlace, CommitmentCheck


@dataclass(frozen=True)
class Promise:
    """One promise of a district: the words, the tick if there is one, and whose it is."""

    commitment: Commitment
    check: CommitmentCheck | None
    done_by: str

    @property
    def is_kept(self) -> bool:
        return self.check is not None and self.check.done_at is not None


@dataclass(frozen=True)
class Pledge:
    """What a district took on with its newest cohort: the promises, and what the round asks of a team."""

    cohort: Cohort | None
    promises: list[Promise]
    roster: Question | None
    waived: dict[str, str]  # rule of the roster → why staff do not ask it of this district


def pledge_of(membership: Membership) -> Pledge:
    """What the district took on, with what is ticked; read at once, because its own page asks for all of it."""
    rows = db.session.execute(
        select(Cohort, Commitment, CommitmentCheck, Account.name, Question, RosterWaiver)
        .join(CohortPlace, CohortPlace.cohort_id == Cohort.id)
        .outerjoin(Commitment, Commitment.round_id == Cohort.round_id)
        .outerjoin(
            CommitmentCheck,
            and_(
                CommitmentCheck.commitment_id == Commitment.id,
                CommitmentCheck.membership_id == CohortPlace.membership_id,
            ),
        )
        .outerjoin(Account, Account.id == CommitmentCheck.done_by_id)
        .outerjoin(Question, and_(Question.round_id == Cohort.round_id, Question.kind == "roster"))
        .outerjoin(Letter, and_(Letter.round_id == Cohort.round_id, Letter.district_id == membership.district_id))
        .outerjoin(RosterWaiver, RosterWaiver.letter_id == Letter.id)
        .where(CohortPlace.membership_id == membership.id)
        .order_by(Cohort.starts_on.desc(), Cohort.id.desc(), Commitment.position, Question.position, RosterWaiver.id)
    ).all()
    return _pledge([row for row in rows if row[0] is rows[0][0]])


def find_promise(membership: Membership, commitment_id: int) -> Commitment | None:
    """The promise of this number, if it is one of the district's newest cohort."""
    promises = pledge_of(membership).promises
    return next((one.commitment for one in promises if one.commitment.id == commitment_id), None)


def check_of(membership_id: int, commitment_id: int) -> CommitmentCheck | None:
    """What is noted of this promise of the district."""
    return db.session.scalar(
        select(CommitmentCheck).filter_by(membership_id=membership_id, commitment_id=commitment_id)
    )


def kept_promises(memberships: Collection[int]) -> dict[int, int]:
    """How many promises each of these districts keeps, by membership."""
    kept = (
        select(CommitmentCheck.membership_id, func.count())
        .where(CommitmentCheck.membership_id.in_(memberships), CommitmentCheck.done_at.is_not(None))
        .group_by(CommitmentCheck.membership_id)
    )
    return {row[0]: row[1] for row in db.session.execute(kept)}


def _pledge(rows: Sequence[Any]) -> Pledge:
    # Each promise comes once for every rule that was waived.
    promises = {row[1].id: Promise(row[1], row[2], row[3] or "") for row in rows if row[1] is not None}
    waived = {row[5].rule_code: row[5].reason for row in rows if row[5] is not None}
    first = rows[0] if rows else None
    return Pledge(first[0] if first else None, list(promises.values()), first[4] if first else None, waived)
