"""Sending the letter: frozen as it reads, once; and letters that were not sent in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.core.outbox import Outgoing
from portal.letters.content import content_hash
from portal.letters.jobs import note_unsent_letters
from portal.letters.models import Letter, Submission
from portal.letters.operations import lapse, save_answer, submit, waive_roster_rule
from portal.letters.queries import letter_counts
from portal.letters.rules import CLOSED, FOR_OTHERS, STANDS
from portal.rounds.operations import close_now
from portal.rounds.rules import closing_words
from tests.cohorts.rush import meet_at, no_lock
from tests.districts.builders import a_person, a_staff_member
from tests.letters.builders import (
    AFTER,
    LAST_LATE_SECOND,
    LAST_SECOND,
    LATE,
    TEAM,
    Place,
    a_complete_letter,
    a_letter,
    a_signed_letter,
    an_asked_letter,
    base,
)
from tests.postbox import Mail

Stop = Callable[[str], datetime]
Post = Callable[[], list[Mail]]
Rush = Callable[..., list[Any]]


def test_a_submission_freezes_wording_answers_team_and_signature(place: Place) -> None:
    letter = a_signed_letter(place)
    submission = submit(letter, by=place.lead)
    content = submission.content
    asked = {one["code"]: one for section in content["sections"] for one in section["questions"]}
    assert (asked["q9"]["label"], asked["q9"]["value"], asked["q9"]["lines"]) == ("On how many days?", 5, ["5 days"])
    assert [row["role"] for row in content["roster"]] == [role for role, *_ in TEAM]
    assert content["roles"]["teacher-sped"] == "Special education teacher"
    assert [one["code"] for one in content["commitments"]] == ["c1", "c2"]
    assert (content["endorsement"]["name"], content["endorsement"]["date"]) == ("Superintendent", "October 20, 2026")
    assert submission.content_hash == content_hash(content) == content["endorsement"]["content_hash"]


def test_a_submission_has_a_reference_a_moment_and_a_status(place: Place) -> None:
    letter = a_signed_letter(place)
    submission = submit(letter, by=place.lead)
    assert submission.reference == f"EH-2026-{letter.id:04d}"
    assert (submission.number, submission.is_late, submission.submitted_by_id) == (1, False, place.lead.id)
    assert (letter.status, [row.verb for row in history_of(letter)][-1]) == ("submitted", "submit")


def test_what_was_sent_stays_when_the_wording_changes_later(place: Place) -> None:
    letter = a_signed_letter(place)
    number = submit(letter, by=place.lead).id
    place.questions()["q9"].label = "How many days, all in all?"
    db.session.commit()
    asked = db.session.get_one(Submission, number).content["sections"][3]["questions"][0]
    assert asked["label"] == "On how many days?"


def test_every_lead_gets_one_receipt(place: Place, mailbox: Post) -> None:
    letter = a_signed_letter(place)
    mailbox()
    submission = submit(letter, by=place.lead)
    submit(letter, by=place.other)
    mails = mailbox()
    assert [mail.to for mail in mails] == ["assistant@example.org", "principal@example.org"]
    assert {mail.subject for mail in mails} == {f"Receipt {submission.reference}: your letter is submitted"}


def test_submitting_twice_gives_the_same_submission(place: Place) -> None:
    letter = a_signed_letter(place)
    first = submit(letter, by=place.lead)
    assert (submit(letter, by=place.lead).id, db.session.query(Submission).count()) == (first.id, 1)


def test_two_who_submit_at_once_make_one_submission(place: Place, two_at_once: Rush) -> None:
    number, lead = a_signed_letter(place).id, place.lead.id
    answers = two_at_once(lambda turn: sent(number, lead))
    assert (len(set(answers)), db.session.query(Submission).count()) == (1, 1)


def test_without_the_lock_two_who_submit_at_once_do_not_make_one_submission(
    place: Place, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, lead = a_signed_letter(place).id, place.lead.id
    meet_at(monkeypatch, "portal.letters.submitting", "missing", seconds=10)
    with no_lock(monkeypatch, "portal.letters.submitting"):
        answers = two_at_once(lambda turn: sent(number, lead))
    # One of them fails on the second number 1, or both get a receipt of their own.
    assert len(set(answers)) == 2


@pytest.mark.parametrize("build", [a_letter, a_complete_letter])
def test_a_letter_that_lacks_answers_or_signature_is_refused(place: Place, build: Callable[[Place], Letter]) -> None:
    letter = build(place)
    with pytest.raises(RuleBroken, match="cannot be submitted yet"):
        submit(letter, by=place.lead)
    assert (letter.status, traces()) == ("draft", (0, 0))


def test_a_letter_that_is_being_signed_is_refused(place: Place) -> None:
    letter = an_asked_letter(place).letter
    with pytest.raises(RuleBroken) as refused:
        submit(letter, by=place.lead)
    assert (refused.value.sentence, letter.status) == (STANDS["endorsing"], "endorsing")


def test_a_letter_changed_after_the_signature_is_refused(place: Place) -> None:
    letter, question = a_signed_letter(place), place.questions()["q9"]
    save_answer(letter, question, 6, base(letter, question), by=place.lead)
    with pytest.raises(RuleBroken, match="Have it signed again"):
        submit(letter, by=place.lead)
    assert db.session.query(Submission).count() == 0


def test_a_stranger_does_not_submit(place: Place) -> None:
    with pytest.raises(RuleBroken, match=FOR_OTHERS["lead"]):
        submit(a_signed_letter(place), by=a_person())
    assert db.session.query(Submission).count() == 0


@pytest.mark.parametrize(("moment", "late"), [(LAST_SECOND, False), (LATE, True), (LAST_LATE_SECOND, True)])
def test_in_the_grace_minutes_a_letter_is_taken_and_marked_late(
    place: Place, at: Stop, moment: str, late: bool
) -> None:
    letter = a_signed_letter(place)
    at(moment)
    assert submit(letter, by=place.lead).is_late == late


def test_the_second_after_is_too_late(place: Place, at: Stop) -> None:
    letter = a_signed_letter(place)
    at(AFTER)
    with pytest.raises(RuleBroken) as refused:
        submit(letter, by=place.lead)
    assert (refused.value.sentence, letter.status) == (CLOSED, "draft")


def test_a_round_closed_early_takes_no_letter_from_then_on(place: Place) -> None:
    letter, staff = a_signed_letter(place), a_staff_member(place.community)
    close_now(place.round, reason="Snow.", confirmation=closing_words(place.round), by=staff)
    with pytest.raises(RuleBroken) as refused:
        submit(letter, by=place.lead)
    assert refused.value.sentence == CLOSED


def test_a_waived_rule_stands_in_the_submission_with_its_reason(place: Place) -> None:
    letter = a_signed_letter(place)
    waive_roster_rule(letter, "r1", "Its head of school counts.", by=a_staff_member(place.community))
    waived = submit(letter, by=place.lead).content["waivers"]
    assert waived == [{"rule": "r1", "reason": "Its head of school counts."}]


def test_a_draft_lapses_after_the_end_and_its_text_is_mailed_once(place: Place, at: Stop, mailbox: Post) -> None:
    letter = a_complete_letter(place)
    at(AFTER)
    assert (note_unsent_letters(), note_unsent_letters(), letter.status) == (1, 0, "not_submitted")
    mails = mailbox()
    assert [mail.to for mail in mails] == ["assistant@example.org", "principal@example.org"]
    assert "Our two middle schools became one." in mails[0].text


@pytest.mark.parametrize("moment", [LAST_SECOND, LAST_LATE_SECOND])
def test_nothing_lapses_before_the_end(place: Place, at: Stop, moment: str) -> None:
    letter = a_letter(place)
    at(moment)
    assert (note_unsent_letters(), lapse(letter), letter.status) == (0, False, "draft")


def test_a_letter_that_was_sent_does_not_lapse(place: Place, at: Stop) -> None:
    letter = a_signed_letter(place)
    submit(letter, by=place.lead)
    at(AFTER)
    assert (note_unsent_letters(), lapse(letter), letter.status) == (0, False, "submitted")


def test_a_letter_that_is_being_signed_lapses_too(place: Place, at: Stop) -> None:
    letter = an_asked_letter(place).letter
    at(AFTER)
    assert (note_unsent_letters(), letter.status) == (1, "not_submitted")


def test_letters_of_a_round_are_counted_by_status(place: Place) -> None:
    letter = a_letter(place)
    assert (letter.status, letter_counts(place.round)) == ("draft", {"draft": 1})


def sent(number: int, lead: int) -> int:
    return submit(db.session.get_one(Letter, number), by=db.session.get_one(Account, lead)).id


def traces() -> tuple[int, int]:
    db.session.rollback()
    return db.session.query(Submission).count(), db.session.query(Outgoing).count()
