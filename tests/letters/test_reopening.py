"""Opening a sent letter again: what was sent counts until it is sent once more."""

from __future__ import annotations

import pytest

from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.letters.jobs import note_unsent_letters
from portal.letters.models import Answer, Submission
from portal.letters.operations import ask_endorsement, save_answer, sign_endorsement, submit
from portal.letters.queries import last_submission
from portal.letters.reopening import reopen
from portal.letters.rules import CLOSED, FOR_OTHERS, OPEN_ALREADY, STANDS
from tests.districts.builders import a_person
from tests.letters.builders import AFTER, LAST_LATE_SECOND, Place, a_letter, a_signature, an_asked_letter, base
from tests.letters.lives import a_reopened_letter, a_sent_letter, numbers, owed, verbs
from tests.letters.pages import Stop


def test_a_sent_letter_is_opened_again_by_its_district(place: Place) -> None:
    letter = a_sent_letter(place)
    reopen(letter, by=place.other)
    assert (letter.status, verbs(letter)) == ("draft", ["submit", "reopen"])


def test_opening_it_twice_changes_nothing(place: Place) -> None:
    letter = a_reopened_letter(place)
    reopen(letter, by=place.other)
    assert (letter.status, verbs(letter)) == ("draft", ["submit", "reopen"])


def test_until_the_last_second_of_grace_it_can_be_opened(place: Place, at: Stop) -> None:
    letter = a_sent_letter(place)
    at(f"{LAST_LATE_SECOND}.999")
    reopen(letter, by=place.lead)
    assert letter.status == "draft"


def test_the_second_after_is_too_late(place: Place, at: Stop) -> None:
    letter = a_sent_letter(place)
    at(AFTER)
    with pytest.raises(RuleBroken) as refused:
        reopen(letter, by=place.lead)
    assert (refused.value.sentence, letter.status, verbs(letter)) == (CLOSED, "submitted", ["submit"])


def test_nobody_else_opens_it(place: Place) -> None:
    letter = a_sent_letter(place)
    with pytest.raises(RuleBroken, match=FOR_OTHERS["lead"]):
        reopen(letter, by=a_person())
    assert letter.status == "submitted"


def test_a_letter_that_is_being_signed_is_open_already(place: Place) -> None:
    letter = an_asked_letter(place).letter
    with pytest.raises(RuleBroken) as refused:
        reopen(letter, by=place.lead)
    assert refused.value.sentence == OPEN_ALREADY


def test_a_letter_that_was_not_sent_in_time_says_so(place: Place, at: Stop) -> None:
    letter = a_letter(place)
    at(AFTER)
    note_unsent_letters()
    with pytest.raises(RuleBroken) as refused:
        reopen(letter, by=place.lead)
    assert refused.value.sentence == STANDS["not_submitted"]


def test_sent_again_it_is_version_two_with_the_number_in_its_reference(place: Place) -> None:
    letter = a_reopened_letter(place)
    question, first = place.questions()["q9"], last_submission(letter)
    save_answer(letter, question, 6, base(letter, question), by=place.other)
    signed = ask_endorsement(letter, name="Superintendent", email="superintendent@example.org", by=place.lead)
    sign_endorsement(signed, a_signature())
    second = submit(letter, by=place.other)
    assert first is not None
    assert (second.number, second.reference) == (2, f"{first.reference}-2")
    assert [days(one) for one in letter.submissions] == [5, 6]
    assert len(owed("letter_submitted")) == 4


def test_sent_again_unchanged_its_signature_still_holds(place: Place) -> None:
    letter = a_reopened_letter(place)
    submit(letter, by=place.lead)
    assert (letter.status, numbers(letter)) == ("submitted", [1, 2])


def test_not_sent_again_the_last_version_stands_and_the_writers_hear_it_once(place: Place, at: Stop) -> None:
    letter = a_reopened_letter(place)
    question = place.questions()["q9"]
    save_answer(letter, question, 6, base(letter, question), by=place.lead)
    at(AFTER)
    assert (note_unsent_letters(), note_unsent_letters()) == (1, 0)
    assert (letter.status, numbers(letter), verbs(letter)[-1]) == ("submitted", [1], "last version stands")
    assert owed("letter_stands") == [
        ("letter_stands", "assistant@example.org"), ("letter_stands", "principal@example.org"),
    ]  # fmt: skip
    # What was written since is still there, should the letter ever be opened again.
    assert db.session.query(Answer).filter_by(letter_id=letter.id, question_id=question.id).one().value == 6


def test_a_request_to_sign_that_is_out_when_time_ends_is_over(place: Place, at: Stop) -> None:
    endorsement = an_asked_letter(place)
    at(AFTER)
    note_unsent_letters()
    assert (endorsement.letter.status, endorsement.taken_back_at is None) == ("not_submitted", False)


def days(submission: Submission) -> object:
    asked = {one["code"]: one["value"] for section in submission.content["sections"] for one in section["questions"]}
    return asked["q9"]
