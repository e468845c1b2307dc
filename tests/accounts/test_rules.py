"""What an address and a password must be like."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest

from portal.accounts.models import SignIn, SignInLink
from portal.accounts.rules import (
    LINK_LIFETIME,
    browser_words,
    check_password,
    is_address,
    is_fresh,
    may_use,
    normal_address,
    plain_password,
)
from portal.core.errors import RuleBroken

NOW = datetime(2026, 10, 1, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("lead@example.org", "lead@example.org"), ("  Lead@Example.ORG \n", "lead@example.org"),
        ("lead+eclc@example.org", "lead+eclc@example.org"), ("lead@EXAMPLE.org", "lead@example.org"),
        ("o'neil@example.org", "o'neil@example.org"), ("lead@ｅｘａｍｐｌｅ.org", "lead@example.org"),
    ],
)  # fmt: skip
def test_an_address_has_one_form(typed: str, kept: str) -> None:
    assert normal_address(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", None, "lead", "lead@", "@example.org", "lead@example", "a@example.org, b@example.org",
        "a@example.org;b@example.org", "a@example.org b@example.org", "a@example.org\r\nBcc: b@example.org",
        "a@example.org\x00", "Lead <lead@example.org>", "lead@[127.0.0.1]", "lead..x@example.org", "leаd@example.org",
        "ｌead@example.org", "\u212aim@example.org", "a@" + "x." * 130 + "org",
    ],
)  # fmt: skip
def test_what_is_no_single_address_is_refused(typed: str | None) -> None:
    with pytest.raises(RuleBroken, match="Give one mail address"):
        normal_address(typed)


def test_two_million_letters_are_no_address_and_nobody_waits_for_that() -> None:
    started = perf_counter()
    with pytest.raises(RuleBroken, match="Give one mail address"):
        normal_address("a" * 2_000_000 + "@example.org")
    assert perf_counter() - started < 0.1


def test_a_dotless_i_is_not_an_i() -> None:
    with pytest.raises(RuleBroken):
        normal_address("kım@example.org")


@pytest.mark.parametrize(
    "password",
    [
        "three quiet herons",
        "x" * 20 + "abcdef",
        "Ünïcödé passwört ☃",
        "  both ends  ",
        "m7k2q9x4w1z8",
        "日本語の長い文章を書きました",
    ],
)
def test_a_long_password_is_welcome(password: str) -> None:
    assert check_password(password, "lead@example.org") is None


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("", "Choose a longer"), ("sunshine", "Choose a longer"), ("elevensigns", "Choose a longer"),
        ("x" * 201, "Choose a shorter"), ("aaaaaaaaaaaaaaaa", "harder to guess"), ("Password1234!", "harder to guess"),
        ("123456789012", "harder to guess"), ("QWERTYUIOP12345", "harder to guess"),
        ("learning-together", "harder to guess"), ("superintendent.demo1", "harder to guess"),
        ("!!!!????----....", "harder to guess"),
    ],
)  # fmt: skip
def test_a_password_that_is_guessed_first_is_refused(password: str, words: str) -> None:
    with pytest.raises(RuleBroken, match=words):
        check_password(password, "superintendent.demo@example.org")


def test_a_short_name_may_stand_in_a_password() -> None:
    assert check_password("three quiet herons", "a@example.org") is None


def test_a_password_is_the_same_on_every_keyboard() -> None:
    assert plain_password("cafe\u0301") == plain_password("caf\u00e9")
    assert plain_password("  two  blanks ") == "  two  blanks "


@pytest.mark.parametrize(
    ("age", "used", "works"),
    [(timedelta(0), False, True), (LINK_LIFETIME - timedelta(microseconds=1), False, True), (timedelta(0), True, False),
     (LINK_LIFETIME, False, False), (timedelta(days=3), False, False)],
)  # fmt: skip
def test_a_link_works_once_for_fifteen_minutes(age: timedelta, used: bool, works: bool) -> None:
    link = SignInLink(asked_at=NOW - age, expires_at=NOW - age + LINK_LIFETIME, used_at=NOW if used else None)
    assert may_use(link, NOW) == works


@pytest.mark.parametrize(
    ("way", "minutes", "fresh"),
    [("link", 0, True), ("link", 14, True), ("link", 15, False), ("password", 0, False), ("join", 0, False)],
)
def test_only_who_just_came_by_mail_is_fresh(way: str, minutes: int, fresh: bool) -> None:
    assert is_fresh(SignIn(way=way, started_at=NOW - timedelta(minutes=minutes)), NOW) == fresh


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/18 Safari/605", "Safari on Mac"),
        ("Mozilla/5.0 (X11; CrOS x86_64) AppleWebKit/537 Chrome/140 Safari/537", "Chrome on Chromebook"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/140 Safari/604", "Chrome on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537 Edg/140", "Edge on Windows"),
        ("", "A browser"), ("curl/8", "A browser"), ("<script>", "A browser"),
    ],
)  # fmt: skip
def test_a_browser_is_named_in_two_words(agent: str, words: str) -> None:
    assert browser_words(agent) == words


@pytest.mark.parametrize(
    ("typed", "is_one"),
    [("Lead@Example.org", True), (" a@example.org ", True), ("josé@example.org", False), ("a@", False), ("", False)],
)
def test_an_address_is_one_that_the_portal_can_write_to(typed: str, is_one: bool) -> None:
    assert is_address(typed) is is_one
