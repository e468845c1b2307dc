"""Accounts, sign-ins and permissions: opened, ended, granted. Links and passwords have files of their own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from portal.accounts.models import Account, Permission
from portal.accounts.operations import (
    end_other_sign_ins,
    end_sign_in,
    find_or_open_account,
    grant_permission,
    start_sign_in,
)
from portal.accounts.queries import find_sign_in, sign_ins_of, staff_addresses
from portal.core.history import history_of
from portal.core.tokens import hash_of
from portal.districts.actors import load_actor
from tests.accounts.builders import a_person
from tests.accounts.tries import count, disable, own, refused
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


def test_a_name_stays_on_one_line() -> None:
    account = find_or_open_account(email="lead@example.org", name=" Lead\r\n\nPay here: http://evil.example.org ")
    assert account.name == "Lead Pay here: http://evil.example.org"


def test_an_account_without_a_name_is_called_by_its_address() -> None:
    assert find_or_open_account(email="lead@example.org").name == "lead@example.org"


def test_what_is_no_address_opens_no_account() -> None:
    refused(lambda: find_or_open_account(email="lead"), "Give one mail address")
    assert count(Account) == 0


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
