"""Finding what happened in a member district, from its first day on."""

from __future__ import annotations

from sqlalchemy import and_, or_, select

from portal.accounts.models import Account
from portal.core.db import db
from portal.core.history import History
from portal.districts.models import Membership

from .chronicle import TOLD
from .models import CohortPlace, JoinRequest, TeamSeat

MOST = 500  # rows; what is older is not told


def happened_in(membership: Membership) -> list[tuple[History, str]]:
    """The rows of history about the district, its seats, requests and people since it joined, the newest first; each
    with the name of the person or the seat that it is about.
    """
    seats = select(TeamSeat.id).where(TeamSeat.membership_id == membership.id)
    asked = select(JoinRequest.id).where(JoinRequest.membership_id == membership.id)
    cohorts = select(CohortPlace.cohort_id).where(CohortPlace.membership_id == membership.id)
    district = History.data["district_id"].as_integer() == membership.district_id
    about = or_(
        and_(History.subject_table == "memberships", History.subject_id == membership.id),
        and_(History.subject_table == "team_seats", History.subject_id.in_(seats)),
        and_(History.subject_table == "join_requests", History.subject_id.in_(asked)),
        and_(
            History.subject_table == "cohorts", History.subject_id.in_(cohorts),
            History.data["membership_id"].as_integer() == membership.id,
        ),
        and_(History.subject_table == "accounts", History.verb.in_(_verbs("accounts")), district),
    )  # fmt: skip
    named = (
        select(History, Account.name, TeamSeat.name, JoinRequest.name)
        .outerjoin(Account, and_(History.subject_table == "accounts", Account.id == History.subject_id))
        .outerjoin(TeamSeat, and_(History.subject_table == "team_seats", TeamSeat.id == History.subject_id))
        .outerjoin(JoinRequest, and_(History.subject_table == "join_requests", JoinRequest.id == History.subject_id))
        .where(History.community_id == membership.community_id, about)
        .order_by(History.at.desc(), History.id.desc())
        .limit(MOST)
    )
    return [(row, person or seat or asker or "") for row, person, seat, asker in db.session.execute(named)]


def _verbs(table: str) -> list[str]:
    return [verb for about, verb in TOLD if about == table]
