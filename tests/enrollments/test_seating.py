"""Shares, holds and teams: who gets which seat, where it goes back to, and how many there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.communities.models import Community
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.enrollments.holding import hold_seats, share_seats
from portal.enrollments.line import decline_seat
from portal.enrollments.models import Enrollment, EnrollmentTeam, SeatHold
from portal.enrollments.operations import change_mode, give_up_seat, take_online_meanwhile, take_seat, wait_for_room
from portal.enrollments.running_out import end_what_ran_out
from portal.enrollments.sizing import set_capacity
from portal.enrollments.teaming import enroll_together, split_team
from tests.enrollments.builders import (
    FALL,
    a_district,
    a_person,
    an_experience,
    colleagues,
    counted,
    owed,
    people,
    seat,
    states,
    taken,
    weekly,
)

At = Callable[[str], datetime]
UNTIL, LAST_DAY = date(2026, 10, 19), date(2026, 11, 2)


pytestmark = pytest.mark.usefixtures("in_october", "well_counted")


def test_seats_of_a_share_are_for_its_district_only(community: Community) -> None:
    experience, (district, _, [mine]), [other] = (
        an_experience(community, capacity=1),
        colleagues(community, 1),
        people(community, 1),
    )
    hold = keep_seats(experience, 1, UNTIL, district_id=district.id)
    assert take_seat(experience, other, by=other).state == "waiting"
    enrollment = take_seat(experience, mine, by=mine)
    assert (enrollment.state, enrollment.hold_id, counted(experience)) == ("seated", hold.id, [(1, 0)])
    assert remaining(hold) == 0


def test_a_share_for_a_role_is_for_whoever_has_it(community: Community) -> None:
    experience = an_experience(community, capacity=1)
    keep_seats(experience, 1, UNTIL, role="principal")
    [teacher], [principal] = people(community, 1), people(community, 1, role="principal")
    assert [one.state for one in seat(experience, teacher, principal)] == ["waiting", "seated"]


def test_a_seat_out_of_a_share_goes_back_to_it(community: Community) -> None:
    experience, (district, _, [mine]), [other] = (
        an_experience(community, capacity=1),
        colleagues(community, 1),
        people(community, 1),
    )
    hold = keep_seats(experience, 1, UNTIL, district_id=district.id)
    first, _ = seat(experience, mine, other)
    give_up_seat(first, by=mine)
    assert (states(experience), counted(experience), remaining(hold)) == (["given_up", "waiting"], [(0, 1)], 1)


def test_a_seat_of_a_share_is_first_for_those_in_line_who_fit(community: Community) -> None:
    experience, (district, _, everyone) = an_experience(community, capacity=1), colleagues(community, 2)
    [other] = people(community, 1)
    keep_seats(experience, 1, UNTIL, district_id=district.id)
    mine = seat(experience, everyone[0], other, everyone[1])
    give_up_seat(mine[0], by=everyone[0])
    assert states(experience) == ["given_up", "waiting", "seated"]


def test_after_its_time_a_share_serves_the_line_then_all(community: Community, in_october: At) -> None:
    experience, (district, _, [late]), everyone = (
        an_experience(community, capacity=2),
        colleagues(community, 1),
        people(community, 2),
    )
    keep_seats(experience, 2, UNTIL, district_id=district.id)
    seat(experience, everyone[0])
    in_october("2026-10-20 00:01")
    # No worker was here yet. Who waited has the first of its seats, who asks now the second.
    assert take_seat(experience, late, by=late).state == "seated"
    assert (states(experience), counted(experience)) == (["seated", "seated"], [(2, 0)])
    assert take_seat(experience, everyone[1], by=everyone[1]).state == "waiting"


def test_a_seat_of_a_share_that_is_over_is_for_everyone(community: Community, in_october: At) -> None:
    experience, (district, _, [mine]), [other] = (
        an_experience(community, capacity=1),
        colleagues(community, 1),
        people(community, 1),
    )
    keep_seats(experience, 1, UNTIL, district_id=district.id)
    first, _ = seat(experience, mine, other)
    in_october("2026-10-20 00:01")
    end_what_ran_out()
    give_up_seat(first, by=mine)
    assert (states(experience), counted(experience)) == (["given_up", "seated"], [(1, 0)])


def test_what_a_lead_keeps_is_for_nobody_who_asks(community: Community) -> None:
    experience, (district, lead, [mine]) = an_experience(community, capacity=1), colleagues(community, 1)
    hold_seats(experience, district.id, 1, UNTIL, by=lead)
    assert take_seat(experience, mine, by=mine).state == "waiting"


def test_near_the_start_a_seat_of_a_share_is_offered_and_goes_back_when_declined(
    community: Community, in_october: At
) -> None:
    experience, (district, _, everyone) = an_experience(community, capacity=1), colleagues(community, 2)
    hold = keep_seats(experience, 1, LAST_DAY, district_id=district.id)
    mine = seat(experience, *everyone)
    in_october("2026-11-02 16:00")
    give_up_seat(mine[0], by=everyone[0])
    assert (counted(experience), remaining(hold), mine[1].hold_id) == ([(0, 1)], 0, hold.id)
    decline_seat(mine[1], by=everyone[1])
    assert (counted(experience), remaining(hold), mine[1].hold_id) == ([(0, 1)], 1, None)


def test_a_share_fills_in_all_sessions_of_a_series(community: Community) -> None:
    experience = an_experience(community, capacity=2, starts=weekly(3))
    district, _, [mine] = colleagues(community, 1)
    keep_seats(experience, 1, UNTIL, district_id=district.id)
    assert counted(experience) == [(0, 1)] * 3
    [enrollment] = seat(experience, mine)
    assert counted(experience) == [(1, 0)] * 3
    give_up_seat(enrollment, by=mine)
    assert counted(experience) == [(0, 1)] * 3


def test_a_team_moves_up_together_when_there_is_room_for_all_of_it(community: Community) -> None:
    experience, everyone = an_experience(community, capacity=2), people(community, 4)
    mine = seat(experience, *everyone[:2])
    team = stand_together(experience, everyone[2:])
    give_up_seat(mine[0], by=everyone[0])
    assert [one.state for one in team] == ["waiting", "waiting"]
    give_up_seat(mine[1], by=everyone[1])
    assert [one.state for one in team] == ["seated", "seated"]
    assert taken(experience) == [2]


def test_while_a_team_waits_the_next_who_fits_moves_up_and_it_keeps_its_number(community: Community) -> None:
    experience, everyone = an_experience(community, capacity=2), people(community, 5)
    mine = seat(experience, *everyone[:2])
    team = stand_together(experience, everyone[2:4])
    numbers = [one.queue_number for one in team]
    last = take_seat(experience, everyone[4], by=everyone[4])
    give_up_seat(mine[0], by=everyone[0])
    assert (last.state, [one.queue_number for one in team]) == ("seated", numbers)


def test_a_seat_that_does_not_fit_the_team_is_for_whoever_asks(community: Community) -> None:
    experience, everyone = an_experience(community, capacity=2), people(community, 5)
    mine = seat(experience, *everyone[:2])
    team = stand_together(experience, everyone[2:4])
    give_up_seat(mine[0], by=everyone[0])
    assert take_seat(experience, everyone[4], by=everyone[4]).state == "seated"
    assert [one.state for one in team] == ["waiting", "waiting"]


def test_a_team_that_is_split_moves_up_one_by_one(community: Community) -> None:
    experience, everyone = an_experience(community, capacity=2), people(community, 4)
    mine = seat(experience, *everyone[:2])
    team = stand_together(experience, everyone[2:])
    give_up_seat(mine[0], by=everyone[0])
    split_team(team_of(team), by=everyone[2])
    assert [one.state for one in team] == ["seated", "waiting"]


def test_when_one_leaves_the_team_the_rest_may_fit(community: Community) -> None:
    experience, everyone = an_experience(community, capacity=2), people(community, 4)
    mine = seat(experience, *everyone[:2])
    team = stand_together(experience, everyone[2:])
    give_up_seat(mine[0], by=everyone[0])
    first, second = team
    give_up_seat(first, by=everyone[2])
    assert (first.state, second.state, taken(experience)) == ("given_up", "seated", [2])


def test_whoever_waits_for_the_room_can_sit_online_meanwhile_and_keeps_the_place(community: Community) -> None:
    experience, everyone = an_experience(community, session_mode="blended", capacity=1), people(community, 3)
    mine = [take_seat(experience, one, by=one, mode="in_person") for one in everyone]
    take_online_meanwhile(mine[1], by=everyone[1])
    take_online_meanwhile(mine[1], by=everyone[1])
    assert (mine[1].state, mine[1].mode, mine[1].waits_for) == ("seated", "online", "in_person")
    with pytest.raises(RuleBroken, match="keep your place in line"):
        take_online_meanwhile(mine[2], by=everyone[2])
    give_up_seat(mine[0], by=everyone[0])
    assert (mine[1].mode, mine[1].waits_for, taken(experience)) == ("in_person", None, [1, 0])


def test_a_session_with_one_pool_keeps_its_seat_when_the_mode_changes(community: Community) -> None:
    experience = mixed_series(community)
    [person] = people(community, 1)
    mine = take_seat(experience, person, by=person, mode="online")
    assert taken(experience) == [0, 1, 1]
    change_mode(mine, "in_person", by=person)
    assert taken(experience) == [1, 0, 1]


def test_nobody_online_takes_what_somebody_before_them_waits_for_in_a_shared_session(community: Community) -> None:
    experience = mixed_series(community)
    everyone = people(community, 3)
    mine = [take_seat(experience, one, by=one, mode="in_person") for one in everyone[:2]]
    assert (mine[1].state, taken(experience)) == ("waiting", [1, 0, 1])
    assert take_seat(experience, everyone[2], by=everyone[2], mode="online").state == "waiting"
    give_up_seat(mine[0], by=everyone[0])
    assert (mine[1].state, taken(experience)) == ("seated", [1, 0, 1])


def test_a_full_single_session_makes_nobody_wait_for_the_room_in_vain(community: Community) -> None:
    experience = mixed_series(community)
    [first, second] = people(community, 2)
    online = take_seat(experience, first, by=first, mode="online")
    wait_for_room(online, by=first)
    assert (online.mode, taken(experience)) == ("in_person", [1, 0, 1])
    assert take_seat(experience, second, by=second, mode="online").state == "waiting"


def test_more_seats_serve_the_line_before_the_public(community: Community) -> None:
    experience, everyone = an_experience(community, capacity=1), people(community, 4)
    seat(experience, *everyone[:3])
    set_capacity(experience, {"in_person": 2}, by=None)
    assert (states(experience), counted(experience)) == (["seated", "seated", "waiting"], [(2, 0)])
    assert take_seat(experience, everyone[3], by=everyone[3]).state == "waiting"
    assert experience.capacity == 2
    assert history_of(experience)[-1].data == {"before": {"in_person": 1}, "after": {"in_person": 2}}


def test_fewer_seats_drop_nobody_and_nobody_moves_up_until_there_are_fewer_people(community: Community) -> None:
    experience, everyone = an_experience(community, capacity=3), people(community, 4)
    mine = seat(experience, *everyone)
    set_capacity(experience, {"in_person": 1}, by=None)
    assert states(experience) == ["seated"] * 3 + ["waiting"]
    give_up_seat(mine[0], by=everyone[0])
    give_up_seat(mine[1], by=everyone[1])
    assert states(experience) == ["given_up", "given_up", "seated", "waiting"]
    give_up_seat(mine[2], by=everyone[2])
    assert states(experience)[-1] == "seated"


def test_each_mode_has_a_number_of_its_own(community: Community) -> None:
    experience = an_experience(community, mode="blended", session_mode="blended", capacity=2, online_capacity=5)
    set_capacity(experience, {"online": 9}, by=None)
    assert [pool.capacity for pool in experience.sessions[0].pools] == [2, 9]
    assert (experience.capacity, experience.online_capacity) == (2, 9)


def test_one_meeting_of_a_space_can_have_more_seats_than_the_others(community: Community) -> None:
    space = an_experience(community, kind="space", joined_by="session", starts=weekly(2), capacity=1)
    everyone = people(community, 2)
    for person in everyone:
        take_seat(space, person, by=person, session=space.sessions[1])
    set_capacity(space, {"in_person": 2}, by=None, session=space.sessions[1])
    assert (states(space), taken(space), space.capacity) == (["seated", "seated"], [0, 2], 1)


def test_the_same_number_again_leaves_no_trace(community: Community) -> None:
    experience = an_experience(community, capacity=3)
    before = len(history_of(experience))
    set_capacity(experience, {"in_person": 3}, by=None)
    with pytest.raises(RuleBroken, match="Give 0 or more"):
        set_capacity(experience, {"in_person": -1}, by=None)
    assert (len(history_of(experience)), owed()) == (before, [])


def test_a_session_that_is_over_keeps_its_number(community: Community, in_october: At) -> None:
    experience = an_experience(community, starts=weekly(2))
    in_october("2026-11-04 09:00")
    set_capacity(experience, {"in_person": 9}, by=None)
    assert [session.pools[0].capacity for session in experience.sessions] == [3, 9]


def test_where_a_lead_approves_one_asks_first_and_holds_a_number(community: Community) -> None:
    experience, everyone = an_experience(community, capacity=1, needs_approval=True), people(community, 2)
    first, second = seat(experience, *everyone)
    assert (states(experience), counted(experience)) == (["pending", "pending"], [(0, 0)])
    assert (first.queue_number, second.queue_number) == (1, 2)
    give_up_seat(first, by=everyone[0])
    assert states(experience) == ["given_up", "pending"]


def test_nobody_of_another_district_comes_out_of_a_share(community: Community) -> None:
    experience, district = an_experience(community, capacity=1), a_district(community)
    keep_seats(experience, 1, UNTIL, district_id=district.id)
    stranger = a_person(community, a_district(community))
    assert take_seat(experience, stranger, by=stranger).state == "waiting"


def mixed_series(community: Community) -> Experience:
    """Two sessions of one seat: the first side by side, the second in the room only."""
    experience = an_experience(community, starts=[FALL, FALL + timedelta(days=7)], capacity=1, session_mode="blended")
    last = experience.sessions[1]
    db.session.delete(last.pools[1])
    last.mode = "in_person"
    db.session.commit()
    return experience


def remaining(hold: SeatHold) -> int:
    db.session.refresh(hold)
    return hold.remaining


def keep_seats(experience: Experience, seats: int, until: date, **whose: Any) -> SeatHold:
    """A share for `district_id` or for `role`."""
    return share_seats(experience, seats, until, by=a_person(), **whose)


def stand_together(experience: Experience, everyone: Sequence[Account]) -> list[Enrollment]:
    """They are enrolled together where seats do not suffice: what each has, in the order of the line."""
    return enroll_together(experience, everyone, by=everyone[0], waits_together=True)


def team_of(waiting: Sequence[Enrollment]) -> EnrollmentTeam:
    """The team that they are in."""
    return db.session.get_one(EnrollmentTeam, waiting[0].team_id)
