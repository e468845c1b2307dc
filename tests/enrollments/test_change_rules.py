"""What may become of a date, and of a question about a new one: the page says what the press would be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from portal.core.errors import RuleBroken
from portal.enrollments.change_rules import (
    ANSWER_OVER,
    ASKED_ANEW,
    CANCELLED,
    NO_REASON,
    NOT_PUBLISHED,
    OVER,
    SEAT_GONE,
    check_answer,
    check_change,
    question_state,
    why_fixed,
)

NOW = datetime(2026, 11, 3, 13, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@dataclass(frozen=True)
class Dated:
    """A session, or its experience."""

    published_at: datetime | None = NOW
    cancelled_at: datetime | None = None
    ends_at: datetime = LATER


@dataclass(frozen=True)
class Asked:
    """A question about a new date."""

    until: datetime = LATER
    answer: str | None = None


@pytest.mark.parametrize(
    ("session", "experience", "sentence"),
    [
        (Dated(), Dated(), ""),
        (Dated(), Dated(published_at=None), NOT_PUBLISHED),
        (Dated(cancelled_at=NOW), Dated(), CANCELLED),
        (Dated(), Dated(cancelled_at=NOW), CANCELLED),
        (Dated(ends_at=NOW), Dated(), OVER),
    ],
)
def test_what_cannot_change_any_more_is_refused_with_the_sentence_that_says_so(
    session: Dated, experience: Dated, sentence: str
) -> None:
    assert why_fixed(session, experience, NOW) == sentence
    assert refusal(check_change, session, experience, "Snow.", NOW) == sentence
    assert refusal(check_change, session, experience, " ", NOW) == (sentence or NO_REASON)


@pytest.mark.parametrize("answer", [None, "yes", "no"])
@pytest.mark.parametrize(
    ("until", "state", "is_newest", "stand", "sentence"),
    [
        (LATER, "seated", True, "open", ""),
        (LATER, "seated", False, "anew", ASKED_ANEW),
        (LATER, "given_up", True, "gone", SEAT_GONE),
        (LATER, "given_up", False, "anew", ASKED_ANEW),
        (NOW, "seated", True, "over", ANSWER_OVER),
    ],
)
def test_a_question_that_is_not_open_takes_no_answer_and_what_was_said_is_shown(
    until: datetime, state: str, is_newest: bool, stand: str, sentence: str, answer: str | None
) -> None:
    question = Asked(until, answer)
    shown = answer if answer and stand != "anew" else stand
    assert question_state(question, state, is_newest, NOW) == shown
    assert refusal(check_answer, question, state, is_newest, NOW) == sentence


def refusal(check: object, *told: object) -> str:
    try:
        check(*told)  # type: ignore[operator]
    except RuleBroken as fault:
        return fault.sentence
    return ""
