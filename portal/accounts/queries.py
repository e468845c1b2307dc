"""Finding people and their sign-ins."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.core.tokens import find

from .models import Account, Permission, SignIn, SignInLink
from .rules import may_use

CAN = {
    "admin": "Sets up the community and names its staff",
    "staff": "Runs rounds and the agenda, reads letters, decides",
    "reviewer": "Reads interest letters beside the rubric",
    None: "Takes part: finds gatherings, takes seats, answers for the district where named",
}
MOST_SHOWN = 24


@dataclass(frozen=True)
class DemoPerson:
    """Whom one can be in the demo world, and what they can do there."""

    name: str
    email: str
    can: str
    community: str = ""

    @property
    def role(self) -> str:
        return self.name.partition(",")[0].rstrip("0123456789 ")


def find_account(email: str) -> Account | None:
    """The account with this address, which must be in its normal form."""
    return db.session.scalar(select(Account).where(Account.email == email))


def sign_ins_of(account_id: int) -> list[SignIn]:
    """The browsers in which this person is signed in now, the newest first."""
    chosen = select(SignIn).where(
        SignIn.account_id == account_id, SignIn.ended_at.is_(None), SignIn.expires_at > clock.now()
    )
    return list(db.session.scalars(chosen.order_by(SignIn.started_at.desc(), SignIn.id.desc())))


def find_sign_in(account_id: int, sign_in_id: int) -> SignIn | None:
    """This person's own sign-in of that number; a stranger's does not exist."""
    return db.session.scalar(select(SignIn).where(SignIn.account_id == account_id, SignIn.id == sign_in_id))


def person_of_link(token: str) -> Account | None:
    """Whom a mailed link would sign in now; None when it is unknown, used or too old, or the account is closed."""
    link = find(SignInLink, "sign-in", token)
    if link is None or not may_use(link, clock.now()):
        return None
    return db.session.scalar(select(Account).where(Account.id == link.account_id, Account.disabled_at.is_(None)))


def has_permission(account_id: int, community_id: int, kind: str) -> bool:
    """Whether this person already has the permission `kind` in the community."""
    chosen = select(Permission.id).where(
        Permission.account_id == account_id, Permission.community_id == community_id, Permission.kind == kind
    )
    return db.session.scalar(chosen) is not None


def staff_addresses(community_id: int) -> list[str]:
    """Where the community's staff and admins get mail."""
    chosen = (
        select(Account.email)
        .join(Permission, Permission.account_id == Account.id)
        .where(Permission.community_id == community_id, Permission.kind.in_(("admin", "staff")))
        .where(Account.disabled_at.is_(None))
        .distinct()
        .order_by(Account.email)
    )
    return list(db.session.scalars(chosen))


def demo_people() -> list[DemoPerson]:
    """One person of the demo world per role, for its sign-in page: the role stands first in a demo person's name."""
    chosen = (
        select(Account.name, Account.email, Permission.kind, Community.short_name, Community.name)
        .outerjoin(Permission, Permission.account_id == Account.id)
        .outerjoin(Community, Community.id == Permission.community_id)
        .where(Account.is_demo, Account.password_hash.is_not(None), Account.disabled_at.is_(None))
        .order_by(Account.id, Permission.id)
        .limit(200)
    )
    people: dict[str, DemoPerson] = {}
    for name, email, kind, short, community in db.session.execute(chosen):
        person = DemoPerson(name, email, CAN.get(kind, CAN[None]), short or community or "")
        people.setdefault(person.role + person.community, person)
    return list(people.values())[:MOST_SHOWN]
