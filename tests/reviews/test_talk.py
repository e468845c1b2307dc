"""The talk about a letter: staff only unless said otherwise, readers after their own scores, districts never."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken
from portal.letters.models import Letter
from portal.reviews.assigning import assign
from portal.reviews.reading_models import Remark
from portal.reviews.talk import say
from portal.reviews.talk_rules import audiences_of
from tests.cohorts.builders import (
    DECIDING,
    a_closing_round,
    a_community,
    a_lead,
    a_led_letter,
    a_staff_member,
    decided,
    everything,
)

from .readers import a_reader, scored, taken_from

At = Callable[[str], Any]
SignIn = Callable[[FlaskClient, Account], FlaskClient]


@pytest.fixture
def letter(app: Flask, at: At) -> Letter:
    at(DECIDING)
    return a_led_letter(a_closing_round(a_community()))


@pytest.fixture
def staff(letter: Letter) -> Account:
    return a_staff_member(letter.round.community)


def page_of(letter: Letter) -> str:
    return f"/eclc/staff/letters/{letter.id}"


@pytest.mark.parametrize("is_staff, is_reader, has_handed_in, whom", [
    (True, False, False, ("staff", "readers")), (True, True, True, ("staff", "readers")), (True, True, False, ()),
    (False, True, True, ("readers",)), (False, True, False, ()), (False, False, False, ()),
])  # fmt: skip
def test_whom_somebody_talks_with(is_staff: bool, is_reader: bool, has_handed_in: bool, whom: tuple[str, ...]) -> None:
    assert audiences_of(is_staff=is_staff, is_reader=is_reader, has_handed_in=has_handed_in) == whom


def test_a_remark_is_for_staff_unless_said_otherwise_and_a_double_press_says_it_once(
    letter: Letter, staff: Account
) -> None:
    first = say(letter, " Ask about the bus. ", by=staff)
    before = everything()
    assert say(letter, "Ask about the bus.", by=staff).id == first.id
    assert ((first.audience, first.text), everything()) == (("staff", "Ask about the bus."), before)


def test_readers_talk_with_all_readers_once_they_have_handed_in(letter: Letter) -> None:
    reader, before = a_reader(letter), everything()
    with pytest.raises(RuleBroken, match="Hand in your scores first"):
        say(letter, "Strong.", "readers", by=reader)
    scored(letter, reader, 3, 3)
    with pytest.raises(RuleBroken, match="Choose who should see this"):
        say(letter, "Strong.", "staff", by=reader)
    assert db.session.query(Remark).count() == before["remarks"]
    assert say(letter, "Strong.", "readers", by=reader).audience == "readers"


@pytest.mark.parametrize(
    "text, audience", [("  ", "staff"), ("x" * 4001, "staff"), ("Words.", "district"), ("Words.", "")]
)
def test_empty_and_endless_remarks_and_unknown_audiences_are_refused(
    letter: Letter, staff: Account, text: str, audience: str
) -> None:
    before = everything()
    with pytest.raises(RuleBroken):
        say(letter, text, audience, by=staff)
    assert everything() == before


def test_nobody_talks_about_a_letter_that_was_taken_from_them(letter: Letter) -> None:
    reader = a_reader(letter)
    scored(letter, reader, 3, 3)
    taken_from(letter, reader, "conflict")
    with pytest.raises(RuleBroken):
        say(letter, "Strong.", "readers", by=reader)


def test_each_button_names_who_will_see_it(letter: Letter, staff: Account, app: Flask, sign_in: SignIn) -> None:
    reader = a_reader(letter)
    scored(letter, reader, 3, 3)
    both = [sign_in(app.test_client(), one).get(page_of(letter)).text for one in (staff, reader)]
    assert ["Post for staff only" in page for page in both] == [True, False]
    assert ["Post for staff and readers" in page for page in both] == [True, True]


def test_what_is_for_staff_reaches_no_reader_and_nothing_reaches_who_has_not_scored(
    letter: Letter, staff: Account, app: Flask, sign_in: SignIn
) -> None:
    done, late = a_reader(letter, "one"), a_reader(letter, "two")
    own = a_reader(letter, "staff", kind="staff")
    scored(letter, done, 3, 3)
    say(letter, "Only among us.", by=staff)
    say(letter, "For all of you.", "readers", by=staff)
    seen = []
    for person in (staff, done, late, own):
        page = sign_in(app.test_client(), person).get(page_of(letter)).text
        seen.append([words in page for words in ("Only among us.", "For all of you.")])
    assert seen == [[True, True], [False, True], [False, False], [False, False]]


def test_posting_works_with_scripts_and_without_and_keeps_what_was_refused(
    letter: Letter, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, staff)
    answer = client.post(f"{page_of(letter)}/remarks", data={"text": "One.", "audience": "staff"})
    assert (answer.status_code, answer.location) == (303, f"{page_of(letter)}#talk")
    part = client.post(
        f"{page_of(letter)}/remarks", data={"text": "Two.", "audience": "readers"}, headers={"HX-Request": "true"}
    )
    assert [word in part.text for word in ('id="talk"', "One.", "Two.", "Posted.", "<html")] == [True] * 4 + [False]
    refused = client.post(f"{page_of(letter)}/remarks", data={"text": "Three.", "audience": "all"})
    assert (refused.status_code, "Three." in refused.text) == (409, True)


def test_no_district_and_no_other_community_finds_the_door(letter: Letter, app: Flask, sign_in: SignIn) -> None:
    lead, stranger = a_lead(letter.round.community, letter.district), a_staff_member(a_community("other"))
    before = everything()
    for person in (lead, stranger):
        answer = sign_in(app.test_client(), person).post(f"{page_of(letter)}/remarks", data={"text": "Hi."})
        assert answer.status_code == 403
    assert db.session.query(Remark).count() == before["remarks"]


def test_staff_who_had_not_scored_when_the_decision_was_sent_are_let_into_the_talk_and_read_names(
    letter: Letter, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    with transaction():
        letter.round.is_blind = True
    assign(letter, staff, by=None)
    page = sign_in(client, staff).get(page_of(letter)).text
    assert ["Post for staff only" in page, "Harbor" in page] == [False, False]
    decided(letter, "decline", staff)
    page = client.get(page_of(letter)).text
    assert ["Post for staff only" in page, "Harbor" in page] == [True, True]
