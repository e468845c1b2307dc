"""Seats and the line as one would keep them in a notebook: lists and numbers, no database. The portal must agree.

Pools are (session, mode); everything that is left is counted anew each time. What has run out ends with the next thing
that anybody does here: nobody waits for a worker.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portal.enrollments.line_rules import may_offer, offer_until

Pool = tuple[int, str]
WITHIN, HOLD, CUTOFF = 48, 12, 2
ZONE = "America/New_York"


class Refused(Exception):
    """The notebook says no."""


@dataclass(eq=False)
class Share:
    """Seats kept for a district, for a role, or by a lead."""

    kind: str
    key: object
    mode: str
    seats: int
    remaining: int
    until: datetime
    is_released: bool = False


@dataclass(eq=False)
class One:
    """One person, and what they have."""

    name: int
    district: int
    role: str
    state: str | None = None
    mode: str = ""
    waits: str | None = None
    number: int = 0
    asked_at: datetime | None = None
    team: int | None = None
    share: Share | None = None
    has: set[Pool] = field(default_factory=set)
    offer: tuple[str, datetime] | None = None
    offered: int = 0  # the number of that offer


@dataclass
class Notebook:
    """Everything about one experience."""

    modes: dict[str, set[Pool]]
    capacity: dict[Pool, int]
    everyone: list[One]
    starts_at: datetime
    now: datetime
    shares: list[Share] = field(default_factory=list)
    split: set[int] = field(default_factory=set)
    teams: int = 0
    numbers: int = 0
    offers: int = 0
    needs_approval: bool = False

    @property
    def phase(self) -> str:
        hours = (self.starts_at - self.now) / timedelta(hours=1)
        return "started" if hours <= 0 else "open" if hours <= CUTOFF else "offered" if hours <= WITHIN else "given"

    def promised(self) -> Counter[Pool]:
        """Seats that are taken or kept, by pool."""
        count = Counter[Pool]()
        for one in self.everyone:
            count.update(one.has | self.kept_for(one))
        for share in self.shares:
            if not share.is_released:
                count.update(dict.fromkeys(self.modes[share.mode], share.remaining))
        return count

    def kept_for(self, one: One) -> set[Pool]:
        return self.modes[one.offer[0]] - one.has if one.offer else set()

    def left(self) -> dict[Pool, int]:
        promised = self.promised()
        return {pool: max(0, seats - promised[pool]) for pool, seats in self.capacity.items()}

    def ask(self, one: One, mode: str) -> None:
        self.settle()
        if one.state in {"pending", "waiting", "seated"}:
            self.press(one)
            return
        if self.phase == "started" or one.state == "refused":
            raise Refused
        ways = self.ways_past([(one, mode)])
        self.begin(one)
        one.mode = mode
        if self.needs_approval:
            return
        self.enter(one, mode, ways)

    def ask_together(self, group: Sequence[One], mode: str) -> None:
        """As their lead, who says yes by asking: a seat for each of them, or the line together."""
        self.settle()
        new = [one for one in group if one.state not in {"waiting", "seated"}]
        if self.phase == "started":
            raise Refused
        if len(new) > 1 and min(self.capacity[pool] for pool in self.modes[mode]) < len(new):
            raise Refused
        ways = self.ways_past([(one, mode) for one in new])
        self.teams += len(new) > 1 and not ways
        for place, one in enumerate(new):
            self.begin(one)
            self.enter(one, mode, ways and [ways[place]])
            one.team = self.teams if len(new) > 1 and not ways else None

    def begin(self, one: One) -> None:
        """Whoever has asked already keeps the number; who has nothing any more asks anew."""
        if one.state in {None, "given_up", "refused"}:
            self.renumber(one)
            one.state, one.asked_at, one.team, one.share = "pending", self.now, None, None

    def enter(self, one: One, mode: str, ways: Sequence[Share | None] | None) -> None:
        if ways:
            self.seat(one, mode, ways[0])
        else:
            one.state, one.mode, one.waits = "waiting", mode, mode

    def approve(self, one: One) -> None:
        self.settle()
        if one.state in {"waiting", "seated"}:
            return
        if one.state not in {"pending", "refused"}:
            raise Refused
        if one.state == "refused":
            self.renumber(one)
        self.enter(one, one.mode, self.ways_past([(one, one.mode)], one.number))
        self.serve()

    def refuse(self, one: One) -> None:
        if one.state not in {"pending", "refused"}:
            raise Refused
        one.state = "refused"

    def leave_team(self, one: One) -> None:
        self.settle()
        if one.team is not None and one.waits is not None:
            one.team = None
            self.serve()

    def split_team(self, team: int) -> None:
        self.settle()
        if team not in self.split:
            self.split.add(team)
            self.serve()

    def substitute(self, one: One, other: One) -> None:
        """A colleague has the seat, out of the same share."""
        self.settle()
        if one.state != "seated" or one.district != other.district or other.state == "seated":
            raise Refused
        mode, share = one.mode, one.share
        is_kept = share is not None and share.mode == mode and not share.is_released and self.now < share.until
        self.leave(one)
        self.close_offer(other)
        self.begin(other)
        self.seat(other, mode, share if is_kept else None)
        self.serve()

    def keep(self, share: Share, last: datetime) -> None:
        """As staff and leads may: no more than is left, nothing while somebody waits, and not for too long."""
        self.settle()
        if not self.now < share.until <= last:
            raise Refused
        self.check_kept_size(share.mode, share.seats)
        self.shares.append(share)

    def resize_share(self, share: Share, seats: int) -> None:
        self.settle()
        if share.is_released or self.now >= share.until or seats < max(1, share.seats - share.remaining):
            raise Refused
        self.check_kept_size(share.mode, seats - share.seats)
        share.remaining += seats - share.seats
        share.seats = seats
        self.serve()

    def check_kept_size(self, mode: str, more: int) -> None:
        is_waited_for = any(one.waits is not None and self.modes[one.waits] & self.modes[mode] for one in self.everyone)
        if more > 0 and (is_waited_for or more > min(self.left()[pool] for pool in self.modes[mode])):
            raise Refused

    def name(self, share: Share, one: One) -> None:
        """A lead gives one of the seats that they keep to a colleague."""
        self.settle()
        if share.is_released or self.now >= share.until or share.remaining < 1:
            raise Refused
        if one.district != share.key or one.state == "seated":
            raise Refused
        self.close_offer(one)
        self.begin(one)
        self.seat(one, share.mode, share)
        self.serve()

    def resize(self, mode: str, seats: int) -> None:
        self.settle()
        pools = [pool for pool in self.capacity if pool[1] == mode]
        if any(self.capacity[pool] != seats for pool in pools):
            self.capacity |= dict.fromkeys(pools, seats)
            self.serve()

    def press(self, one: One) -> None:
        if one.waits is None or self.phase != "open":
            return
        assert one.asked_at is not None
        came_late = one.asked_at >= self.starts_at - timedelta(hours=CUTOFF)
        ways = self.ways_past([(one, one.waits)], one.number if came_late else 0)
        if ways:
            self.seat(one, one.waits, ways[0])

    def give_up(self, one: One) -> None:
        self.settle()
        if one.state == "refused":
            raise Refused
        if one.state in {"pending", "waiting", "seated"}:
            self.leave(one)
            self.serve()

    def accept(self, one: One) -> None:
        self.settle()
        if one.offer is None or self.phase == "started":
            raise Refused
        self.seat(one, one.offer[0], None)
        self.serve()

    def decline(self, one: One) -> None:
        self.settle()
        if one.offer is not None:
            self.let_offer_go(one)

    def change_mode(self, one: One, mode: str) -> None:
        self.settle()
        if one.state not in {"waiting", "seated"} or self.phase == "started":
            raise Refused
        if mode == (one.waits if one.state == "waiting" else one.mode):
            return
        if one.offer:
            raise Refused
        ways = self.ways_past([(one, mode)])
        if ways:
            self.seat(one, mode, ways[0])
        elif one.state == "seated":
            raise Refused
        else:
            self.renumber(one)
            one.mode, one.waits, one.team = mode, mode, None
        self.serve()

    def wait_for_room(self, one: One) -> None:
        self.settle()
        if one.state != "seated" or self.phase == "started":
            raise Refused
        if "in_person" in {one.waits, one.mode}:
            return
        ways = self.ways_past([(one, "in_person")])
        if ways:
            self.seat(one, "in_person", ways[0])
        elif self.phase == "open":
            raise Refused
        else:
            self.renumber(one)
            one.waits = "in_person"
        self.serve()

    def take_online(self, one: One) -> None:
        self.settle()
        if one.state == "seated" and one.mode == "online":
            return
        if one.state != "waiting" or self.phase == "started" or one.offer or one.waits == "online":
            raise Refused
        ways = self.ways_past([(one, "online")])
        if not ways:
            raise Refused
        team = one.team
        self.seat(one, "online", ways[0])
        one.waits, one.team = "in_person", team

    def stop_waiting(self, one: One) -> None:
        self.settle()
        if one.state != "seated":
            raise Refused
        if one.waits is not None:
            self.close_offer(one)
            one.waits = None
            self.serve()

    def add(self, one: One, mode: str) -> None:
        """Staff: over capacity if they must."""
        self.settle()
        if one.state == "seated" and one.mode == mode:
            raise Refused
        self.close_offer(one)
        self.begin(one)
        self.seat(one, mode, None)
        self.serve()

    def give_share_back(self, share: Share) -> None:
        self.settle()
        self.release(share)

    def release(self, share: Share) -> None:
        if not share.is_released:
            share.is_released = True
            if share.remaining:
                self.serve()

    def work(self) -> None:
        """What the worker does each minute."""
        self.settle()
        self.serve()

    def settle(self) -> None:
        """What has run out goes to the line, in the order in which it did."""
        shares = [(share.until, 0, n, share) for n, share in enumerate(self.shares) if not share.is_released]
        offers = [(one.offer[1], 1, one.offered, one) for one in self.everyone if one.offer]
        for until, _, _, what in sorted([*shares, *offers], key=lambda over: over[:3]):
            if until > self.now:
                continue
            if isinstance(what, Share):
                self.release(what)
            elif what.offer:
                self.let_offer_go(what)

    def let_offer_go(self, one: One) -> None:
        if one.state == "seated":
            self.close_offer(one)
            one.waits = None
        else:
            self.leave(one)
        self.serve()

    def leave(self, one: One) -> None:
        self.close_offer(one)
        if one.has:
            self.give_back(one, one.mode)
        one.state, one.waits, one.has = "given_up", None, set()

    def close_offer(self, one: One) -> None:
        if one.offer:
            self.give_back(one, one.offer[0])
            one.offer = None

    def give_back(self, one: One, mode: str, *, is_whole: bool = True) -> None:
        share = one.share
        if share is None or share.mode != mode:
            return
        one.share = None
        if is_whole and not share.is_released and self.now < share.until:
            share.remaining += 1

    def seat(self, one: One, mode: str, share: Share | None) -> None:
        if one.offer and (share is not None or one.offer[0] != mode):
            self.close_offer(one)
        if one.has and one.mode != mode:
            self.give_back(one, one.mode, is_whole=not one.has & self.modes[mode])
        if share is not None:
            share.remaining -= 1
            one.share = share
        one.state, one.mode, one.waits, one.offer, one.has = "seated", mode, None, None, set(self.modes[mode])
        one.team = None

    def renumber(self, one: One) -> None:
        self.numbers += 1
        one.number = self.numbers

    def line(self) -> list[list[tuple[One, str]]]:
        """Who stands in line without an offer, by whom they move up with, in order."""
        waiting = sorted(
            (one for one in self.everyone if one.waits is not None and not one.offer), key=lambda one: one.number
        )
        groups = dict[object, list[tuple[One, str]]]()
        for one in waiting:
            assert one.waits is not None
            together = one.team is not None and one.team not in self.split
            key = ("team", one.team) if together else one.name
            groups[key] = [*groups.pop(key, []), (one, one.waits)]  # a team stands where its last member does
        return list(groups.values())

    def serve(self) -> None:
        """As long as somebody fits: the first who does."""
        while self.phase == "given":
            found = next(((group, ways) for group in self.line() if (ways := self.ways(group))), None)
            if found is None:
                return
            for (one, mode), share in zip(*found, strict=True):
                self.seat(one, mode, share)
        if self.phase == "offered":
            self.offer()

    def offer(self) -> None:
        taken, used = Counter[Pool](), Counter[int]()
        last = self.starts_at - timedelta(hours=CUTOFF)
        for group in self.line():
            ways = self.ways(group, taken, used)
            if not ways:
                continue
            for (one, mode), share in zip(group, ways, strict=True):
                if share is None:
                    taken.update(self.modes[mode] - one.has)
                else:
                    used[id(share)] += 1
            if may_offer(self.now, last, ZONE, []):
                for (one, mode), share in zip(group, ways, strict=True):
                    self.offer_to(one, mode, share)
                taken, used = Counter(), Counter()

    def offer_to(self, one: One, mode: str, share: Share | None) -> None:
        if share is not None:
            share.remaining -= 1
            one.share = share
        self.offers += 1
        one.offer, one.offered = (mode, offer_until(self.now, self.starts_at, HOLD, CUTOFF, ZONE, [])), self.offers

    def ways(
        self, group: Sequence[tuple[One, str]], taken: Counter[Pool] | None = None, used: Counter[int] | None = None,
        *, asks: bool = False,
    ) -> list[Share | None] | None:  # fmt: skip
        """For each of the group the share a seat comes out of; None when not all of them fit."""
        taken, used, ways = Counter(taken), Counter(used), list[Share | None]()
        for one, mode in group:
            fitting = (share for share in self.in_order() if self.fits(share, one, mode, used))
            share = next(fitting, None) if self.takes_shares(one, mode, asks) else None
            missing = self.modes[mode] - one.has
            if share is None and any(self.left()[pool] <= taken[pool] for pool in missing):
                return None
            if share is None:
                taken.update(missing)
            else:
                used[id(share)] += 1
            ways.append(share)
        return ways

    def in_order(self) -> Iterable[Share]:
        return sorted(self.shares, key=lambda share: share.kind)

    def fits(self, share: Share, one: One, mode: str, used: Counter[int]) -> bool:
        is_theirs = share.key == {"district": one.district, "role": one.role}.get(share.kind, "nobody")
        is_open = not share.is_released and self.now < share.until and share.remaining > used[id(share)]
        return is_theirs and is_open and share.mode == mode

    def takes_shares(self, one: One, mode: str, asks: bool) -> bool:
        """Whoever sits in a share gives that seat back for the other whole: not while the other is only offered."""
        if one.share is None:
            return True
        gives_back = one.state == "seated" and not one.has & self.modes[mode]
        return gives_back and (asks or self.phase != "offered")

    def ways_past(self, group: Sequence[tuple[One, str]], before: int | None = None) -> list[Share | None] | None:
        """The same for who passes nobody that could have the very seat."""
        ways = self.ways(group, asks=True)
        if ways is None:
            return None
        names = {one.name for one, _ in group}
        for waiting in self.line():
            others = [(one, mode) for one, mode in waiting if one.name not in names]
            counts = before is None or all(one.number < before for one, _ in others)
            theirs = self.ways(others) if others and counts else None
            if theirs is not None and self.want_the_same(group, ways, others, theirs):
                return None
        return ways

    def want_the_same(self, *sides: Sequence[object]) -> bool:
        group, ways, others, theirs = sides
        if {id(one) for one in ways if one} & {id(one) for one in theirs if one}:
            return True
        return bool(self.general(group, ways) & self.general(others, theirs))

    def general(self, group: Sequence[object], ways: Sequence[object]) -> set[Pool]:
        wanted = set[Pool]()
        for (one, mode), share in zip(group, ways, strict=True):  # type: ignore[misc]
            wanted |= set() if share else self.modes[mode] - one.has
        return wanted
