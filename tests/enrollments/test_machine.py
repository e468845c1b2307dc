"""Any order of asking, approving, waiting, offering, keeping, naming, passing on and resizing, with a moving clock,
held against a notebook.

The notebook (model.py) is plain Python without a database. After each step both say the same of everybody, and the
promises hold: nothing is counted wrong, nobody but staff goes past the seats there are, no seat is public while
somebody waits whom it fits, and nobody loses a seat who did not ask for that.
"""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

import time_machine
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select, update

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.agenda.models import Pool as PoolRow
from portal.communities.models import Community
from portal.core.clock import end_of_day
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.enrollments.adding import add_person, substitute
from portal.enrollments.approving import approve, refuse
from portal.enrollments.holding import change_hold, hold_seats, name_person, return_hold, share_seats
from portal.enrollments.line import accept_seat, decline_seat, serve_waiting
from portal.enrollments.models import Enrollment, EnrollmentTeam, SeatHold, SeatOffer
from portal.enrollments.operations import (
    Newcomer,
    change_mode,
    give_up_seat,
    stop_waiting,
    take_online_meanwhile,
    take_seat,
    wait_for_room,
)
from portal.enrollments.queries import count_waiting, find_enrollment
from portal.enrollments.running_out import end_what_ran_out
from portal.enrollments.seating import way_in, wish_of
from portal.enrollments.sizing import set_capacity
from portal.enrollments.teaming import enroll_together, leave_team, split_team
from tests.enrollments.builders import a_community, a_district, a_person, an_experience, miscounted
from tests.enrollments.model import CUTOFF, ZONE, Notebook, One, Pool, Refused, Share

STARTS = datetime(2026, 11, 18, 21, tzinfo=UTC)  # Wednesday, 4 PM in New York
HOURS = [60, 47, 47, 24, 22, 9, 1]  # before the start, where walks begin: offers do at 48, and at 2 it is too late
ROLES = ["teacher", "principal", "teacher", "teacher", "principal", "teacher", "teacher"]
LAYOUTS = ["plain", "series", "side by side", "mixed"]
WHO = st.integers(0, len(ROLES) - 1)
WAY = st.integers(0, 1)


class Seats(RuleBasedStateMachine):
    """The portal and the notebook, side by side."""

    community: ClassVar[Community]
    people: ClassVar[list[Account]]
    districts: ClassVar[list[int]]

    def __init__(self) -> None:
        super().__init__()
        self.clock = time_machine.travel(STARTS - timedelta(days=9), tick=False)
        self.clock.start()
        self.holds, self.teams = list[SeatHold](), list[EnrollmentTeam]()

    @initialize(
        layout=st.sampled_from(LAYOUTS), seats=st.integers(1, 3),
        share=st.sampled_from(["", "district", "role", "lead"]), needs_approval=st.sampled_from([False, False, True]),
        asking=st.lists(st.tuples(WHO, WAY), min_size=3, max_size=7), hours=st.sampled_from(HOURS),
    )  # fmt: skip
    def begin(
        self, layout: str, seats: int, share: str, needs_approval: bool, asking: list[tuple[int, int]], hours: int
    ) -> None:  # fmt: skip
        """Before most walks some seats are kept, and some people have asked."""
        self.experience = an_experience_of(self.community, layout, seats, needs_approval=needs_approval)
        pools = [(number, pool.mode) for number, one in enumerate(self.experience.sessions) for pool in one.pools]
        self.pool_ids = [pool.id for one in self.experience.sessions for pool in one.pools]
        self.names: list[Pool] = pools
        self.ways = ["in_person", "online"] if "online" in {mode for _, mode in pools} else [""]
        self.book = Notebook(
            modes={way: pools_of(pools, way) for way in self.ways},
            capacity=dict.fromkeys(pools, seats),
            everyone=[One(n, self.districts[n], role) for n, role in enumerate(ROLES)],
            starts_at=STARTS,
            now=STARTS - timedelta(days=9),
            needs_approval=needs_approval,
        )
        self.before, self.seated = self.book.promised(), set[int]()
        self.may_grow, self.may_lose = set[Pool](), set[int]()
        if share:
            self.keep(share, 0, 0, 1, 8)
        for who, way in asking:
            self.ask(who, way)
        self.turn_to(STARTS - timedelta(hours=hours))

    @rule(who=WHO, way=WAY)
    def ask(self, who: int, way: int) -> None:
        mode = self.way(way)
        self.both(lambda: self.book.ask(self.one(who), mode), lambda: self.take(who, mode))

    @rule(who=WHO, is_yes=st.booleans())
    @precondition(lambda self: self.book.needs_approval)
    def say(self, who: int, is_yes: bool) -> None:
        """A lead says yes or no to a request, or a yes after a no."""
        if is_yes:
            self.if_known(who, self.book.approve, approve)
        else:
            self.if_known(who, self.book.refuse, lambda mine, by: refuse(mine, "Nobody stands in for you", by=by))

    @rule(nth=WHO)
    @precondition(lambda self: self.those("seated", "waiting", "pending"))
    def give_up(self, nth: int) -> None:
        those = self.those("seated", "waiting", "pending")
        who = those[nth % len(those)]
        self.may_lose = {who}
        self.if_known(who, self.book.give_up, give_up_seat)

    @rule(who=WHO, way=WAY)
    @precondition(lambda self: len(self.ways) > 1)
    def change(self, who: int, way: int) -> None:
        mode = self.way(way)
        self.if_known(
            who, lambda one: self.book.change_mode(one, mode), lambda mine, by: change_mode(mine, mode, by=by)
        )

    @rule(who=WHO)
    @precondition(lambda self: len(self.ways) > 1)
    def wait_for_the_room(self, who: int) -> None:
        self.if_known(who, self.book.wait_for_room, wait_for_room)

    @rule(who=WHO)
    @precondition(lambda self: len(self.ways) > 1)
    def sit_online_meanwhile(self, who: int) -> None:
        self.if_known(who, self.book.take_online, take_online_meanwhile)

    @rule(who=WHO)
    def stop_waiting(self, who: int) -> None:
        self.if_known(who, self.book.stop_waiting, stop_waiting)

    @rule(answer=st.booleans(), nth=st.integers(0, 5))
    @precondition(lambda self: any(one.offer for one in self.book.everyone))
    def answer(self, answer: bool, nth: int) -> None:
        asked = [one.name for one in self.book.everyone if one.offer]
        who = asked[nth % len(asked)]
        if answer:
            self.if_known(who, self.book.accept, accept_seat)
        else:
            self.if_known(who, self.book.decline, decline_seat)

    @rule(hours=st.sampled_from([1, 1, 2, 4, 9]), is_awake=st.booleans())
    def later(self, hours: int, is_awake: bool) -> None:
        """Time goes by; the worker may sleep meanwhile."""
        self.turn_to(min(self.book.now + timedelta(hours=hours), STARTS - timedelta(minutes=1)))
        if is_awake:
            self.work()

    @rule()
    def work(self) -> None:
        self.book.work()
        end_what_ran_out()
        end_what_ran_out()
        serve_waiting()
        serve_waiting()

    @rule(way=WAY, seats=st.integers(0, 3))
    def resize(self, way: int, seats: int) -> None:
        mode = self.ways[way % len(self.ways)] or "in_person"
        self.may_grow |= {pool for pool in self.book.capacity if pool[1] == mode}
        self.both(lambda: self.book.resize(mode, seats), lambda: set_capacity(self.experience, {mode: seats}, by=None))

    @rule(
        kind=st.sampled_from(["district", "role", "lead"]), who=WHO, way=WAY, seats=st.integers(1, 2),
        days=st.integers(0, 3),
    )  # fmt: skip
    def keep(self, kind: str, who: int, way: int, seats: int, days: int) -> None:
        """As staff and leads may, until the end of a day."""
        mode, one, by = self.way(way), self.one(who), self.people[0]
        day: date = (self.book.now - timedelta(hours=5)).date() + timedelta(days=days)
        key = one.role if kind == "role" else one.district
        share = Share(kind, key, mode, seats, seats, end_of_day(day, ZONE))

        def theirs() -> None:
            if kind == "lead":
                made = hold_seats(self.experience, one.district, seats, day, by=by, mode=mode)
            else:
                whose: dict[str, Any] = {"role": key} if kind == "role" else {"district_id": key}
                made = share_seats(self.experience, seats, day, by=by, mode=mode, **whose)
            self.holds.append(made)

        self.both(lambda: self.book.keep(share, STARTS - timedelta(hours=CUTOFF)), theirs)

    @rule(nth=st.integers(0, 5))
    @precondition(lambda self: self.holds)
    def return_share(self, nth: int) -> None:
        number, by = nth % len(self.holds), self.people[0]
        self.both(
            lambda: self.book.give_share_back(self.book.shares[number]),
            lambda: return_hold(self.holds[number], by=by),
        )

    @rule(nth=st.integers(0, 5), seats=st.integers(0, 3))
    @precondition(lambda self: self.holds)
    def resize_share(self, nth: int, seats: int) -> None:
        number, by = nth % len(self.holds), self.people[0]
        self.both(
            lambda: self.book.resize_share(self.book.shares[number], seats),
            lambda: change_hold(self.holds[number], seats, by=by),
        )

    @rule(nth=st.integers(0, 5), who=WHO)
    @precondition(lambda self: any(share.kind == "lead" for share in self.book.shares))
    def name(self, nth: int, who: int) -> None:
        led = [number for number, share in enumerate(self.book.shares) if share.kind == "lead"]
        number, by = led[nth % len(led)], self.people[0]
        who = self.colleague_in(self.book.shares[number].key, who)
        self.both(
            lambda: self.book.name(self.book.shares[number], self.one(who)),
            lambda: name_person(self.holds[number], self.people[who], by=by),
        )

    @rule(nth=WHO, other=WHO)
    @precondition(lambda self: self.those("seated"))
    def pass_on(self, nth: int, other: int) -> None:
        those = self.those("seated")
        who = those[nth % len(those)]
        other = self.colleague_in(self.districts[who], other)
        self.may_lose = {who}
        self.if_known(
            who, lambda one: self.book.substitute(one, self.one(other)),
            lambda mine, by: substitute(mine, self.people[other], by=by),
        )  # fmt: skip

    @rule(who=WHO, other=WHO, way=WAY)
    def ask_together(self, who: int, other: int, way: int) -> None:
        if who == other:
            return
        mode, by, pair = self.way(way), self.people[0], [self.people[who], self.people[other]]
        self.both(
            lambda: self.book.ask_together([self.one(who), self.one(other)], mode),
            lambda: enroll_together(self.experience, pair, by=by, mode=mode, waits_together=True),
        )
        mine = select(EnrollmentTeam).where(EnrollmentTeam.experience_id == self.experience.id)
        self.teams = list(db.session.scalars(mine.order_by(EnrollmentTeam.id)))

    @rule(nth=st.integers(0, 5))
    @precondition(lambda self: self.teams)
    def split_team(self, nth: int) -> None:
        number, by = nth % len(self.teams), self.people[0]
        self.both(lambda: self.book.split_team(number + 1), lambda: split_team(self.teams[number], by=by))

    @rule(who=WHO)
    @precondition(lambda self: self.teams)
    def leave_team(self, who: int) -> None:
        self.if_known(who, self.book.leave_team, leave_team)

    @rule(who=WHO, way=WAY)
    @precondition(lambda self: len(self.those("seated")) < 2)
    def add(self, who: int, way: int) -> None:
        """Staff, past everything."""
        mode, by = self.way(way), self.people[0]
        self.may_grow |= self.book.modes[mode]
        self.both(
            lambda: self.book.add(self.one(who), mode),
            lambda: add_person(self.experience, self.people[who], "Needed there", by=by, mode=mode),
        )

    @invariant()
    def both_say_the_same_of_everybody(self) -> None:
        assert {n: told(one) for n, one in enumerate(self.book.everyone)} == {n: self.known(n) for n in self.numbers()}

    @invariant()
    def everything_is_counted_right(self) -> None:
        assert miscounted() == []
        promised = self.book.promised()
        pools = [pool for session in self.experience.sessions for pool in session.pools]
        assert [pool.taken + pool.held for pool in pools] == [promised[name] for name in self.names]

    @invariant()
    def only_staff_go_past_the_seats_there_are(self) -> None:
        promised = self.book.promised()
        for pool, seats in self.book.capacity.items():
            assert pool in self.may_grow or promised[pool] <= max(seats, self.before[pool])
        self.before, self.may_grow = promised, set()

    @invariant()
    def nobody_loses_a_seat_unasked(self) -> None:
        seated = {one.name for one in self.book.everyone if one.has}
        assert self.seated - seated <= self.may_lose
        self.seated, self.may_lose = seated, set()

    @invariant()
    def no_seat_is_public_while_somebody_waits_whom_it_fits(self) -> None:
        """Before offers begin none is even free; near the start none is for whoever comes now. The portal is asked."""
        left, book = self.book.left(), self.book
        together = Counter(one.team for one in book.everyone if one.waits is not None)
        alone = [
            one
            for one in book.everyone
            if one.waits is not None and not one.offer and (one.team in {None, *book.split} or together[one.team] == 1)
        ]
        for one in alone:
            wished = one.waits or ""
            if all(left[pool] for pool in book.modes[wished] - one.has):
                assert book.phase != "given"
                assert self.stranger_gets(wished) is None

    def stranger_gets(self, mode: str) -> Any:
        """What somebody of nowhere would get who asks now."""
        wish = wish_of(self.experience, None, mode)
        return way_in(wish, [Newcomer(None, frozenset())], count_waiting(self.experience.id, None, wish.mode))

    def teardown(self) -> None:
        self.clock.stop()
        if hasattr(self, "experience"):
            put_away(self.experience.id)

    def turn_to(self, moment: datetime) -> None:
        self.book.now = moment
        self.clock.stop()
        self.clock = time_machine.travel(moment, tick=False)
        self.clock.start()

    def both(self, ours: Any, theirs: Any) -> None:
        """The notebook and the portal do the same, or both refuse it, and then all is as it was."""
        before = deepcopy(self.book)
        answers = [refuses(ours, Refused), refuses(theirs, RuleBroken)]
        db.session.rollback()
        assert answers[0] == answers[1]
        if answers[0]:
            self.book = before

    def if_known(self, who: int, ours: Any, theirs: Any) -> None:
        mine, person = self.enrollment(who), self.people[who]
        if mine is not None:
            self.both(lambda: ours(self.one(who)), lambda: theirs(mine, by=person))

    def colleague_in(self, district: object, who: int) -> int:
        """Mostly somebody of that district: of others all is refused, which need not be seen often."""
        there = [number for number, home in enumerate(self.districts) if home == district]
        return who if who == 0 else there[who % len(there)]

    def take(self, who: int, mode: str) -> None:
        take_seat(self.experience, self.people[who], by=self.people[who], mode=mode)

    def enrollment(self, who: int) -> Enrollment | None:
        return find_enrollment(self.experience.id, None, self.people[who].id)

    def known(self, who: int) -> Any:
        mine = self.enrollment(who)
        if mine is None:
            return None, None, "", set(), None
        offer = db.session.scalar(
            select(SeatOffer).where(SeatOffer.enrollment_id == mine.id, SeatOffer.status == "open")
        )
        has = {self.names[self.pool_ids.index(seat.pool_id)] for seat in mine.seats}
        mode = mine.mode if mine.state == "seated" else ""
        return mine.state, mine.waits_for, mode, has, (offer.mode, offer.until) if offer else None

    def those(self, *states: str) -> list[int]:
        return [one.name for one in self.book.everyone if one.state in states]

    def numbers(self) -> range:
        return range(len(ROLES))

    def one(self, who: int) -> One:
        return self.book.everyone[who]

    def way(self, way: int) -> str:
        return self.ways[way % len(self.ways)]


def test_the_portal_and_a_notebook_agree_on_every_seat(app: Flask) -> None:
    Seats.community = a_community()
    first, second = a_district(Seats.community), a_district(Seats.community)
    homes = [first, first, first, second, second, second, second]
    Seats.people = [a_person(Seats.community, home, role) for home, role in zip(homes, ROLES, strict=True)]
    Seats.districts = [home.id for home in homes]
    run_state_machine_as_test(
        Seats,
        # Making a failing walk shorter takes minutes: the walk that failed is printed as it was.
        settings=settings(
            max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
        ),
    )  # fmt: skip


def told(one: One) -> Any:
    mode = one.mode if one.state == "seated" else ""
    return one.state, one.waits, mode, one.has, one.offer


def refuses(action: Any, refusal: type[Exception]) -> bool:
    try:
        action()
    except refusal:
        return True
    return False


def an_experience_of(community: Community, layout: str, seats: int, **fields: Any) -> Experience:
    starts = [STARTS] if layout in {"plain", "side by side"} else [STARTS, STARTS + timedelta(days=7)]
    how = "blended" if layout in {"side by side", "mixed"} else "in_person"
    experience = an_experience(community, starts=starts, capacity=seats, session_mode=how, **fields)
    if layout == "mixed":
        last = experience.sessions[1]
        db.session.delete(last.pools[1])
        last.mode = "in_person"
        db.session.commit()
    return experience


def pools_of(pools: list[Pool], way: str) -> set[Pool]:
    """One pool of each session: in that way where there is a choice."""
    several = {number for number, count in Counter(number for number, _ in pools).items() if count > 1}
    return {(number, mode) for number, mode in pools if number not in several or mode == way}


def put_away(experience_id: int) -> None:
    """No job of the next walk has anything to do here."""
    db.session.rollback()
    mine = select(Enrollment.id).where(Enrollment.experience_id == experience_id)
    db.session.execute(delete(SeatOffer).where(SeatOffer.enrollment_id.in_(mine)))
    db.session.execute(update(SeatHold).where(SeatHold.experience_id == experience_id).values(released_at=STARTS))
    db.session.execute(update(PoolRow).where(PoolRow.experience_id == experience_id).values(held=0))
    db.session.execute(update(Enrollment).where(Enrollment.experience_id == experience_id).values(waits_for=None))
    db.session.commit()
