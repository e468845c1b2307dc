from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask

from portal.accounts.operations import find_or_open_account
from portal.accounts.queries import find_account
from portal.cohorts.models import TeamInvitation, TeamSeat
from portal.cohorts.operations import accept_offer, claim_team_seat, invite_to_team, renew_invitation
from portal.core.clock import now
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken, TooManyTries
from portal.core.history import history_of
from portal.districts.queries import affiliations_of, leads_of
from tests.cohorts.builders import (
    DECIDING,
    a_closing_round,
    a_community,
    a_led_letter,
    a_staff_member,
    an_offer,
    everything,
    link_to,
    owed,
    seats_of,
)

At = Callable[[str], Any]
TEACHER = "teacher.harbor@example.org"


@pytest.fixture
def seats(app: Flask, at: At) -> list[TeamSeat]:
    """A team just after its district accepted: the lead's own seat, an invited one, an open one."""
    at(DECIDING)
    community = a_community()
    offer = an_offer(a_led_letter(a_closing_round(community)), a_staff_member(community))
    return seats_of(accept_offer(offer, leads_of(community.id, offer.letter.district_id)[0]).id)


def test_claiming_opens_an_account_with_the_seat_s_job_and_mails_a_sign_in_link(seats: list[TeamSeat]) -> None:
    seat = seats[1]
    claim_team_seat(link_to(seat), "Teacher Harbor", next_url="/eclc/district")
    account = find_account(TEACHER)
    assert account is not None
    assert [(job.role, job.from_date) for job in affiliations_of(account.id, 1)] == [
        ("teacher-sped", date(2026, 12, 15))
    ]
    assert (seat.affiliation.account_id, seat.name, account.name) == (account.id, "Teacher Harbor", "Teacher Harbor")  # type: ignore[union-attr]
    assert owed("sign_in_link") == [("sign_in_link", TEACHER)]
    assert [(row.verb, row.by_account_id) for row in history_of(seat)] == [("claim", account.id)]
    assert [row.data["name"] for row in history_of(seat)] == ["Teacher Harbor"]


def test_claiming_does_not_rename_somebody_who_has_an_account(seats: list[TeamSeat]) -> None:
    lead = find_account("lead.harbor@example.org")
    invite_to_team(seats[2], "Colleague", "colleague@example.org", lead)
    claim_team_seat(link_to(seats[2]), "Colleague")
    invite_to_team(seats[1], "Someone", "other@example.org", lead)
    claim_team_seat(link_to(seats[1]), "Other")
    names = [find_account(f"{name}@example.org").name for name in ("colleague", "other")]  # type: ignore[union-attr]
    assert names == ["Colleague", "Other"]


def test_claiming_twice_is_claiming_once(seats: list[TeamSeat]) -> None:
    token = link_to(seats[1])
    claim_team_seat(token, "Teacher")
    before = everything()
    claim_team_seat(token, "Somebody else")
    assert (everything(), seats[1].name) == (before, "Teacher")


def test_a_link_that_ran_out_is_refused_and_renewed_to_the_same_address(seats: list[TeamSeat], at: At) -> None:
    old = link_to(seats[1])
    at("2027-01-14 10:00")
    before = everything()
    with pytest.raises(RuleBroken, match="older than 30 days"):
        claim_team_seat(old, "Teacher")
    assert everything() == before
    renew_invitation(old)
    assert owed("team_invitation") == [("team_invitation", TEACHER)] * 2
    claim_team_seat(link_to(seats[1]), "Teacher")
    assert seats[1].affiliation_id is not None


def test_a_link_works_until_the_last_moment_of_its_thirty_days(seats: list[TeamSeat], at: At) -> None:
    at("2027-01-14 09:59:59")
    claim_team_seat(link_to(seats[1]), "Teacher")
    assert seats[1].affiliation_id is not None


def test_a_newer_link_stops_the_older_one(seats: list[TeamSeat]) -> None:
    old = link_to(seats[1])
    invite_to_team(seats[1], "Teacher", TEACHER, None)
    with pytest.raises(RuleBroken, match="A newer link"):
        claim_team_seat(old, "Teacher")
    claim_team_seat(link_to(seats[1]), "Teacher")
    assert seats[1].affiliation_id is not None


def test_a_seat_that_was_given_to_somebody_else_is_closed_to_the_first(seats: list[TeamSeat]) -> None:
    old = link_to(seats[1])
    invite_to_team(seats[1], "Nurse", "nurse@example.org", None)
    before = everything()
    for verb in (lambda: claim_team_seat(old, "Teacher"), lambda: renew_invitation(old)):
        with pytest.raises(RuleBroken, match="went to somebody else"):
            verb()
    assert everything() == before


@pytest.mark.parametrize("token", ["", "x" * 43, "\u017f" * 43])
def test_an_unknown_link_leads_nowhere(seats: list[TeamSeat], token: str) -> None:
    before = everything()
    for verb in (lambda: claim_team_seat(token, "Teacher"), lambda: renew_invitation(token)):
        with pytest.raises(RuleBroken, match="leads nowhere"):
            verb()
    assert everything() == before


def test_a_link_is_kept_as_a_hash_only(seats: list[TeamSeat]) -> None:
    token, row = link_to(seats[1]), db.session.query(TeamInvitation).one()
    assert token not in (row.token_hash, row.token_salt)
    assert len(token) >= 22


def test_renewing_again_and_again_mails_five_times_an_hour_at_most(seats: list[TeamSeat], at: At) -> None:
    old = link_to(seats[1])
    at("2027-02-01 10:00")
    for _ in range(8):
        renew_invitation(old)
    assert len(owed("team_invitation")) == 1 + 5


def test_an_open_seat_is_given_to_a_colleague_by_mail(seats: list[TeamSeat]) -> None:
    lead = find_account("lead.harbor@example.org")
    invite_to_team(seats[2], "  Nurse ", " Nurse@Example.org ", lead)
    assert (seats[2].name, seats[2].email) == ("Nurse", "nurse@example.org")
    assert owed("team_invitation")[1:] == [("team_invitation", "nurse@example.org")]
    assert [(row.verb, row.by_name) for row in history_of(seats[2])] == [("invite", "Lead of Harbor")]


@pytest.mark.parametrize(
    "which, email, sentence",
    [
        (0, "new@example.org", "joined in this seat already"),
        (2, TEACHER, "has another seat on your team"),
        (2, "no address", "Give one mail address"),
        (2, "", "Give one mail address"),
    ],
)
def test_a_seat_is_not_given_twice_nor_to_nobody(seats: list[TeamSeat], which: int, email: str, sentence: str) -> None:
    before = everything()
    with pytest.raises(RuleBroken, match=sentence):
        invite_to_team(seats[which], "Colleague", email, None)
    assert (everything(), seats[which].name in ("Head", "")) == (before, True)


def test_a_name_in_a_team_stays_on_one_line(seats: list[TeamSeat]) -> None:
    invite_to_team(seats[2], "Colleague\n\nhttp://evil.example.org", "colleague@example.org", None)
    assert seats[2].name == "Colleague http://evil.example.org"
    claim_team_seat(link_to(seats[2]), "Colleague\r\n\r\nPay here")
    assert seats[2].name == "Colleague Pay here"


def test_whose_account_is_closed_gets_no_link_by_joining(seats: list[TeamSeat]) -> None:
    account = find_or_open_account(email=TEACHER)
    with transaction():
        account.disabled_at = now()
    claim_team_seat(link_to(seats[1]))
    assert owed("sign_in_link") == []


def test_ten_mails_an_hour_may_go_to_an_address_that_a_lead_chose(seats: list[TeamSeat]) -> None:
    for _ in range(10):
        invite_to_team(seats[2], "Colleague", "colleague@example.org", None)
    before = everything()
    with pytest.raises(TooManyTries, match="Ten mails went to this address"):
        invite_to_team(seats[2], "Colleague", "colleague@example.org", None)
    assert (everything(), len(owed("team_invitation"))) == (before, 11)
