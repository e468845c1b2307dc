"""Withdrawing a letter that was sent, and undoing it within the stated time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.letters.extending import extend
from portal.letters.jobs import note_unsent_letters
from portal.letters.models import Letter
from portal.letters.operations import ask_endorsement, start_letter
from portal.letters.reopening import reopen
from portal.letters.rules import FOR_OTHERS, NOT_WITHDRAWN, NOTHING_SENT, OVER, UNFIT
from portal.letters.withdrawing import undo_withdrawal, withdraw
from tests.conftest import moment_of
from tests.districts.builders import a_person
from tests.letters.builders import AFTER, LAST_LATE_SECOND, Place, a_letter
from tests.letters.lives import (
    LATER,
    a_reopened_letter,
    a_returned_letter,
    a_sent_letter,
    owed,
    staff_of,
    the_return,
    verbs,
)
from tests.letters.pages import Stop
from tests.postbox import Mail

Post = Callable[[], list[Mail]]
GONE = ("letter_withdrawn", "letter_withdrawn_staff")
BACK = ("withdrawal_undone", "withdrawal_undone_staff")


@pytest.fixture
def sent(place: Place) -> Letter:
    return a_sent_letter(place)


def test_a_district_withdraws_its_letter_with_a_reason(place: Place, sent: Letter) -> None:
    withdraw(sent, reason=" Our superintendent is leaving. ", by=place.lead)
    last = history_of(sent)[-1]
    assert (sent.status, sent.withdrawn_at is None) == ("withdrawn", False)
    assert (last.verb, last.by_name, last.note) == ("withdraw", place.lead.name, "Our superintendent is leaving.")


def test_writers_and_staff_are_told_once(place: Place, sent: Letter, mailbox: Post) -> None:
    staff_of(place)
    mailbox()
    withdraw(sent, reason="A new building.", by=place.lead)
    withdraw(sent, reason="A new building.", by=place.other)
    mails = {mail.to: mail for mail in mailbox()}
    assert sorted(mails) == ["assistant@example.org", "coordinator@example.org", "principal@example.org"]
    assert "The reason given: A new building." in mails["principal@example.org"].text
    assert mails["coordinator@example.org"].subject == "Example Harbor withdrew its letter"
    assert [path for path in mails["coordinator@example.org"].paths if "staff" in path] == [
        f"/eclc/staff/letters/{sent.id}"
    ]


def test_the_same_people_hear_that_it_was_undone(place: Place, sent: Letter, mailbox: Post) -> None:
    staff_of(place)
    withdraw(sent, by=place.lead)
    mailbox()
    undo_withdrawal(sent, by=place.other)
    undo_withdrawal(sent, by=place.other)
    assert (sent.status, sent.withdrawn_at, verbs(sent)) == (
        "submitted", None, ["submit", "withdraw", "undo withdrawal"],
    )  # fmt: skip
    assert sorted((mail.to, mail.subject) for mail in mailbox()) == [
        ("assistant@example.org", "The letter of Example Harbor counts again"),
        ("coordinator@example.org", "Example Harbor put its letter back"),
        ("principal@example.org", "The letter of Example Harbor counts again"),
    ]


def test_undone_before_the_mail_could_leave_says_only_what_holds(place: Place, sent: Letter, mailbox: Post) -> None:
    mailbox()
    withdraw(sent, by=place.lead)
    undo_withdrawal(sent, by=place.lead)
    assert {mail.subject for mail in mailbox()} == {"The letter of Example Harbor counts again"}


def test_withdrawn_undone_and_withdrawn_again_is_told_each_time(place: Place, sent: Letter, at: Stop) -> None:
    withdraw(sent, by=place.lead)
    at("2026-10-20 10:00")
    undo_withdrawal(sent, by=place.lead)
    at("2026-10-20 11:00")
    withdraw(sent, by=place.lead)
    assert (len(owed(*GONE)), len(owed(*BACK))) == (4, 2)


@pytest.mark.parametrize("verb", [withdraw, undo_withdrawal])
def test_both_end_with_the_last_second_of_grace(place: Place, sent: Letter, at: Stop, verb: Any) -> None:
    if verb is undo_withdrawal:
        withdraw(sent, by=place.lead)
    before = sent.status
    at(AFTER)
    with pytest.raises(RuleBroken) as refused:
        verb(sent, by=place.lead)
    assert (refused.value.sentence, sent.status) == (OVER["withdrawable"], before)
    at(f"{LAST_LATE_SECOND}.9")
    verb(sent, by=place.lead)
    assert sent.status != before


@pytest.mark.parametrize(
    ("moment", "works"), [("2026-12-10 17:00", True), ("2026-12-10 17:00:01", False)], ids=["last second", "after"]
)
def test_a_round_can_give_longer_for_it(place: Place, sent: Letter, at: Stop, moment: str, works: bool) -> None:
    place.round.withdraw_until = moment_of("2026-12-10 17:00")
    db.session.commit()
    at(moment)
    if not works:
        with pytest.raises(RuleBroken, match="time to withdraw a letter is over"):
            withdraw(sent, by=place.lead)
    else:
        withdraw(sent, by=place.lead)
    assert sent.status == ("withdrawn" if works else "submitted")


def test_a_district_with_more_time_has_it_for_this_too(place: Place, sent: Letter, at: Stop) -> None:
    extend(place.round, place.district, LATER, "The superintendent is ill.", by=staff_of(place))
    at(AFTER)
    withdraw(sent, by=place.lead)
    undo_withdrawal(sent, by=place.lead)
    assert sent.status == "submitted"


def test_a_letter_opened_again_can_be_withdrawn_and_comes_back_as_it_was_sent(place: Place) -> None:
    letter = a_reopened_letter(place)
    withdraw(letter, by=place.lead)
    assert letter.status == "withdrawn"
    undo_withdrawal(letter, by=place.lead)
    assert (letter.status, len(letter.submissions)) == ("submitted", 1)


def test_withdrawing_what_staff_sent_back_ends_the_return(place: Place) -> None:
    letter = a_returned_letter(place)
    withdraw(letter, by=place.lead)
    assert (letter.status, the_return(letter).ended_at is None) == ("withdrawn", False)


def test_what_was_never_sent_cannot_be_withdrawn(place: Place, at: Stop) -> None:
    letter = a_letter(place)
    for _ in range(2):
        with pytest.raises(RuleBroken) as refused:
            withdraw(letter, by=place.lead)
        assert refused.value.sentence == NOTHING_SENT
        at(AFTER)
        note_unsent_letters()
        at(LAST_LATE_SECOND)
    assert owed(*GONE) == []


def test_while_it_is_being_signed_it_is_taken_back_first(place: Place) -> None:
    letter = a_reopened_letter(place)
    ask_endorsement(letter, name="Superintendent", email="superintendent@example.org", by=place.lead)
    with pytest.raises(RuleBroken) as refused:
        withdraw(letter, by=place.lead)
    assert refused.value.sentence == UNFIT["withdraw", "endorsing"]


def test_only_a_withdrawal_can_be_undone(place: Place) -> None:
    letter = a_reopened_letter(place)
    with pytest.raises(RuleBroken) as refused:
        undo_withdrawal(letter, by=place.lead)
    assert (refused.value.sentence, letter.status) == (NOT_WITHDRAWN, "draft")


def test_nobody_else_withdraws_or_undoes(place: Place, sent: Letter) -> None:
    for who in (a_person(), staff_of(place)):
        with pytest.raises(RuleBroken, match=FOR_OTHERS["lead"]):
            withdraw(sent, by=who)
    withdraw(sent, by=place.lead)
    with pytest.raises(RuleBroken, match=FOR_OTHERS["lead"]):
        undo_withdrawal(sent, by=a_person())
    assert verbs(sent) == ["submit", "withdraw"]


def test_a_withdrawn_letter_is_not_written_or_opened_again(place: Place, sent: Letter) -> None:
    withdraw(sent, by=place.lead)
    with pytest.raises(RuleBroken, match="Undo the withdrawal first"):
        reopen(sent, by=place.lead)
    assert start_letter(place.round, place.district, place.lead).id == sent.id


def test_a_withdrawn_letter_stays_withdrawn_when_time_ends(place: Place, sent: Letter, at: Stop) -> None:
    withdraw(sent, by=place.lead)
    at(AFTER)
    assert (note_unsent_letters(), sent.status) == (0, "withdrawn")
