"""A reader hears once of each version that came after their scores, and of nothing that is not theirs to score."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.letters.models import Letter
from portal.reviews.conflicts import declare_conflict
from portal.reviews.jobs import ask_readers_again
from portal.reviews.scoring import reaffirm, save_score
from tests.cohorts.builders import (
    DECIDING,
    a_closing_round,
    a_community,
    a_led_letter,
    a_staff_member,
    decided,
    everything,
    owed,
)
from tests.postbox import Mail

from .readers import a_reader, marks, scored, sent_again, taken_from

At = Callable[[str], Any]
Mailbox = Callable[[], list[Mail]]


@pytest.fixture
def letter(app: Flask, at: At) -> Letter:
    at(DECIDING)
    return a_led_letter(a_closing_round(a_community()))


@pytest.fixture
def reader(letter: Letter) -> Account:
    reader = a_reader(letter)
    scored(letter, reader, 3, 3)
    return reader


def mails(mailbox: Mailbox) -> list[str]:
    return [mail.subject for mail in mailbox() if "Changed since" in mail.subject]


def test_each_version_after_the_scores_is_told_once(letter: Letter, reader: Account, mailbox: Mailbox) -> None:
    assert (ask_readers_again(), owed("letter_changed")) == (0, [])
    sent_again(letter)
    assert (ask_readers_again(), ask_readers_again()) == (1, 0)
    assert owed("letter_changed") == [("letter_changed", reader.email)]
    assert mails(mailbox) == ["Changed since you scored it: Harbor"]
    sent_again(letter)
    assert (ask_readers_again(), len(owed("letter_changed"))) == (1, 2)


def test_a_draft_and_a_reader_who_lost_the_letter_are_not_told(letter: Letter, reader: Account) -> None:
    save_score(letter, marks(letter.round, 3, 3), by=a_reader(letter, "two"))
    taken_from(letter, reader)
    sent_again(letter)
    before = everything()
    assert (ask_readers_again(), everything()) == (0, before)


def test_nobody_is_asked_after_the_decision_was_sent(letter: Letter, reader: Account) -> None:
    sent_again(letter)
    decided(letter, "decline", a_staff_member(letter.round.community))
    assert ask_readers_again() == 0


@pytest.mark.parametrize("meanwhile", ["affirmed", "conflict", "newer"])
def test_what_is_no_longer_true_when_the_mail_leaves_is_not_said(
    letter: Letter, reader: Account, mailbox: Mailbox, meanwhile: str
) -> None:
    sent_again(letter)
    ask_readers_again()
    if meanwhile == "affirmed":
        reaffirm(letter, by=reader)
    elif meanwhile == "conflict":
        declare_conflict(letter, "", by=reader)
    else:
        sent_again(letter)
    assert mails(mailbox) == []
    assert ask_readers_again() == (1 if meanwhile == "newer" else 0)  # version 3 has a mail of its own


def test_a_blind_round_names_no_district_in_the_mail(app: Flask, at: At, mailbox: Mailbox) -> None:
    at(DECIDING)
    letter = a_led_letter(a_closing_round(a_community(), is_blind=True))
    scored(letter, a_reader(letter), 3, 3)
    sent_again(letter)
    ask_readers_again()
    [mail] = [one for one in mailbox() if "Changed since" in one.subject]
    assert mail.subject == f"Changed since you scored it: Letter {letter.id}"
    assert "Harbor" not in mail.text + mail.html
