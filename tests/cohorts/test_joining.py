from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account
from portal.accounts.queries import find_account
from portal.cohorts.join_queries import LINK_PURPOSE, REQUEST_PURPOSE, running_link
from portal.cohorts.joining import Joiner, ask_to_join, confirm_join, end_join_link, make_join_link, settle_request
from portal.cohorts.models import JoinRequest, TeamSeat
from portal.cohorts.operations import accept_offer
from portal.core.clock import now
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken, TooManyTries
from portal.core.history import history_of
from portal.core.tokens import find, token_of
from portal.districts.models import Membership
from portal.districts.operations import affiliate, end_membership
from portal.districts.queries import affiliations_of, leads_of
from tests.cohorts.builders import (
    DECIDING,
    a_closing_round,
    a_community,
    a_district,
    a_led_letter,
    a_staff_member,
    an_offer,
    everything,
    owed,
    seats_of,
)

At = Callable[[str], Any]
OWN, OTHER = "nurse@harborschools.org", "nurse@example.org"


@pytest.fixture
def member(app: Flask, at: At) -> Membership:
    """Harbor, just a member: the lead's own seat, an invited one, an open one for special education."""
    at(DECIDING)
    community = a_community()
    letter = a_led_letter(a_closing_round(community))
    with transaction():
        letter.district.domain = "harborschools.org"
    return accept_offer(an_offer(letter, a_staff_member(community)), lead_of(letter.district_id))


def lead_of(district_id: int) -> Account:
    return leads_of(1, district_id)[0]


def asking(email: str = OWN, role: str = "teacher-sped", name: str = "Nurse") -> Joiner:
    return Joiner(name, email, role)


def link_of(request: JoinRequest) -> str:
    return token_of(request, REQUEST_PURPOSE)


def joined_by(member: Membership, joiner: Joiner) -> JoinRequest:
    return confirm_join(link_of(ask_to_join(member, joiner)))


def test_an_address_of_the_district_is_in_once_it_is_confirmed_and_takes_a_free_seat(member: Membership) -> None:
    request = ask_to_join(member, asking())
    assert (find_account(OWN), owed("join_confirmation")) == (None, [("join_confirmation", OWN)])
    confirm_join(link_of(request), next_url="/eclc/district")
    account = find_account(OWN)
    assert account is not None
    assert [(job.role, job.from_date) for job in affiliations_of(account.id, 1)] == [
        ("teacher-sped", date(2026, 12, 15))
    ]
    seat = seats_of(member.id)[2]
    assert (seat.name, seat.email, seat.affiliation_id) == ("Nurse", OWN, affiliations_of(account.id, 1)[0].id)
    assert (request.outcome, owed("sign_in_link")) == ("joined", [("sign_in_link", OWN)])
    assert owed("join_news") == [("join_news", "lead.harbor@example.org")]


def test_any_other_address_waits_for_the_lead(member: Membership) -> None:
    request = joined_by(member, asking(OTHER))
    assert (request.outcome, find_account(OTHER)) == ("", None)
    assert owed("join_asked") == [("join_asked", "lead.harbor@example.org")]
    settle_request(request, "joined", lead_of(member.district_id))
    account = find_account(OTHER)
    assert account is not None
    assert [job.district_id for job in affiliations_of(account.id, 1)] == [member.district_id]
    assert (owed("join_joined"), owed("sign_in_link")) == ([("join_joined", OTHER)], [])
    assert seats_of(member.id)[2].email == OTHER


def test_the_lead_may_turn_somebody_away_and_they_get_a_mail(member: Membership) -> None:
    request = joined_by(member, asking(OTHER))
    lead = lead_of(member.district_id)
    settle_request(request, "declined", lead)
    before = everything()
    settle_request(request, "declined", lead)
    with pytest.raises(RuleBroken, match="turned away already"):
        settle_request(request, "joined", lead)
    assert (everything(), find_account(OTHER)) == (before, None)
    assert owed("join_declined") == [("join_declined", OTHER)]


def test_without_a_lead_staff_are_asked(member: Membership) -> None:
    with transaction():
        lead_of(member.district_id).disabled_at = now()
    joined_by(member, asking(OTHER))
    assert owed("join_asked") == [("join_asked", "staff@example.org")]


def test_an_address_that_schools_give_to_students_never_lets_anybody_in(member: Membership) -> None:
    request = joined_by(member, asking("somebody@students.harborschools.org"))
    assert (request.fits, request.outcome) == (False, "")


def test_a_seat_that_is_kept_for_the_address_is_the_one_that_is_taken(member: Membership) -> None:
    seat = seats_of(member.id)[1]
    with transaction():
        seat.email = OWN
    joined_by(member, asking(role="superintendent"))
    assert [one.affiliation_id is not None for one in seats_of(member.id)] == [True, True, False]
    account = find_account(OWN)
    assert account is not None
    assert [job.role for job in affiliations_of(account.id, 1)] == ["teacher-sped"]


def test_a_seat_that_waits_for_somebody_of_this_name_comes_before_an_open_one(member: Membership) -> None:
    with transaction():
        named = TeamSeat(membership_id=member.id, role="teacher-sped", name="nurse", from_date=member.from_date)
        db.session.add(named)
    joined_by(member, asking())
    assert [(one.name, one.affiliation_id is not None) for one in seats_of(member.id)[2:]] == [
        ("", False),
        ("Nurse", True),
    ]


def test_whose_job_has_no_free_seat_joins_the_district_without_one(member: Membership) -> None:
    joined_by(member, asking())
    second = joined_by(member, asking("second@harborschools.org", name="Second"))
    account = find_account("second@harborschools.org")
    assert account is not None
    assert (second.outcome, len(affiliations_of(account.id, 1))) == ("joined", 1)
    assert len([seat for seat in seats_of(member.id) if seat.affiliation_id]) == 2


def test_who_is_on_the_team_already_gets_no_second_seat_and_no_second_job(member: Membership) -> None:
    joined_by(member, asking())
    with transaction():
        db.session.add(TeamSeat(membership_id=member.id, role="superintendent", from_date=member.from_date))
    joined_by(member, asking(role="superintendent"))
    account = find_account(OWN)
    assert account is not None
    assert [job.role for job in affiliations_of(account.id, 1)] == ["teacher-sped"]
    assert [seat.email for seat in seats_of(member.id) if seat.email == OWN] == [OWN]


@pytest.mark.parametrize("address", [OWN, OTHER])
def test_who_belongs_to_the_district_already_is_told_so_by_mail_and_nobody_is_asked(
    member: Membership, address: str
) -> None:
    early = ask_to_join(member, asking(address))  # its link is used only once another one has led them in
    first = joined_by(member, asking(address))
    if not first.outcome:
        settle_request(first, "joined", lead_of(member.district_id))
    told = owed("join_asked") + owed("join_news")
    ask_to_join(member, asking(address))
    assert (owed("join_known"), len(owed("join_confirmation"))) == ([("join_known", address)], 2)
    assert (owed("join_asked") + owed("join_news"), early.outcome) == (told, "")


def test_a_second_link_of_who_is_in_meanwhile_asks_nobody(member: Membership) -> None:
    first = joined_by(member, asking(OTHER))
    second = ask_to_join(member, asking(OTHER))
    settle_request(first, "joined", lead_of(member.district_id))
    seats = [seat.email for seat in seats_of(member.id)]
    assert confirm_join(link_of(second)).outcome == "joined"
    assert owed("join_asked") == [("join_asked", "lead.harbor@example.org")]
    assert (owed("join_news"), [seat.email for seat in seats_of(member.id)]) == ([], seats)


def test_who_works_elsewhere_left_or_is_shut_out_is_a_stranger_to_the_district(member: Membership) -> None:
    joined_by(member, asking())
    account = find_account(OWN)
    assert account is not None
    neighbor = a_district("River")
    affiliate(find_or_open_account(email=OTHER), 1, neighbor, "teacher-sped", member.from_date, None)
    ask_to_join(member, asking(OTHER))
    with transaction():
        account.disabled_at = now()
    ask_to_join(member, asking())
    with transaction():
        account.disabled_at, affiliations_of(account.id, 1)[0].to_date = None, date(2026, 12, 31)
    ask_to_join(member, asking())
    assert (owed("join_known"), len(owed("join_confirmation"))) == ([], 4)


def test_confirming_twice_is_confirming_once(member: Membership) -> None:
    token = link_of(ask_to_join(member, asking()))
    confirm_join(token)
    before = everything()
    confirm_join(token)
    assert everything() == before


def test_asking_again_stops_the_earlier_link(member: Membership) -> None:
    first = link_of(ask_to_join(member, asking()))
    second = link_of(ask_to_join(member, asking()))
    before = everything()
    with pytest.raises(RuleBroken, match="Ask to join again"):
        confirm_join(first)
    assert everything() == before
    assert confirm_join(second).outcome == "joined"


def test_a_link_to_confirm_works_for_seven_days(member: Membership, at: At) -> None:
    early, late = (link_of(ask_to_join(member, asking(f"{name}@harborschools.org"))) for name in ("early", "late"))
    at("2026-12-22 09:59:59")
    assert confirm_join(early).outcome == "joined"
    at("2026-12-22 10:00")
    with pytest.raises(RuleBroken, match="older than 7 days"):
        confirm_join(late)
    assert find_account("late@harborschools.org") is None


@pytest.mark.parametrize("token", ["", "x" * 43])
def test_an_unknown_link_leads_nowhere(member: Membership, token: str) -> None:
    with pytest.raises(RuleBroken, match="leads nowhere"):
        confirm_join(token)


@pytest.mark.parametrize(
    ("joiner", "sentence"),
    [
        (asking(role="headmaster"), "Choose your job"),
        (asking(role=""), "Choose your job"),
        (asking(email="no address"), "Give one mail address"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(member: Membership, joiner: Joiner, sentence: str) -> None:
    before = everything()
    with pytest.raises(RuleBroken, match=sentence):
        ask_to_join(member, joiner)
    assert everything() == before


def test_the_sixth_mail_within_an_hour_is_refused(member: Membership) -> None:
    for _ in range(5):
        ask_to_join(member, asking())
    before = everything()
    with pytest.raises(TooManyTries, match="Five mails"):
        ask_to_join(member, asking())
    assert everything() == before


def test_nobody_joins_a_district_that_has_left(member: Membership, at: At) -> None:
    asked, waiting = ask_to_join(member, asking()), joined_by(member, asking(OTHER))
    end_membership(member, date(2026, 12, 16), None)
    at("2026-12-17 09:00")
    before = everything()
    for verb in (
        lambda: ask_to_join(member, asking("third@harborschools.org")),
        lambda: confirm_join(link_of(asked)),
        lambda: settle_request(waiting, "joined", lead_of(member.district_id)),
        lambda: make_join_link(member, lead_of(member.district_id)),
    ):
        with pytest.raises(RuleBroken, match="not a member now"):
            verb()
    assert everything() == before


def test_a_new_link_of_the_lead_ends_the_old_one(member: Membership) -> None:
    lead = lead_of(member.district_id)
    first = make_join_link(member, lead)
    token = token_of(first, LINK_PURPOSE)
    second = make_join_link(member, lead)
    assert (running_link(member.id), find(type(first), LINK_PURPOSE, token), first.ended_at) == (second, first, now())
    with pytest.raises(RuleBroken, match="ended by the district’s lead"):
        ask_to_join(member, asking(), link=first)
    assert ask_to_join(member, asking(OTHER), link=second).way == "link"


def test_an_ended_link_stays_ended(member: Membership) -> None:
    lead = lead_of(member.district_id)
    make_join_link(member, lead)
    end_join_link(member, lead)
    before = everything()
    end_join_link(member, lead)
    assert (running_link(member.id), everything()) == (None, before)
    assert [row.verb for row in history_of(member)][-2:] == ["make join link", "end join link"]


def test_whose_account_is_closed_gets_no_link_by_joining(member: Membership) -> None:
    account = find_or_open_account(email=OWN)
    with transaction():
        account.disabled_at = now()
    joined_by(member, asking())
    assert owed("sign_in_link") == []
