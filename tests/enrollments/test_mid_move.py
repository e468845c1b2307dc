"""An educator changes district in January: what was stays with the old one and with them, what comes goes along."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.cohorts.leaving import end_district, move_person
from portal.cohorts.models import TeamSeat
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken
from portal.districts.models import Membership
from portal.districts.queries import affiliations_of, members_of
from portal.enrollments.ahead import team_ahead
from portal.enrollments.models import Enrollment
from portal.enrollments.my_queries import my_enrollments
from portal.enrollments.operations import give_up_seat, take_seat
from portal.enrollments.queries import jobs_at_members
from tests.cohorts.builders import team_on
from tests.enrollments.builders import a_community, a_district, a_person, an_experience, miscounted, weekly

At = Callable[[str], Any]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
MOVE, LAST = date(2027, 1, 30), date(2027, 1, 29)
FALL, SPRING = datetime(2026, 11, 3, 13, 30, tzinfo=UTC), datetime(2027, 3, 9, 13, 30, tzinfo=UTC)


@pytest.fixture
def community(app: Flask, at: At) -> Community:
    at("2026-10-01 09:00")
    return a_community()


@pytest.fixture
def old(community: Community) -> Membership:
    a_district(community)
    return members_of(community.id)[0]


@pytest.fixture
def new(community: Community, old: Membership) -> Membership:
    a_district(community)
    [found] = [one for one in members_of(community.id) if one.id != old.id]
    with transaction():
        db.session.add(TeamSeat(membership_id=found.id, role="teacher", from_date=old.from_date))
    return found


@pytest.fixture
def teacher(community: Community, old: Membership) -> Account:
    return a_person(community, old.district)


def move(teacher: Account, community: Community, new: Membership) -> None:
    [job] = affiliations_of(teacher.id, community.id)
    move_person(job, new, "teacher", MOVE, by=teacher)


def test_what_was_stays_with_the_old_district_and_what_comes_is_of_the_new_one(
    community: Community, old: Membership, new: Membership, teacher: Account, at: At
) -> None:
    fall = take_seat(an_experience(community, starts=[FALL]), teacher, by=teacher)
    at("2027-01-15 10:00")
    move(teacher, community, new)
    assert jobs_at_members(teacher.id, community.id) == [(old.district_id, "teacher")]
    at("2027-01-30 00:00")
    assert jobs_at_members(teacher.id, community.id) == [(new.district_id, "teacher")]
    spring = take_seat(an_experience(community, starts=[SPRING]), teacher, by=teacher)
    districts = [db.session.get_one(Enrollment, one.id).district_id for one in (fall, spring)]
    assert (districts, miscounted()) == ([old.district_id, new.district_id], [])
    assert len(my_enrollments(teacher.id, clock.now())) == 2


def test_the_old_district_can_say_for_any_day_who_was_there(
    community: Community, old: Membership, new: Membership, teacher: Account, at: At
) -> None:
    at("2027-01-15 10:00")
    move(teacher, community, new)
    at("2027-06-01 10:00")
    for day, where in ((date(2026, 12, 1), old), (LAST, old), (MOVE, new), (date(2027, 5, 1), new)):
        assert [job.district_id for job in affiliations_of(teacher.id, community.id, on=day)] == [where.district_id]
    assert [team_on(new, day) for day in (LAST, MOVE)] == [[], [teacher.name]]


def test_coming_seats_go_along_with_whoever_moves(
    community: Community, old: Membership, new: Membership, teacher: Account, at: At
) -> None:
    series = an_experience(community, starts=[FALL, SPRING])
    take_seat(series, teacher, by=teacher)
    assert [(one.starts_at, one.people) for one in team_ahead(old)] == [(FALL, 1), (SPRING, 1)]
    at("2026-10-15 10:00")
    move(teacher, community, new)
    assert ([one.starts_at for one in team_ahead(old)], [one.starts_at for one in team_ahead(new)]) == (
        [FALL],
        [SPRING],
    )


def test_a_seat_on_the_last_day_is_still_the_old_district_s(
    community: Community, old: Membership, new: Membership, teacher: Account
) -> None:
    evening = datetime(2027, 1, 30, 3, 30, tzinfo=UTC)  # 10:30 PM of January 29 where the community lives
    take_seat(an_experience(community, starts=[evening]), teacher, by=teacher)
    move(teacher, community, new)
    assert (len(team_ahead(old)), len(team_ahead(new))) == (1, 0)


def test_what_lies_ahead_counts_people_once_and_leaves_out_who_gave_up(
    community: Community, old: Membership, teacher: Account
) -> None:
    colleague = a_person(community, old.district)
    experience = an_experience(community, starts=[FALL])
    mine = take_seat(experience, teacher, by=teacher)
    take_seat(experience, colleague, by=colleague)
    assert [(one.slug, one.people) for one in team_ahead(old)] == [(experience.slug, 2)]
    give_up_seat(mine, by=teacher)
    assert [one.people for one in team_ahead(old)] == [1]
    for start in weekly(5, SPRING):
        take_seat(an_experience(community, starts=[start]), colleague, by=colleague)
    assert len(team_ahead(old)) == 4


def test_the_district_s_page_shows_what_lies_ahead(
    community: Community, old: Membership, teacher: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    experience = an_experience(community, starts=[FALL])
    sign_in(client, teacher)
    assert "Nobody of your district has a seat yet." in client.get("/example/district").text
    take_seat(experience, teacher, by=teacher)
    page = client.get("/example/district").text
    assert [experience.title in page, "1\u00a0colleague of yours" in page] == [True, True]


def test_from_the_day_after_its_last_one_nobody_of_a_district_gets_a_seat(
    community: Community, old: Membership, teacher: Account, at: At
) -> None:
    end_district(old, LAST, "It merged.", by=teacher)
    experience, later = (an_experience(community, starts=[SPRING]) for _ in range(2))
    at("2027-01-29 23:59")
    kept = take_seat(experience, teacher, by=teacher)
    at("2027-01-30 00:00")
    with pytest.raises(RuleBroken, match="work in a member district"):
        take_seat(later, teacher, by=teacher)
    assert db.session.get_one(Enrollment, kept.id).state == "seated"
