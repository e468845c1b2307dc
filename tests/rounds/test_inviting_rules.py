"""What staff may do with an invitation when, whom a reminder may go to, and how a refused mail reads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from portal.core.errors import RuleBroken
from portal.rounds.inviting_rules import (
    LEFT_OUT,
    MOVES,
    PAUSE,
    STATES,
    bounce_words,
    check_move,
    check_there,
    checked_note,
    may,
    why_left_out,
)
from portal.rounds.models import Invitation
from tests.conftest import moment_of

NOW = moment_of("2026-10-08 09:00")
SENT = {"sent_at": moment_of("2026-10-01 09:00"), "answer": ""}
IN_STATE: dict[str, dict[str, Any]] = {
    "prepared": {"answer": ""},
    "sent": SENT,
    "opened": {**SENT, "opened_at": NOW},
    "passed_on": {**SENT, "passed_on_at": NOW},
    "bounced": {**SENT, "bounced_at": NOW},
    "interested": {**SENT, "answer": "interested"},
    "not_this_year": {**SENT, "answer": "not_this_year"},
}
ALLOWED = {
    "withdraw": {"prepared"},
    "resend": set(STATES) - {"prepared"},
    "bounce": {"sent", "opened", "asked", "passed_on", "bounced"},
    "decline": {"prepared", "sent", "opened", "asked", "passed_on", "bounced"},
}


@pytest.mark.parametrize("verb", MOVES)
@pytest.mark.parametrize("state", STATES)
def test_the_table_says_in_which_state_what_may_be_done(verb: str, state: str) -> None:
    assert may(verb, state) == (state in ALLOWED[verb])


@pytest.mark.parametrize("verb", MOVES)
@pytest.mark.parametrize("state", IN_STATE)
def test_the_same_table_refuses_with_its_sentence(verb: str, state: str) -> None:
    invitation = Invitation(**IN_STATE[state])
    if state in ALLOWED[verb]:
        check_move(verb, invitation)
        return
    with pytest.raises(RuleBroken) as refused:
        check_move(verb, invitation)
    assert refused.value.sentence == MOVES[verb][1]


@pytest.mark.parametrize("verb", MOVES)
def test_nothing_is_done_to_an_invitation_that_was_withdrawn(verb: str) -> None:
    gone = Invitation(withdrawn_at=NOW)
    with pytest.raises(RuleBroken, match=r"^This invitation was withdrawn\."):
        check_move(verb, gone)
    with pytest.raises(RuleBroken, match=r"^This invitation was withdrawn\."):
        check_there(gone)


def test_a_letter_that_never_left_is_not_sent_once_more() -> None:
    with pytest.raises(RuleBroken, match=r"^This letter has not left yet\."):
        check_move("resend", Invitation(answer="interested"))


AGO = {"just now": NOW, "a second short": NOW - PAUSE + timedelta(seconds=1), "three days": NOW - PAUSE}


@pytest.mark.parametrize(
    "columns, more, reason",
    [
        (SENT, {}, ""),
        ({**SENT, "opened_at": NOW}, {}, ""),
        ({"answer": ""}, {}, "prepared"),
        ({**SENT, "answer": "interested"}, {}, "answered"),
        ({**SENT, "answer": "not_this_year"}, {}, "answered"),
        (SENT, {"is_writing": True}, "answered"),
        ({**SENT, "bounced_at": NOW}, {}, "bounced"),
        (SENT, {"waits_for_us": True}, "asked"),
        ({**SENT, "reminded_at": AGO["just now"]}, {}, "reminded"),
        ({**SENT, "reminded_at": AGO["a second short"]}, {}, "reminded"),
        ({**SENT, "reminded_at": AGO["three days"]}, {}, ""),
        ({**SENT, "passed_on_at": AGO["a second short"]}, {}, "passed_on"),
        ({**SENT, "passed_on_at": AGO["three days"]}, {}, ""),
        ({**SENT, "withdrawn_at": NOW, "bounced_at": NOW}, {}, "withdrawn"),
    ],
)
def test_only_who_is_silent_and_was_left_alone_is_reminded(
    columns: dict[str, Any], more: dict[str, bool], reason: str
) -> None:
    assert why_left_out(Invitation(**columns), NOW, **more) == reason
    assert reason == "" or reason in LEFT_OUT


@pytest.mark.parametrize(
    "error, words",
    [
        ("Refused: 550 b'no such person'", "550 no such person"),
        ('Refused: 550 b"it isn\'t there"', "550 it isn't there"),
        ("OSError: 451 b'later'", "451 later"),
        ("Refused: 554 b'two\nlines'", "554 two lines"),
        ("TimeoutError: timed out", "TimeoutError: timed out"),
        ("x" * 900, "x" * 500),
    ],
)  # fmt: skip
def test_what_the_mail_system_said_is_told_without_our_own_signs(error: str, words: str) -> None:
    assert bounce_words(error) == words


def test_a_note_has_words_and_an_end() -> None:
    assert checked_note("  a word ", "Say it.") == "a word"
    for text, sentence in ((" \n", "Say it."), ("x" * 2001, "Shorten the note to 2,000 characters.")):
        with pytest.raises(RuleBroken) as refused:
            checked_note(text, "Say it.")
        assert refused.value.sentence == sentence
