"""What people do to sign in and out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts import operations
from portal.accounts.models import Account, Permission, SignIn, SignInLink, Throttle
from portal.accounts.operations import (
    NOT_FRESH,
    USED_LINK,
    WRONG_CURRENT,
    WRONG_PASSWORD,
    ask_for_link,
    change_password,
    end_other_sign_ins,
    end_sign_in,
    find_or_open_account,
    grant_permission,
    renew_link,
    send_link,
    set_password,
    sign_in_with_password,
    start_sign_in,
    use_link,
)
from portal.accounts.queries import find_sign_in, person_of_link, sign_ins_of, staff_addresses
from portal.accounts.rules import LIMITS
from portal.accounts.throttle import forget_old_tries, is_too_often, take_back
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken, TooManyTries
from portal.core.history import history_of
from portal.core.outbox import Outgoing
from portal.core.tokens import hash_of, token_of
from portal.districts.actors import load_actor
from tests.accounts.builders import PASSWORD, a_person
from tests.core.builders import a_community


@pytest.fixture(autouse=True)
def _portal(app: Flask) -> None:
    """Every test here works on a fresh database."""


def test_an_account_is_opened_once_per_address() -> None:
    first = find_or_open_account(email=" Lead@Example.org ", name=" Lead ")
    again = find_or_open_account(email="lead@EXAMPLE.org", name="Somebody else")
    assert (again.id, again.email, again.name) == (first.id, "lead@example.org", "Lead")
    assert [row.verb for row in history_of(first)] == ["open"]


def test_an_account_is_opened_once_by_many_at_once(two_at_once) -> None:
    numbers = two_at_once(lambda _: find_or_open_account(email="lead@example.org").id, 4)
    assert len(set(numbers)) == 1
    assert count(Account) == 1


def test_an_account_without_a_name_is_called_by_its_address() -> None:
    assert find_or_open_account(email="lead@example.org").name == "lead@example.org"


def test_what_is_no_address_opens_no_account() -> None:
    refused(lambda: find_or_open_account(email="lead"), "Give one mail address")
    assert count(Account) == 0


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
    at((now + timedelta(hours=1)).isoformat())
    forget_old_tries()
    assert count(Throttle) == 0


def test_an_ended_sign_in_is_worthless_and_ends_once(at) -> None:
    now = at("2026-10-01 09:00")
    account = a_person()
    token = start_sign_in(account, way="link")
    row = sign_ins_of(account.id)[0]
    end_sign_in(row, by=account)
    at((now + timedelta(hours=1)).isoformat())
    end_sign_in(row, by=account)
    assert (load_actor(token), row.ended_at, len(history_of(row))) == (None, now, 1)


def test_a_sign_in_runs_out(at) -> None:
    now = at("2026-10-01 09:00")
    token = start_sign_in(a_person(), way="link")
    at((now + timedelta(days=30, seconds=-1)).isoformat())
    assert load_actor(token) is not None
    at((now + timedelta(days=30)).isoformat())
    assert load_actor(token) is None


def test_a_closed_account_is_signed_out_everywhere() -> None:
    account = a_person()
    token = start_sign_in(account, way="link")
    disable(account)
    assert load_actor(token) is None


def test_only_the_hash_of_a_cookie_is_stored() -> None:
    account = a_person()
    token = start_sign_in(account, way="link")
    assert (len(token), sign_ins_of(account.id)[0].token_hash) == (43, hash_of(token))


def test_all_other_sign_ins_end_and_nobody_elses() -> None:
    account, other = a_person(), a_person("other@example.org")
    kept, *ended = [start_sign_in(account, way="link") for _ in range(3)]
    strangers = start_sign_in(other, way="link")
    end_other_sign_ins(account, but=load_actor(kept).sign_in_id, by=account)
    assert [load_actor(token) is not None for token in (kept, *ended, strangers)] == [True, False, False, True]


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


def test_a_permission_is_granted_once_and_in_one_community() -> None:
    here, there = a_community("here"), a_community("there")
    for _ in range(2):
        account = grant_permission(here, email="Staff@example.org", kind="staff", name="Staff")
    person = load_actor(start_sign_in(account, way="link"))
    assert [person.has_permission(place.id, "staff") for place in (here, there)] == [True, False]
    assert count(Permission) == 1
    assert [row.verb for row in history_of(account)] == ["open", "grant staff"]


def test_staff_get_mail_and_reviewers_do_not() -> None:
    here = a_community()
    for kind in ("staff", "admin", "reviewer"):
        grant_permission(here, email=f"{kind}@example.org", kind=kind)
    grant_permission(here, email="staff@example.org", kind="admin")
    assert staff_addresses(here.id) == ["admin@example.org", "staff@example.org"]
    disable(find_or_open_account(email="admin@example.org"))
    assert staff_addresses(here.id) == ["staff@example.org"]


def test_a_strangers_sign_in_does_not_exist() -> None:
    account, other = a_person(), a_person("other@example.org")
    start_sign_in(other, way="link")
    assert find_sign_in(account.id, own(other).id) is None


def a_link(account: Account, next_url: str = "") -> SignInLink:
    send_link(account, next_url=next_url)
    return db.session.scalars(select(SignInLink).order_by(SignInLink.id.desc())).first()


def own(account: Account) -> SignIn:
    return sign_ins_of(account.id)[0]


def disable(account: Account) -> None:
    with transaction():
        account.disabled_at = clock.now()


def count(model: type) -> int:
    db.session.rollback()
    return len(db.session.scalars(select(model.id)).all())


def refused(work: Callable[[], object], words: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        work()
    assert words in refusal.value.sentence
