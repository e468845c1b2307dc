"""Finding who works in a district, on which seat, and who was there before."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager

from portal.accounts.models import Account
from portal.core.db import db
from portal.districts.models import Affiliation, Membership

from .models import TeamSeat


def seats_of_person(job: Affiliation) -> list[TeamSeat]:
    """The seats that this person has now on teams of the district in which the job is, in their order."""
    chosen = (
        select(TeamSeat)
        .join(TeamSeat.affiliation)
        .join(TeamSeat.membership)
        .options(contains_eager(TeamSeat.membership))
        .where(Affiliation.account_id == job.account_id, TeamSeat.to_date.is_(None))
        .where(Membership.community_id == job.community_id, Membership.district_id == job.district_id)
    )
    return list(db.session.scalars(chosen.order_by(TeamSeat.id)))


def people_of(membership: Membership, today: date) -> Select[Affiliation]:
    """The jobs in the district that have not ended, by the person's name."""
    chosen = (
        select(Affiliation)
        .join(Affiliation.account)
        .options(contains_eager(Affiliation.account))
        .where(Affiliation.community_id == membership.community_id, Affiliation.district_id == membership.district_id)
        .where((Affiliation.to_date.is_(None)) | (Affiliation.to_date >= today))
    )
    return chosen.order_by(Account.name, Affiliation.id)


def find_job(membership: Membership, job_id: int, today: date) -> Affiliation | None:
    """The job of this number in the district, unless it has ended."""
    return db.session.scalar(people_of(membership, today).where(Affiliation.id == job_id))


def job_of_person(membership: Membership, account_id: int, today: date) -> Affiliation | None:
    """The job that this person has in the district, of several the first without a last day; None when all ended."""
    own = people_of(membership, today).where(Affiliation.account_id == account_id)
    return db.session.scalars(own.order_by(None).order_by(Affiliation.to_date.is_not(None), Affiliation.id)).first()
