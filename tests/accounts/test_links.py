"""A mailed link signs in once, for a while, and never without end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts import operations
from portal.accounts.models import Account, SignIn, SignInLink
from portal.accounts.operations import (
    USED_LINK,
    WRONG_PASSWORD,
    ask_for_link,
    renew_link,
    send_link,
    sign_in_with_password,
    use_link,
)
from portal.accounts.queries import person_of_link, sign_ins_of
from portal.accounts.rules import LIMITS
from portal.core.db import db
from portal.core.errors import RuleBroken, TooManyTries
from portal.core.outbox import Outgoing
from portal.core.tokens import token_of
from portal.districts.actors import load_actor
from tests.accounts.builders import PASSWORD, a_person
from tests.accounts.tries import a_link, count, disable, refused


@pytest.fixture(autouse=True)
def _portal(app: Flask) -> None:
    """Every test here works on a fresh database."""


def test_a_link_signs_in_once() -> None:
    link = a_link(a_person())
    cookie, _ = use_link(token_of(link, "sign-in"), browser="Firefox on Windows")
    person = load_actor(cookie)
    assert (person.email, sign_ins_of(person.account_id)[0].browser) == ("teacher@example.org", "Firefox on Windows")
    refused(lambda: use_link(token_of(link, "sign-in")), USED_LINK)
    assert count(SignIn) == 1


def test_a_link_pressed_twice_at_once_signs_in_exactly_once(two_at_once) -> None:
    token = token_of(a_link(a_person()), "sign-in")
    answers = two_at_once(lambda _: use_link(token), 4)
    assert sorted(isinstance(answer, RuleBroken) for answer in answers) == [False, True, True, True]
    assert count(SignIn) == 1


def test_without_the_lock_a_link_signs_in_more_than_once(two_at_once, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: what was read before the rush is believed."""
    token = token_of(a_link(a_person()), "sign-in")
    monkeypatch.setattr(operations, "lock", lambda row: row)
    monkeypatch.setattr(operations, "may_use", lambda link, now: True)
    two_at_once(lambda _: use_link(token), 4)
    assert count(SignIn) == 4


def test_a_link_leads_where_one_wanted_to_go() -> None:
    link = a_link(a_person(), next_url="/eclc/agenda")
    assert use_link(token_of(link, "sign-in"))[1] == "/eclc/agenda"


@pytest.mark.parametrize("wrong", ["", "x", "ü", "A" * 43])
def test_what_is_no_link_is_refused_in_the_same_words(wrong: str) -> None:
    refused(lambda: use_link(wrong), USED_LINK)


def test_an_old_link_is_refused_in_the_same_words(at) -> None:
    now = at("2026-10-01 09:00")
    token = token_of(a_link(a_person()), "sign-in")
    at((now + timedelta(minutes=15)).isoformat())
    assert person_of_link(token) is None
    refused(lambda: use_link(token), USED_LINK)
    assert count(SignIn) == 0


def test_an_older_link_is_refused_once_a_newer_was_asked_for() -> None:
    account = a_person()
    older, newer = (token_of(a_link(account), "sign-in") for _ in range(2))
    refused(lambda: use_link(older), USED_LINK)
    assert use_link(newer)[1] == ""


def test_two_links_asked_for_at_once_leave_one_that_works(two_at_once) -> None:
    number = a_person().id
    two_at_once(lambda _: send_link(db.session.get_one(Account, number)), 3)
    db.session.rollback()
    links = db.session.scalars(select(SignInLink)).all()
    assert [person_of_link(token_of(link, "sign-in")) is not None for link in links].count(True) == 1


def test_a_closed_account_gets_no_link_and_uses_none() -> None:
    account = a_person(password=PASSWORD)
    token = token_of(a_link(account), "sign-in")
    disable(account)
    refused(lambda: use_link(token), USED_LINK)
    ask_for_link(account.email)
    refused(lambda: sign_in_with_password(account.email, PASSWORD, source="10.0.0.1"), WRONG_PASSWORD)
    assert (count(SignInLink), count(SignIn), person_of_link(token)) == (1, 0, None)


def test_an_unknown_address_gets_no_mail_and_no_hint() -> None:
    assert ask_for_link("nobody@example.org") is None
    assert (count(Outgoing), count(Account)) == (0, 0)


def test_at_most_five_mails_an_hour_go_to_one_address(at, mailbox: Callable) -> None:
    now = at("2026-10-01 09:00")
    a_person()
    for _ in range(20):
        ask_for_link("Teacher@example.org")
    assert count(Outgoing) == 5
    assert len(mailbox()) == 1  # the earlier links do not work any more, so nobody needs their mail
    at((now + timedelta(hours=1, seconds=1)).isoformat())
    ask_for_link("teacher@example.org")
    assert count(Outgoing) == 6


def test_one_network_cannot_ask_for_mail_without_end() -> None:
    for number in range(LIMITS["link source"].tries):
        ask_for_link(f"p{number}@example.org", source="10.0.0.1")
    with pytest.raises(TooManyTries, match="Your network asked for many links") as refusal:
        ask_for_link("teacher@example.org", source="10.0.0.1")
    assert refusal.value.seconds == 3600
    assert ask_for_link("teacher@example.org", source="10.0.0.2") is None


def test_an_old_link_can_be_renewed_and_leads_to_the_same_place(at, mailbox: Callable) -> None:
    now = at("2026-10-01 09:00")
    token = token_of(a_link(a_person(), next_url="/eclc/agenda"), "sign-in")
    mailbox()
    at((now + timedelta(days=2)).isoformat())
    renew_link(token)
    path = mailbox()[0].paths[0]
    assert use_link(path.removeprefix("/sign-in/"))[1] == "/eclc/agenda"


def test_what_is_no_link_renews_nothing() -> None:
    renew_link("A" * 43)
    assert count(Outgoing) == 0


def test_a_mail_that_is_late_is_not_sent_at_all(at, mailbox: Callable) -> None:
    now = at("2026-10-01 09:00")
    a_link(a_person())
    at((now + timedelta(minutes=16)).isoformat())
    assert mailbox() == []
