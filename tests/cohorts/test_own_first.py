"""Who is to score a letter learns nothing of the others' scores anywhere before they have handed in their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from tests.cohorts.builders import DECIDING, a_closing_round, a_community, a_led_letter, a_staff_member, decided
from tests.reviews.readers import a_reader, scored

At = Callable[[str], Any]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
PAGES = (
    "/eclc/staff/board", "/eclc/staff/letters/{letter}", "/eclc/staff/letters/{letter}/feedback",
    "/eclc/staff/letters/{letter}/decision", "/eclc/staff/rounds/{round}/agenda",
)  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_staff_who_are_to_score_a_letter_see_the_others_scores_only_then(
    app: Flask, at: At, client: FlaskClient, sign_in: SignIn, page: str
) -> None:
    at(DECIDING)
    letter = a_led_letter(a_closing_round(a_community()))
    scored(letter, a_reader(letter, "two"), 1, 4, comment="A reason to pause.")  # 2.20
    staff = a_reader(letter, "staff", kind="staff")
    sign_in(client, staff)
    address = page.format(letter=letter.id, round=letter.round_id)
    before = client.get(address)
    assert [word in before.text for word in ("A reason to pause.", "2.2")] == [False, False]
    scored(letter, staff, 1, 4)
    after = client.get(address).text
    shown = "A reason to pause." in after or "2.2" in after
    assert (before.status_code, shown) == (200, not page.endswith("/decision"))


def test_the_board_says_that_own_scores_come_first_instead_of_counting_none(
    app: Flask, at: At, client: FlaskClient, sign_in: SignIn
) -> None:
    at(DECIDING)
    letter = a_led_letter(a_closing_round(a_community()))
    scored(letter, a_reader(letter, "two"), 1, 4)
    staff = a_reader(letter, "staff", kind="staff")
    sign_in(client, staff)
    board = client.get("/eclc/staff/board").text
    ways = (f'href="/eclc/staff/letters/{letter.id}"', f'href="/eclc/staff/rounds/{letter.round_id}/agenda"')
    assert ["Hand in your own scores first" in board, *(way in board for way in ways)] == [True] * 3
    assert re.findall(r">\d+ of \d+</span>", board) == []
    scored(letter, staff, 1, 4)
    board = client.get("/eclc/staff/board").text
    assert ("Hand in your own scores first" in board, len(re.findall(r">\d+ of \d+</span>", board))) == (False, 1)


def test_once_the_decision_is_sent_staff_who_scored_nothing_read_what_the_others_said(
    app: Flask, at: At, client: FlaskClient, sign_in: SignIn
) -> None:
    at(DECIDING)
    letter = a_led_letter(a_closing_round(a_community()))
    scored(letter, a_reader(letter, "two"), 1, 4, comment="A reason to pause.")
    sign_in(client, a_reader(letter, "staff", kind="staff"))
    decided(letter, "decline", a_staff_member(letter.round.community))
    page = client.get(f"/eclc/staff/letters/{letter.id}").text
    assert ["A reason to pause." in page, "no longer needed" in page, 'id="scores"' in page] == [True, True, False]
    assert "Hand in your own scores first" not in client.get("/eclc/staff/board").text
