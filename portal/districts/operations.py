"""What is done to districts and to people's ties with them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select

from portal.accounts.models import Account
from portal.communities.operations import refresh_public
from portal.communities.queries import today_in
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record

from .models import Affiliation, District, DistrictFact, DistrictPermission, Membership
from .queries import find_by_leaid, find_by_slug
from .rules import check_begin, check_end, domain_of, is_leaid

DIRECTORY_LOCK = 290_029  # any number that nothing else here locks


def add_district(*, by: Doer | None = None, **fields: Any) -> District:
    """Add one agency to the directory, with the columns of District as `fields`.

    Raises RuleBroken when its NCES number is malformed, or when number or short name belong to another one.
    """
    with transaction():
        lock_directory()
        _check_leaid(fields.get("leaid"))
        if fields.get("slug") and find_by_slug(fields["slug"]):
            raise RuleBroken(f"The short name “{fields['slug']}” belongs to another district. Choose another one.")
        district = District(**{"domain": domain_of(fields.get("website", "")), **fields})
        db.session.add(district)
        db.session.flush()
        record(district, "add", by)
    return district


def record_fact(
    district: District, name: str, value: str, source: str, year: str, by: Doer | None = None
) -> DistrictFact:
    """Note one thing known of the district; the same source and year again corrects the value.

    `name` is a word of ours such as students, schools or teacher_fte; `year` is a school year such as 2024-25.
    """
    with transaction():
        lock(district)
        fact = db.session.scalar(
            select(DistrictFact).filter_by(district_id=district.id, name=name, source=source, year=year)
        )
        if fact is not None and fact.value == str(value):
            return fact
        fact = fact or DistrictFact(district_id=district.id, name=name, source=source, year=year)
        fact.value = str(value)
        db.session.add(fact)
        db.session.flush()
        record(district, "record fact", by, name=name, value=fact.value, source=source, year=year)
        refresh_members(district)
    return fact


def affiliate(
    account: Account, community_id: int, district: District, role: str, from_date: date, by: Doer | None
) -> Affiliation:
    """Note that the person has this job in the district; asking again gives the same row. Several jobs are usual."""
    with transaction():
        # The person's row is the lock of their jobs: a row that is not there yet has none to take.
        lock(account)
        job: dict[str, Any] = {
            "account_id": account.id, "community_id": community_id, "district_id": district.id, "role": role,
        }  # fmt: skip
        current = db.session.scalar(select(Affiliation).filter_by(**job, to_date=None))
        if current is not None:
            return current
        affiliation = Affiliation(**job, from_date=from_date)
        db.session.add(affiliation)
        db.session.flush()
        record(account, "affiliate", by, community_id=community_id, district_id=district.id, role=role)
    return affiliation


def end_affiliation(affiliation: Affiliation, to_date: date, by: Doer | None) -> None:
    """End a job with `to_date` as its last day. Raises RuleBroken for a day before it began; again changes nothing."""
    with transaction():
        check_end(lock(affiliation), to_date)
        if affiliation.to_date is None:
            affiliation.to_date = to_date
            record(
                affiliation.account, "end affiliation", by, community_id=affiliation.community_id,
                district_id=affiliation.district_id, role=affiliation.role, last_day=to_date.isoformat(),
            )  # fmt: skip


def grant_lead(account: Account, community_id: int, district: District, by: Doer | None) -> DistrictPermission:
    """Let the person act for the district in the community. Asking again gives the same permission."""
    with transaction():
        lock(account)
        lead: dict[str, Any] = {
            "account_id": account.id, "community_id": community_id, "district_id": district.id, "kind": "lead",
        }  # fmt: skip
        found = db.session.scalar(select(DistrictPermission).filter_by(**lead))
        if found is not None:
            return found
        permission = DistrictPermission(**lead, granted_at=clock.now())
        db.session.add(permission)
        db.session.flush()
        record(account, "grant lead", by, community_id=community_id, district_id=district.id)
    return permission


def end_lead(account: Account, community_id: int, district: District, by: Doer | None) -> None:
    """Let the person act for the district no longer; whoever calls sees to it that somebody else does.

    Twice changes nothing.
    """
    with transaction():
        lock(account)
        lead = {"account_id": account.id, "community_id": community_id, "district_id": district.id, "kind": "lead"}
        permission = db.session.scalar(select(DistrictPermission).filter_by(**lead))
        if permission is not None:
            db.session.delete(permission)
            db.session.flush()
            record(account, "end lead", by, community_id=community_id, district_id=district.id)


def begin_membership(
    community_id: int, district: District, from_date: date, by: Doer | None, note: str = ""
) -> Membership:
    """Make the district a member from `from_date` on, open-ended. Asking a member again gives the same membership.

    Raises RuleBroken when an earlier, ended membership still covers that day.
    """
    with transaction():
        # Two who make the same district a member at once take turns here; the second finds what the first began.
        lock(district)
        chosen = select(Membership).filter_by(community_id=community_id, district_id=district.id)
        known = list(db.session.scalars(chosen.order_by(Membership.id)))
        for current in known:
            if current.to_date is None:
                return current
        check_begin(known, from_date)
        membership = Membership(community_id=community_id, district_id=district.id, from_date=from_date, note=note)
        db.session.add(membership)
        db.session.flush()
        record(membership, "begin", by, community_id=community_id, note=note)
        refresh_public(community_id)
    return membership


def end_membership(membership: Membership, to_date: date, by: Doer | None, note: str = "") -> None:
    """End a membership with `to_date` as its last day. Raises RuleBroken for a day before it began."""
    with transaction():
        check_end(lock(membership), to_date)
        if membership.to_date is None:
            membership.to_date = to_date
            record(membership, "end", by, community_id=membership.community_id, note=note)
            refresh_public(membership.community_id)


def keep_membership(membership: Membership, by: Doer | None) -> None:
    """Let a membership go on that was to end. Twice changes nothing.

    Raises RuleBroken when it has ended, or when a newer one is to begin after it.
    """
    with transaction():
        lock(membership.district)
        lock(membership)
        if membership.to_date is None:
            return
        if membership.to_date < today_in(membership.community_id):
            raise RuleBroken("This membership has ended. The district can join again by a Letter of Invitation.")
        newer = select(Membership.id).filter_by(
            community_id=membership.community_id, district_id=membership.district_id
        )
        if db.session.scalar(newer.where(Membership.from_date > membership.to_date).limit(1)) is not None:
            raise RuleBroken("The district joins again after that day. There is nothing to take back.")
        membership.to_date = None
        record(membership, "keep", by, community_id=membership.community_id)
        refresh_public(membership.community_id)


def refresh_members(district: District | None = None) -> None:
    """Say that what visitors see changed in every community that this district (or any at all) ever belonged to."""
    chosen = select(Membership.community_id).distinct().order_by(Membership.community_id)
    if district is not None:
        chosen = chosen.where(Membership.district_id == district.id)
    for community_id in db.session.scalars(chosen):
        refresh_public(community_id)


def lock_directory() -> None:
    """Let nobody else add districts until the transaction ends: a row that is not there yet has no lock to take.

    On SQLite a writing transaction is alone anyway; PostgreSQL keeps locks on numbers for this.
    """
    if db.session.connection().dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(DIRECTORY_LOCK)))


def _check_leaid(leaid: str | None) -> None:
    if leaid is None:
        return
    if not is_leaid(leaid):
        raise RuleBroken(f"“{leaid}” is no NCES number. It has seven digits, such as 2501860; zeros count.")
    if find_by_leaid(leaid):
        raise RuleBroken(f"The NCES number {leaid} belongs to another district already.")
