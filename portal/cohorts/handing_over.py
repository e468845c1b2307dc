"""The lead of a district goes to a colleague, is shared with one, or is given up; a district never loses its last."""

from __future__ import annotations

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account, send_link
from portal.accounts.rules import normal_address
from portal.accounts.throttle import TOO_MANY_MAILS, check_often
from portal.communities.queries import today_in
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.outbox import post
from portal.core.text import one_line
from portal.core.tokens import find, issue
from portal.districts.models import District
from portal.districts.operations import affiliate, end_lead, grant_lead
from portal.districts.queries import affiliations_of, leads_of

from .lead_queries import PURPOSE, open_hand_overs
from .lead_rules import LIFETIME, check_acceptance, check_asking, check_lead_end, check_open
from .models import LeadHandOver
from .rules import LEAD


def ask_hand_over(
    community_id: int, district: District, *, name: str, email: str, keeps_lead: bool, by: Doer
) -> LeadHandOver:
    """Mail a colleague the link by which they take the lead, or share it (`keeps_lead`). An earlier one of the same
    giver stops working.

    Raises RuleBroken when it is no address, the colleague leads already, or whoever asks does not; TooManyTries after
    ten mails to the address in an hour.
    """
    address = normal_address(email)
    with transaction():
        # The district is the lock of who leads it: two who change that take turns.
        lock(district)
        check_asking(address, by.account_id, leads_of(community_id, district.id))
        check_often("mail", address, TOO_MANY_MAILS)
        _take_back_open(community_id, district, by)
        now = clock.now()
        asked = LeadHandOver(
            community_id=community_id, district_id=district.id, from_account_id=by.account_id, keeps_lead=keeps_lead,
            to_name=one_line(name)[:120], to_email=address, asked_at=now, expires_at=now + LIFETIME,
        )  # fmt: skip
        issue(asked, PURPOSE)
        post("hand_over", to=address, community_id=community_id, once=f"hand-over:{asked.id}", hand_over_id=asked.id)
        record(district, "ask to take lead", by, community_id=community_id, to=asked.to_name, keeps=keeps_lead)
    return asked


def take_back_hand_over(community_id: int, district: District, by: Doer) -> None:
    """Take one's own offer of the lead back while nobody accepted it. Twice changes nothing."""
    with transaction():
        lock(district)
        if _take_back_open(community_id, district, by):
            record(district, "take back lead", by, community_id=community_id)


def accept_hand_over(token: str, *, next_url: str = "") -> None:
    """Act for the district from now on; the giver does so no longer, unless the lead is shared. Both are told by mail.

    The link signs nobody in: a sign-in link goes to its address. Twice changes nothing. Raises RuleBroken when the link
    is unknown, ran out or was taken back, when its giver does not lead any more, and for a closed account.
    """
    with transaction():
        asked = find(LeadHandOver, PURPOSE, token)
        if asked is None:
            raise RuleBroken("This link leads nowhere. Ask the person who wrote to you for a new one.")
        district = lock(asked.district)
        db.session.refresh(asked)
        if asked.accepted_at is not None:
            return
        leads = leads_of(asked.community_id, district.id)
        check_acceptance(asked, clock.now(), leads)
        asked.accepted_at = clock.now()
        account = find_or_open_account(email=asked.to_email, name=asked.to_name)
        check_open(account)
        _make_lead(asked, district, account)
        for lead in leads:
            _tell(asked, lead)
        send_link(account, next_url=next_url, acts_for=district.label)


def give_up_lead(community_id: int, district: District, account: Account, *, by: Doer) -> None:
    """Act for the district no longer; they and the others who lead it are told. Twice changes nothing.

    Raises RuleBroken when nobody else leads it.
    """
    with transaction():
        lock(district)
        leads = leads_of(community_id, district.id)
        if account.id not in {lead.id for lead in leads}:
            return
        check_lead_end(account, leads)
        end_lead(account, community_id, district, by)
        for lead in leads:
            once = f"lead-given-up:{community_id}:{district.id}:{account.id}:{lead.id}:{clock.now():%Y%m%d%H%M%S%f}"
            ids = {
                "district_id": district.id, "account_id": account.id, "in_community": community_id,
                "reader_id": lead.id,
            }  # fmt: skip
            post("lead_given_up", to=lead.email, community_id=community_id, once=once[:120], **ids)


def name_lead(community_id: int, district: District, *, name: str, email: str, by: Doer) -> Account:
    """Let staff name somebody who acts for the district, for where nobody does or nobody can be reached. Told by mail.

    Raises RuleBroken when it is no address, the person leads already, or their account is closed.
    """
    address = normal_address(email)
    with transaction():
        lock(district)
        if address in {lead.email for lead in leads_of(community_id, district.id)}:
            raise RuleBroken(f"{address} acts for {district.label} already.")
        account = find_or_open_account(email=address, name=name)
        check_open(account)
        _grant(community_id, district, account, by)
        once = f"lead-named:{community_id}:{district.id}:{account.id}:{clock.now():%Y%m%d%H%M%S%f}"
        ids = {"district_id": district.id, "account_id": account.id, "in_community": community_id}
        post("lead_named", to=address, community_id=community_id, once=once[:120], **ids)
    return account


def _make_lead(asked: LeadHandOver, district: District, account: Account) -> None:
    _grant(asked.community_id, district, account, account)
    giver = db.session.get_one(Account, asked.from_account_id)
    if not asked.keeps_lead:
        end_lead(giver, asked.community_id, district, account)


def _grant(community_id: int, district: District, account: Account, by: Doer) -> None:
    grant_lead(account, community_id, district, by)
    jobs = {job.district_id for job in affiliations_of(account.id, community_id)}
    if district.id not in jobs:
        affiliate(account, community_id, district, LEAD, today_in(community_id), by)


def _take_back_open(community_id: int, district: District, by: Doer) -> bool:
    own = [one for one in open_hand_overs(community_id, district.id) if one.from_account_id == by.account_id]
    for one in own:
        one.taken_back_at = clock.now()
    db.session.flush()
    return bool(own)


def _tell(asked: LeadHandOver, lead: Account) -> None:
    once = f"hand-over-accepted:{asked.id}:{lead.id}"
    ids = {"hand_over_id": asked.id, "account_id": lead.id}
    post("hand_over_accepted", to=lead.email, community_id=asked.community_id, once=once, **ids)
