"""What is done to a team's seats: made from the letter's roster, given to a colleague, claimed by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account, send_link
from portal.accounts.rules import normal_address
from portal.accounts.throttle import TOO_MANY_MAILS, check_often, is_too_often
from portal.communities.queries import role_labels, today_in
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.outbox import post
from portal.core.text import one_line
from portal.core.tokens import find, issue
from portal.districts.models import Affiliation, Membership
from portal.districts.operations import affiliate
from portal.districts.queries import affiliations_of, leads_of

from .join_rules import check_member
from .models import TeamInvitation, TeamSeat
from .queries import PURPOSE, addresses_of_team
from .rules import (
    INVITATION_LIFETIME,
    RosterRow,
    check_begun,
    check_claim,
    check_invite,
    check_renewal,
    may_claim,
    role_of_contact,
    roster_rows,
)  # fmt: skip


def fill_team(membership: Membership, content: Mapping[str, Any], by: Doer | None) -> None:
    """Make a seat of every row of a frozen letter's roster. Whoever has an address is invited; a lead joins at once.

    A lead who has no job in the district yet gets the one that the letter says.
    """
    leads = {lead.email: lead for lead in leads_of(membership.community_id, membership.district_id)}
    for lead in sorted(leads.values(), key=lambda lead: lead.id):
        lock(lead)  # in one order, for leads may act for districts elsewhere that join at this moment
    for row in roster_rows(content):
        seat = _seat(membership, row)
        if seat.email in leads:
            seat.affiliation_id = _job(leads[seat.email], membership, row.role, by).id
        elif seat.email:
            _invite(seat, membership, by)
    labels = role_labels(membership.community_id)
    for lead in leads.values():
        if not _has_job(lead, membership):
            _job(lead, membership, role_of_contact(content, lead.email, labels), by)


def invite_to_team(seat: TeamSeat, name: str, email: str, by: Doer | None) -> TeamInvitation:
    """Give the seat to a colleague and mail them a link; an earlier link to the seat stops working.

    The same name and address again mail a new link. Raises RuleBroken when somebody joined in the seat already or still
    has it, when the address has another seat of the team, and when it is no address; TooManyTries after ten mails to
    it in an hour.
    """
    address = normal_address(email)
    with transaction():
        check_invite(lock(seat), addresses_of_team(seat.membership_id, seat.id), address)
        check_begun(seat, today_in(seat.membership.community_id))
        check_often("mail", address, TOO_MANY_MAILS)
        seat.name, seat.email = one_line(name)[:80], address
        invitation = _invite(seat, seat.membership, by)
        record(seat, "invite", by, community_id=seat.membership.community_id, name=seat.name)
    return invitation


def renew_invitation(token: str) -> None:
    """Mail a new link to the address of one that ran out, at most five an hour.

    Raises RuleBroken when the seat went to somebody else meanwhile, or its person has joined.
    """
    found = _invitation_of(token)
    check_renewal(found.team_seat, found)
    # Nothing is said of it: whoever holds an old link must not learn how often its address was written to.
    if is_too_often("link", found.email):
        return
    with transaction():
        seat = lock(found.team_seat)
        check_renewal(seat, found)
        _invite(seat, seat.membership, None)
        record(seat, "renew invitation", None, community_id=seat.membership.community_id)


def claim_team_seat(token: str, name: str = "", *, next_url: str = "") -> None:
    """Join the team: the person's account, their job in the district, the seat. A sign-in link is then mailed to them.

    The link itself signs nobody in, because such mail is forwarded. Asking twice changes nothing. Raises RuleBroken
    when the link is unknown or ran out, and when the seat went to somebody else.
    """
    with transaction():
        found = _invitation_of(token)
        seat = lock(found.team_seat)
        # Found before the seat was locked: somebody may have joined by it since.
        db.session.refresh(found)
        if found.claimed_at is not None:
            return
        check_claim(seat, found, clock.now())
        today = today_in(seat.membership.community_id)
        check_member(seat.membership, today)
        check_begun(seat, today)
        account = find_or_open_account(email=found.email, name=name or seat.name)
        found.claimed_at = clock.now()
        seat.name = one_line(name)[:80] or seat.name
        seat.affiliation_id = _job(account, seat.membership, seat.role, account).id
        record(seat, "claim", account, community_id=seat.membership.community_id, name=seat.name)
        if account.disabled_at is None:
            send_link(account, next_url=next_url)


def _seat(membership: Membership, row: RosterRow) -> TeamSeat:
    seat = TeamSeat(
        membership_id=membership.id, role=row.role, school=row.school, name=row.name, email=row.email.lower(),
        from_date=today_in(membership.community_id),
    )  # fmt: skip
    db.session.add(seat)
    db.session.flush()
    return seat


def _invitation_of(token: str) -> TeamInvitation:
    found = find(TeamInvitation, PURPOSE, token)
    if found is None:
        raise RuleBroken("This link leads nowhere. Ask your district’s lead to invite you again.")
    return found


def _invite(seat: TeamSeat, membership: Membership, by: Doer | None) -> TeamInvitation:
    now = clock.now()
    for earlier in seat.invitations:
        # Only what still works: a used invitation keeps its date, for the record.
        if may_claim(earlier, now):
            earlier.expires_at = now
    invitation = TeamInvitation(team_seat=seat, email=seat.email, asked_at=now, expires_at=now + INVITATION_LIFETIME)
    issue(invitation, PURPOSE)
    post(
        "team_invitation", to=seat.email, community_id=membership.community_id, once=f"team-invitation:{invitation.id}",
        invitation_id=invitation.id, by_account_id=by.account_id if by else None,
    )  # fmt: skip
    return invitation


def _job(account: Account, membership: Membership, role: str, by: Doer | None) -> Affiliation:
    day = today_in(membership.community_id)
    return affiliate(account, membership.community_id, membership.district, role, day, by)


def _has_job(account: Account, membership: Membership) -> bool:
    jobs = affiliations_of(account.id, membership.community_id)
    return membership.district_id in {job.district_id for job in jobs}
