"""Joining a district's team without being named: by the lead's link, or by the domain of one's address.

Whoever asks confirms the address by mail. An address of the district's own domain lets them in; for any other the lead
decides. Whoever belongs to the district already is told so, and nobody is asked.
"""

from __future__ import annotations

from datetime import date

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account, send_link
from portal.accounts.queries import staff_addresses
from portal.accounts.rules import normal_address
from portal.accounts.throttle import check_often
from portal.communities.queries import roles_of, today_in
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.outbox import post
from portal.core.text import one_line
from portal.core.tokens import find, issue
from portal.districts.models import Membership
from portal.districts.operations import affiliate
from portal.districts.queries import leads_of

from .join_queries import (
    LINK_PURPOSE,
    REQUEST_PURPOSE,
    fits,
    running_link,
    seat_of_person,
    seats_now,
    unconfirmed,
    works_there,
)
from .join_rules import (
    LIFETIME,
    Joiner,
    check_confirmation,
    check_link,
    check_member,
    check_role,
    check_settling,
    seats_for,
)
from .models import JoinLink, JoinRequest, TeamSeat

__all__ = ["Joiner"]
TOO_OFTEN = "Five mails went to this address within an hour. Look for them, also among unwanted mail, or wait an hour."


def make_join_link(membership: Membership, by: Doer) -> JoinLink:
    """Make the link by which colleagues join the district's team; one that was there before stops working."""
    with transaction():
        lock(membership)
        check_member(membership, today_in(membership.community_id))
        _end_link(membership)
        link = JoinLink(membership_id=membership.id, made_at=clock.now(), made_by_id=by.account_id)
        issue(link, LINK_PURPOSE)
        record(membership, "make join link", by, community_id=membership.community_id)
    return link


def end_join_link(membership: Membership, by: Doer) -> None:
    """Let nobody else ask by the link. Who has asked keeps their request. Twice changes nothing."""
    with transaction():
        lock(membership)
        if _end_link(membership):
            record(membership, "end join link", by, community_id=membership.community_id)


def ask_to_join(membership: Membership, joiner: Joiner, *, link: JoinLink | None = None) -> JoinRequest:
    """Mail whoever asks a link that confirms their address; an earlier one stops working. Whoever belongs to the
    district already is told that instead.

    Raises RuleBroken when the district is no member, the link was ended, the job is unknown or it is no address;
    TooManyTries after five mails to it in an hour. Says nothing of whether there is an account.
    """
    address = normal_address(joiner.email)
    with transaction():
        membership = lock(membership)
        check_member(membership, today_in(membership.community_id))
        check_role(joiner.role, {role.slug for role in roles_of(membership.community_id)})
        if link is not None:
            db.session.refresh(link)
            check_link(link)
        check_often("request", address, TOO_OFTEN)
        request = _request(membership, joiner, address, "link" if link else "domain")
        # The page says the same to all: only the owner of the address learns that it belongs to the district already.
        post(
            "join_known" if works_there(membership, address) else "join_confirmation", to=address,
            community_id=membership.community_id, once=f"join-request:{request.id}", request_id=request.id,
        )  # fmt: skip
    return request


def confirm_join(token: str, *, next_url: str = "") -> JoinRequest:
    """Confirm the address. With one of the district's domain the person is in and gets a sign-in link; else the lead
    (or staff, where nobody leads) is asked. Twice changes nothing. Raises RuleBroken when the link is unknown or ran
    out, and when the district is no member any more.
    """
    with transaction():
        request = _request_of(token)
        # The membership is the lock of its team: two who ask for the last free seat take turns.
        membership = lock(request.membership)
        db.session.refresh(request)
        if request.confirmed_at is not None:
            return request
        check_confirmation(request, clock.now())
        check_member(membership, today_in(membership.community_id))
        request.confirmed_at = clock.now()
        if request.fits or works_there(membership, request.email):
            account = _let_in(request, membership, None)
            if account.disabled_at is None:
                send_link(account, next_url=next_url)
        else:
            _ask_leads(request, membership)
    return request


def settle_request(request: JoinRequest, outcome: str, by: Doer) -> None:
    """Let whoever asked in ("joined"), or turn them away ("declined"); they are told by mail. Twice changes nothing.

    Raises RuleBroken when somebody decided otherwise, and while the address is not confirmed.
    """
    with transaction():
        membership = lock(request.membership)
        db.session.refresh(request)
        check_settling(request, outcome)
        if request.outcome:
            return
        if outcome == "joined":
            check_member(membership, today_in(membership.community_id))
            _let_in(request, membership, by)
        else:
            _settle(request, outcome, by)
        post(
            f"join_{outcome}", to=request.email, community_id=membership.community_id,
            once=f"join-settled:{request.id}", request_id=request.id,
        )  # fmt: skip


def _end_link(membership: Membership) -> bool:
    link = running_link(membership.id)
    if link is not None:
        link.ended_at = clock.now()
        db.session.flush()
    return link is not None


def _request(membership: Membership, joiner: Joiner, address: str, way: str) -> JoinRequest:
    now = clock.now()
    for earlier in unconfirmed(membership.id, address):
        earlier.expires_at = min(earlier.expires_at, now)
    request = JoinRequest(
        membership_id=membership.id, way=way, name=one_line(joiner.name)[:80], email=address, role=joiner.role,
        school=one_line(joiner.school)[:80], fits=fits(membership, address), asked_at=now, expires_at=now + LIFETIME,
    )  # fmt: skip
    issue(request, REQUEST_PURPOSE)
    record(request, "ask", None, community_id=membership.community_id, way=way)
    return request


def _request_of(token: str) -> JoinRequest:
    found = find(JoinRequest, REQUEST_PURPOSE, token)
    if found is None:
        raise RuleBroken("This link leads nowhere. Ask to join again.")
    return found


def _let_in(request: JoinRequest, membership: Membership, by: Doer | None) -> Account:
    account = find_or_open_account(email=request.email, name=request.name)
    today, was_in = today_in(membership.community_id), works_there(membership, request.email)
    own = seat_of_person(membership.id, account.id)
    seat = _free_seat(membership, request, today) if own is None else None
    role = next((one.role for one in (own, seat) if one is not None), request.role)
    job = affiliate(account, membership.community_id, membership.district, role, today, account)
    if seat is not None:
        _take(seat, request, job.id, account)
    _settle(request, "joined", by or account)
    for lead in leads_of(membership.community_id, membership.district_id):
        if by is None and not was_in and lead.id != account.id:
            _tell(request, membership, "join_news", lead.email)
    return account


def _free_seat(membership: Membership, request: JoinRequest, today: date) -> TeamSeat | None:
    for seat in seats_for(seats_now(membership.id), request, today):
        # A colleague may claim it by mail at this moment: that takes the lock of the seat alone.
        if seats_for([lock(seat)], request, today):
            return seat
    return None


def _take(seat: TeamSeat, request: JoinRequest, job_id: int, account: Account) -> None:
    seat.name, seat.email, seat.affiliation_id = request.name, request.email, job_id
    seat.school = seat.school or request.school
    record(seat, "claim", account, community_id=seat.membership.community_id, way=request.way, name=seat.name)


def _settle(request: JoinRequest, outcome: str, by: Doer | None) -> None:
    request.outcome, request.settled_at = outcome, clock.now()
    request.settled_by_id = by.account_id if by else None
    verb = "let in" if outcome == "joined" else "turn away"
    record(request, verb, by, community_id=request.membership.community_id)


def _ask_leads(request: JoinRequest, membership: Membership) -> None:
    record(request, "confirm", None, community_id=membership.community_id)
    leads = [lead.email for lead in leads_of(membership.community_id, membership.district_id)]
    for address in leads or staff_addresses(membership.community_id):
        post(
            "join_asked", to=address, community_id=membership.community_id, once=_once("join_asked", request, address),
            request_id=request.id, for_staff=not leads,
        )  # fmt: skip


def _tell(request: JoinRequest, membership: Membership, template: str, address: str) -> None:
    once = _once(template, request, address)
    post(template, to=address, community_id=membership.community_id, once=once, request_id=request.id)


def _once(template: str, request: JoinRequest, address: str) -> str:
    return f"{template}:{request.id}:{address}"[:120]
