"""Seats in the room and online side by side: the ways to come that there are, and those that there are not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask

from portal.communities.models import Community
from portal.enrollments.operations import change_mode, take_seat
from tests.enrollments.builders import a_community, an_experience, counted, miscounted, people, refused

STARTS = datetime(2026, 11, 18, 21, tzinfo=UTC)


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


def test_where_there_is_one_way_nobody_need_name_it(community: Community) -> None:
    experience = an_experience(community, starts=[STARTS])
    [person] = people(community, 1)
    assert take_seat(experience, person, by=person, mode="in_person").state == "seated"
    refused(
        lambda: change_mode(take_seat(experience, person, by=person), "online", by=person), experience, "only one way"
    )
    assert miscounted() == []
