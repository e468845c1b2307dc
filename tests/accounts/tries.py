"""Small steps that tests of signing in share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from portal.accounts.models import Account, SignIn, SignInLink
from portal.accounts.operations import send_link
from portal.accounts.queries import sign_ins_of
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken


def a_link(account: Account, next_url: str = "") -> SignInLink:
    send_link(account, next_url=next_url)
    return db.session.scalars(select(SignInLink).order_by(SignInLink.id.desc())).first()


def own(account: Account) -> SignIn:
    return sign_ins_of(account.id)[0]


def disable(account: Account) -> None:
    with transaction():
        account.disabled_at = clock.now()


def count(model: type) -> int:
    db.session.rollback()
    return len(db.session.scalars(select(model.id)).all())


def refused(work: Callable[[], object], words: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        work()
    assert words in refusal.value.sentence
