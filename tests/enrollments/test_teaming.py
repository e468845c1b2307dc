"""Colleagues who are enrolled in one go, and who wait together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from portal.communities.models import Community
from portal.core.db import db
from portal.enrollments.approving import approve
from portal.enrollments.holding import share_seats
from portal.enrollments.models import EnrollmentTeam
from portal.enrollments.operations import change_mode, give_up_seat, take_seat, wait_for_room
from portal.enrollments.people_rules import enrolled_words
from portal.enrollments.queries import find_enrollment
from portal.enrollments.sizing import set_capacity
from portal.enrollments.teaming import enroll_together, leave_team, split_team
from tests.enrollments.builders import (
    a_person,
    an_experience,
    colleagues,
    counted,
    miscounted,
    owed,
    people,
    refused,
    seat,
    states,
)

At = Callable[[str], datetime]
WAYS = ("in_person", "online")


pytestmark = pytest.mark.usefixtures("in_october")


def test_all_of_them_get_seats_while_there_are_enough(community: Community, mailbox: Callable[[], list[Any]]) -> None:
    district, lead, everyone = colleagues(community, 3)
    experience = an_experience(community)
    mine = enroll_together(experience, everyone, by=lead, district_id=district.id)
    assert [(one.state, one.account_id, one.asked_by_id) for one in mine] == [
        ("seated", person.id, lead.id) for person in everyone
    ]
    mails = mailbox()
    assert [mail.to for mail in mails] == [person.email for person in everyone]
    assert f"{lead.name} enrolled you. You have a seat in" in mails[0].text
    assert miscounted() == []


def test_those_for_whom_there_is_no_seat_wait_in_line(community: Community, mailbox: Callable[[], list[Any]]) -> None:
    district, lead, everyone = colleagues(community, 3)
    experience = an_experience(community, capacity=2)
    mine = enroll_together(experience, everyone, by=lead, district_id=district.id)
    assert [(one.state, one.team_id) for one in mine] == [("seated", None), ("seated", None), ("waiting", None)]
    assert "You are 1st in line" in mailbox()[-1].text


def test_together_all_of_them_wait_when_one_seat_is_missing(community: Community) -> None:
    district, lead, everyone = colleagues(community, 3)
    experience = an_experience(community, capacity=3)
    seat(experience, *people(community, 1))
    mine = enroll_together(experience, everyone, by=lead, district_id=district.id, waits_together=True)
    team = db.session.query(EnrollmentTeam).one()
    assert [(one.state, one.team_id) for one in mine] == [("waiting", team.id)] * 3
    assert (team.district_id, counted(experience)) == (district.id, [(1, 0)])


def test_more_people_than_there_are_seats_cannot_wait_together(community: Community) -> None:
    district, lead, everyone = colleagues(community, 3)
    experience = an_experience(community, capacity=2)
    refused(
        lambda: enroll_together(experience, everyone, by=lead, district_id=district.id, waits_together=True),
        experience, "2\xa0seats are all there is, so 3 people can never get them together",
    )  # fmt: skip


def test_together_they_need_no_team_when_all_find_a_seat(community: Community) -> None:
    district, lead, everyone = colleagues(community, 3)
    enroll_together(an_experience(community), everyone, by=lead, district_id=district.id, waits_together=True)
    assert db.session.query(EnrollmentTeam).count() == 0


def test_a_team_moves_up_when_there_is_room_for_all_of_it_and_others_pass_until_then(community: Community) -> None:
    district, lead, everyone = colleagues(community, 2)
    experience = an_experience(community, capacity=2)
    [first, second] = seat(experience, *people(community, 2))
    team = enroll_together(experience, everyone, by=lead, district_id=district.id, waits_together=True)
    [single] = seat(experience, *people(community, 1))
    give_up_seat(first, by=lead)
    assert ([one.state for one in team], single.state) == (["waiting", "waiting"], "seated")
    give_up_seat(second, by=lead)
    give_up_seat(single, by=lead)
    assert ([one.state for one in team], counted(experience), miscounted()) == (["seated", "seated"], [(2, 0)], [])


def test_more_seats_serve_the_team_before_the_public(community: Community) -> None:
    district, lead, everyone = colleagues(community, 2)
    experience = an_experience(community, capacity=2)
    seat(experience, *people(community, 1))
    team = enroll_together(experience, everyone, by=lead, district_id=district.id, waits_together=True)
    set_capacity(experience, {"in_person": 3}, by=lead)
    assert [one.state for one in team] == ["seated", "seated"]


def test_a_team_that_is_let_go_moves_up_one_by_one_and_twice_is_once(community: Community) -> None:
    district, lead, everyone = colleagues(community, 2)
    experience = an_experience(community, capacity=2)
    seat(experience, *people(community, 1))
    mine = enroll_together(experience, everyone, by=lead, district_id=district.id, waits_together=True)
    team = db.session.query(EnrollmentTeam).one()
    split_team(team, by=lead)
    split_team(team, by=lead)
    assert ([one.state for one in mine], miscounted()) == (["seated", "waiting"], [])


def test_one_of_a_team_goes_on_alone_at_the_same_place_in_line(community: Community) -> None:
    district, lead, everyone = colleagues(community, 3)
    experience = an_experience(community, capacity=3)
    seat(experience, *people(community, 2))
    mine = enroll_together(experience, everyone, by=lead, district_id=district.id, waits_together=True)
    leave_team(mine[1], by=everyone[1])
    leave_team(mine[1], by=everyone[1])
    assert [(one.state, one.team_id is None) for one in mine] == [
        ("waiting", False), ("seated", True), ("waiting", False),
    ]  # fmt: skip


def test_once_they_sit_what_they_wait_for_later_they_wait_for_alone(community: Community) -> None:
    district, lead, everyone = colleagues(community, 2)
    experience = an_experience(community, capacity=2, session_mode="blended")
    others = people(community, 2)
    for one in others:
        take_seat(experience, one, by=one, mode="in_person")
    seats = [take_seat(experience, one, by=one, mode="online") for one in people(community, 1)]
    team = enroll_together(
        experience, everyone, by=lead, district_id=district.id, mode="online", waits_together=True
    )  # fmt: skip
    give_up_seat(seats[0], by=lead)
    assert [one.state for one in team] == ["seated", "seated"]
    for mine, person in zip(team, everyone, strict=True):
        wait_for_room(mine, by=person)
    give_up_seat(find_enrollment(experience.id, None, others[0].id), by=others[0])
    assert [(one.mode, one.waits_for) for one in team] == [("in_person", None), ("online", "in_person")]


def test_whoever_changes_line_leaves_the_team_and_takes_nobody_to_its_end(community: Community) -> None:
    district, lead, everyone = colleagues(community, 2)
    experience, [later] = an_experience(community, capacity=2, session_mode="blended"), people(community, 1)
    full = [take_seat(experience, one, by=one, mode=mode) for mode in WAYS for one in people(community, 2)]
    team = enroll_together(
        experience, everyone, by=lead, district_id=district.id, mode="in_person", waits_together=True
    )  # fmt: skip
    last = take_seat(experience, later, by=later, mode="in_person")
    change_mode(team[0], "online", by=everyone[0])
    give_up_seat(full[0], by=lead)
    assert ([one.state for one in team], last.state) == (["waiting", "seated"], "waiting")


def test_who_has_a_seat_or_waits_keeps_what_they_have(community: Community) -> None:
    district, lead, everyone = colleagues(community, 2)
    experience = an_experience(community)
    [first] = seat(experience, everyone[0])
    before = len(owed())
    mine = enroll_together(experience, everyone, by=lead, district_id=district.id)
    again = enroll_together(experience, everyone, by=lead, district_id=district.id)
    assert ([one.id for one in mine], mine[0].id) == ([one.id for one in again], first.id)
    assert (len(owed()) - before, counted(experience)) == (1, [(2, 0)])


def test_who_was_asked_about_needs_no_second_yes(community: Community) -> None:
    district, lead, [person] = colleagues(community, 1)
    experience = an_experience(community, needs_approval=True)
    [asked] = seat(experience, person)
    assert asked.state == "pending"
    [mine] = enroll_together(experience, [person], by=lead, district_id=district.id)
    assert (mine.id, mine.state, mine.queue_number) == (asked.id, "seated", asked.queue_number)


def test_a_team_passes_nobody_by_the_older_request_of_one_of_them(community: Community) -> None:
    district, lead, everyone = colleagues(community, 2)
    _, other, [waits] = colleagues(community, 1)
    experience = an_experience(community, capacity=2, needs_approval=True)
    _, more, _ = colleagues(community, 0)
    seat(experience, other, more)
    seat(experience, everyone[0])  # asks, before the one who waits
    [theirs] = seat(experience, waits)
    approve(theirs, by=other)
    team = enroll_together(experience, everyone, by=lead, district_id=district.id, waits_together=True)
    set_capacity(experience, {"in_person": 4}, by=None)
    assert (theirs.state, [one.state for one in team]) == ("seated", ["waiting", "waiting"])
    set_capacity(experience, {"in_person": 5}, by=None)
    assert ([one.state for one in team], miscounted()) == (["seated", "seated"], [])


def test_they_take_their_districts_share(community: Community) -> None:
    district, lead, everyone = colleagues(community, 2)
    experience = an_experience(community, capacity=2)
    share = share_seats(experience, 2, date(2026, 10, 20), by=lead, district_id=district.id)
    mine = enroll_together(experience, everyone, by=lead, district_id=district.id, waits_together=True)
    assert ([one.hold_id for one in mine], counted(experience)) == ([share.id, share.id], [(2, 0)])


def test_nobody_overtakes_who_waits_already(community: Community) -> None:
    district, lead, [person] = colleagues(community, 1)
    experience = an_experience(community, capacity=1)
    [seated, _] = seat(experience, *people(community, 2))
    [mine] = enroll_together(experience, [person], by=lead, district_id=district.id)
    give_up_seat(seated, by=lead)
    assert (mine.state, states(experience)) == ("waiting", ["given_up", "seated", "waiting"])


def test_where_no_line_is_kept_and_seats_do_not_suffice_nobody_is_enrolled(community: Community) -> None:
    district, lead, everyone = colleagues(community, 3)
    experience = an_experience(community, capacity=2, has_waitlist=False)
    refused(
        lambda: enroll_together(experience, everyone, by=lead, district_id=district.id), experience,
        "not enough seats for all of them",
    )  # fmt: skip


def test_one_of_another_district_stops_all_of_them(community: Community) -> None:
    district, lead, [person] = colleagues(community, 1)
    experience, [stranger] = an_experience(community), people(community, 1)
    refused(
        lambda: enroll_together(experience, [person, stranger], by=lead, district_id=district.id), experience,
        "does not work in your district",
    )  # fmt: skip


def test_one_for_whom_it_is_not_meant_stops_all_of_them(community: Community) -> None:
    district, lead, [person] = colleagues(community, 1)
    principal = a_person(community, district, "principal")
    experience = an_experience(community, audience=["teacher"])
    refused(
        lambda: enroll_together(experience, [person, principal], by=lead, district_id=district.id), experience,
        f"This is not for {principal.name}",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-09-15 09:00", "Sign-up opens on"),
        ("2026-10-11 09:00", "Sign-up was open until"),
        ("2026-11-03 09:00", "This has started"),
    ],
)
def test_leads_keep_to_the_window_as_everybody(community: Community, in_october: At, moment: str, words: str) -> None:
    district, lead, [person] = colleagues(community, 1)
    window = {"opens_at": date(2026, 10, 1), "closes_at": date(2026, 10, 10)}
    experience = an_experience(community, **window)
    in_october(moment)
    refused(lambda: enroll_together(experience, [person], by=lead, district_id=district.id), experience, words)


def test_jobs_and_what_people_have_are_read_in_one_go(community: Community, count_queries: Callable[[], Any]) -> None:
    asked = []
    for how_many in (1, 4):
        district, lead, everyone = colleagues(community, how_many)
        experience = an_experience(community, capacity=9)
        with count_queries() as statements:
            enroll_together(experience, everyone, by=lead, district_id=district.id)
        asked.append(
            [sum(f"FROM {table} " in one.replace("\n", " ") and "count(" not in one for one in statements)
             for table in ("affiliations", "enrollments")]
        )  # fmt: skip
        assert states(experience) == ["seated"] * how_many
    assert asked == [[1, 1], [1, 1]]


def test_nobody_and_too_many_at_once_are_refused(community: Community) -> None:
    _, lead, [person] = colleagues(community, 1)
    experience = an_experience(community)
    refused(lambda: enroll_together(experience, [], by=lead), experience, "Choose at least one person")
    refused(lambda: enroll_together(experience, [person] * 31, by=lead), experience, "Enroll 30 people at most")


@pytest.mark.parametrize(
    ("states", "words"),
    [
        (["seated"], "1\xa0person has a seat. Each is told by mail."),
        (["seated", "seated", "waiting"], "2\xa0people have a seat. 1\xa0person is in line. Each is told by mail."),
        (["waiting", "waiting"], "2\xa0people are in line. Each is told by mail."),
    ],
)
def test_what_came_of_it_is_told(states: list[str], words: str) -> None:
    assert enrolled_words(states) == words
