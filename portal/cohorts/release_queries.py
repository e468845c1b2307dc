"""Finding what a release would send, to whom, and how far one is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import String, and_, cast, func, literal, select
from sqlalchemy.orm import contains_eager

from portal.accounts.models import Account
from portal.core import clock
from portal.core.db import db
from portal.core.outbox import Outgoing
from portal.districts.models import District, DistrictPermission
from portal.letters.models import Letter
from portal.reviews.models import Decision, Release
from portal.reviews.queries import DECLARED, LEADS, WORKS
from portal.reviews.rules import CONFLICT_SPAN
from portal.rounds.models import Round

from .queries import places_left
from .release_rules import ORDER, Item, Outgoings


def outgoings(round: Round, account_id: int | None) -> Outgoings:
    """What a release by this person would send just now, in the order in which it goes out.

    Decisions about districts with which the person is in conflict are not theirs to send: somebody else does.
    """
    decisions = prepared_in(round, account_id)
    leads = reachable_leads(round.community_id, [one.letter.district_id for one in decisions])
    items = [Item(one, leads.get(one.letter.district_id, [])) for one in decisions]
    return Outgoings(round, items, places_left(round))


def prepared_in(round: Round, account_id: int | None) -> list[Decision]:
    """The decisions that wait to be sent, each with its letter and district: places first, then the waitlist in its
    order; none about a letter that is with its district."""
    chosen = (
        select(Decision)
        .join(Decision.letter)
        .join(Letter.district)
        .options(contains_eager(Decision.letter).contains_eager(Letter.district))
        .where(Letter.round_id == round.id, Letter.status == "submitted", Decision.status == "prepared")
        .where(Letter.district_id.not_in(hidden_districts(round, account_id)))
        .order_by(Decision.waitlist_position, District.name, Decision.id)
    )
    return sorted(db.session.scalars(chosen), key=lambda one: ORDER[one.outcome])


def hidden_districts(round: Round, account_id: int | None) -> set[int]:
    """The districts of which this person must learn nothing in the round; nobody's, for the portal itself."""
    if account_id is None:
        return set()
    asked = {"reader_id": account_id, "round_id": round.id, "since": clock.now().date() - CONFLICT_SPAN}
    return set(db.session.scalars(WORKS.union(LEADS, DECLARED), asked))


def reachable_leads(community_id: int, district_ids: Collection[int]) -> dict[int, list[Account]]:
    """The people who act for each of these districts and whom a mail reaches, the longest first."""
    chosen = (
        select(DistrictPermission.district_id, Account)
        .join(Account, Account.id == DistrictPermission.account_id)
        .where(DistrictPermission.community_id == community_id, DistrictPermission.district_id.in_(district_ids))
        .where(DistrictPermission.kind == "lead", Account.disabled_at.is_(None))
        .order_by(DistrictPermission.id)
    )
    rows = db.session.execute(chosen).all()
    dead, leads = dead_addresses(account.email for _, account in rows), defaultdict(list)
    for district_id, account in rows:
        if account.email not in dead:
            leads[district_id].append(account)
    return leads


def dead_addresses(addresses: Iterable[str]) -> set[str]:
    """Those of the addresses to which the last mail was given up, and none has gone through since."""
    left = func.max(Outgoing.sent_at).filter(Outgoing.dropped_at.is_(None))
    chosen = select(Outgoing.to_address, func.max(Outgoing.dead_at), left).group_by(Outgoing.to_address)
    chosen = chosen.where(Outgoing.to_address.in_(set(addresses)))
    return {address for address, dead, sent in db.session.execute(chosen) if dead and (sent is None or sent < dead)}


def waiting_releases() -> list[int]:
    """The numbers of releases that were asked for and not carried out, the oldest first."""
    waiting = select(Release.id).where(Release.done_at.is_(None), Release.refused_at.is_(None))
    return list(db.session.scalars(waiting.order_by(Release.id)))


def running_release(round: Round) -> Release | None:
    """The release of the round that the worker has not come to yet. Ask under the round's lock."""
    waiting = select(Release).where(Release.done_at.is_(None), Release.refused_at.is_(None))
    return db.session.scalar(waiting.where(Release.round_id == round.id).order_by(Release.id).limit(1))


def releases_of(round: Round) -> list[Release]:
    """The releases of the round, the newest first."""
    return list(db.session.scalars(select(Release).where(Release.round_id == round.id).order_by(Release.id.desc())))


def find_release(community_id: int, release_id: int) -> Release | None:
    """The release of this number in the community."""
    return db.session.scalar(select(Release).where(Release.id == release_id, Release.community_id == community_id))


def mails_of(release: Release) -> Any:
    """How many mails of the release are owed, and have left, were held back as stale, or were given up."""
    key = literal(f"release:{release.id}:") + cast(Decision.id, String)
    chosen = select(
        func.count(),
        func.count().filter(and_(Outgoing.sent_at.is_not(None), Outgoing.dropped_at.is_(None))).label("left"),
        func.count().filter(Outgoing.dropped_at.is_not(None)).label("dropped"),
        func.count().filter(Outgoing.dead_at.is_not(None)).label("dead"),
    ).join(Decision, Outgoing.once == key)
    return db.session.execute(chosen.where(Decision.release_id == release.id)).one()
