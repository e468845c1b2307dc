"""Staff hear in time of what may not run: fewer people than it needs, while sign-up is still open."""

from __future__ import annotations

from portal.accounts.models import Account
from portal.accounts.queries import staff_addresses
from portal.agenda.models import Experience
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.history import record
from portal.core.outbox import post

from .few_queries import TOLD, too_few


def warn_of_too_few() -> int:
    """Tell staff and whoever leads it, three days before sign-up ends, once. Says of how many experiences."""
    return sum(_warn(one.id) for one in too_few(clock.now()))


def _warn(experience_id: int) -> bool:
    with transaction():
        experience = lock(db.session.get_one(Experience, experience_id))
        # Another worker may have been here, or somebody took a seat.
        found = too_few(clock.now(), experience.id)
        if not found:
            return False
        for address in dict.fromkeys([*staff_addresses(experience.community_id), *_leader(experience)]):
            once = f"too few:{experience.id}:{found[0].ends_at:%Y%m%d%H%M}:{address}"[:120]
            post(
                "too_few_people", to=address, community_id=experience.community_id, once=once,
                experience_id=experience.id,
            )  # fmt: skip
        seated, needed = found[0].seated, found[0].needed
        record(experience, TOLD, None, community_id=experience.community_id, seated=seated, needed=needed)
    return True


def _leader(experience: Experience) -> list[str]:
    leader = db.session.get(Account, experience.facilitator_id) if experience.facilitator_id else None
    return [leader.email] if leader is not None and leader.disabled_at is None else []
