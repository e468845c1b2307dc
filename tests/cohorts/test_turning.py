from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.cohorts.models import PlaceOffer
from portal.cohorts.offer_queries import line_of
from portal.cohorts.offering import accept_offer, take_back_offer
from portal.cohorts.queries import offer_of, places_left
from portal.cohorts.turning import turn_decision
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.districts.queries import leads_of
from portal.letters.models import Letter
from portal.reviews.archiving import archive_round
from portal.reviews.models import Decision
from portal.reviews.operations import prepare_decision
from portal.reviews.queries import decision_of
from portal.reviews.rules import stamp_of
from portal.rounds.models import Round
from tests.cohorts.builders import (
    a_closing_round,
    a_led_letter,
    a_staff_member,
    an_offer,
    decided,
    everything,
    owed,
)
from tests.cohorts.rush import meet_at, meet_between, no_lock
from tests.postbox import Mail

Rush = Callable[..., list[Any]]
TURNING = "portal.cohorts.turning"


@pytest.fixture
def round(community: Community) -> Round:
    return a_closing_round(community, capacity=1)


def of(letter: Letter) -> Decision:
    found = decision_of(letter)
    assert found is not None
    return found


def test_who_waits_and_cannot_be_reached_keeps_no_place_from_coming_back_to_its_district(
    round: Round, staff: Account
) -> None:
    letter, other = a_led_letter(round, "Harbor"), a_led_letter(round, "River")
    an_offer(letter, staff)
    decided(other, "waitlist", staff)
    leads_of(other.community_id, other.district_id)[0].disabled_at = clock.now()
    db.session.commit()
    before = everything()
    with pytest.raises(RuleBroken, match="No other district waits"):
        turn_decision(letter, "waitlist", "A reason.", by=staff)
    assert (everything(), of(letter).outcome) == (before, "accept")


def test_an_offer_is_turned_into_a_no_and_its_place_goes_to_the_next(round: Round, staff: Account) -> None:
    letter, other = a_led_letter(round, "Harbor"), a_led_letter(round, "River")
    an_offer(letter, staff)
    decided(other, "waitlist", staff)
    turn_decision(letter, "decline", "A reason.", by=staff)
    offer, next_offer = offer_of(letter), offer_of(other)
    assert offer is not None
    assert next_offer is not None
    assert (offer.status, next_offer.status, next_offer.replaces_id) == ("taken_back", "open", offer.id)
    decision = of(letter)
    assert (decision.outcome, decision.status, decision.turn, decision.turned_reason) == (
        "decline", "released", 2, "A reason.",
    )  # fmt: skip
    assert [(row.verb, row.note) for row in history_of(decision)][-1] == ("turn", "A reason.")


def test_a_mail_of_the_old_decision_that_has_not_left_never_does(
    round: Round, staff: Account, mailbox: Callable[[], list[Mail]]
) -> None:
    letter = a_led_letter(round)
    an_offer(letter, staff)
    turn_decision(letter, "decline", "A reason.", by=staff)
    [mail] = mailbox()
    assert mail.subject == "Your letter: Letter of Invitation 2026: a place in Cohort 4"
    assert ["takes the place" in mail.text, "A reason" in mail.text] == [False, False]


def test_a_mail_that_takes_the_place_of_one_that_left_says_so(
    round: Round, staff: Account, mailbox: Callable[[], list[Mail]]
) -> None:
    letter = a_led_letter(round)
    decided(letter, "decline", staff)
    mailbox()
    turn_decision(letter, "accept", "A mistake of ours.", by=staff)
    [mail] = mailbox()
    assert mail.subject.startswith("A place for Harbor")
    assert "takes the place of the one that we sent you on December 15, 2026" in " ".join(mail.text.split())
    offer = offer_of(letter)
    assert offer is not None
    assert (offer.status, offer.turn) == ("open", 2)


def test_a_decision_can_be_turned_again_and_again_with_one_mail_each_time(
    round: Round, staff: Account, mailbox: Callable[[], list[Mail]]
) -> None:
    letter = decided(a_led_letter(round), "decline", staff)
    for outcome in ("accept", "decline", "accept"):
        turn_decision(letter, outcome, "Because.", by=staff)
    assert len(owed()) == 4
    assert (len(mailbox()), of(letter).turn) == (1, 4)


def test_who_accepted_is_a_member_and_stays_one(round: Round, staff: Account) -> None:
    letter = a_led_letter(round)
    accept_offer(an_offer(letter, staff), None)
    before = everything()
    with pytest.raises(RuleBroken, match="is a member"):
        turn_decision(letter, "decline", "A reason.", by=staff)
    assert everything() == before


def test_no_place_is_offered_that_is_not_there(round: Round, staff: Account) -> None:
    an_offer(a_led_letter(round, "Harbor"), staff)
    letter = decided(a_led_letter(round, "River"), "decline", staff)
    before = everything()
    with pytest.raises(RuleBroken, match="All places of this round are offered or taken"):
        turn_decision(letter, "accept", "A reason.", by=staff)
    assert (everything(), of(letter).outcome) == (before, "decline")


def test_alone_on_the_waitlist_an_offer_would_come_back_at_once(round: Round, staff: Account) -> None:
    letter = a_led_letter(round)
    an_offer(letter, staff)
    before = everything()
    with pytest.raises(RuleBroken, match="No other district waits"):
        turn_decision(letter, "waitlist", "A reason.", by=staff)
    assert (everything(), places_left(round)) == (before, 0)


def test_an_offer_goes_to_the_end_of_a_line_in_which_others_wait(round: Round, staff: Account) -> None:
    letter = a_led_letter(round, "Harbor")
    an_offer(letter, staff)
    others = [decided(a_led_letter(round, name), "waitlist", staff) for name in ("River", "Hill")]
    turn_decision(letter, "waitlist", "A reason.", by=staff)
    assert of(letter).waitlist_position == 3
    assert [offer_of(one) is not None for one in others] == [True, False]


def test_whose_offer_from_the_waitlist_was_taken_back_waits_once_more_at_the_end(round: Round, staff: Account) -> None:
    first, others = a_led_letter(round, "Harbor"), [a_led_letter(round, name) for name in ("River", "Hill", "Cove")]
    an_offer(first, staff)
    for one in others:
        decided(one, "waitlist", staff)
    turn_decision(first, "decline", "A reason.", by=staff)
    offer = offer_of(others[0])
    assert offer is not None
    take_back_offer(offer, "A slip.", staff)
    turn_decision(others[0], "waitlist", "They still want it.", by=staff, confirmation="River")
    assert [letter.district.label for letter in db.session.scalars(line_of(round))] == ["Cove", "River"]
    assert owed("decision_waitlist")[-1] == ("decision_waitlist", "lead.river@example.org")


def test_who_waits_is_not_put_on_the_waitlist_again(round: Round, staff: Account) -> None:
    letter = decided(a_led_letter(round), "waitlist", staff)
    before = everything()
    with pytest.raises(RuleBroken, match="This is what was decided already"):
        turn_decision(letter, "waitlist", "A reason.", by=staff)
    assert everything() == before


@pytest.mark.parametrize(
    ("outcome", "reason", "typed", "words"),
    [
        ("decline", "A reason.", "Harbor", "This is what was decided already"),
        ("accept", " ", "Harbor", "Say why the decision changes"),
        ("accept", "A reason.", "River", "Type “Harbor” to confirm"),
        ("maybe", "A reason.", "Harbor", "Choose one"),
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_no_trace(
    round: Round, staff: Account, outcome: str, reason: str, typed: str, words: str
) -> None:
    letter = decided(a_led_letter(round), "decline", staff)
    before = everything()
    with pytest.raises(RuleBroken, match=words):
        turn_decision(letter, outcome, reason, by=staff, confirmation=typed)
    assert everything() == before


def test_what_was_not_sent_is_not_turned_but_prepared(round: Round, staff: Account) -> None:
    letter = a_led_letter(round)
    prepare_decision(letter, "decline", "", staff)
    with pytest.raises(RuleBroken, match="was not sent yet"):
        turn_decision(letter, "accept", "A reason.", by=staff)


def test_what_is_archived_stays(round: Round, staff: Account) -> None:
    letter = decided(a_led_letter(round), "decline", staff)
    archive_round(round, by=staff)
    with pytest.raises(RuleBroken, match="until its round is put into the archive"):
        turn_decision(letter, "accept", "A reason.", by=staff)


def test_the_second_of_two_who_turn_is_told_who_was_first(round: Round, staff: Account, community: Community) -> None:
    letter = decided(a_led_letter(round), "decline", staff)
    seen = stamp_of(of(letter))
    turn_decision(letter, "accept", "A reason.", by=a_staff_member(community, "admin"), seen=seen)
    with pytest.raises(RuleBroken, match="Already decided by Program admin: offer a place"):
        turn_decision(letter, "waitlist", "A reason.", by=staff, seen=seen)


def turn_and_accept(letter: Letter, staff: Account, two_at_once: Rush) -> tuple[list[Any], str, str]:
    number, letter_id, who = an_offer(letter, staff).id, letter.id, staff.id

    def press(n: int) -> str:
        if n:
            accept_offer(db.session.get_one(PlaceOffer, number), None)
        else:
            by = db.session.get_one(Account, who)
            turn_decision(db.session.get_one(Letter, letter_id), "decline", "A reason.", by=by)
        return "done"

    answers = two_at_once(press)
    offer = offer_of(letter)
    return answers, offer.status if offer else "", of(letter).outcome


def test_of_a_turn_and_an_answer_at_one_instant_one_wins(round: Round, staff: Account, two_at_once: Rush) -> None:
    answers, offer, outcome = turn_and_accept(a_led_letter(round), staff, two_at_once)
    assert sorted(type(answer).__name__ for answer in answers) == ["RuleBroken", "str"]
    assert (offer, outcome) in {("accepted", "accept"), ("taken_back", "decline")}


def test_without_the_lock_both_win(
    round: Round, staff: Account, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_between(monkeypatch, ("portal.cohorts.offering", "check_answer"), (TURNING, "check_line"))
    monkeypatch.setattr("portal.cohorts.offering.lock", lambda row: row)
    with no_lock(monkeypatch, TURNING):
        answers, _, _ = turn_and_accept(a_led_letter(round), staff, two_at_once)
    assert answers == ["done", "done"]


def two_turns(letter: Letter, staff: Account, two_at_once: Rush) -> tuple[list[Any], int]:
    letter_id, who = decided(letter, "decline", staff).id, staff.id

    def press(n: int) -> int:
        by = db.session.get_one(Account, who)
        return turn_decision(db.session.get_one(Letter, letter_id), "waitlist", "A reason.", by=by).turn

    answers = two_at_once(press)
    return answers, sum(row.verb == "turn" for row in history_of(of(letter)))


def test_two_turns_at_one_instant_are_one(
    round: Round, staff: Account, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, TURNING, "check_line")
    answers, turns = two_turns(a_led_letter(round), staff, two_at_once)
    assert sorted(type(answer).__name__ for answer in answers) == ["RuleBroken", "int"]
    assert (turns, len(owed("decision_waitlist"))) == (1, 1)


def test_without_the_lock_two_turns_are_two(
    round: Round, staff: Account, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, TURNING, "check_line", seconds=10)
    with no_lock(monkeypatch, TURNING):
        assert two_turns(a_led_letter(round), staff, two_at_once) == ([2, 2], 2)
