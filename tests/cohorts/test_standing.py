"""Where a letter stands for its district: one pure answer, and a timeline in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from portal.cohorts.models import PlaceOffer
from portal.cohorts.standing import STEPS, WORDS, ahead, happened, standing
from portal.core.history import History
from portal.letters.models import Letter, Return
from portal.reviews.models import Decision
from portal.rounds.models import Extension
from tests.conftest import moment_of
from tests.letters.builders import AFTER, LAST_LATE_SECOND, LATE, OPEN, a_bare_letter

OUTCOMES = ("accept", "waitlist", "decline")
STATUSES = ("draft", "endorsing", "submitted", "returned", "withdrawn", "not_submitted")
ZONE = "America/New_York"
LONG_AFTER = "2026-11-20 17:00"


def code_of(letter: Letter, moment: str, is_sent: bool = False) -> str:
    return standing(letter, is_sent, None, None, moment_of(moment)).code


def a_decision(outcome: str, status: str = "released") -> Decision:
    return Decision(outcome=outcome, status=status)


def with_more_time(letter: Letter, until: str = LONG_AFTER) -> Letter:
    letter.extensions.append(Extension(until=moment_of(until)))
    return letter


def with_a_return(letter: Letter, due: str = LONG_AFTER) -> Letter:
    letter.returns.append(Return(sections=["time"], message="Say more.", due_at=moment_of(due)))
    return letter


@pytest.mark.parametrize(
    ("status", "is_sent", "moment", "code"),
    [
        ("draft", False, OPEN, "writing"),
        ("draft", False, LATE, "writing"),
        ("draft", False, AFTER, "not_submitted"),
        ("draft", True, OPEN, "reopened"),
        ("draft", True, LAST_LATE_SECOND, "reopened"),
        ("draft", True, AFTER, "in_review"),
        ("endorsing", False, OPEN, "endorsing"),
        ("endorsing", True, OPEN, "endorsing"),
        ("endorsing", False, AFTER, "not_submitted"),
        ("endorsing", True, AFTER, "in_review"),
        ("withdrawn", True, OPEN, "withdrawn"),
        ("withdrawn", True, AFTER, "withdrawn"),
        ("not_submitted", False, AFTER, "not_submitted"),
        ("submitted", True, OPEN, "submitted"),
        ("submitted", True, LATE, "submitted"),
        ("submitted", True, AFTER, "in_review"),
    ],
)
def test_a_letter_without_a_decision_stands_where_its_time_is(
    status: str, is_sent: bool, moment: str, code: str
) -> None:
    assert code_of(a_bare_letter(status), moment, is_sent) == code


@pytest.mark.parametrize(
    ("status", "is_sent", "code"),
    [("draft", False, "writing"), ("draft", True, "reopened"), ("endorsing", False, "endorsing"),
     ("submitted", True, "submitted")],
)  # fmt: skip
def test_a_district_with_more_time_stands_as_in_an_open_round(status: str, is_sent: bool, code: str) -> None:
    assert code_of(with_more_time(a_bare_letter(status)), AFTER, is_sent) == code


@pytest.mark.parametrize(("moment", "code"), [(f"{LONG_AFTER}:00.9", "returned"), (f"{LONG_AFTER}:01", "in_review")])
def test_what_came_back_is_with_the_district_to_the_last_second(moment: str, code: str) -> None:
    assert code_of(with_a_return(a_bare_letter("returned")), moment, is_sent=True) == code


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("moment", [OPEN, LATE, AFTER])
def test_what_is_not_released_changes_nothing_that_a_district_sees(outcome: str, status: str, moment: str) -> None:
    letter, now = a_bare_letter(status), moment_of(moment)
    with_it = standing(letter, True, a_decision(outcome, "prepared"), None, now)
    assert with_it == standing(letter, True, None, None, now)


@pytest.mark.parametrize(
    "outcome, offer, code",
    [
        ("accept", "open", "offered"),
        ("accept", "accepted", "accepted"),
        ("accept", "turned_down", "turned_down"),
        ("accept", "deferred", "deferred"),
        ("accept", "expired", "expired"),
        ("waitlist", None, "waitlisted"),
        ("decline", None, "declined"),
    ],
)
def test_a_released_decision_stands_where_its_offer_is(outcome: str, offer: str | None, code: str) -> None:
    made = PlaceOffer(status=offer) if offer else None
    found = standing(a_bare_letter("submitted"), True, a_decision(outcome), made, moment_of(AFTER))
    assert (found.code, found.may_answer) == (code, code == "offered")


def test_every_state_has_words_and_a_word_beside_its_icon() -> None:
    assert [
        code for code, (title, lead, icon, status, _) in WORDS.items() if not (title and lead and icon and status)
    ] == []


def test_what_happened_is_told_in_order_with_versions_sections_and_dates() -> None:
    rows = [
        a_row("letters", "start"), a_row("letters", "submit"), a_row("letters", "reopen"), a_row("letters", "submit"),
        a_row("letters", "waive roster rule"), a_row("letters", "withdraw"), a_row("letters", "undo withdrawal"),
        a_row("extensions", "extend", until="2026-11-20T22:00:00+00:00"),
        a_row("letters", "return", sections=["time", "your-team"]), a_row("letters", "last version stands"),
    ]  # fmt: skip
    assert [(step.title, step.who) for step in happened(rows, a_bare_letter(), ZONE)] == [
        ("The letter was started", "Principal"),
        ("The letter was submitted", "Principal"),
        ("The letter was opened again", "Principal"),
        ("The letter was submitted as version 2", "Principal"),
        ("The letter was withdrawn", "Principal"),
        ("The withdrawal was undone", "Principal"),
        ("Your district got more time, until Fri, Nov\u00a020, 2026, 5:00\u00a0PM\u00a0ET", ""),
        ("Some of it came back for changes: Time and conditions, Your team", ""),
        ("The time for changes ended: version 2 stands", ""),
    ]


@pytest.mark.parametrize("key", STEPS)
def test_every_step_has_words_for_whatever_its_row_holds(key: tuple[str, str]) -> None:
    [step] = happened([a_row(*key)], a_bare_letter(), ZONE)
    assert (step.title != "", "{" in step.title) == (True, False)


def test_what_comes_next_has_the_district_s_own_date() -> None:
    letter = with_more_time(a_bare_letter())
    assert [(step.title, step.state, step.at) for step in ahead("writing", letter, None, moment_of(OPEN))] == [
        ("Writing and endorsing", "now", moment_of(LONG_AFTER)), ("Decision", "next", letter.round.decisions_on),
    ]  # fmt: skip


@pytest.mark.parametrize(("moment", "until"), [(OPEN, "2026-10-30 17:00:00"), (LATE, LAST_LATE_SECOND)])
@pytest.mark.parametrize("code", ["writing", "reopened", "endorsing", "submitted"])
def test_the_extra_minutes_are_told_only_while_they_run(code: str, moment: str, until: str) -> None:
    now, decision = ahead(code, a_bare_letter(), None, moment_of(moment))
    assert (now.at, decision.title) == (moment_of(until), "Decision")


def test_a_withdrawn_letter_says_until_when_that_can_be_undone() -> None:
    [step] = ahead("withdrawn", a_bare_letter("withdrawn"), None, moment_of(OPEN))
    assert (step.title, step.at) == ("Withdrawn: this can be undone", moment_of(LAST_LATE_SECOND))


def a_row(table: str, verb: str, **data: Any) -> History:
    return History(subject_table=table, verb=verb, by_name="Principal", data=data, at=datetime(2026, 10, 1))
