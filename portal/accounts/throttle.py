"""Slowing down who tries again and again: one statement counts, so that two processes never let one more through."""

from __future__ import annotations

import hashlib

from sqlalchemy import case, delete, update

from portal.core import clock
from portal.core.db import db, insert, transaction
from portal.core.errors import TooManyTries
from portal.core.jobs import due

from .models import Throttle
from .rules import LIMITS

TOO_MANY_MAILS = "Ten mails went to this address within an hour. Wait an hour, and ask the person to look for them."


def is_too_often(kind: str, key: str) -> bool:
    """Count one more try of `kind` for `key` (an address or a source); True when it is over the limit of its window."""
    limit, now = LIMITS[kind], clock.now()
    is_over = Throttle.since <= now - limit.window
    # One statement both counts and answers. Read, add one and write back would let two processes count the same try.
    counted = (
        insert(Throttle)
        .values(kind=kind, key=_key(key), count=1, since=now)
        .on_conflict_do_update(
            index_elements=["kind", "key"],
            set_={
                "count": case((is_over, 1), else_=Throttle.count + 1),
                "since": case((is_over, now), else_=Throttle.since),
            },
        )
        .returning(Throttle.count)
    )
    with transaction():
        return (db.session.scalar(counted) or 0) > limit.tries


def check_often(kind: str, key: str, sentence: str) -> None:
    """Count one more try of `kind` for `key`; raises TooManyTries with `sentence` when it is over the limit."""
    if is_too_often(kind, key):
        raise TooManyTries(sentence, int(LIMITS[kind].window.total_seconds()))


def take_back(kind: str, key: str) -> None:
    """Uncount the try that was just counted, because it was a good one: only failures add up."""
    mine = update(Throttle).where(Throttle.kind == kind, Throttle.key == _key(key), Throttle.count > 0)
    with transaction():
        db.session.execute(mine.values(count=Throttle.count - 1).execution_options(synchronize_session=False))


@due
def forget_old_tries() -> None:
    """Take away counts whose window is over, so that the table does not grow with every address that was ever typed."""
    longest = max(limit.window for limit in LIMITS.values())
    with transaction():
        db.session.execute(
            delete(Throttle).where(Throttle.since <= clock.now() - longest).execution_options(synchronize_session=False)
        )


def _key(text: str) -> str:
    # The table would else be a list of who tried to sign in, and from where; to count, the hash will do.
    return hashlib.sha256(text.encode()).hexdigest()
