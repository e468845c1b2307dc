"""Two people at one letter at one instant: each gets a right answer, and it is written, signed and sent once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.core.db import db
from portal.core.errors import Conflict, RuleBroken
from portal.core.history import History
from portal.core.outbox import Outgoing
from portal.letters.models import Answer, Endorsement, Letter, RosterRow, Submission
from portal.letters.operations import (
    decline_endorsement,
    save_answer,
    save_roster_row,
    sign_endorsement,
    submit,
    take_back_endorsement,
)
from portal.letters.rules import base_of
from portal.rounds.models import Question
from tests.cohorts.rush import meet_at
from tests.letters.builders import Place, a_complete_letter, a_signature, a_signed_letter, an_asked_letter

Rush = Callable[..., list[Any]]
ENDORSING = "portal.letters.endorsing"


def done(verb: str) -> int:
    return db.session.query(History).filter_by(verb=verb).count()


def mails(template: str) -> int:
    return db.session.query(Outgoing).filter_by(template=template).count()


def kinds(answers: list[Any]) -> list[str]:
    return sorted(type(answer).__name__ for answer in answers)


@pytest.mark.parametrize(("verb", "template"), [("sign", "endorsement_signed"), ("decline", "endorsement_declined")])
def test_two_presses_of_the_signer_get_the_same_answer_and_count_once(
    place: Place, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch, verb: str, template: str
) -> None:
    number = an_asked_letter(place).id
    meet_at(monkeypatch, ENDORSING, "status_after")

    def press(n: int) -> None:
        found = db.session.get_one(Endorsement, number)
        if verb == "sign":
            sign_endorsement(found, a_signature())
        else:
            decline_endorsement(found, "Say more.")

    assert two_at_once(press) == [None, None]
    assert (done(verb if verb == "sign" else "decline to sign"), mails(template)) == (1, 2)


def test_a_letter_signed_while_it_is_taken_back_is_one_of_the_two(place: Place, two_at_once: Rush) -> None:
    endorsement = an_asked_letter(place)
    number, letter_id, lead = endorsement.id, endorsement.letter_id, place.lead.id

    def press(n: int) -> None:
        if n:
            sign_endorsement(db.session.get_one(Endorsement, number), a_signature())
        else:
            take_back_endorsement(db.session.get_one(Letter, letter_id), by=db.session.get_one(Account, lead))

    answers = two_at_once(press)
    found = db.session.get_one(Endorsement, number)
    assert [type(answer) for answer in answers if answer] in ([], [RuleBroken])
    assert (found.signed_at is None) != (found.taken_back_at is None)
    assert (done("sign"), mails("endorsement_signed")) == ((1, 2) if found.signed_at else (0, 0))
    assert db.session.get_one(Letter, letter_id).status == "draft"


def test_two_presses_on_submit_send_one_letter_with_one_receipt_each(place: Place, two_at_once: Rush) -> None:
    number, leads = a_signed_letter(place).id, [place.lead.id, place.other.id]

    def press(n: int) -> str:
        return submit(db.session.get_one(Letter, number), by=db.session.get_one(Account, leads[n % 2])).reference

    answers = two_at_once(press, 4)
    assert len(set(answers)) == 1
    assert (db.session.query(Submission).count(), done("submit"), mails("letter_submitted")) == (1, 1, 2)


def test_what_is_saved_while_the_letter_is_sent_is_in_it_or_refused(place: Place, two_at_once: Rush) -> None:
    number, lead = a_signed_letter(place).id, place.lead.id
    question = place.questions()["q10"].id

    def press(n: int) -> None:
        letter, by = db.session.get_one(Letter, number), db.session.get_one(Account, lead)
        if n:
            submit(letter, by=by)
        else:
            was = db.session.query(Answer).filter_by(letter_id=number, question_id=question).one()
            base = base_of(was.version, was.value)
            save_answer(letter, db.session.get_one(Question, question), "Another text.", base, by=by)

    answers = two_at_once(press)
    sent = db.session.query(Submission).all()
    value = db.session.query(Answer).filter_by(letter_id=number, question_id=question).one().value
    assert kinds(answers) == ["NoneType", "RuleBroken"]
    # whoever was first: the letter went out as it was signed, or the new text asks for a new signature
    assert (len(sent), value == "Another text.") in [(1, False), (0, True)]


def test_two_who_write_one_line_of_the_roster_lose_nothing(place: Place, two_at_once: Rush) -> None:
    letter = a_complete_letter(place)
    row, leads = letter.roster[1], [place.lead.id, place.other.id]
    number, row_id = letter.id, row.id
    base = base_of(row.version, {"role": row.role, "school": row.school, "name": row.name, "email": row.email})

    def press(n: int) -> str:
        fields = {"role": "principal", "school": "Harbor School", "name": f"Name {n}", "email": ""}
        by = db.session.get_one(Account, leads[n])
        return save_roster_row(db.session.get_one(Letter, number), row_id, fields, base, by=by).name

    answers = two_at_once(press)
    assert kinds(answers) == ["Conflict", "str"]
    [clash] = [answer for answer in answers if isinstance(answer, Conflict)]
    assert clash.theirs.value["name"] == db.session.get_one(RosterRow, row_id).name  # type: ignore[attr-defined]
