"""Sections that staff send back: only these unlock, until the letter is sent again or the date has passed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.letters.deadlines import ends_at, is_open
from portal.letters.jobs import note_unsent_letters
from portal.letters.models import Letter, Return
from portal.letters.operations import (
    add_roster_row,
    ask_endorsement,
    remove_roster_row,
    save_answer,
    save_roster_row,
    sign_endorsement,
    submit,
    take_back_endorsement,
)
from portal.letters.returning import return_sections
from portal.letters.rules import FOR_OTHERS, NOT_SENT, STANDS, UNFIT, is_endorsed, missing, section_states
from portal.letters.withdrawing import withdraw
from tests.conftest import moment_of
from tests.letters.builders import AFTER, Place, a_signature, base
from tests.letters.lives import (
    DUE,
    a_reopened_letter,
    a_returned_letter,
    a_sent_letter,
    numbers,
    owed,
    staff_of,
    the_return,
    verbs,
    wanted,
)
from tests.letters.pages import Stop
from tests.postbox import Mail

Post = Callable[[], list[Mail]]
READING = "2026-11-09 10:00"  # the round closed on October 30


@pytest.fixture
def returned(place: Place, at: Stop) -> Letter:
    """The section on time sent back while the letters are read, until DUE."""
    letter = a_sent_letter(place)
    at(READING)
    return_sections(letter, wanted(), by=staff_of(place))
    return letter


def write(letter: Letter, place: Place, code: str, value: Any) -> None:
    question = place.questions()[code]
    save_answer(letter, question, value, base(letter, question), by=place.other)


def sign_anew(letter: Letter, place: Place) -> None:
    asked = ask_endorsement(letter, name="Superintendent", email="superintendent@example.org", by=place.lead)
    sign_endorsement(asked, a_signature())


def test_a_return_names_sections_message_and_date_and_mails_the_writers(
    place: Place, returned: Letter, mailbox: Post
) -> None:
    row = history_of(returned)[-1]
    assert (returned.status, the_return(returned).sections, ends_at(returned)) == ("returned", ["time"], moment_of(DUE))
    assert (row.verb, row.note, row.data["sections"]) == ("return", "Say how many days.", ["time"])
    mails = [mail for mail in mailbox() if "Please change" in mail.subject]
    assert [(mail.to, mail.subject) for mail in mails] == [
        ("assistant@example.org", "Please change Time and conditions in your letter"),
        ("principal@example.org", "Please change Time and conditions in your letter"),
    ]
    assert "Say how many days." in mails[0].text


def test_only_what_was_sent_back_unlocks_long_after_closing(place: Place, returned: Letter) -> None:
    write(returned, place, "q9", 6)
    for code, value in [("q3", "Another text."), ("q8", {"choice": "", "follow_up": ""})]:
        with pytest.raises(RuleBroken, match="Only what was sent back can be changed now: Time and conditions."):
            write(returned, place, code, value)
    assert [one.state for one in section_states(returned)] == ["kept", "kept", "kept", "done", "not started"]


def test_the_team_stays_as_it_was_sent_unless_its_section_came_back(place: Place, returned: Letter) -> None:
    row = returned.roster[0]
    moves: list[Callable[[], object]] = [
        lambda: add_roster_row(returned, by=place.lead),
        lambda: save_roster_row(returned, row.id, {"role": "nurse"}, "0:", by=place.lead),
        lambda: remove_roster_row(returned, row.id, by=place.lead),
    ]
    for move in moves:
        with pytest.raises(RuleBroken, match="stays as it was sent"):
            move()
    assert len(returned.roster) == 4


def test_a_team_that_came_back_can_be_changed(place: Place) -> None:
    letter = a_returned_letter(place, "your-team")
    add_roster_row(letter, {"role": "nurse", "school": "North School"}, by=place.lead)
    assert (len(letter.roster), is_endorsed(letter)) == (5, False)


def test_changed_answers_ask_for_a_new_signature_and_sending_again_ends_the_return(
    place: Place, returned: Letter
) -> None:
    write(returned, place, "q9", 6)
    with pytest.raises(RuleBroken, match="Have it signed again"):
        submit(returned, by=place.lead)
    sign_anew(returned, place)
    assert returned.status == "returned"
    sent = submit(returned, by=place.lead)
    assert (returned.status, sent.number, sent.is_late) == ("submitted", 2, False)
    assert the_return(returned).ended_at is not None
    assert (note_unsent_letters(), is_open(returned, moment_of(READING))) == (0, False)


def test_nothing_changed_needs_no_new_signature(place: Place, returned: Letter) -> None:
    assert submit(returned, by=place.lead).number == 2


def test_a_signature_that_is_sent_back_is_asked_for_anew(place: Place, at: Stop) -> None:
    letter = a_returned_letter(place, "endorsement")
    at(READING)
    assert [problem.sentence for problem in missing(letter)] == [
        "The signature was sent back. Have the letter signed again."
    ]
    sign_anew(letter, place)
    assert (missing(letter), submit(letter, by=place.lead).number) == ([], 2)


def test_a_request_to_sign_taken_back_leads_to_returned_again(place: Place, returned: Letter) -> None:
    ask_endorsement(returned, name="Superintendent", email="superintendent@example.org", by=place.lead)
    assert (returned.status, ends_at(returned)) == ("endorsing", moment_of(DUE))
    take_back_endorsement(returned, by=place.lead)
    assert returned.status == "returned"


def test_a_kept_section_that_lacks_something_unlocks(place: Place, returned: Letter) -> None:
    question = place.questions()["q3"]
    question.settings = {"limits": {"min_words": 9, "max_words": 12}}
    db.session.commit()
    write(returned, place, "q3", "Our two middle schools became one, and that is new.")
    assert [one.state for one in section_states(returned)][1] == "kept"


@pytest.mark.parametrize("is_signing", [False, True], ids=["returned", "being signed"])
def test_at_its_date_the_last_version_stands_and_both_sides_hear_it_once(
    place: Place, returned: Letter, at: Stop, is_signing: bool
) -> None:
    write(returned, place, "q9", 6)
    if is_signing:
        ask_endorsement(returned, name="Superintendent", email="superintendent@example.org", by=place.lead)
    at(f"{DUE}:00")
    assert note_unsent_letters() == 0
    at(f"{DUE}:01")
    assert (note_unsent_letters(), note_unsent_letters()) == (1, 0)
    assert (returned.status, numbers(returned), verbs(returned)[-1]) == ("submitted", [1], "last version stands")
    assert the_return(returned).ended_at is not None
    assert owed("letter_stands", "return_over") == [
        ("letter_stands", "assistant@example.org"), ("letter_stands", "principal@example.org"),
        ("return_over", "coordinator@example.org"),
    ]  # fmt: skip


def test_a_return_that_runs_out_while_it_is_signed_and_the_round_is_open_stands_too(place: Place, at: Stop) -> None:
    letter = a_sent_letter(place)
    return_sections(letter, wanted(due="2026-10-24 17:00"), by=staff_of(place))
    ask_endorsement(letter, name="Superintendent", email="superintendent@example.org", by=place.lead)
    at("2026-10-24 17:00:01")
    assert (note_unsent_letters(), letter.status, the_return(letter).ended_at is not None) == (1, "submitted", True)


def test_a_second_return_that_runs_out_is_told_too(place: Place, returned: Letter, at: Stop) -> None:
    at(f"{DUE}:01")
    note_unsent_letters()
    return_sections(returned, wanted(due="2026-12-08 17:00"), by=staff_of(place))
    at("2026-12-08 17:00:01")
    note_unsent_letters()
    assert (len(owed("letter_stands")), len(owed("return_over"))) == (4, 2)


def test_the_second_after_its_date_nothing_is_taken(place: Place, returned: Letter, at: Stop) -> None:
    at(f"{DUE}:01")
    with pytest.raises(RuleBroken, match="takes no letters now"):
        submit(returned, by=place.lead)
    assert numbers(returned) == [1]


def test_the_same_return_pressed_twice_is_one(place: Place, returned: Letter) -> None:
    again = return_sections(returned, wanted(), by=staff_of(place))
    assert (again.id, db.session.query(Return).count()) == (the_return(returned).id, 1)
    assert len(owed("letter_returned")) == 2


def test_another_return_waits_until_the_first_is_over(place: Place, returned: Letter) -> None:
    with pytest.raises(RuleBroken) as refused:
        return_sections(returned, wanted("why-now"), by=staff_of(place))
    assert (refused.value.sentence, db.session.query(Return).count()) == (NOT_SENT, 1)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (wanted("nowhere"), "Choose at least one section"),
        (wanted("time", "nowhere"), "Choose at least one section"),
        (wanted(message="  "), "Say what should change"),
        (wanted(due="2026-11-09 10:00"), "Give a date that is still to come"),
    ],
)
def test_a_return_needs_sections_words_and_a_date_to_come(place: Place, at: Stop, asked: Any, sentence: str) -> None:
    letter = a_sent_letter(place)
    at(READING)
    with pytest.raises(RuleBroken, match=sentence):
        return_sections(letter, asked, by=staff_of(place))
    assert (letter.status, db.session.query(Return).count(), owed("letter_returned")) == ("submitted", 0, [])


def test_only_a_letter_with_the_readers_is_returned(place: Place) -> None:
    letter = a_reopened_letter(place)
    with pytest.raises(RuleBroken) as refused:
        return_sections(letter, wanted(), by=staff_of(place))
    assert refused.value.sentence == NOT_SENT
    withdraw(letter, by=place.lead)
    with pytest.raises(RuleBroken) as refused:
        return_sections(letter, wanted(), by=staff_of(place))
    assert refused.value.sentence == UNFIT["return", "withdrawn"]


def test_a_letter_that_was_not_submitted_is_not_returned(place: Place, at: Stop) -> None:
    letter = a_reopened_letter(place)
    letter.status = "not_submitted"
    db.session.commit()
    with pytest.raises(RuleBroken) as refused:
        return_sections(letter, wanted(), by=staff_of(place))
    assert refused.value.sentence == STANDS["not_submitted"]


def test_a_district_does_not_return_its_own_letter(place: Place, at: Stop) -> None:
    letter = a_sent_letter(place)
    at(AFTER)
    with pytest.raises(RuleBroken, match=FOR_OTHERS["staff"]):
        return_sections(letter, wanted(), by=place.lead)
    assert letter.status == "submitted"
