"""What the front doors read: members and their numbers, cohorts, the round, the next gatherings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from portal.communities.models import Community
from portal.communities.operations import set_beliefs, set_figures
from portal.core import clock
from portal.core.db import transaction
from portal.districts.operations import end_membership
from portal.home.queries import front_page, members_page, next_gatherings
from tests.enrollments.builders import FALL, a_person, an_experience, seat
from tests.enrollments.builders import a_district as a_member_district
from tests.home.builders import a_cohort, a_community, a_member
from tests.rounds.builders import AFTER, BEFORE, LATE, OPEN, a_draft, a_round

Stop = Callable[[str], datetime]


@pytest.fixture
def community(app: object, at: Stop) -> Community:
    """A community while its letters are open."""
    at(OPEN)
    return a_community()


def test_the_front_page_of_a_new_community_is_empty_and_whole(community: Community) -> None:
    page = front_page(community)
    assert (page["round"], page["stage"], page["open_places"], page["count"]) == (None, "", None, 0)
    assert [page[name] for name in ("growth", "totals", "gatherings", "beliefs", "figures")] == [[], [], [], [], []]


def test_numbers_cover_the_members_that_have_them(community: Community) -> None:
    a_member(community, students="4525")
    a_member(community, students="928", joined=date(2021, 7, 1))
    a_member(community, students="")
    page = front_page(community)
    [total] = page["totals"]
    assert (total.words, total.value, total.known, total.members) == ("students", 5453, 2, 3)
    assert [(step.words, step.total) for step in page["growth"]] == [("districts in 2020", 2), ("by 2021", 3)]


def test_who_left_is_no_member_any_more(community: Community) -> None:
    membership = a_member(community)
    end_membership(membership, clock.now().date() - timedelta(days=1), None)
    assert (front_page(community)["count"], members_page(community)["count"]) == (0, 0)


@pytest.mark.parametrize(
    ("moment", "stage", "places"),
    [(BEFORE, "upcoming", 0), (OPEN, "open", 3), (LATE, "grace", 0), (AFTER, "closed", 0)],
)
def test_open_places_are_drawn_only_while_letters_are_open(
    community: Community, at: Stop, moment: str, stage: str, places: int
) -> None:
    a_round(community)
    at(moment)
    page = front_page(community)
    assert (page["stage"], len(page["open_places"].circles) if page["open_places"] else 0) == (stage, places)


def test_a_draft_is_nobody_s_business(community: Community) -> None:
    a_draft(community)
    assert front_page(community)["round"] is None


def test_beliefs_and_figures_stand_in_their_order(community: Community) -> None:
    set_beliefs(community, ["Second thoughts", "A first belief"])
    row = {"words": "convenings", "source": "public pages", "year": "2015"}
    set_figures(community, [{"value": "111", **row}, {"value": "12", **row}])
    page = front_page(community)
    assert (page["beliefs"], [figure.value for figure in page["figures"]]) == (
        ["Second thoughts", "A first belief"],
        ["111", "12"],
    )


def test_the_soonest_gatherings_come_first_and_three_at_most(community: Community) -> None:
    titles = [an_experience(community, starts=[FALL + timedelta(days=day)]).title for day in (3, 1, 2, 4)]
    assert [one.title for one in next_gatherings(community.id)] == [titles[1], titles[2], titles[0]]


def test_a_gathering_says_how_many_of_its_seats_are_taken(community: Community) -> None:
    experience = an_experience(community)
    seat(experience, a_person(community, a_member_district(community)))
    [shown] = next_gatherings(community.id)
    assert (shown.slug, shown.starts_at, shown.taken, shown.capacity) == (experience.slug, FALL, 1, 3)


def test_what_is_over_cancelled_unpublished_of_another_kind_or_elsewhere_is_not_next(
    community: Community, at: Stop
) -> None:
    an_experience(community, is_published=False)
    an_experience(community, kind="series")
    an_experience(a_community("ecet2", "Teachers"))
    cancelled = an_experience(community)
    with transaction():
        cancelled.cancelled_at = clock.now()
    an_experience(community, starts=[FALL - timedelta(days=60)])
    assert next_gatherings(community.id) == []


def test_members_stand_in_their_cohorts_and_the_others_apart(community: Community) -> None:
    danvers, beverly, andover = (a_member(community, name) for name in ("Danvers", "Beverly", "Andover"))
    a_cohort(community, danvers, beverly)
    page = members_page(community)
    [(cohort, group)] = page["cohorts"]
    assert (cohort.name, [row.district.name for row in group]) == ("Cohort 1", ["Beverly", "Danvers"])
    assert ([row.id for row in page["others"]], page["count"]) == ([andover.id], 3)
    assert page["facts"][beverly.district_id]["students"].value == "4525"


def test_members_of_another_community_are_not_counted(community: Community) -> None:
    a_member(a_community("ecet2", "Teachers"))
    assert members_page(community) == {"cohorts": [], "others": [], "facts": {}, "count": 0}
