"""Who is at the door: everything the portal must know of a signed-in person, read in one query."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, bindparam, or_, select

from portal.accounts.models import Account, Permission, SignIn
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import look_up
from portal.core.tokens import hash_of

from .models import Affiliation, DistrictPermission, Membership
from .rules import is_on

DAY_BEFORE, DAY_AFTER = bindparam("day_before", type_=Date), bindparam("day_after", type_=Date)


def _is_near(table: Any) -> ColumnElement[bool]:
    # A day of UTC more on both sides: which day it is depends on the zone of each row's community, known only then.
    return and_(table.from_date <= DAY_AFTER, or_(table.to_date.is_(None), table.to_date >= DAY_BEFORE))


# Put together once: composing it for every request costs more than running it.
WHO = (
    select(
        SignIn.id, Account.id, Account.name, Account.email,
        Permission.community_id, Permission.kind,
        DistrictPermission.community_id, DistrictPermission.district_id,
        Affiliation.community_id, Affiliation.district_id, Affiliation.role, Affiliation.from_date, Affiliation.to_date,
        Membership.from_date, Membership.to_date, Community.time_zone,
    )
    .join(Account, Account.id == SignIn.account_id)
    .outerjoin(Permission, Permission.account_id == Account.id)
    .outerjoin(DistrictPermission, DistrictPermission.account_id == Account.id)
    .outerjoin(
        Affiliation,
        and_(Affiliation.account_id == Account.id, _is_near(Affiliation)),
    )
    .outerjoin(
        Membership,
        and_(
            Membership.community_id == Affiliation.community_id,
            Membership.district_id == Affiliation.district_id,
            _is_near(Membership),
        ),
    )
    .outerjoin(Community, Community.id == Affiliation.community_id)
    .where(SignIn.token_hash == bindparam("token_hash"), SignIn.ended_at.is_(None))
    .where(SignIn.expires_at > bindparam("now"), Account.disabled_at.is_(None))
    .order_by(SignIn.id)
)  # fmt: skip


@dataclass
class Person:
    """A signed-in person: permissions in communities, leads of districts, jobs in districts and in members."""

    account_id: int
    name: str
    email: str
    sign_in_id: int
    token: str
    permissions: set[tuple[int, str]] = field(default_factory=set)
    leads: set[tuple[int, int]] = field(default_factory=set)
    jobs: set[tuple[int, int, str]] = field(default_factory=set)
    jobs_at_members: set[tuple[int, str]] = field(default_factory=set)

    is_signed_in = is_authenticated = is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """What the cookie holds: the token of this sign-in, not the number of the account."""
        return self.token

    def has_permission(self, community_id: int, *kinds: str) -> bool:
        """Whether this person has one of `kinds` in the community."""
        return any((community_id, kind) in self.permissions for kind in kinds)

    def communities(self) -> set[int]:
        """The communities in which this person works, leads a district, or has a permission."""
        return {row[0] for rows in (self.permissions, self.leads, self.jobs) for row in rows}

    def led_districts(self, community_id: int) -> set[int]:
        """The districts this person acts for in the community."""
        return {district for community, district in self.leads if community == community_id}

    def roles_at_members(self, community_id: int) -> frozenset[str]:
        """The jobs this person has in districts that are members of the community today."""
        return frozenset(role for community, role in self.jobs_at_members if community == community_id)

    def districts_in(self, community_id: int) -> set[int]:
        """The districts this person works for in the community."""
        return {district for community, district, _ in self.jobs if community == community_id}


def load_actor(token: str) -> Person | None:
    """The person whose sign-in `token` belongs to, or None when it has ended, run out, or the account is closed."""
    now, day = clock.now(), timedelta(days=1)
    near = {"day_before": now.date() - day, "day_after": now.date() + day}
    rows = look_up(WHO, {"token_hash": hash_of(token), "now": now, **near})
    if not rows:
        return None
    person = Person(rows[0][1], rows[0][2], rows[0][3], rows[0][0], token)
    for row in rows:
        _take(person, *row[4:8])
        _take_job(person, now, *row[8:])
    return person


def _take(person: Person, granted_in: int | None, kind: str | None, lead_in: int | None, led: int | None) -> None:
    if granted_in is not None and kind is not None:
        person.permissions.add((granted_in, kind))
    if lead_in is not None and led is not None:
        person.leads.add((lead_in, led))


def _take_job(
    person: Person, now: datetime, works_in: int | None, district: int | None, role: str | None,
    from_date: date | None, to_date: date | None, member_from: date | None, member_to: date | None, zone: str | None,
) -> None:  # fmt: skip
    if works_in is None or district is None or role is None:
        return
    today = clock.local(now, zone or "UTC").date()
    if is_on(today, from_date, to_date):
        person.jobs.add((works_in, district, role))
        if is_on(today, member_from, member_to):
            person.jobs_at_members.add((works_in, role))
