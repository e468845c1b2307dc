"""Finding what a member district promised, and what of it is kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import and_, func, select

from portal.accounts.models import Account
from portal.core.db import db
from portal.districts.models import Membership
from portal.rounds.models import Commitment

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


def promises_of(membership: Membership) -> tuple[Cohort | None, list[Promise]]:
    """The newest cohort that the district is in, and what its districts promised, with what is ticked."""
    rows = db.session.execute(
        select(Cohort, Commitment, CommitmentCheck, Account.name)
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
        .where(CohortPlace.membership_id == membership.id)
        .order_by(Cohort.starts_on.desc(), Cohort.id.desc(), Commitment.position)
    ).all()
    newest = rows[0][0] if rows else None
    own = [row for row in rows if row[0] is newest and row[1] is not None]
    return newest, [Promise(promise, check, name or "") for _, promise, check, name in own]


def find_promise(membership: Membership, commitment_id: int) -> Commitment | None:
    """The promise of this number, if it is one of the district's newest cohort."""
    _, promises = promises_of(membership)
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
