"""Who lives in the demo world."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.districts.models import Affiliation

from .world import read_world

RANKS = ("admin", "staff", "reviewer", "lead", "editor", "member")
Line = dict[str, str]


def demo_people(password: str) -> Iterator[Line]:
    """Everyone who can sign in with `password`, once per community: the named ones first, then the educators.

    `role` is the person's job, `permission` the most that they may do.
    """
    here = set(db.session.scalars(select(Account.email).where(Account.is_demo).order_by(Account.id)))
    world = read_world(clock.now().date())
    named = [*world.data["people"], *world.second["people"]]
    for row in named:
        if row["email"] in here:
            yield from _lines(row, password)
    yield from _educators({row["email"] for row in named}, password)


def _lines(row: dict[str, object], password: str) -> Iterator[Line]:
    permissions = list(row["permissions"])  # type: ignore[call-overload]
    for community in list(row["communities"]):  # type: ignore[call-overload]
        yield {
            "email": str(row["email"]),
            "password": password,
            "role": str(row["role"]),
            "community": community,
            "permission": next((rank for rank in RANKS if rank in permissions), "none"),
            "name": str(row["name"]),
        }


def _educators(named: set[str], password: str) -> Iterator[Line]:
    rows = db.session.execute(
        select(Account.email, Affiliation.role, Community.slug, Account.name)
        .join(Affiliation, Affiliation.account_id == Account.id)
        .join(Community, Community.id == Affiliation.community_id)
        .where(Account.is_demo, Account.email.not_in(named), Affiliation.to_date.is_(None))
        .order_by(Account.id, Affiliation.id)
    )
    for email, role, community, name in rows:
        yield {
            "email": email,
            "password": password,
            "role": role,
            "community": community,
            "permission": "member",
            "name": name,
        }
