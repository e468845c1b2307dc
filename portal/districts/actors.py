"""Who is at the door: everything the portal must know of a signed-in person, read in one query."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Date, and_, bindparam, select

from portal.accounts.models import Account, Permission, SignIn
from portal.core import clock
from portal.core.db import look_up
from portal.core.tokens import hash_of

from .models import Affiliation, DistrictPermission, Membership
from .queries import covers

TODAY = bindparam("today", type_=Date)
# Put together once: composing it for every request costs more than running it.
WHO = (
    select(
        SignIn.id, Account.id, Account.name, Account.email,
        Permission.community_id, Permission.kind,
        DistrictPermission.community_id, DistrictPermission.district_id,
        Affiliation.community_id, Affiliation.district_id, Affiliation.role, Membership.id,
    )
    .join(Account, Account.id == SignIn.account_id)
    .outerjoin(Permission, Permission.account_id == Account.id)
    .outerjoin(DistrictPermission, DistrictPermission.account_id == Account.id)
    .outerjoin(
        Affiliation,
        and_(Affiliation.account_id == Account.id, covers(Affiliation, TODAY)),
    )
    .outerjoin(
        Membership,
        and_(
            Membership.community_id == Affiliation.community_id,
            Membership.district_id == Affiliation.district_id,
            covers(Membership, TODAY),
        ),
    )
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
    now = clock.now()
    rows = look_up(WHO, {"token_hash": hash_of(token), "now": now, "today": now.date()})
    if not rows:
        return None
    person = Person(rows[0][1], rows[0][2], rows[0][3], rows[0][0], token)
    for row in rows:
        _take(person, *row[4:])
    return person


def _take(
    person: Person, granted_in: int | None, kind: str | None, lead_in: int | None, led: int | None,
    works_in: int | None, district: int | None, role: str | None, membership: int | None,
) -> None:  # fmt: skip
    if granted_in is not None and kind is not None:
        person.permissions.add((granted_in, kind))
    if lead_in is not None and led is not None:
        person.leads.add((lead_in, led))
    if works_in is not None and district is not None and role is not None:
        person.jobs.add((works_in, district, role))
        if membership is not None:
            person.jobs_at_members.add((works_in, role))
