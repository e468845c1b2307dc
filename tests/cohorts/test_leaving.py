from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.accounts.queries import find_account
from portal.cohorts.district_queries import team_with_roles
from portal.cohorts.handing_over import give_up_lead
from portal.cohorts.join_queries import REQUEST_PURPOSE
from portal.cohorts.joining import Joiner, ask_to_join, confirm_join
from portal.cohorts.leaving import end_district, give_back_seat, keep_district, leave_district, move_person
from portal.cohorts.leaving_queries import people_of
from portal.cohorts.models import TeamSeat
from portal.cohorts.operations import accept_offer, claim_team_seat, invite_to_team
from portal.communities.models import Community
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.core.tokens import token_of
from portal.districts.models import Affiliation, Membership
from portal.districts.operations import affiliate, begin_membership
from portal.districts.queries import affiliations_of, is_member, leads_of
from tests.cohorts.builders import (
    DECIDING,
    a_closing_round,
    a_community,
    a_district,
    a_lead,
    a_led_letter,
    a_staff_member,
    an_offer,
    everything,
    link_to,
    owed,
    seats_of,
    team_on,
)
from tests.cohorts.rush import meet_at, no_lock

At = Callable[[str], Any]
Rush = Callable[..., list[Any]]
TEACHER = "teacher.harbor@example.org"
LEAVING = "portal.cohorts.leaving"
DEC_15, JAN_29, JAN_30 = date(2026, 12, 15), date(2027, 1, 29), date(2027, 1, 30)


@pytest.fixture
def member(app: Flask, at: At) -> Membership:
    """Harbor, a member since December 15, with the lead and a teacher on its team, and a third seat free."""
    at(DECIDING)
    return a_member()


def a_member() -> Membership:
    community = a_community()
    letter = a_led_letter(a_closing_round(community))
    member = accept_offer(an_offer(letter, a_staff_member(community)), leads_of(1, letter.district_id)[0])
    claim_team_seat(link_to(seats_of(member.id)[1]), "Teacher")
    return member


@pytest.fixture
def river(member: Membership) -> Membership:
    """Another member district with a free seat for a teacher."""
    membership = begin_membership(1, a_district("River"), DEC_15, None)
    with transaction():
        db.session.add(TeamSeat(membership_id=membership.id, role="teacher-sped", from_date=DEC_15))
    return membership


@pytest.fixture
def lead(member: Membership) -> Account:
    return leads_of(1, member.district_id)[0]


def teacher() -> Account:
    account = find_account(TEACHER)
    assert account is not None
    return account


def job_of(account: Account) -> Affiliation:
    return affiliations_of(account.id, 1)[0]


def test_a_seat_comes_back_to_the_district_the_day_after_and_the_person_goes_on_working(
    member: Membership, lead: Account
) -> None:
    seat = seats_of(member.id)[1]
    free = give_back_seat(seat, JAN_29, by=lead)
    assert (seat.to_date, seat.name, job_of(teacher()).to_date) == (JAN_29, "Teacher", None)
    assert (free.role, free.school, free.name, free.email, free.from_date) == (
        "teacher-sped", "Harbor Middle", "", "", JAN_30,
    )  # fmt: skip
    assert [(row.verb, row.by_account_id) for row in history_of(seat)][-1] == ("give back", lead.id)


def test_until_the_last_day_the_team_shows_both_and_after_it_only_the_free_seat(
    member: Membership, lead: Account, at: At
) -> None:
    seat = seats_of(member.id)[1]
    free = give_back_seat(seat, JAN_29, by=lead)
    at("2027-01-29 23:59")
    assert [one.id for one, _ in team_with_roles(member)][1:] == [seat.id, seat.id + 1, free.id]
    at("2027-01-30 00:00")
    assert [one.id for one, _ in team_with_roles(member)][1:] == [seat.id + 1, free.id]
    assert team_on(member, JAN_29) == ["Head", "Teacher"]
    assert team_on(member, JAN_30) == ["Head"]


def test_a_seat_that_comes_back_is_given_to_nobody_before_its_day(member: Membership, lead: Account, at: At) -> None:
    free = give_back_seat(seats_of(member.id)[1], JAN_29, by=lead)
    at("2027-01-29 23:59")
    before = everything()
    with pytest.raises(RuleBroken, match="free from January 30, 2027"):
        invite_to_team(free, "Nurse", "nurse@example.org", lead)
    assert (everything(), free.email) == (before, "")
    at("2027-01-30 00:00")
    invite_to_team(free, "Nurse", "nurse@example.org", lead)
    claim_team_seat(link_to(free), "Nurse")
    assert (team_on(member, JAN_29), team_on(member, JAN_30)) == (["Head", "Teacher"], ["Head", "Nurse"])


def test_an_invitation_to_a_seat_is_not_used_before_the_seat_is_there(
    member: Membership, lead: Account, at: At
) -> None:
    seat = seats_of(member.id)[2]
    invite_to_team(seat, "Nurse", "nurse@example.org", lead)
    with transaction():
        seat.from_date = JAN_30
    at("2027-01-10 09:00")
    before = everything()
    with pytest.raises(RuleBroken, match="free from January 30, 2027"):
        claim_team_seat(link_to(seat), "Nurse")
    assert (everything(), seat.affiliation_id) == (before, None)


def test_who_leaves_the_district_loses_job_and_seat_on_one_day_and_is_told(member: Membership, lead: Account) -> None:
    job = job_of(teacher())
    leave_district(job, JAN_29, by=lead)
    seat = seats_of(member.id)[1]
    assert (job.to_date, seat.to_date, len(seats_of(member.id))) == (JAN_29, JAN_29, 4)
    assert owed("job_ends") == [("job_ends", TEACHER)]


def test_all_jobs_in_the_district_end_but_none_elsewhere(member: Membership, river: Membership, lead: Account) -> None:
    account = teacher()
    with transaction():
        affiliate(account, 1, member.district, "coach", DEC_15, None)
        affiliate(account, 1, river.district, "teacher-sped", DEC_15, None)
    leave_district(job_of(account), JAN_29, by=lead)
    ends = {(job.district_id, job.role): job.to_date for job in affiliations_of(account.id, 1)}
    assert ends == {
        (member.district_id, "teacher-sped"): JAN_29,
        (member.district_id, "coach"): JAN_29,
        (river.district_id, "teacher-sped"): None,
    }


def test_who_says_so_themselves_has_the_leads_told(member: Membership, lead: Account) -> None:
    account = teacher()
    leave_district(job_of(account), JAN_29, by=account)
    assert owed("job_ends") == [("job_ends", lead.email)]


def test_leaving_twice_is_leaving_once(member: Membership, lead: Account) -> None:
    job = job_of(teacher())
    leave_district(job, JAN_29, by=lead)
    before = everything()
    leave_district(job, JAN_29, by=lead)
    assert everything() == before
    with pytest.raises(RuleBroken, match="ended on January 29, 2027 already"):
        leave_district(job, JAN_30, by=lead)
    assert everything() == before


def test_a_seat_is_given_back_once(member: Membership, lead: Account) -> None:
    seat = seats_of(member.id)[1]
    give_back_seat(seat, JAN_29, by=lead)
    before = everything()
    with pytest.raises(RuleBroken, match="goes back to the district after January 29, 2027 already"):
        give_back_seat(seat, JAN_30, by=lead)
    assert everything() == before


@pytest.mark.parametrize(
    ("day", "sentence"),
    [(date(2026, 12, 14), "began on December 15, 2026"), (date(2028, 1, 1), "within a year from now")],
)
def test_a_last_day_that_cannot_be_leaves_everything_as_it_was(
    member: Membership, lead: Account, day: date, sentence: str
) -> None:
    seat, job = seats_of(member.id)[1], job_of(teacher())
    before = everything()
    for verb in (lambda: give_back_seat(seat, day, by=lead), lambda: leave_district(job, day, by=lead)):
        with pytest.raises(RuleBroken, match=sentence):
            verb()
    assert everything() == before


def test_a_seat_in_which_nobody_joined_is_not_given_back(member: Membership, lead: Account) -> None:
    before = everything()
    with pytest.raises(RuleBroken, match="Nobody has joined in this seat"):
        give_back_seat(seats_of(member.id)[2], JAN_29, by=lead)
    assert everything() == before


def test_who_acts_for_the_district_hands_the_lead_over_first(member: Membership, lead: Account) -> None:
    before = everything()
    with pytest.raises(RuleBroken, match="Hand the lead over, or give it up, first"):
        leave_district(job_of(lead), JAN_29, by=lead)
    assert everything() == before
    a_lead(db.session.query(Community).one(), member.district, "second@example.org")
    give_up_lead(1, member.district, lead, by=lead)
    leave_district(job_of(lead), JAN_29, by=lead)
    assert job_of(lead).to_date == JAN_29


def test_an_educator_who_moves_works_here_until_the_day_before_and_there_from_the_day_on(
    member: Membership, river: Membership, at: At
) -> None:
    account, staff = teacher(), find_account("staff@example.org")
    assert staff is not None
    old = job_of(account)
    move_person(old, river, "teacher-sped", JAN_30, by=staff)
    [new] = affiliations_of(account.id, 1, on=JAN_30)
    assert (old.to_date, new.from_date, new.to_date) == (JAN_29, JAN_30, None)
    [seat] = seats_of(river.id)
    assert (seat.email, seat.affiliation_id) == (TEACHER, new.id)
    assert [team_on(river, day) for day in (JAN_29, JAN_30)] == [[], ["Teacher"]]
    with transaction():
        db.session.add(TeamSeat(membership_id=river.id, role="teacher-sped", from_date=DEC_15))
    before = everything()
    move_person(old, river, "teacher-sped", JAN_30, by=staff)
    assert (everything(), team_on(river, JAN_30)) == (before, ["Teacher"])
    for day, where in ((DEC_15, member), (JAN_29, member), (JAN_30, river)):
        assert [job.district_id for job in affiliations_of(account.id, 1, on=day)] == [where.district_id]
    assert team_on(member, JAN_29) == ["Head", "Teacher"]
    assert team_on(member, JAN_30) == ["Head"]
    assert owed("job_ends") + owed("job_begins") == [("job_ends", TEACHER), ("job_begins", TEACHER)]


def test_who_goes_to_no_member_just_leaves(member: Membership, lead: Account) -> None:
    job = job_of(teacher())
    move_person(job, None, "", JAN_30, by=lead)
    assert (job.to_date, affiliations_of(teacher().id, 1, on=JAN_30)) == (JAN_29, [])
    assert (len(owed("job_ends")), owed("job_begins")) == (1, [])


@pytest.mark.parametrize(
    ("role", "day", "sentence"),
    [
        ("headmaster", JAN_30, "Choose your job"),
        ("teacher-sped", DEC_15, "began on December 15"),
        ("teacher-sped", date(2028, 6, 1), "within a year"),
    ],
)
def test_a_move_that_cannot_be_changes_nothing(
    member: Membership, river: Membership, lead: Account, role: str, day: date, sentence: str
) -> None:
    before = everything()
    with pytest.raises(RuleBroken, match=sentence):
        move_person(job_of(teacher()), river, role, day, by=lead)
    assert everything() == before


def test_nobody_moves_to_the_same_district_or_to_one_that_is_no_member_then(
    member: Membership, river: Membership, lead: Account
) -> None:
    job = job_of(teacher())
    end_district(river, date(2027, 1, 15), "It merged.", by=lead)
    before = everything()
    with pytest.raises(RuleBroken, match="not a member now"):
        move_person(job, river, "teacher-sped", JAN_30, by=lead)
    with pytest.raises(RuleBroken, match="another district than the one"):
        move_person(job, member, "teacher-sped", JAN_30, by=lead)
    assert everything() == before


def test_a_district_that_leaves_keeps_all_it_has_until_its_last_day(member: Membership, lead: Account, at: At) -> None:
    staff = find_account("staff@example.org")
    assert staff is not None
    end_district(member, JAN_29, "  The district\nmerged. ", by=staff)
    assert [(row.verb, row.note) for row in history_of(member)][-1] == ("end", "The district merged.")
    assert owed("membership_ends") == [("membership_ends", lead.email), ("membership_ends", staff.email)]
    for wall, is_in in (("2027-01-29 23:59", True), ("2027-01-30 00:00", False)):
        at(wall)
        assert is_member(1, member.district_id) is is_in


def test_a_membership_ends_once_with_a_reason_and_not_before_it_began(member: Membership, lead: Account) -> None:
    before = everything()
    for day, reason, sentence in (
        (JAN_29, " ", "Write why"),
        (date(2026, 12, 1), "It merged.", "began on December 15"),
        (date(2030, 1, 1), "It merged.", "within a year"),
    ):
        with pytest.raises(RuleBroken, match=sentence):
            end_district(member, day, reason, by=lead)
    assert everything() == before
    end_district(member, JAN_29, "It merged.", by=lead)
    before = everything()
    with pytest.raises(RuleBroken, match="ends on January 29, 2027 already"):
        end_district(member, JAN_30, "It merged.", by=lead)
    assert everything() == before


def test_the_end_can_be_taken_back_until_the_last_day_is_over(member: Membership, lead: Account, at: At) -> None:
    end_district(member, JAN_29, "It merged.", by=lead)
    keep_district(member, by=lead)
    before = everything()
    keep_district(member, by=lead)
    assert (member.to_date, everything()) == (None, before)
    assert len(owed("membership_kept")) == 2
    end_district(member, JAN_29, "It merged.", by=lead)
    at("2027-01-30 09:00")
    before = everything()
    with pytest.raises(RuleBroken, match="has ended"):
        keep_district(member, by=lead)
    assert everything() == before


def test_an_end_cannot_be_taken_back_once_the_district_is_to_join_again(member: Membership, lead: Account) -> None:
    end_district(member, JAN_29, "It merged.", by=lead)
    begin_membership(1, member.district, date(2027, 7, 1), None)
    before = everything()
    with pytest.raises(RuleBroken, match="joins again after that day"):
        keep_district(member, by=lead)
    assert everything() == before


def test_a_seat_of_a_district_that_has_left_cannot_be_claimed(member: Membership, lead: Account, at: At) -> None:
    with transaction():
        seat = seats_of(member.id)[2]
        seat.name, seat.email = "Nurse", "nurse@example.org"
    invite_to_team(seat, "Nurse", "nurse@example.org", lead)
    token = link_to(seat)
    end_district(member, date(2026, 12, 20), "It merged.", by=lead)
    at("2026-12-21 09:00")
    before = everything()
    with pytest.raises(RuleBroken, match="not a member now"):
        claim_team_seat(token, "Nurse")
    assert everything() == before


def test_the_list_of_people_leaves_out_who_has_gone(member: Membership, lead: Account) -> None:
    leave_district(job_of(teacher()), JAN_29, by=lead)
    there = [
        [job.account.email for job in db.session.scalars(people_of(member, day)).unique()] for day in (JAN_29, JAN_30)
    ]
    assert there == [[lead.email, TEACHER], [lead.email]]


def two_presses_on_give_back(two_at_once: Rush) -> int:
    member = a_member()
    lead, seat, number = leads_of(1, member.district_id)[0].id, seats_of(member.id)[1].id, member.id

    def press(n: int) -> None:
        give_back_seat(db.session.get_one(TeamSeat, seat), JAN_29, by=db.session.get_one(Account, lead))

    two_at_once(press)
    db.session.rollback()
    return len(seats_of(number))


def test_two_presses_give_back_one_seat(app: Flask, at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    at(DECIDING)
    meet_at(monkeypatch, LEAVING, "check_seat_end")
    assert two_presses_on_give_back(two_at_once) == 4


def test_without_the_lock_two_presses_give_back_two(
    app: Flask, at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(DECIDING)
    meet_at(monkeypatch, LEAVING, "check_seat_end", seconds=10)
    with no_lock(monkeypatch, LEAVING):
        assert two_presses_on_give_back(two_at_once) == 5


def two_for_the_last_seat(two_at_once: Rush) -> tuple[int, list[Any]]:
    """Two colleagues confirm at one instant, and one seat of their job is free."""
    member = a_member()
    with transaction():
        member.district.domain = "harborschools.org"
    tokens = []
    for name in ("ann", "ben"):
        request = ask_to_join(member, Joiner(name, f"{name}@harborschools.org", "teacher-sped"))
        tokens.append(token_of(request, REQUEST_PURPOSE))
    number = member.id
    answers = two_at_once(lambda n: confirm_join(tokens[n]).outcome)
    db.session.rollback()
    claims = [row for seat in seats_of(number) for row in history_of(seat) if row.verb == "claim"]
    return len(claims) - 1, answers  # the teacher's own is one


def test_two_who_claim_the_last_seat_at_once_are_both_in_and_one_has_it(
    app: Flask, at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(DECIDING)
    meet_at(monkeypatch, "portal.cohorts.joining", "seats_for")
    assert two_for_the_last_seat(two_at_once) == (1, ["joined", "joined"])


def test_without_the_lock_the_last_seat_is_claimed_twice(
    app: Flask, at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(DECIDING)
    meet_at(monkeypatch, "portal.cohorts.joining", "seats_for", seconds=10)
    with no_lock(monkeypatch, "portal.cohorts.joining"):
        claims, _ = two_for_the_last_seat(two_at_once)
    assert claims == 2
