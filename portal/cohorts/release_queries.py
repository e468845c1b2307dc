"""Finding what a release would send, to whom, and how far one is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, func, literal, select
from sqlalchemy.orm import contains_eager

from portal.accounts.models import Account
from portal.core.db import db
from portal.core.outbox import Outgoing
from portal.districts.models import District, DistrictPermission
from portal.letters.models import Letter
from portal.reviews.conflict_queries import conflicted_districts
from portal.reviews.models import Decision, Release
from portal.rounds.models import Round

from .offer_queries import HAD_OFFER
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
        .where(Letter.district_id.not_in(conflicted_districts(account_id, round.id)))
        .order_by(Decision.waitlist_position, District.name, Decision.id)
    )
    return sorted(db.session.scalars(chosen), key=lambda one: ORDER[one.outcome])


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


def leads_told(letter: Letter) -> list[Account]:
    """The people who act for the letter's district and whom a mail reaches, the longest first."""
    return reachable_leads(letter.community_id, [letter.district_id]).get(letter.district_id, [])


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


def progress_of(release: Release, but: Collection[int]) -> Any:
    """How many decisions the release sent, and of their mails how many are owed, have left, were held back as stale,
    or were given up. Of districts in `but` nothing is counted."""
    chosen = select(
        func.count(Decision.id).label("decisions"),
        func.count(Outgoing.id).label("mails"),
        func.count(Outgoing.id).filter(Outgoing.sent_at.is_not(None), Outgoing.dropped_at.is_(None)).label("left"),
        func.count(Outgoing.id).filter(Outgoing.dropped_at.is_not(None)).label("dropped"),
        func.count(Outgoing.id).filter(Outgoing.dead_at.is_not(None)).label("dead"),
    )
    chosen = chosen.select_from(Decision).join(Decision.letter).outerjoin(Outgoing, Outgoing.once == _key(release))
    return db.session.execute(
        chosen.where(Decision.release_id == release.id, Letter.district_id.not_in(but))
    ).one()  # fmt: skip


def told_before(decision: Decision) -> datetime | None:
    """When the last mail about an earlier turn of the decision left; none when none did."""
    earlier = [f"decision:{decision.id}:{turn}" for turn in range(1, decision.turn)]
    if not earlier:
        return None
    left = select(func.max(Outgoing.sent_at)).where(Outgoing.dropped_at.is_(None))
    return db.session.scalar(
        left.where(Outgoing.once.in_([*earlier, f"release:{decision.release_id}:{decision.id}"]))
    )  # fmt: skip


def mails_of(decision: Decision) -> list[Outgoing]:
    """The mails that were owed about the decision, of every turn, in the order in which they were written."""
    about = [f"decision:{decision.id}:{turn}" for turn in range(1, decision.turn + 1)]
    keys = [*about, f"release:{decision.release_id}:{decision.id}"]
    return list(db.session.scalars(select(Outgoing).where(Outgoing.once.in_(keys)).order_by(Outgoing.id)))


def numbers_in_line(round: Round) -> dict[int, int]:
    """Which one in line each decision on the waitlist is, sent or prepared, by the decision's number."""
    chosen = (
        select(Decision.id)
        .join(Decision.letter)
        .where(Letter.round_id == round.id, Letter.status == "submitted", Decision.outcome == "waitlist", ~HAD_OFFER)
        .order_by(Decision.waitlist_position, Decision.id)
    )
    return {number: place for place, number in enumerate(db.session.scalars(chosen), 1)}


def dead_mails_of(release: Release, but: Collection[int]) -> list[Any]:
    """The mails of the release that were given up: of which letter and district, to which address, and why."""
    chosen = select(Outgoing.to_address, Outgoing.last_error, Decision.letter_id, District.name)
    chosen = chosen.join(Decision, Outgoing.once == _key(release)).join(Letter, Letter.id == Decision.letter_id)
    chosen = chosen.join(District, District.id == Letter.district_id).where(District.id.not_in(but))
    chosen = chosen.where(Decision.release_id == release.id, Outgoing.dead_at.is_not(None))
    return list(db.session.execute(chosen.order_by(District.name, Outgoing.id)))


def _key(release: Release) -> Any:
    return literal(f"release:{release.id}:") + cast(Decision.id, String)
