"""Finding links to join a team, requests to join, and the districts that an address may belong to."""

from __future__ import annotations

from sqlalchemy import select

from portal.accounts.models import Account
from portal.communities.queries import today_in
from portal.core import tokens
from portal.core.db import db
from portal.districts.models import Affiliation, Membership
from portal.districts.queries import covers, districts_of_domain

from .join_rules import is_learners
from .models import JoinLink, JoinRequest, TeamSeat

LINK_PURPOSE, REQUEST_PURPOSE = "join-link", "join-request"


def running_link(membership_id: int) -> JoinLink | None:
    """The link that colleagues join this team by, unless it was ended."""
    chosen = select(JoinLink).where(JoinLink.membership_id == membership_id, JoinLink.ended_at.is_(None))
    return db.session.scalar(chosen.order_by(JoinLink.id.desc()).limit(1))


def find_join_link(token: str, community_id: int) -> JoinLink | None:
    """The join link of this secret, in its own community only; an ended one too."""
    found = tokens.find(JoinLink, LINK_PURPOSE, token)
    return found if found is not None and found.membership.community_id == community_id else None


def find_join_request(token: str, community_id: int) -> JoinRequest | None:
    """The request to join that a mailed link confirms, in its own community only."""
    found = tokens.find(JoinRequest, REQUEST_PURPOSE, token)
    return found if found is not None and found.membership.community_id == community_id else None


def waiting_requests(membership_id: int) -> list[JoinRequest]:
    """Who has confirmed the address and waits for a decision, the longest first."""
    chosen = select(JoinRequest).where(
        JoinRequest.membership_id == membership_id, JoinRequest.confirmed_at.is_not(None), JoinRequest.outcome == ""
    )
    return list(db.session.scalars(chosen.order_by(JoinRequest.confirmed_at, JoinRequest.id)))


def find_request_to(membership: Membership, request_id: int) -> JoinRequest | None:
    """The confirmed request of this number to join the district's team."""
    found = db.session.get(JoinRequest, request_id)
    is_own = found is not None and found.membership_id == membership.id and found.confirmed_at is not None
    return found if is_own else None


def unconfirmed(membership_id: int, email: str) -> list[JoinRequest]:
    """Requests of this address that were not confirmed yet."""
    chosen = select(JoinRequest).where(
        JoinRequest.membership_id == membership_id, JoinRequest.email == email, JoinRequest.confirmed_at.is_(None)
    )
    return list(db.session.scalars(chosen.order_by(JoinRequest.id)))


def fits(membership: Membership, address: str) -> bool:
    """Whether the address has the domain of this district, so that nobody else need say that its owner works there."""
    return not is_learners(address) and membership.district_id in {one.id for one in districts_of_domain(address)}


def fitting_members(members: list[Membership], address: str) -> list[Membership]:
    """The `members` whose district has the domain of this address."""
    ids = set() if is_learners(address) else {district.id for district in districts_of_domain(address)}
    return [one for one in members if one.district_id in ids]


def works_there(membership: Membership, address: str) -> bool:
    """Whether the person of this address belongs to the district already: with an open account, and for good."""
    chosen = (
        select(Affiliation.id)
        .join(Affiliation.account)
        .where(Account.email == address, Account.disabled_at.is_(None))
        .where(Affiliation.community_id == membership.community_id, Affiliation.to_date.is_(None))
        .where(
            Affiliation.district_id == membership.district_id, covers(Affiliation, today_in(membership.community_id))
        )
    )
    return db.session.scalar(chosen.limit(1)) is not None


def seats_now(membership_id: int) -> list[TeamSeat]:
    """The seats of the team that were not given up, in their order, each with whose it is."""
    chosen = select(TeamSeat).where(TeamSeat.membership_id == membership_id, TeamSeat.to_date.is_(None))
    return list(db.session.scalars(chosen.order_by(TeamSeat.id)))


def seat_of_person(membership_id: int, account_id: int) -> TeamSeat | None:
    """The seat that this person has on the team now."""
    chosen = select(TeamSeat).join(TeamSeat.affiliation).where(TeamSeat.membership_id == membership_id)
    chosen = chosen.where(TeamSeat.to_date.is_(None), Affiliation.account_id == account_id)
    return db.session.scalar(chosen.order_by(TeamSeat.id).limit(1))
