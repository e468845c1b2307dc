"""Finding districts, what is known of them, and who belongs, works and leads there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import contains_eager

from portal.accounts.models import Account
from portal.communities.queries import today_in
from portal.core.db import db

from .finding import CANDIDATES, search_for
from .models import Affiliation, District, DistrictFact, DistrictPermission, Membership
from .rules import domains_of


def search_districts(text: str, limit: int = 20) -> list[District]:
    """The districts most likely meant by a name, a town or a code, mistyped or not; “Lincoln, NE” names the state.

    A code is the number at NCES (or its beginning), the state's own such as MA-0007, or its digits alone.
    """
    return search_for(text, limit)


def directory() -> Select[District]:
    """Every agency the portal knows, by state and town."""
    return select(District).order_by(District.state, District.city, District.name, District.id)


@dataclass(frozen=True)
class Chosen:
    """By what staff pick districts: words, state, kind of agency, town or county, open ones; empty means any."""

    text: str = ""
    state: str = ""
    kind: str = ""
    place: str = ""
    is_open: bool | None = True


def districts_filtered(chosen: Chosen) -> Select[District]:
    """The districts that staff choose from, by state and town; with words the likeliest first, 200 at most.

    Which counties districts lie in is known from tables of figures that name them. Ends on the id, so it can be paged.
    """
    found = directory()
    for column, value in (
        (District.state, chosen.state),
        (District.kind, chosen.kind),
        (District.is_open, chosen.is_open),
    ):
        if value not in ("", None):
            found = found.where(column == value)
    if chosen.place.strip():
        found = found.where(_lies_in(chosen.place))
    if not chosen.text.strip():
        return found
    ids = [district.id for district in search_for(chosen.text, CANDIDATES, within=found.order_by(None))]
    places = {number: place for place, number in enumerate(ids)}
    order = case(places, value=District.id, else_=len(places)) if places else District.id
    return select(District).where(District.id.in_(ids)).order_by(order, District.id)


def states_there() -> list[str]:
    """The states in which the portal knows districts, by their two letters."""
    chosen = select(District.state).where(District.state != "").distinct().order_by(District.state)
    return list(db.session.scalars(chosen))


def find_by_leaid(leaid: str) -> District | None:
    """The district that NCES knows by this number."""
    return db.session.scalar(select(District).where(District.leaid == leaid))


def find_by_slug(slug: str) -> District | None:
    """The district with this short name."""
    return db.session.scalar(select(District).where(District.slug == slug))


def districts_of_domain(address: str) -> list[District]:
    """The open districts whose website has the domain of this mail address, or one that it is part of, by name.

    Several share one site now and then. Addresses that anybody may have belong to none.
    """
    chosen = select(District).where(District.domain.in_(domains_of(address)), District.is_open)
    return list(db.session.scalars(chosen.order_by(District.name, District.id)))


def members_of(community_id: int, on: date | None = None) -> list[Membership]:
    """The memberships that hold on that day (today when not said), each with its district, by the district's name."""
    chosen = (
        select(Membership)
        .join(Membership.district)
        .options(contains_eager(Membership.district))
        .where(Membership.community_id == community_id, covers(Membership, on or today_in(community_id)))
        .order_by(District.name, Membership.id)
    )
    return list(db.session.scalars(chosen))


def is_member(community_id: int, district_id: int, on: date | None = None) -> bool:
    """Whether the district belongs to the community on that day (today when not said)."""
    day = on or today_in(community_id)
    chosen = select(Membership.id).where(
        Membership.community_id == community_id, Membership.district_id == district_id, covers(Membership, day)
    )
    return db.session.scalar(chosen.limit(1)) is not None


def leads_of(community_id: int, district_id: int) -> list[Account]:
    """The people who act for the district in the community, the longest first; closed accounts left out."""
    chosen = (
        select(Account)
        .join(DistrictPermission, DistrictPermission.account_id == Account.id)
        .where(DistrictPermission.community_id == community_id, DistrictPermission.district_id == district_id)
        .where(DistrictPermission.kind == "lead", Account.disabled_at.is_(None))
        .order_by(DistrictPermission.id)
    )
    return list(db.session.scalars(chosen))


def is_led_by(account: Any, community_id: int, district_id: int | None) -> bool:
    """Whether this person acts for the district in the community; nobody acts for None."""
    chosen = select(DistrictPermission.id).where(
        DistrictPermission.community_id == community_id, DistrictPermission.district_id == district_id,
        DistrictPermission.account_id == account.account_id, DistrictPermission.kind == "lead",
    )  # fmt: skip
    return district_id is not None and db.session.scalar(chosen) is not None


def affiliations_of(account_id: int, community_id: int, on: date | None = None) -> list[Affiliation]:
    """The jobs this person has in districts of the community on that day, each with its district."""
    chosen = (
        select(Affiliation)
        .join(Affiliation.district)
        .options(contains_eager(Affiliation.district))
        .where(Affiliation.account_id == account_id, Affiliation.community_id == community_id)
        .where(covers(Affiliation, on or today_in(community_id)))
        .order_by(District.name, Affiliation.id)
    )
    return list(db.session.scalars(chosen))


def latest_facts(district_ids: Iterable[int]) -> dict[int, dict[str, DistrictFact]]:
    """The newest fact of each name, by district and name. Every asked district has an entry, if an empty one."""
    newest: dict[int, dict[str, DistrictFact]] = {number: {} for number in district_ids}
    chosen = select(DistrictFact).where(DistrictFact.district_id.in_(newest))
    # Oldest first, so that the newest is written last and stays.
    for fact in db.session.scalars(chosen.order_by(DistrictFact.year, DistrictFact.id)):
        newest[fact.district_id][fact.name] = fact
    return newest


def _lies_in(place: str) -> ColumnElement[bool]:
    begun = " ".join(place.lower().split())
    county = exists().where(
        DistrictFact.district_id == District.id,
        DistrictFact.name == "county",
        func.lower(DistrictFact.value).startswith(begun, autoescape=True),
    )
    return or_(func.lower(District.city).startswith(begun, autoescape=True), county)


def covers(table: Any, on: date | BindParameter[date]) -> ColumnElement[bool]:
    """The condition that a dated row of `table` holds on that day; its last day counts. For today ask today_in."""
    return and_(table.from_date <= on, or_(table.to_date.is_(None), table.to_date >= on))
