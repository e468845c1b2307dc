"""Taking a seat, giving it up, waiting in line: what happens, what is mailed, and what a refusal leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.communities.models import Community
from portal.communities.queries import public_version
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import History, history_of
from portal.districts.models import Affiliation
from portal.districts.operations import affiliate, end_affiliation
from portal.enrollments.models import Enrollment
from portal.enrollments.operations import give_up_seat, take_seat
from portal.enrollments.queries import place_in_line
from tests.enrollments.builders import (
    FALL,
    a_community,
    a_district,
    a_person,
    a_space,
    an_experience,
    owed,
    people,
    seat,
    states,
    taken,
    weekly,
)

pytestmark = pytest.mark.usefixtures("in_october", "well_counted")


def test_a_seat_is_taken_noted_and_mailed(community: Community) -> None:
    experience, [person] = an_experience(community), people(community, 1)
    before = public_version("example")
    mine = take_seat(experience, person, by=person)
    assert (mine.state, mine.queue_number, mine.seated_at) == ("seated", 1, mine.asked_at)
    assert taken(experience) == [1]
    assert [(row.verb, row.by_account_id) for row in history_of(mine)] == [("take seat", person.id)]
    assert owed() == [("seat_taken", person.email)]
    assert public_version("example") == before + 1


def test_the_enrollment_remembers_the_district_the_person_comes_from(community: Community) -> None:
    person, other, home = a_person(), a_district(community, is_member=False), a_district(community)
    affiliate(person, community.id, other, "teacher", date(2020, 1, 1), None)
    affiliate(person, community.id, home, "principal", date(2020, 1, 1), None)
    assert seat(an_experience(community), person)[0].district_id == home.id


def test_when_all_seats_are_taken_the_next_ones_wait_in_the_order_of_asking(community: Community) -> None:
    experience, everyone = an_experience(community, capacity=2), people(community, 4)
    mine = seat(experience, *everyone)
    assert states(experience) == ["seated", "seated", "waiting", "waiting"]
    assert [place_in_line(one.id) for one in mine[2:]] == [1, 2]
    assert owed()[2:] == [("waitlist_joined", everyone[2].email), ("waitlist_joined", everyone[3].email)]
    assert [row.data for row in history_of(mine[3])] == [{"place": 2}]


def test_a_freed_seat_goes_to_the_next_in_line_with_a_mail(community: Community) -> None:
    experience, everyone = an_experience(community, capacity=1), people(community, 3)
    mine = seat(experience, *everyone)
    give_up_seat(mine[0], by=everyone[0])
    assert states(experience) == ["given_up", "seated", "waiting"]
    assert taken(experience) == [1]
    assert place_in_line(mine[2].id) == 1
    assert owed()[3:] == [("seat_given_up", everyone[0].email), ("seat_freed", everyone[1].email)]
    assert [(row.verb, row.by_account_id) for row in history_of(mine[1])][1:] == [("move up", None)]


def test_a_seat_costs_a_dozen_statements_however_long_the_line_is(
    community: Community, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    experience, everyone = an_experience(community, capacity=1), people(community, 6)
    with count_queries() as seated:
        seat(experience, everyone[0])
    with count_queries() as first:
        seat(experience, everyone[1])
    seat(experience, *everyone[2:5])
    with count_queries() as last:
        seat(experience, everyone[5])
    # A few more than at the door, where the account and the community are known already.
    assert (len(seated), len(first), len(last)) == (14, 11, 11)


def test_asking_twice_gives_the_same_seat_and_no_second_mail(community: Community) -> None:
    experience, [person] = an_experience(community), people(community, 1)
    first = take_seat(experience, person, by=person)
    again = take_seat(experience, person, by=person)
    assert (again.id, again.queue_number) == (first.id, 1)
    assert (taken(experience), owed(), len(history_of(first))) == ([1], [("seat_taken", person.email)], 1)


def test_asking_twice_keeps_the_same_place_in_line(community: Community) -> None:
    experience, everyone = an_experience(community, capacity=0), people(community, 2)
    seat(experience, everyone[0], everyone[1], everyone[0])
    assert (states(experience), len(owed())) == (["waiting", "waiting"], 2)


def test_giving_up_twice_frees_one_seat_and_mails_once(community: Community) -> None:
    experience, everyone = an_experience(community, capacity=1), people(community, 3)
    mine = seat(experience, *everyone)
    give_up_seat(mine[0], by=everyone[0])
    give_up_seat(mine[0], by=everyone[0])
    assert states(experience) == ["given_up", "seated", "waiting"]
    assert [template for template, _ in owed()].count("seat_given_up") == 1


def test_whoever_leaves_the_line_frees_nothing(community: Community) -> None:
    experience, everyone = an_experience(community, capacity=1), people(community, 3)
    mine = seat(experience, *everyone)
    give_up_seat(mine[1], by=everyone[1])
    assert states(experience) == ["seated", "given_up", "waiting"]
    assert owed()[3:] == [("waitlist_left", everyone[1].email)]
    assert place_in_line(mine[2].id) == 1


def test_whoever_comes_back_starts_at_the_end_of_the_line(community: Community) -> None:
    experience, everyone = an_experience(community, capacity=1), people(community, 3)
    mine = seat(experience, *everyone)
    give_up_seat(mine[0], by=everyone[0])
    again = take_seat(experience, everyone[0], by=everyone[0])
    assert (again.id, again.state, again.queue_number, again.given_up_at) == (mine[0].id, "waiting", 4, None)
    assert place_in_line(again.id) == 2


def test_a_free_seat_is_not_public_while_somebody_waits(community: Community) -> None:
    experience, everyone = an_experience(community, capacity=1), people(community, 3)
    seat(experience, *everyone[:2])
    experience = db.session.get_one(Experience, experience.id)
    raise_capacity(experience, 2)
    assert seat(experience, everyone[2])[0].state == "waiting"


def test_a_series_takes_a_seat_in_every_session(community: Community) -> None:
    experience, [person] = an_experience(community, kind="series", starts=weekly(4)), people(community, 1)
    mine = take_seat(experience, person, by=person)
    assert (taken(experience), len(mine.seats)) == ([1, 1, 1, 1], 4)
    give_up_seat(mine, by=person)
    assert taken(experience) == [0, 0, 0, 0]


def test_a_series_with_one_full_session_gives_no_seat_at_all(community: Community) -> None:
    experience, [person] = an_experience(community, kind="series", starts=weekly(3)), people(community, 1)
    experience.sessions[1].pools[0].capacity = 0
    keep(experience)
    assert take_seat(experience, person, by=person).state == "waiting"
    assert taken(experience) == [0, 0, 0]


def test_a_gathering_of_two_days_is_one_seat_for_both(community: Community) -> None:
    days = [FALL, FALL + timedelta(days=1)]
    experience, everyone = an_experience(community, capacity=1, starts=days), people(community, 2)
    mine = seat(experience, *everyone)
    assert (states(experience), taken(experience)) == (["seated", "waiting"], [1, 1])
    give_up_seat(mine[0], by=everyone[0])
    assert (states(experience), taken(experience)) == (["given_up", "seated"], [1, 1])


def test_a_space_is_joined_meeting_by_meeting(community: Community) -> None:
    space, [person] = a_space(community), people(community, 1)
    mine = take_seat(space, person, by=person, session=space.sessions[1])
    assert (mine.session_id, taken(space)) == (space.sessions[1].id, [0, 1, 0])
    take_seat(space, person, by=person, session=space.sessions[2])
    assert taken(space) == [0, 1, 1]


def test_each_meeting_has_its_own_line(community: Community) -> None:
    space, everyone = a_space(community, capacity=1), people(community, 3)
    first, second = space.sessions[:2]
    held = take_seat(space, everyone[0], by=everyone[0], session=first)
    waits = take_seat(space, everyone[1], by=everyone[1], session=first)
    take_seat(space, everyone[0], by=everyone[0], session=second)
    other = take_seat(space, everyone[2], by=everyone[2], session=second)
    assert (place_in_line(waits.id), place_in_line(other.id)) == (1, 1)
    give_up_seat(held, by=everyone[0])
    assert (waits.state, other.state) == ("seated", "waiting")


def test_a_space_asks_which_meeting(community: Community) -> None:
    space, [person] = a_space(community), people(community, 1)
    refuse(space, person, "Choose the meeting")


def test_a_gathering_as_a_whole_ignores_a_named_session(community: Community) -> None:
    experience, [person] = an_experience(community, starts=weekly(2)), people(community, 1)
    mine = take_seat(experience, person, by=person, session=experience.sessions[1])
    assert (mine.session_id, taken(experience)) == (None, [1, 1])


def test_people_in_the_room_and_online_have_lines_of_their_own(community: Community) -> None:
    experience, everyone = an_experience(community, capacity=1, session_mode="blended"), people(community, 4)
    modes = ["in_person", "in_person", "online", "online"]
    mine = [take_seat(experience, one, by=one, mode=mode) for one, mode in zip(everyone, modes, strict=True)]
    assert [one.state for one in mine] == ["seated", "waiting", "seated", "waiting"]
    give_up_seat(mine[2], by=everyone[2])
    assert [one.state for one in mine] == ["seated", "waiting", "given_up", "seated"]
    assert taken(experience) == [1, 1]


def test_without_a_wish_side_by_side_means_in_the_room(community: Community) -> None:
    experience, [person] = an_experience(community, session_mode="blended"), people(community, 1)
    assert (take_seat(experience, person, by=person).mode, taken(experience)) == ("in_person", [1, 0])


def test_promotion_goes_on_after_sign_up_ended(community: Community, in_october: Callable[[str], datetime]) -> None:
    closes = datetime(2026, 10, 24, 4, tzinfo=UTC)
    experience, everyone = an_experience(community, capacity=1, closes_at=closes), people(community, 3)
    mine = seat(experience, *everyone[:2])
    in_october("2026-10-30 08:29")
    refuse(experience, everyone[2], "Sign-up was open until")
    give_up_seat(mine[0], by=everyone[0])
    assert states(experience) == ["given_up", "seated"]


def test_once_it_has_started_a_freed_seat_stays_free(
    community: Community, in_october: Callable[[str], datetime]
) -> None:
    experience, everyone = an_experience(community, capacity=1, starts=weekly(2)), people(community, 2)
    mine = seat(experience, *everyone)
    in_october("2026-11-03 08:30")
    give_up_seat(mine[0], by=everyone[0])
    assert (states(experience), taken(experience)) == (["given_up", "waiting"], [0, 0])


def test_when_it_is_over_nothing_can_be_given_up(community: Community, in_october: Callable[[str], datetime]) -> None:
    experience, [person] = an_experience(community), people(community, 1)
    [mine] = seat(experience, person)
    in_october("2026-11-03 14:30")
    with pytest.raises(RuleBroken, match="This is over"):
        give_up_seat(mine, by=person)
    assert (mine.state, taken(experience), len(owed())) == ("seated", [1], 1)


def test_the_wrong_person_is_refused(community: Community) -> None:
    teachers_only = an_experience(community, audience=["teacher"])
    outside = a_district(community, is_member=False)
    refuse(teachers_only, people(community, 1, role="principal")[0], "for other roles")
    refuse(teachers_only, a_person(community, outside), "work in a member district")
    refuse(teachers_only, a_person(), "work in a member district")


def test_a_job_that_has_ended_gives_no_seat(community: Community) -> None:
    [person] = people(community, 1)
    job = db.session.scalars(select(Affiliation).where(Affiliation.account_id == person.id)).one()
    end_affiliation(job, date(2026, 9, 30), None)
    refuse(an_experience(community), person, "work in a member district")


def test_a_job_in_another_community_gives_no_seat(community: Community) -> None:
    [stranger] = people(a_community("other"), 1)
    refuse(an_experience(community), stranger, "work in a member district")


def test_whoever_leads_it_without_working_in_a_district_takes_no_seat(community: Community) -> None:
    facilitator = a_person()
    refuse(an_experience(community, facilitator_id=facilitator.id), facilitator, "work in a member district")


@pytest.mark.parametrize(
    "fields, sentence",
    [
        ({"opens_at": datetime(2026, 10, 2, tzinfo=UTC)}, "Sign-up opens on"),
        ({"closes_at": datetime(2026, 9, 30, tzinfo=UTC)}, "Sign-up was open until"),
        ({"cancelled_at": datetime(2026, 9, 30, tzinfo=UTC)}, "was cancelled"),
        ({"starts": [datetime(2026, 10, 1, 13, tzinfo=UTC)]}, "has started"),
        ({"capacity": 0, "has_waitlist": False}, "no waitlist"),
        ({"is_published": False}, "not on the agenda"),
    ],
)
def test_the_wrong_time_is_refused(community: Community, fields: dict[str, Any], sentence: str) -> None:
    refuse(an_experience(community, **fields), people(community, 1)[0], sentence)


def refuse(experience: Experience, person: Account, sentence: str) -> None:
    """The asking is refused with this sentence, and nothing is left of it."""
    before = trace(experience)
    with pytest.raises(RuleBroken, match=sentence):
        take_seat(experience, person, by=person)
    assert trace(experience) == before


def trace(experience: Experience) -> tuple[Any, ...]:
    rows = [db.session.scalar(select(func.count()).select_from(table)) for table in (Enrollment, History)]
    return (*rows, owed(), taken(experience), experience.last_queue_number)


def raise_capacity(experience: Experience, capacity: int) -> None:
    experience.sessions[0].pools[0].capacity = capacity
    keep(experience)


def keep(experience: Experience) -> None:
    """What staff will do by an operation of their own later."""
    db.session.commit()
