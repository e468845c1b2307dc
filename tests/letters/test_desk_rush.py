"""Two people of the staff press at one instant: one reminder, one handover, one decision. With the lock out, two."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account
from portal.communities.operations import create_community
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import History
from portal.core.outbox import Outgoing
from portal.districts.models import District
from portal.rounds.inviting import Contact, invite_all, readdress, remind, resend, withdraw_invitation
from portal.rounds.models import AskedQuestion, Handover, Invitation, Round
from portal.rounds.operations import send_invitation
from portal.rounds.settling import Reply, answer_question
from tests.cohorts.rush import meet_at, no_lock
from tests.rounds.builders import (
    OPEN,
    a_round,
    a_sent_invitation,
    an_asked_question,
    an_invitation,
    an_invited_district,
)

Rush = Callable[..., list[Any]]
INVITING, SETTLING = "portal.rounds.inviting", "portal.rounds.settling"


@pytest.fixture
def round(app: Flask, at: Callable[[str], datetime]) -> Round:
    at(OPEN)
    find_or_open_account(email="a@example.org", name="A")
    find_or_open_account(email="b@example.org", name="B")
    return a_round(create_community(slug="eclc", name="Example", kind="district_network"))


def one_of_two(number: int) -> Account:
    return db.session.query(Account).filter_by(email=f"{'ab'[number]}@example.org").one()


def count(model: Any, **columns: Any) -> int:
    db.session.rollback()
    return db.session.query(model).filter_by(**columns).count()


def two_remind(number: int, two_at_once: Rush) -> int:
    """How many reminders are owed after two pressed."""
    two_at_once(lambda who: remind([db.session.get_one(Invitation, number)], by=one_of_two(who)))
    return count(History, subject_table="invitations", verb="remind")


def test_two_who_remind_remind_once(round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    number = a_sent_invitation(round).id
    meet_at(monkeypatch, INVITING, "why_left_out")
    assert two_remind(number, two_at_once) == 1
    assert count(Outgoing, template="invitation_reminder") == 1


def test_without_the_lock_there_are_two_reminders(
    round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = a_sent_invitation(round).id
    meet_at(monkeypatch, INVITING, "why_left_out", seconds=10)
    with no_lock(monkeypatch, INVITING):
        assert two_remind(number, two_at_once) == 2


def test_two_who_change_the_contact_leave_one_link_that_works(
    round: Round, two_at_once: Rush, mailbox: Callable
) -> None:
    number = a_sent_invitation(round).id
    mailbox()
    answers = two_at_once(
        lambda who: readdress(
            db.session.get_one(Invitation, number), Contact(f"New {who}", f"n{who}@example.org"), by=one_of_two(who)
        )
    )
    assert (answers, count(Handover)) == ([True, True], 2)
    found = db.session.get_one(Invitation, number)
    assert [mail.to for mail in mailbox()] == [found.to_email]


def test_a_letter_is_sent_or_withdrawn_never_both(round: Round, two_at_once: Rush) -> None:
    for _ in range(5):
        number = an_invitation(round).id

        def press(who: int, number: int = number) -> None:
            found, by = db.session.get_one(Invitation, number), one_of_two(who)
            send_invitation(found, by=by) if who else withdraw_invitation(found, by=by)

        answers = two_at_once(press)
        db.session.rollback()
        found = db.session.get_one(Invitation, number)
        assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "RuleBroken"]
        assert (found.sent_at is None) != (found.withdrawn_at is None)


def test_two_who_prepare_the_same_districts_prepare_each_once(round: Round, two_at_once: Rush) -> None:
    numbers = [an_invited_district().id for _ in range(3)]

    def press(who: int) -> int:
        districts = [db.session.get_one(District, one) for one in numbers]
        people = [(one, Contact(f"P{who}", f"p{who}@example.org")) for one in districts]
        return invite_all(db.session.get_one(Round, round_id), people, by=one_of_two(who))

    round_id = round.id
    assert sorted(two_at_once(press)) == [0, 3]
    assert count(Invitation) == 3


def test_a_letter_is_sent_once_more_once(round: Round, two_at_once: Rush) -> None:
    number = a_sent_invitation(round).id
    answers = two_at_once(lambda who: resend(db.session.get_one(Invitation, number), by=one_of_two(who)))
    assert (sorted(answers), count(Outgoing, template="invitation")) == ([False, True], 2)


def two_answer(number: int, two_at_once: Rush) -> list[str]:
    answers = two_at_once(
        lambda who: answer_question(
            db.session.get_one(AskedQuestion, number), Reply(f"Answer {who}"), by=one_of_two(who)
        )
    )
    assert all(answer is None or isinstance(answer, RuleBroken) for answer in answers)
    return sorted(type(answer).__name__ for answer in answers)


def test_a_question_is_answered_by_one_of_two(round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    number = an_asked_question(round).id
    meet_at(monkeypatch, SETTLING, "check_unanswered")
    assert two_answer(number, two_at_once) == ["NoneType", "RuleBroken"]
    assert count(Outgoing, template="question_answered") == 1


def test_without_the_lock_both_answers_go_out(round: Round, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    number = an_asked_question(round).id
    meet_at(monkeypatch, SETTLING, "check_unanswered", seconds=10)
    with no_lock(monkeypatch, SETTLING):
        assert two_answer(number, two_at_once) != ["NoneType", "RuleBroken"]
