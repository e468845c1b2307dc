"""How many seats there are, changed while people have some: more serve the line first, fewer take none away."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from portal.agenda.models import Experience, Pool, Session
from portal.communities.operations import refresh_public
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record

from .line_queries import meetings_waited_for
from .running_out import seats_locked
from .seating import serve
from .sizing_rules import check_known, tight_in

Dated = tuple[int, str]  # a session's id and a mode
FEWER_THAN_NONE = "Seats cannot be fewer than none. Give 0 or more."


def set_capacity(
    experience: Experience, seats: Mapping[str, int], *, by: Doer | None, session: Session | None = None,
    dates: Mapping[Dated, int] | None = None, knows: Collection[str] | None = None,
) -> None:  # fmt: skip
    """Set how many seats each mode has, in all sessions to come or in the one `session`; `dates` says it for one mode
    of one session (by its id), where numbers differ. With more, those in line are served before anybody else hears of
    it; with fewer nobody loses a seat, an offer, or what is kept for them: no more are given until there are fewer
    people than seats. The same numbers again change nothing.

    `knows`: the stamps (`sizing_rules.Tight`) of what whoever changes it was asked about; None: they need no asking.

    Raises RuleBroken for a number below 0, and TooTight where there would be fewer seats than are in use and `knows`
    does not say so.
    """
    one_by_one = dates or {}
    if any(number < 0 for number in (*seats.values(), *one_by_one.values())):
        raise RuleBroken(FEWER_THAN_NONE)
    with transaction():
        experience = seats_locked(experience.id)
        wished = _wished(_pools(experience, session), seats, one_by_one)
        if knows is not None:
            # Looked at under the lock: somebody may have sat down while the question was being read.
            check_known(tight_in(one for one in wished if one[0].session.cancelled_at is None), knows)
        before = _numbers(wished)
        changed = [pool for pool, number in wished if number != pool.capacity]
        for pool, number in wished:
            pool.capacity = number
        is_whole = session is None and _remember(experience, seats)
        if not changed and not is_whole:
            return
        db.session.flush()
        after = _numbers(wished)
        record(experience, "change seats", by, community_id=experience.community_id, before=before, after=after)
        refresh_public(experience.community_id)
        for session_id in meetings_waited_for(experience.id):
            serve(experience, session_id)


def _wished(
    pools: Sequence[Pool], seats: Mapping[str, int], dates: Mapping[Dated, int]
) -> list[tuple[Pool, int]]:  # fmt: skip
    """The pools that a number was given for, each with it: that of its date before that of all dates."""
    asked = [(pool, dates.get((pool.session_id, pool.mode), seats.get(pool.mode))) for pool in pools]
    return [(pool, number) for pool, number in asked if number is not None]


def _numbers(wished: Sequence[tuple[Pool, int]]) -> dict[str, int]:
    """What history keeps: one number for each mode, and one for each of its sessions where they differ."""
    kept: dict[str, int] = {}
    for mode in sorted({pool.mode for pool, _ in wished}):
        pools = [pool for pool, _ in wished if pool.mode == mode]
        is_one = len({pool.capacity for pool in pools}) == 1
        kept |= {mode if is_one else f"{mode} in {pool.session_id}": pool.capacity for pool in pools}
    return kept


def _pools(experience: Experience, session: Session | None) -> list[Pool]:
    """The pools that are changed, as they are under the lock: what is over keeps the number that it had."""
    chosen = select(Pool).join(Session, Session.id == Pool.session_id).where(Pool.experience_id == experience.id)
    chosen = chosen.where(Session.ends_at > clock.now()) if session is None else chosen.where(Session.id == session.id)
    chosen = chosen.options(contains_eager(Pool.session))
    return list(db.session.scalars(chosen.order_by(Pool.id).execution_options(populate_existing=True)))


def _remember(experience: Experience, seats: Mapping[str, int]) -> bool:
    """Let sessions that are added later have the same number; says whether that changed anything."""
    before = (experience.capacity, experience.online_capacity)
    has_room = experience.mode != "online"
    if has_room and "in_person" in seats:
        experience.capacity = seats["in_person"]
    if "online" in seats and (experience.online_capacity is not None or experience.mode == "blended"):
        experience.online_capacity = seats["online"]
    elif "online" in seats and not has_room:
        experience.capacity = seats["online"]
    return (experience.capacity, experience.online_capacity) != before
