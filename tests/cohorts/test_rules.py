from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.cohorts.join_rules import Joiner, seats_for
from portal.cohorts.models import PlaceOffer, TeamInvitation, TeamSeat
from portal.cohorts.offer_rules import check_answer, may
from portal.cohorts.rules import (
    check_begun,
    check_claim,
    check_invite,
    check_places,
    check_renewal,
    has_begun,
    join_state,
    may_claim,
    released,
    role_of_contact,
    roster_rows,
    seat_state,
)
from portal.core.errors import RuleBroken
from portal.reviews.models import Decision
from tests.conftest import moment_of

NOW = moment_of("2026-12-15 10:00")
OFFERS = ("open", "accepted", "turned_down", "deferred", "expired", "taken_back")


def a_decision(outcome: str, status: str = "released") -> Decision:
    return Decision(outcome=outcome, status=status)


def a_seat(**columns: object) -> TeamSeat:
    return TeamSeat(**{"role": "teacher-sped", "name": "", "email": "", "from_date": date(2027, 1, 10), **columns})


def an_invitation(**columns: object) -> TeamInvitation:
    return TeamInvitation(**{"email": "a@example.org", "expires_at": NOW + timedelta(days=30), **columns})


def test_only_a_released_decision_exists_for_the_district() -> None:
    sent = a_decision("accept")
    assert [released(None), released(a_decision("accept", "prepared")), released(sent)] == [None, None, sent]


@pytest.mark.parametrize("verb", ["accept", "turn_down", "defer"])
@pytest.mark.parametrize("status", OFFERS)
def test_only_an_open_offer_is_answered(verb: str, status: str) -> None:
    offer = PlaceOffer(status=status)
    assert may(verb, offer) == (status == "open")
    if status == "open":
        check_answer(verb, offer, NOW)
        return
    with pytest.raises(RuleBroken, match=r"\.$"):
        check_answer(verb, offer, NOW)


def test_without_an_offer_there_is_nothing_to_answer() -> None:
    assert may("accept", None) is False


def test_a_place_is_offered_while_one_is_left() -> None:
    check_places(1)
    for left in (0, -1):
        with pytest.raises(RuleBroken, match="All places of this round"):
            check_places(left)


def test_a_team_invitation_works_for_thirty_days_and_once() -> None:
    fresh = an_invitation()
    used, old = an_invitation(claimed_at=NOW), an_invitation(expires_at=NOW)
    assert [may_claim(fresh, NOW), may_claim(used, NOW), may_claim(old, NOW)] == [True, False, False]


@pytest.mark.parametrize(
    "seat, sentence",
    [
        (a_seat(email="a@example.org", affiliation_id=3), "This seat on the team is taken already."),
        (a_seat(email="b@example.org"), "went to somebody else"),
        (a_seat(email="a@example.org", to_date=date(2027, 2, 1)), "went to somebody else"),
    ],
)
def test_a_seat_that_went_elsewhere_is_neither_claimed_nor_renewed(seat: TeamSeat, sentence: str) -> None:
    with pytest.raises(RuleBroken, match=sentence):
        check_renewal(seat, an_invitation())
    with pytest.raises(RuleBroken, match=sentence):
        check_claim(seat, an_invitation(), NOW)


def test_an_old_link_may_be_renewed_but_not_used() -> None:
    seat, old = a_seat(email="a@example.org"), an_invitation(expires_at=NOW)
    check_renewal(seat, old)
    with pytest.raises(RuleBroken, match="older than 30 days"):
        check_claim(seat, old, NOW)


@pytest.mark.parametrize(
    "seat, others, sentence",
    [
        (a_seat(to_date=date(2027, 2, 1)), [], "no longer part of the team"),
        (a_seat(affiliation_id=3, name="Nurse"), [], "Nurse joined in this seat already"),
        (a_seat(), ["a@example.org"], "has another seat on your team"),
    ],
)
def test_nobody_is_invited_to_a_seat_that_is_gone_or_taken_or_twice(
    seat: TeamSeat, others: list[str], sentence: str
) -> None:
    with pytest.raises(RuleBroken, match=sentence):
        check_invite(seat, others, "a@example.org")


def test_a_seat_is_filled_from_its_first_day_on() -> None:
    seat, joiner = a_seat(), Joiner("Nurse", "a@example.org", "teacher-sped")
    for day, is_there in ((date(2027, 1, 9), False), (date(2027, 1, 10), True)):
        assert (has_begun(seat, day), seats_for([seat], joiner, day)) == (is_there, [seat] if is_there else [])
    check_begun(seat, date(2027, 1, 10))
    with pytest.raises(RuleBroken, match="free from January 10, 2027"):
        check_begun(seat, date(2027, 1, 9))


def test_a_free_seat_can_be_given_to_anybody_new() -> None:
    check_invite(a_seat(), ["b@example.org"], "a@example.org")


def test_a_seat_says_whether_it_waits_for_a_name_or_a_mail_or_a_press() -> None:
    seats = [a_seat(), a_seat(name="Nurse"), a_seat(email="a@example.org"), a_seat(affiliation_id=3)]
    assert [seat_state(seat) for seat in seats] == ["open", "named", "invited", "joined"]


def test_the_team_is_read_from_the_frozen_roster_without_rows_that_name_no_role() -> None:
    rows = [{"id": 1, "role": "nurse", "school": " High ", "name": None, "email": ""}, {"role": "", "name": "Somebody"}]
    found = roster_rows({"roster": rows})
    assert [(row.role, row.school, row.name, row.email) for row in found] == [("nurse", "High", "", "")]
    assert roster_rows({}) == []


@pytest.mark.parametrize(
    "email, role, found",
    [
        ("a@example.org", "School nurse", "nurse"),
        ("a@example.org", "school NURSE", "nurse"),
        ("a@example.org", "Something else", "lead"),
        ("b@example.org", "School nurse", "lead"),
    ],
)
def test_a_lead_has_the_job_that_the_letter_gives_its_contact(email: str, role: str, found: str) -> None:
    contact = {"kind": "contact", "value": {"email": "A@example.org", "role": role}}
    unanswered = {"kind": "contact", "value": None}
    content = {"sections": [{"questions": [unanswered, contact]}]}
    assert role_of_contact(content, email, {"nurse": "School nurse"}) == found


@pytest.mark.parametrize(
    ("seat", "invitation", "state"),
    [
        ({}, {}, "open"),
        ({}, {"expires_at": NOW}, "over"),
        ({}, {"claimed_at": NOW}, "joined"),
        ({"affiliation_id": 1}, {}, "joined"),
        ({"affiliation_id": 1, "email": "other@example.org"}, {}, "gone"),
        ({"email": "other@example.org"}, {}, "gone"),
        ({"email": ""}, {"expires_at": NOW}, "gone"),
        ({"to_date": date(2027, 1, 10)}, {}, "gone"),
    ],
)
def test_the_page_of_a_team_invitation_offers_what_still_works(
    seat: dict[str, object], invitation: dict[str, object], state: str
) -> None:
    asked = an_invitation(**invitation)
    asked.team_seat = a_seat(**{"email": "a@example.org", **seat})
    assert join_state(asked, NOW) == state
