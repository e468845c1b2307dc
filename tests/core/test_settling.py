"""What became of a mail is told to whoever asked, in the transaction in which it is noted."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core import mail
from portal.core.db import db, is_changing, transaction
from portal.core.mail import settles, writes
from portal.core.outbox import WAITS, Outgoing, post
from tests.core.builders import a_row, a_template, names

Told = list[tuple[str, str]]


@pytest.fixture
def told(app: Flask, monkeypatch: pytest.MonkeyPatch, sink) -> Told:
    """What a settler was told of the mails of one template: their word, and why they were given up."""
    for registry in ("WRITERS", "SETTLERS"):
        monkeypatch.setattr(mail, registry, dict(getattr(mail, registry)))
    a_template(app)
    app.jinja_loader.loaders[0].mapping["mail/trial.txt"] = "Subject: {{ word }}\n\nRead {{ word }}."
    sink[0].answer = "250 OK"
    heard: Told = []

    def hear(word: str, error: str) -> None:
        assert is_changing()
        heard.append((word, error))

    writes("trial")(lambda word: {"word": word} if word != "needless" else None)
    settles("trial")(hear)
    return heard


def test_a_mail_that_has_left_is_told_of_once(told: Told, mailbox) -> None:
    owe("hello")
    mailbox()
    mailbox()
    assert told == [("hello", "")]


def test_a_refusal_for_good_is_told_of_with_the_answer_of_the_server(told: Told, sink, mailbox) -> None:
    sink[0].answer = "550 no such person"
    owe("hello")
    mailbox()
    assert told == [("hello", "Refused: 550 b'no such person'")]


def test_a_refusal_for_now_is_told_of_only_when_it_is_given_up(told: Told, sink, mailbox, at) -> None:
    now = at("2026-10-01 09:00")
    sink[0].answer = "451 later"
    owe("hello")
    for wait in WAITS:
        mailbox()
        assert told == []
        now = at((now + wait).isoformat())
    mailbox()
    assert [(word, error.startswith("OSError: 451")) for word, error in told] == [("hello", True)]


def test_a_mail_that_was_dropped_is_no_news(told: Told, mailbox) -> None:
    owe("needless")
    mailbox()
    assert (told, [row.dropped_at is None for row in rows()]) == ([], [False])


def test_what_a_settler_writes_stands_or_falls_with_the_mark(told: Told, mailbox) -> None:
    settles("trial")(lambda word, error: a_row(f"{word}@example.org") and None)
    owe("first")
    mailbox()
    assert names() == ["first@example.org"]


def test_a_settler_that_makes_a_mistake_does_not_send_the_mail_twice(told: Told, mailbox) -> None:
    def fail(word: str, error: str) -> None:
        a_row("trace@example.org")
        db.session.flush()
        raise ValueError(word)

    settles("trial")(fail)
    owe("hello")
    assert (len(mailbox()), len(mailbox()), names()) == (1, 0, [])
    assert [row.sent_at is None for row in rows()] == [False]


def owe(word: str) -> None:
    with transaction():
        post("trial", to="first@example.org", word=word)


def rows() -> list[Any]:
    db.session.rollback()
    return list(db.session.scalars(select(Outgoing).order_by(Outgoing.id)))
