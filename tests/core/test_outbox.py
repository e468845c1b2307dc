"""Mail that is owed: never lost, rarely twice, always under the same number."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core import clock, mail
from portal.core.db import db, transaction
from portal.core.mail import deliver_due, writes
from portal.core.outbox import LEASE, WAITS, Outgoing, claim, mark_failed, mark_sent, oldest_owed, post, put_back
from tests.core.builders import a_row, a_template, names
from tests.postbox import Sink


@pytest.fixture(autouse=True)
def _letters(app: Flask, monkeypatch: pytest.MonkeyPatch, sink: tuple[Sink, str]) -> None:
    """Three templates: one that says a word, one that is no longer needed, and one whose writer makes a mistake."""
    monkeypatch.setattr(mail, "WRITERS", dict(mail.WRITERS))
    a_template(app)
    app.jinja_loader.loaders[0].mapping["mail/trial.txt"] = "Subject: {{ word }}\n\nRead {{ word }}."
    sink[0].answer = "250 OK"
    writes("trial")(lambda word: {"word": word})
    writes("needless")(lambda word: None)
    writes("broken")(lambda word: {"word": [][0]})


def test_mail_leaves_with_what_caused_it(mailbox) -> None:
    with transaction():
        a_row("first@example.org")
        post("trial", to="first@example.org", word="hello")
    mail = mailbox()[0]
    assert (mail.to, mail.subject, mail.text.strip()) == ("first@example.org", "hello", "Read hello.")
    assert mailbox() == []


def test_mail_of_an_undone_change_never_leaves(mailbox) -> None:
    with pytest.raises(ValueError, match="no"):
        post_and_fail()
    assert (mailbox(), names(), rows()) == ([], [], [])


def test_mail_needs_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="Mail is posted inside"):
        post("trial", to="first@example.org", word="hello")


def test_the_same_mail_is_owed_once(mailbox) -> None:
    for _ in range(3):
        owe(once="hello:1")
    owe(once="hello:2")
    owe()
    owe()
    assert len(mailbox()) == 4


def test_the_same_mail_is_owed_once_by_many_at_once(two_at_once, mailbox) -> None:
    answers = two_at_once(lambda _: owe(once="hello:1"), 4)
    assert answers == [None] * 4
    assert len(mailbox()) == 1


def test_two_workers_never_take_the_same_mail(two_at_once) -> None:
    for _ in range(20):
        owe()
    taken = two_at_once(lambda _: [row.id for row in claim(8)], 3)
    everything = sorted(number for batch in taken for number in batch)
    assert everything == sorted(row.id for row in rows())


def test_a_mail_that_is_taken_is_not_due(at) -> None:
    at("2026-10-01 09:00")
    owe()
    assert (len(claim()), len(claim())) == (1, 0)


def test_after_a_crash_the_mail_goes_again_under_the_same_number(at, mailbox) -> None:
    now = at("2026-10-01 09:00")
    owe()
    number = claim()[0].message_id
    at((now + LEASE - timedelta(seconds=1)).isoformat())
    assert mailbox() == []
    at((now + LEASE + timedelta(seconds=1)).isoformat())
    assert [mail.message_id for mail in mailbox()] == [f"<{number}@example.org>"]


def test_a_mail_that_nobody_needs_any_more_is_dropped(mailbox) -> None:
    owe("needless")
    assert mailbox() == []
    assert [(row.sent_at is None, row.dropped_at is None) for row in rows()] == [(False, False)]


def test_one_mail_that_cannot_be_written_does_not_hold_up_the_others(mailbox) -> None:
    owe("broken")
    owe("nobody writes this")
    owe()
    assert [mail.subject for mail in mailbox()] == ["hello"]
    assert [row.last_error for row in rows()] == [
        "It could not be written: IndexError", "It could not be written: KeyError", "",
    ]  # fmt: skip
    assert [row.sent_at is None for row in rows()] == [True, True, False]


def test_a_mail_refused_for_now_is_tried_again_later(at, sink, mailbox) -> None:
    now = at("2026-10-01 09:00")
    owe()
    sink[0].answer = "451 later"
    assert mailbox() == []
    assert [(row.due_at, row.tries, row.dead_at) for row in rows()] == [(now + WAITS[0], 1, None)]
    sink[0].answer = "250 OK"
    assert mailbox() == []
    at((now + WAITS[0]).isoformat())
    assert len(mailbox()) == 1


def test_a_mail_refused_for_good_is_dead(at, sink, mailbox) -> None:
    now = at("2026-10-01 09:00")
    owe()
    sink[0].answer = "550 no such person"
    mailbox()
    sink[0].answer = "250 OK"
    at("2026-12-01 09:00")
    assert mailbox() == []
    assert [(row.dead_at, row.last_error) for row in rows()] == [(now, "Refused: 550 b'no such person'")]


def test_waits_grow_and_end(at) -> None:
    at("2026-10-01 09:00")
    owe()
    waited = []
    while (row := rows()[0]).dead_at is None:
        at(row.due_at.isoformat())
        mark_failed(claim()[0], "no", for_good=False)
        waited.append(rows()[0].due_at - clock.now())
    assert waited[:-1] == WAITS
    assert rows()[0].tries == len(WAITS) + 1


def test_a_server_that_does_not_answer_is_waited_for_once(app: Flask, at, monkeypatch: pytest.MonkeyPatch) -> None:
    now = at("2026-10-01 09:00")
    app.config["MAIL_URL"] = "smtp://127.0.0.1:1"
    for _ in range(3):
        owe()
    assert deliver_due() == 0
    assert [row.tries for row in rows()] == [1, 0, 0]
    assert [(row.due_at, row.leased_until) for row in rows()] == [(now + WAITS[0], None)] * 3
    assert rows()[0].last_error == "ConnectionRefusedError: [Errno 111] Connection refused"


def test_mails_that_were_not_tried_are_given_back(at) -> None:
    now = at("2026-10-01 09:00")
    owe()
    put_back(claim())
    assert [(row.tries, row.leased_until, row.due_at) for row in rows()] == [(0, None, now + WAITS[0])]


def test_nothing_to_give_back_is_no_error() -> None:
    put_back([])
    assert rows() == []


def test_the_oldest_mail_that_is_owed_is_known(at) -> None:
    assert oldest_owed() is None
    first = at("2026-10-01 09:00")
    owe()
    at("2026-10-01 10:00")
    owe()
    assert oldest_owed() == first
    for row in claim():
        mark_sent(row)
    assert oldest_owed() is None


def test_the_table_holds_no_link_and_no_text() -> None:
    owe()
    assert [(row.template, row.ids) for row in rows()] == [("trial", {"word": "hello"})]


def owe(template: str = "trial", once: str | None = None) -> None:
    with transaction():
        post(template, to="first@example.org", once=once, word="hello")


def post_and_fail() -> None:
    with transaction():
        a_row("first@example.org")
        post("trial", to="first@example.org", word="hello")
        raise ValueError("no")


def rows() -> list[Any]:
    db.session.rollback()
    return list(db.session.scalars(select(Outgoing).order_by(Outgoing.id)))
