"""Finding people and their sign-ins."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from portal.core import clock
from portal.core.db import db
from portal.core.tokens import find

from .models import Account, Permission, SignIn, SignInLink
from .rules import may_use

PURPOSE = "sign-in"


@dataclass(frozen=True)
class DemoPerson:
    """Whom one can be in a demo world, and what they can do there."""

    name: str
    email: str
    role: str
    can: str


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
    link = find(SignInLink, PURPOSE, token)
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
