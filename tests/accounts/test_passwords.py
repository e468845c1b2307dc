"""Passwords: signing in by one, being slowed down, setting a new one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.models import SignIn, Throttle
from portal.accounts.operations import (
    NOT_FRESH,
    WRONG_CURRENT,
    WRONG_PASSWORD,
    change_password,
    set_password,
    sign_in_with_password,
    start_sign_in,
    use_link,
)
from portal.accounts.rules import LIMITS
from portal.accounts.throttle import forget_old_tries, is_too_often, take_back
from portal.core.db import db, transaction
from portal.core.errors import TooManyTries
from portal.core.tokens import token_of
from portal.districts.actors import load_actor
from tests.accounts.builders import PASSWORD, a_person
from tests.accounts.tries import a_link, count, own, refused


@pytest.fixture(autouse=True)
def _portal(app: Flask) -> None:
    """Every test here works on a fresh database."""


def test_a_password_signs_in() -> None:
    account = a_person(password=PASSWORD)
    person = load_actor(sign_in_with_password(" Teacher@Example.org", PASSWORD, source="10.0.0.1"))
    assert person.account_id == account.id


@pytest.mark.parametrize(
    ("email", "password"),
    [("teacher@example.org", "wrong"), ("teacher@example.org", ""), ("teacher@example.org", f" {PASSWORD}"),
     ("nobody@example.org", PASSWORD), ("no-password@example.org", PASSWORD), ("no-password@example.org", "")],
)  # fmt: skip
def test_a_wrong_pair_is_refused_in_the_same_words(email: str, password: str) -> None:
    a_person(password=PASSWORD)
    a_person("no-password@example.org")
    refused(lambda: sign_in_with_password(email, password, source="10.0.0.1"), WRONG_PASSWORD)
    assert count(SignIn) == 0


@pytest.mark.parametrize("password", ["  blanks at both ends  ", "Ünïcödé passwört ☃", "quiet herons " * 15])
def test_a_password_is_taken_as_typed(password: str) -> None:
    a_person(password=password)
    assert load_actor(sign_in_with_password("teacher@example.org", password, source="x")) is not None


def test_a_broken_hash_lets_nobody_in() -> None:
    account = a_person()
    with transaction():
        account.password_hash = "not a hash"
    refused(lambda: sign_in_with_password(account.email, "not a hash", source="x"), WRONG_PASSWORD)


def test_eight_wrong_passwords_slow_one_account_whatever_the_source(at) -> None:
    now = at("2026-10-01 09:00")
    account = a_person(password=PASSWORD)
    for number in range(8):
        refused(lambda n=number: sign_in_with_password(account.email, "wrong", source=f"10.0.0.{n}"), WRONG_PASSWORD)
    with pytest.raises(TooManyTries, match="Wait 15 minutes") as refusal:
        sign_in_with_password(account.email, PASSWORD, source="10.0.1.1")
    assert refusal.value.seconds == 900
    assert use_link(token_of(a_link(account), "sign-in"))[1] == ""
    at((now + timedelta(minutes=15)).isoformat())
    assert load_actor(sign_in_with_password(account.email, PASSWORD, source="10.0.1.1")) is not None


def test_one_source_is_slowed_over_many_accounts() -> None:
    a_person(password=PASSWORD)
    for number in range(LIMITS["source"].tries):
        is_too_often("source", "10.0.0.1") if number else None
    refused(lambda: sign_in_with_password("p@example.org", "wrong", source="10.0.0.1"), WRONG_PASSWORD)
    with pytest.raises(TooManyTries):
        sign_in_with_password("teacher@example.org", PASSWORD, source="10.0.0.1")


def test_only_failures_count() -> None:
    a_person(password=PASSWORD)
    for _ in range(20):
        sign_in_with_password("teacher@example.org", PASSWORD, source="10.0.0.1")
    assert count(SignIn) == 20


def test_the_count_is_exact_however_many_try_at_once(two_at_once) -> None:
    answers = two_at_once(lambda _: is_too_often("password", "teacher@example.org"), 12)
    assert sorted(answers) == [False] * 8 + [True] * 4


def test_taking_back_never_goes_below_nothing() -> None:
    take_back("password", "nobody@example.org")
    for _ in range(9):
        take_back("password", "teacher@example.org")
    assert [is_too_often("password", "teacher@example.org") for _ in range(9)] == [False] * 8 + [True]


def test_counts_hold_no_address_and_go_away(at) -> None:
    now = at("2026-10-01 09:00")
    is_too_often("link", "teacher@example.org")
    assert "teacher" not in db.session.scalars(select(Throttle.key)).one()
    forget_old_tries()
    assert count(Throttle) == 1
    at((now + max(limit.window for limit in LIMITS.values())).isoformat())
    forget_old_tries()
    assert count(Throttle) == 0


def test_a_new_password_ends_every_sign_in_and_starts_one() -> None:
    account = a_person()
    old = [start_sign_in(account, way="link") for _ in range(2)]
    new = change_password(own(account), current="", new=PASSWORD, by=account)
    assert [load_actor(token) for token in old] == [None, None]
    assert load_actor(new).account_id == account.id
    assert load_actor(sign_in_with_password(account.email, PASSWORD, source="x")) is not None


def test_the_current_password_is_asked_of_who_did_not_just_come_by_mail() -> None:
    account = a_person(password=PASSWORD)
    start_sign_in(account, way="password")
    refused(lambda: change_password(own(account), current="", new="four quiet herons", by=account), WRONG_CURRENT)
    refused(lambda: change_password(own(account), current="wrong", new="four quiet herons", by=account), WRONG_CURRENT)
    change_password(own(account), current=PASSWORD, new="four quiet herons", by=account)
    refused(lambda: sign_in_with_password(account.email, PASSWORD, source="x"), WRONG_PASSWORD)


def test_a_first_password_needs_a_fresh_link(at) -> None:
    now = at("2026-10-01 09:00")
    account = a_person()
    start_sign_in(account, way="link")
    at((now + timedelta(minutes=15)).isoformat())
    refused(lambda: change_password(own(account), current="", new=PASSWORD, by=account), NOT_FRESH)
    assert account.password_hash is None


def test_the_current_password_cannot_be_guessed_without_end() -> None:
    account = a_person(password=PASSWORD)
    start_sign_in(account, way="password")
    for _ in range(8):
        refused(lambda: change_password(own(account), current="wrong", new=PASSWORD, by=account), WRONG_CURRENT)
    with pytest.raises(TooManyTries):
        change_password(own(account), current=PASSWORD, new="four quiet herons", by=account)


def test_a_weak_new_password_changes_nothing() -> None:
    account = a_person(password=PASSWORD)
    token = start_sign_in(account, way="link")
    refused(lambda: set_password(account, "password1234", by=account), "harder to guess")
    assert load_actor(token) is not None
    assert load_actor(sign_in_with_password(account.email, PASSWORD, source="x")) is not None
