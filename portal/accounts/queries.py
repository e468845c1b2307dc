"""Finding people and their sign-ins."""

from __future__ import annotations

from sqlalchemy import select

from portal.core import clock
from portal.core.db import db
from portal.core.tokens import hash_of

from .models import Account, Permission, SignIn


def find_account(email: str) -> Account | None:
    """The account with this address, which must be in its normal form."""
    return db.session.scalar(select(Account).where(Account.email == email))


def sign_ins_of(account_id: int) -> list[SignIn]:
    """The browsers in which this person is signed in now, the newest first."""
    chosen = select(SignIn).where(
        SignIn.account_id == account_id, SignIn.ended_at.is_(None), SignIn.expires_at > clock.now()
    )
    return list(db.session.scalars(chosen.order_by(SignIn.started_at.desc(), SignIn.id.desc())))


def sign_in_by_token(token: str) -> SignIn | None:
    """The sign-in that a cookie's token belongs to."""
    return db.session.scalar(select(SignIn).where(SignIn.token_hash == hash_of(token)))


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


def demo_accounts() -> list[Account]:
    """The people of the demo world."""
    return list(db.session.scalars(select(Account).where(Account.is_demo).order_by(Account.id)))
