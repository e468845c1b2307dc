"""Tables of people: accounts, sign-ins, sign-in links, tries, permissions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, Keyed
from portal.core.tokens import Tokened


class Account(Keyed, Base):
    """A person known by a mail address (kept in one normal form); the same person in every community."""

    __tablename__ = "accounts"

    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]

    @property
    def account_id(self) -> int:
        return self.id


class SignIn(Keyed, Base):
    """One browser that is signed in. The cookie holds a token, this row its hash; ending the row ends it everywhere."""

    __tablename__ = "sign_ins"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    way: Mapped[str] = mapped_column(String(10))  # link, password, join
    browser: Mapped[str] = mapped_column(String(200), default="")
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInLink(Tokened, Base):
    """A mailed link that signs in once, within fifteen minutes, by a press of a button."""

    __tablename__ = "sign_in_links"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    next_url: Mapped[str] = mapped_column(String(500), default="")
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Throttle(Keyed, Base):
    """How often something was tried in the running window: one statement counts a row up, exact across processes."""

    __tablename__ = "throttles"
    __table_args__ = (UniqueConstraint("kind", "key"),)

    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(64))
    count: Mapped[int]
    since: Mapped[datetime]


class Permission(Keyed, Base):
    """What a person may do in a community: admin, staff or reviewer."""

    __tablename__ = "permissions"
    __table_args__ = (
        UniqueConstraint("account_id", "community_id", "kind"),
        CheckConstraint("kind in ('admin', 'staff', 'reviewer')", name="kind"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    granted_at: Mapped[datetime]
