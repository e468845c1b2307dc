"""The one place where seats are counted: taken by people, held for somebody, left. Who changes one is here too.

Whoever calls holds the experience's lock. After anything became free: `serve`, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol, cast

from sqlalchemy import Table, bindparam, delete, insert, update

from portal.agenda.models import Experience, Pool
from portal.agenda.rules import registration_state
from portal.agenda.school_queries import school_days
from portal.communities.operations import refresh_public
from portal.core import clock
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.outbox import post

from .line_queries import find_hold, in_line, open_offer, pools_held, roles_at_members, shares_of
from .line_rules import Kept, Room, Standing, cut_off, groups_of, may_offer, offer_until, phase, ways_for, ways_past
from .models import Enrollment, Seat, SeatHold, SeatOffer
from .queries import Place, places_of
from .rules import check_move
from .rules import left_of as left_of

WHICH_MEETING = "This meets often, and each meeting has its own seats. Choose the meeting that you can come to."
NOT_ON = "This is not on the agenda."
NO_WAY = "Nobody can come to this in that way. Choose one of the ways that its page shows."
POOLS, SEATS = cast("Table", Pool.__table__), cast("Table", Seat.__table__)
COUNTED = (
    update(POOLS)
    .where(POOLS.c.id.in_(bindparam("pool_ids", expanding=True)))
    .values(taken=POOLS.c.taken + bindparam("more_taken"), held=POOLS.c.held + bindparam("more_held"))
)
SEATED = insert(SEATS)


@dataclass(frozen=True)
class Wish:
    """What one person asks for: a pool in each session, or in the one session of `session_id`."""

    experience: Experience
    session_id: int | None
    mode: str
    places: Sequence[Place]
    is_shared: bool  # with seats side by side: whether a session has but one pool, for people of either mode
    has_held: bool  # whether seats are kept for somebody, in this mode or another

    @property
    def starts_at(self) -> datetime:
        return self.places[0].starts_at

    @property
    def zone(self) -> str:
        return self.places[0].zone

    @property
    def pool_ids(self) -> list[int]:
        return [place.pool_id for place in self.places]

    @property
    def left(self) -> int:
        return min(left_of(place) for place in self.places)


class Asker(Protocol):
    """Who has just come and asks: what a share looks at."""

    @property
    def district_id(self) -> int | None: ...

    @property
    def roles(self) -> Collection[str]: ...


def wish_of(experience: Experience, session_id: int | None, mode: str) -> Wish:
    """What a seat in this mode is made of. Raises RuleBroken when a meeting must be named, off the agenda, and, where
    seats are side by side, for a mode that there is none of.
    """
    if experience.published_at is None:
        raise RuleBroken(NOT_ON)
    is_joined_by_session = experience.joined_by == "session"
    if is_joined_by_session and session_id is None:
        raise RuleBroken(WHICH_MEETING)
    session_id = session_id if is_joined_by_session else None
    places = places_of(experience, session_id)
    if not places:
        raise RuleBroken(NOT_ON)
    wish = _wish(experience, session_id, mode, places)
    if mode and wish.mode not in {"", mode}:
        raise RuleBroken(NO_WAY)
    return wish


def seat(enrollment: Enrollment, wish: Wish, hold: SeatHold | None = None) -> None:
    """Seat the person in all pools of the wish; with `hold`, out of that share or hold. Seats they have in other pools
    are free again, and a seat that was kept for them is used: whoever calls serves the line then.
    """
    had = _pools_now(enrollment)
    _close_offer(enrollment, "accepted", had, None if hold else wish.mode)
    if had and enrollment.mode != wish.mode:
        # Where pools are for people of either mode, the share's seat in them stays in use: then it is used up.
        _return_hold(enrollment, enrollment.mode, is_whole=not had & set(wish.pool_ids))
    if hold is not None:
        enrollment.hold_id = hold.id
    enrollment.state, enrollment.mode, enrollment.waits_for = "seated", wish.mode, None
    enrollment.team_id = None  # whom they waited with: what they wait for later, they wait for alone
    enrollment.seated_at, enrollment.sequence = clock.now(), (enrollment.sequence or 0) + 1
    db.session.flush()
    _change_seats(enrollment, had, set(wish.pool_ids))
    if hold is not None:
        _use(hold, -1)


def free(enrollment: Enrollment, offer: str = "taken_back") -> None:
    """Take the person's seats away, and the seat kept for them (`offer`: how that ends), and let them out of the line.
    What came out of an unreleased share or hold goes back to it.

    The state is for the caller to set, after this; then the line is to be served.
    """
    had = _pools_now(enrollment)
    _close_offer(enrollment, offer, had)
    if had:
        _return_hold(enrollment, enrollment.mode)
        _change_seats(enrollment, had, set())
    enrollment.waits_for, enrollment.sequence = None, (enrollment.sequence or 0) + 1


def keep(pool_ids: Iterable[int], by: int = 1) -> None:
    """Hold so many seats in each of these pools."""
    _count(pool_ids, held=by)


def let_go(pool_ids: Iterable[int], by: int = 1) -> None:
    """Hold so many fewer."""
    _count(pool_ids, held=-by)


def merge(pool: Pool, into: Pool) -> None:
    """Move all seats of a pool, and what is held in it, to another one of the same session: then it is empty."""
    db.session.execute(update(SEATS).where(SEATS.c.pool_id == pool.id).values(pool_id=into.id))
    _count([into.id], taken=pool.taken, held=pool.held)
    _count([pool.id], taken=-pool.taken, held=-pool.held)


def number_anew(enrollment: Enrollment, experience: Experience) -> None:
    """Give the enrollment the next number of the line: whoever asks anew stands at its end."""
    experience.last_queue_number += 1
    enrollment.queue_number = experience.last_queue_number


def way_in(wish: Wish, askers: Sequence[Asker], waiting: int) -> list[SeatHold | None] | None:
    """How all these people, who have just come, get a seat at once: for each the share it comes out of, if any. None:
    there is not room for all, or somebody of the line (`waiting` of them in this mode) would be passed.
    """
    if not waiting and not wish.is_shared and not wish.has_held:
        return [None] * len(askers) if wish.left >= len(askers) else None
    if wish.left < 1 and not wish.has_held:
        return None
    return way_past(wish, [standing_of(asker, wish) for asker in askers])


def way_past(wish: Wish, group: Sequence[Standing], *, before: int | None = None) -> list[SeatHold | None] | None:
    """The same for who may stand in line themselves; with `before` only those with a lower number count."""
    line = _Line(wish.experience, wish.session_id, places_of(wish.experience, wish.session_id))
    mine = {one.enrollment_id for one in group}
    others = [[one for one in waiting if one.enrollment_id not in mine] for waiting in line.groups]
    ways = ways_past(group, [one for one in others if one and line.is_before(one, before)], line.room)
    return None if ways is None else [line.share(way) for way in ways]


def standing_of(asker: Asker, wish: Wish) -> Standing:
    """How the line looks at somebody who has just come."""
    return Standing(0, wish.mode, frozenset(wish.pool_ids), asker.district_id, frozenset(asker.roles))


def serve(experience: Experience, session_id: int | None) -> None:
    """Give or offer what is left to those who wait, in their order: a team only when there is room for all of it.

    Near the start seats are offered and kept; after the cut-off nobody is moved up any more.
    """
    while _serve_once(experience, session_id):
        """Whoever switched left a seat behind, which may be for somebody further ahead."""


def tell(enrollment: Enrollment, verb: str, mail: str, by: Doer | None, *, to: str = "", **data: Any) -> None:
    """Note what happened, owe the mail about it (no name: none), and let visitors see the new count: so once."""
    record(enrollment, verb, by, community_id=enrollment.community_id, **data)
    if mail:
        address = to or enrollment.account.email
        post(mail, to=address, community_id=enrollment.community_id, enrollment_id=enrollment.id)
    refresh_public(enrollment.community_id)


def end_offer(enrollment: Enrollment, status: str) -> None:
    """Close the person's open offer, if there is one: the seat is not kept any more, or goes back to its share."""
    _close_offer(enrollment, status, _pools_now(enrollment))


def pools_wished(experience: Experience, session_id: int | None, mode: str) -> set[int]:
    """The pools of a seat in this mode; none where all was cancelled: what is kept there must still come to an end."""
    places = places_of(experience, session_id)
    return set(_wish(experience, session_id, mode, places).pool_ids) if places else set()


def may_take_share(hold_id: int | None, state: str, had: Collection[int], wished: Collection[int]) -> bool:
    """Whether somebody may have a seat out of a share: whoever sits in another one gives that seat back to it whole."""
    return hold_id is None or (state == "seated" and not set(had) & set(wished))


class _Line:
    """The line of an experience, or of one meeting, with what is left: read once under the lock."""

    def __init__(self, experience: Experience, session_id: int | None, places: Sequence[Place]) -> None:
        self.wish = partial(_wish, experience, session_id, places=places)
        self.rows = {row.id: row for row in in_line(experience.id, session_id)}
        has_held = any(place.held for place in places)
        self.shares = shares_of(experience.id, session_id, clock.now()) if has_held else []
        kept = [Kept(one.id, one.mode, one.district_id, one.role, one.remaining) for one in self.shares]
        self.room = Room({place.pool_id: left_of(place) for place in places}, kept)
        self.is_offered = phase(experience, clock.now(), places[0].starts_at) == "offered"
        self.groups = groups_of(self._standings(experience.community_id))

    def share(self, number: int | None) -> SeatHold | None:
        return next((one for one in self.shares if one.id == number), None)

    def is_before(self, group: Sequence[Standing], number: int | None) -> bool:
        return number is None or all(self.rows[one.enrollment_id].queue_number < number for one in group)

    def _standings(self, community_id: int) -> list[Standing]:
        rows = self.rows.values()
        has_roles = any(one.kind == "role" for one in self.shares)
        roles = roles_at_members([row.account_id for row in rows], community_id) if has_roles else {}
        seated = [row.id for row in rows if row.state == "seated"]
        had = pools_held(seated) if seated else {}
        return [self._standing(row, roles.get(row.account_id, frozenset()), had.get(row.id, set())) for row in rows]

    def _standing(self, row: Any, roles: frozenset[str], had: set[int]) -> Standing:
        wished = set(self.wish(mode=row.waits_for).pool_ids)
        # While a seat is only offered, the one they have is not given back: then no second share is used for them.
        takes_shares = may_take_share(row.hold_id, row.state, had, wished) and not (row.hold_id and self.is_offered)
        return Standing(
            row.id, row.waits_for, frozenset(wished - had), row.district_id, roles, row.team_id, takes_shares
        )  # fmt: skip


def _serve_once(experience: Experience, session_id: int | None) -> bool:
    """Move up whom there is room for; says whether somebody switched, so that it is worth looking again."""
    places = places_of(experience, session_id)
    if not places or registration_state(experience, clock.now(), places[0].starts_at) == "cancelled":
        return False
    step = phase(experience, clock.now(), places[0].starts_at)
    if step not in {"given", "offered"} or not any(left_of(place) or place.held for place in places):
        return False
    line = _Line(experience, session_id, places)
    for group in line.groups:
        ways = ways_for(group, line.room)
        if ways is None:
            continue
        for one, way in zip(group, ways, strict=True):
            line.room.take(one, way)
        if _move_up(line, group, ways, step):
            return True
    return False


def _move_up(line: _Line, group: Sequence[Standing], ways: Sequence[int | None], step: str) -> bool:
    wishes = [line.wish(mode=one.mode) for one in group]
    if step == "offered":
        _offer_all(line, group, ways, wishes)
        return False
    switched = [
        _give(db.session.get_one(Enrollment, one.enrollment_id), wish, line.share(way))
        for one, way, wish in zip(group, ways, wishes, strict=True)
    ]
    return any(switched)


def _give(enrollment: Enrollment, wish: Wish, hold: SeatHold | None) -> bool:
    is_switch = enrollment.state == "seated"
    check_move("switch" if is_switch else "move_up", enrollment.state)
    seat(enrollment, wish, hold)
    tell(enrollment, *(("switch", "seat_switched") if is_switch else ("move up", "seat_freed")), None)
    return is_switch


def _offer_all(
    line: _Line, group: Sequence[Standing], ways: Sequence[int | None], wishes: Sequence[Wish]
) -> None:  # fmt: skip
    experience, now, zone = wishes[0].experience, clock.now(), wishes[0].zone
    starts_at = wishes[0].starts_at
    days = school_days(experience.community_id, clock.local(now, zone).date(), clock.local(starts_at, zone).date())
    last = cut_off(experience, starts_at)
    # In quiet hours the seat waits for them: the job comes again when those are over.
    if not all(may_offer(now, last, zone, days, one.district_id) for one in group):
        return
    for one, way in zip(group, ways, strict=True):
        until = offer_until(
            now, starts_at, experience.offer_hold_hours, experience.cutoff_hours, zone, days, one.district_id
        )
        _offer(db.session.get_one(Enrollment, one.enrollment_id), one, line.share(way), until)


def _offer(enrollment: Enrollment, one: Standing, hold: SeatHold | None, until: datetime) -> None:
    offer = SeatOffer(enrollment_id=enrollment.id, mode=one.mode, made_at=clock.now(), until=until, status="open")
    db.session.add(offer)
    if hold is not None:
        enrollment.hold_id = hold.id
        _use(hold, -1)
    db.session.flush()
    keep(one.pool_ids)
    record(enrollment, "offer", None, community_id=enrollment.community_id, until=until.isoformat())
    post(
        "seat_offered", to=enrollment.account.email, community_id=enrollment.community_id,
        once=f"seat_offered {offer.id}", enrollment_id=enrollment.id, offer_id=offer.id,
    )  # fmt: skip
    refresh_public(enrollment.community_id)


def _close_offer(enrollment: Enrollment, status: str, had: set[int], mode: str | None = None) -> None:
    """Close the open offer, if there is one; `mode`: that in which its very seat is taken."""
    offer = open_offer(enrollment.id) if enrollment.id is not None else None
    if offer is None:
        return
    if status == "accepted" and offer.mode != mode:
        status = "taken_back"
    offer.status, offer.answered_at = status, clock.now()
    let_go(pools_wished(enrollment.experience, enrollment.session_id, offer.mode) - had)
    if status != "accepted":
        _return_hold(enrollment, offer.mode)


def _return_hold(enrollment: Enrollment, mode: str, *, is_whole: bool = True) -> None:
    """Give the seat in this mode back to the share or hold it came out of, if it did, while that lasts."""
    hold = find_hold(enrollment.hold_id) if enrollment.hold_id else None
    if hold is None or hold.mode != mode:
        return
    enrollment.hold_id = None
    if is_whole and hold.released_at is None and hold.until > clock.now():
        _use(hold, 1)


def _use(hold: SeatHold, by: int) -> None:
    hold.remaining += by
    _count(pools_wished(hold.experience, hold.session_id, hold.mode), held=by)


def _pools_now(enrollment: Enrollment) -> set[int]:
    if enrollment.id is None or enrollment.state == "waiting":
        return set()
    return pools_held([enrollment.id]).get(enrollment.id, set())


def _change_seats(enrollment: Enrollment, had: set[int], wished: set[int]) -> None:
    less, more = had - wished, sorted(wished - had)
    if less:
        db.session.execute(delete(SEATS).where(SEATS.c.enrollment_id == enrollment.id, SEATS.c.pool_id.in_(less)))
        _count(less, taken=-1)
    if more:
        db.session.execute(SEATED, [{"enrollment_id": enrollment.id, "pool_id": number} for number in more])
        _count(more, taken=1)


def _count(pool_ids: Iterable[int], *, taken: int = 0, held: int = 0) -> None:
    """The one place where pools.taken and pools.held are written; whoever calls holds the experience's lock."""
    db.session.execute(COUNTED, {"pool_ids": list(pool_ids), "more_taken": taken, "more_held": held})


def _wish(experience: Experience, session_id: int | None, mode: str, places: Sequence[Place]) -> Wish:
    singles = len(places) - 2 * (len(places) - len({place.session_id for place in places}))
    wished = _wished_mode(places, mode)
    has_held = any(place.held for place in places)
    return Wish(experience, session_id, wished, _chosen(places, wished), wished != "" and singles > 0, has_held)


def _wished_mode(places: Sequence[Place], mode: str) -> str:
    """The mode that tells apart pools side by side; empty where each session has one pool: then there is one line."""
    if len({place.session_id for place in places}) == len(places):
        return ""
    return mode if mode in {place.mode for place in places} else places[0].mode


def _chosen(places: Sequence[Place], wished: str) -> list[Place]:
    chosen: dict[int, Place] = {}
    for place in places:
        if place.session_id not in chosen or place.mode == wished:
            chosen[place.session_id] = place
    return list(chosen.values())
