"""Seats in the room and online side by side: the ways to come that there are, and those that there are not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.communities.models import Community
from portal.enrollments.changing import take_online
from portal.enrollments.holding import share_seats
from portal.enrollments.models import Enrollment, SeatHold
from portal.enrollments.operations import change_mode, give_up_seat, stop_waiting, take_seat, wait_for_room
from tests.enrollments.builders import (
    STARTS,
    a_community,
    an_experience,
    colleagues,
    counted,
    miscounted,
    people,
    refused,
)


@pytest.fixture
def community(app: Flask, at: Callable[[str], datetime]) -> Community:
    at("2026-11-02 09:00")
    return a_community()


@pytest.mark.parametrize("mode", ["", "garbage", "blended"])
def test_a_way_that_there_is_none_of_switches_nobody(community: Community, mode: str) -> None:
    experience = an_experience(community, capacity=2, mode="blended", online_capacity=3, starts=[STARTS])
    [person] = people(community, 1)
    mine = take_seat(experience, person, by=person, mode="online")
    refused(lambda: change_mode(mine, mode, by=person), experience, "Nobody can come to this in that way")
    assert (mine.mode, counted(experience)) == ("online", [(0, 0), (1, 0)])


def test_a_seat_is_not_asked_for_in_a_way_that_there_is_none_of(community: Community) -> None:
    experience = an_experience(community, capacity=2, mode="blended", online_capacity=3, starts=[STARTS])
    [person] = people(community, 1)
    refused(
        lambda: take_seat(experience, person, by=person, mode="garbage"), experience, "Nobody can come to this in that"
    )


def with_shares(community: Community) -> tuple[Experience, list[Account], list[Enrollment], list[SeatHold]]:
    """A seat of the room and one online are shared out to a district; the first of its people sits there, the second
    here, and waits for the room.
    """
    district, lead, everyone = colleagues(community, 3)
    experience = an_experience(community, capacity=1, mode="blended", online_capacity=3, starts=[STARTS])
    day, modes = date(2026, 11, 16), ("in_person", "online")
    holds = [share_seats(experience, 1, day, by=lead, district_id=district.id, mode=mode) for mode in modes]
    mine = [take_seat(experience, one, by=one, mode=mode) for one, mode in zip(everyone, modes, strict=False)]
    wait_for_room(mine[1], by=everyone[1])
    return experience, everyone, mine, holds


def test_whoever_sits_in_a_share_online_is_next_for_the_share_of_the_room(community: Community) -> None:
    experience, everyone, mine, holds = with_shares(community)
    give_up_seat(mine[0], by=everyone[0])
    assert (mine[1].mode, mine[1].waits_for, mine[1].hold_id) == ("in_person", None, holds[0].id)
    assert ([hold.remaining for hold in holds], counted(experience), miscounted()) == ([0, 1], [(1, 0), (0, 1)], [])
    newcomer = take_seat(experience, everyone[2], by=everyone[2], mode="in_person")
    assert (newcomer.state, newcomer.waits_for) == ("waiting", "in_person")


def test_whoever_changes_the_way_takes_the_seat_of_the_other_share(community: Community) -> None:
    experience, everyone, mine, holds = with_shares(community)
    stop_waiting(mine[1], by=everyone[1])
    give_up_seat(mine[0], by=everyone[0])
    assert (mine[1].mode, [hold.remaining for hold in holds]) == ("online", [1, 0])
    change_mode(mine[1], "in_person", by=everyone[1])
    assert (mine[1].mode, [hold.remaining for hold in holds], miscounted()) == ("in_person", [0, 1], [])
    give_up_seat(mine[1], by=everyone[1])
    assert ([hold.remaining for hold in holds], counted(experience), miscounted()) == ([1, 1], [(0, 1), (0, 1)], [])


def test_where_a_seat_stays_the_same_in_one_session_no_second_share_is_used(community: Community) -> None:
    district, lead, [person] = colleagues(community, 1)
    starts = [STARTS, STARTS + timedelta(weeks=1)]
    experience = an_experience(
        community, kind="series", capacity=3, mode="blended", online_capacity=3, starts=starts
    )  # fmt: skip
    take_online(experience.sessions[0], reason="Snow", by=lead)
    modes = ("in_person", "online")
    holds = [
        share_seats(experience, 1, date(2026, 11, 16), by=lead, district_id=district.id, mode=mode) for mode in modes
    ]
    mine = take_seat(experience, person, by=person, mode="online")
    change_mode(mine, "in_person", by=person)
    assert (mine.mode, [hold.remaining for hold in holds], miscounted()) == ("in_person", [1, 0], [])


def test_where_there_is_one_way_nobody_need_name_it(community: Community) -> None:
    experience = an_experience(community, starts=[STARTS])
    [person] = people(community, 1)
    assert take_seat(experience, person, by=person, mode="in_person").state == "seated"
    refused(
        lambda: change_mode(take_seat(experience, person, by=person), "online", by=person), experience, "only one way"
    )
    assert miscounted() == []
