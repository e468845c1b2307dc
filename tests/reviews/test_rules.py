from __future__ import annotations

import pytest

from portal.core.errors import RuleBroken
from portal.letters.models import STATUSES, Letter
from portal.reviews.models import Decision
from portal.reviews.rules import check, check_outcome, check_seen, may, stamp_of, status_of
from portal.rounds.rules import STAGES
from tests.conftest import moment_of

SENT = "Change it on the letter’s own page."


def a_decision(status: str, outcome: str = "accept") -> Decision:
    return Decision(outcome=outcome, status=status, prepared_at=moment_of("2026-12-01 09:00"), prepared_by_id=1)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("decision", [None, "prepared", "released"])
def test_the_whole_table_of_moves(status: str, stage: str, decision: str | None) -> None:
    letter, made = Letter(status=status), a_decision(decision) if decision else None
    can_be_decided = status == "submitted" and stage == "closed"
    assert may("prepare", letter, made, stage) == (can_be_decided and decision != "released")
    assert may("release", letter, made, stage) == (can_be_decided and decision == "prepared")


@pytest.mark.parametrize(
    "letter, decision, stage, sentence",
    [
        ("submitted", "released", "closed", f"Already decided by Staff A: offer a place. {SENT}"),
        ("draft", None, "closed", "Only a letter that was submitted can be decided. This one was not."),
        ("submitted", None, "open", "Letters are decided after their round has closed. Read this one meanwhile."),
        ("submitted", None, "grace", "Letters are decided after their round has closed. Read this one meanwhile."),
        ("submitted", None, "closed", "Prepare a decision first. Then look at the mail, and send it."),
    ],
)
def test_each_refusal_says_what_would_work(letter: str, decision: str | None, stage: str, sentence: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        check("release", Letter(status=letter), a_decision(decision) if decision else None, stage, "Staff A")
    assert refused.value.sentence == sentence


def test_a_move_that_is_open_is_not_refused() -> None:
    check("release", Letter(status="submitted"), a_decision("prepared"), "closed", "Staff A")
    check("prepare", Letter(status="submitted"), None, "closed", "")


def test_only_three_outcomes_exist_and_the_waitlist_only_where_there_is_one() -> None:
    check_outcome("waitlist", has_waitlist=True)
    for outcome, has_waitlist in [("maybe", True), ("", True), ("waitlist", False)]:
        with pytest.raises(RuleBroken):
            check_outcome(outcome, has_waitlist=has_waitlist)


def test_a_decision_seen_in_an_older_state_is_refused_with_the_name_of_who_was_quicker() -> None:
    decision = a_decision("prepared")
    check_seen(decision, stamp_of(decision), "Staff A")
    check_seen(None, "", "")
    with pytest.raises(RuleBroken) as refused:
        check_seen(decision, stamp_of(None), "Staff A")
    assert refused.value.sentence == "Already decided by Staff A: offer a place. Look at it before you change it."


def test_the_stamp_differs_for_every_state() -> None:
    states = [None, a_decision("prepared"), a_decision("released"), a_decision("prepared", "decline")]
    assert len({stamp_of(state) for state in states}) == 4


def test_without_a_decision_a_letter_is_undecided() -> None:
    assert [status_of(None), status_of(a_decision("released"))] == ["undecided", "released"]
