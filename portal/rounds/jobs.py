"""What happens around a round when nobody is looking."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.accounts.queries import staff_addresses
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.jobs import due
from portal.core.outbox import post

from .desk import NEWS, communities_with_news, newest_on, told_at

BUNDLE = timedelta(hours=1)  # nobody gets two of these mails within it: what came meanwhile stands in the next one


@due
def tell_of_news() -> int:
    """Mail the staff of each community that something new lies on their desk; says how many mails are owed.

    The first thing is told at once; what comes within the hour after it is told together, when the hour is over.
    """
    return sum(_tell(community_id) for community_id in communities_with_news())


def _tell(community_id: int) -> int:
    now = clock.now()
    with transaction():
        # Two workers at once: the second sees what the first posted, and posts nothing.
        lock(db.session.get_one(Community, community_id))
        newest, told = newest_on(community_id), told_at(community_id)
        owed = [address for address in staff_addresses(community_id) if _is_owed(told.get(address), newest, now)]
        for address in owed:
            post(NEWS, to=address, community_id=community_id, desk_of=community_id)
    return len(owed)


def _is_owed(told: datetime | None, newest: datetime | None, now: datetime) -> bool:
    if newest is None:
        return False
    return told is None or (told < newest and told <= now - BUNDLE)
