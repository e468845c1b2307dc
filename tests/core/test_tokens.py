"""Private links: hashes in the table, one purpose each, and nothing to guess."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from portal.accounts.models import SignInLink
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.tokens import find, hash_of, issue, token_of
from tests.core.builders import a_row


@pytest.fixture(autouse=True)
def _portal(app: Flask) -> None:
    """Every test here works on a fresh database."""


def test_a_link_leads_to_its_row() -> None:
    row = an_issued_row()
    assert find(SignInLink, "sign-in", token_of(row, "sign-in")) is row


def test_a_token_has_256_bits_in_plain_signs() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token_of(an_issued_row(), "sign-in"))


def test_only_its_hash_is_stored() -> None:
    row = an_issued_row()
    token = token_of(row, "sign-in")
    assert row.token_hash == hash_of(token)
    assert token not in {row.token_salt, row.token_hash}


def test_asked_for_again_it_is_the_same() -> None:
    row = an_issued_row()
    db.session.expire_all()
    assert token_of(row, "sign-in") == token_of(row, "sign-in")


def test_a_newer_link_ends_the_older() -> None:
    row = an_issued_row()
    older = token_of(row, "sign-in")
    with transaction():
        issue(row, "sign-in")
    assert find(SignInLink, "sign-in", older) is None
    assert find(SignInLink, "sign-in", token_of(row, "sign-in")) is row


def test_a_link_of_one_purpose_leads_nowhere_at_another() -> None:
    row = an_issued_row()
    assert find(SignInLink, "endorsement", token_of(row, "sign-in")) is None
    assert find(SignInLink, "sign-in", token_of(row, "endorsement")) is None


def test_two_rows_have_two_tokens() -> None:
    assert token_of(an_issued_row("a@example.org"), "sign-in") != token_of(an_issued_row("b@example.org"), "sign-in")


def test_another_secret_makes_all_links_void(app: Flask) -> None:
    row = an_issued_row()
    token = token_of(row, "sign-in")
    app.config["SECRET_KEY"] = "another secret"
    assert find(SignInLink, "sign-in", token) is None


@pytest.mark.parametrize("token", ["", "x", "ü☃", "=" * 43, "A" * 5000, "' OR 1=1 --"])
def test_what_is_no_token_leads_nowhere(token: str) -> None:
    an_issued_row()
    assert find(SignInLink, "sign-in", token) is None


def test_a_shortened_token_leads_nowhere() -> None:
    token = token_of(an_issued_row(), "sign-in")
    assert [find(SignInLink, "sign-in", token[:-1]), find(SignInLink, "sign-in", token + "=")] == [None, None]


def an_issued_row(email: str = "first@example.org") -> SignInLink:
    with transaction():
        account = a_row(email)
        db.session.flush()
        row = SignInLink(account_id=account.id, asked_at=clock.now(), expires_at=clock.now())
        issue(row, "sign-in")
    return row
