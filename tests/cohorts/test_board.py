"""The board: what it shows, in which order, and that what is prepared on it has no effect."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.cohorts.board_rules import Asked, Card, WhatIf, arranged, boxes, counts_of
from portal.cohorts.offering import accept_offer
from portal.cohorts.turning import turn_decision
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.core.history import history_of
from portal.districts.operations import affiliate, begin_membership, record_fact
from portal.letters.models import Letter
from portal.reviews.models import Decision
from portal.reviews.operations import prepare_decision
from portal.reviews.queries import decision_of
from portal.reviews.rules import stamp_of
from portal.reviews.scoring_rules import Summary
from portal.rounds.models import Round
from tests.cohorts.builders import (
    a_closing_round,
    a_community,
    a_district,
    a_led_letter,
    a_letter,
    a_staff_member,
    an_offer,
    decided,
    everything,
    owed,
)
from tests.conftest import moment_of
from tests.house.html import faults_of
from tests.reviews.readers import a_reader, scored
from tests.rounds.pages import lines_of

At = Callable[[str], Any]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
NAMES = ("Harbor", "River", "Hill")


@pytest.fixture
def round(community: Community) -> Round:
    return a_closing_round(community, capacity=2)


@pytest.fixture
def letters(round: Round) -> list[Letter]:
    return [a_led_letter(round, name) for name in NAMES]


def box(letter: Letter) -> str:
    return f"{letter.id}|{stamp_of(decision_of(letter))}"


def press(desk: FlaskClient, letters: list[Letter], outcome: str, **more: Any) -> Any:
    data = {"letter": [box(letter) for letter in letters], "outcome": outcome}
    return desk.post(f"/eclc/staff/rounds/{letters[0].round_id}/board", data=data, **more)


def outcomes() -> list[str]:
    db.session.rollback()
    return [row.outcome for row in db.session.query(Decision).order_by(Decision.letter_id)]


def line() -> list[int]:
    db.session.rollback()
    return [row.letter_id for row in db.session.query(Decision).order_by(Decision.waitlist_position)]


def a_card(name: str, **more: Any) -> Card:
    given = {"kind": "district", "grades": "", "students": None, "status": "submitted", "is_late": False}
    return Card(**{"letter_id": ord(name[0]), "district": name, "summary": Summary(wanted=3), **given, **more})


CARDS = [
    a_card("A", summary=Summary(score=2.0, spread=2, handed_in=3, wanted=3, is_disputed=True), students=100),
    a_card("B", summary=Summary(score=3.0, spread=0, handed_in=3, wanted=3), students=900, kind="charter"),
    a_card("C", is_late=True),
    a_card("D", outcome="waitlist", position=2),
    a_card("E", outcome="waitlist", position=1, is_sent=True),
    a_card("F", outcome="accept"),
]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, "FEDBAC"), ({"sort": "name"}, "FEDABC"), ({"sort": "spread"}, "FEDABC"), ({"sort": "size"}, "FEDBAC"),
        ({"show": "open", "sort": "reviews"}, "CAB"), ({"show": "waitlist"}, "ED"), ({"show": "sent"}, "E"),
        ({"kind": "charter"}, "B"), ({"flag": "disputed"}, "A"), ({"flag": "late"}, "C"), ({"flag": "few"}, "FEDC"),
        ({"show": "none of these", "sort": "x", "flag": "y"}, "FEDBAC"),
    ],
)  # fmt: skip
def test_the_board_is_sorted_and_narrowed_by_its_address(asked: dict[str, str], names: str) -> None:
    assert "".join(card.district for card in arranged(CARDS, Asked.of(asked))) == names


def test_each_tab_says_how_many_are_behind_it() -> None:
    assert counts_of(CARDS) == {"": 6, "open": 3, "accept": 1, "waitlist": 2, "decline": 0, "sent": 1}


def test_more_offers_than_places_are_counted_not_refused() -> None:
    assert (WhatIf(10, 8, 10).total, WhatIf(10, 8, 10).over, WhatIf(10, 8, 8).over) == (12, 2, 0)


def test_what_is_no_box_is_left_out() -> None:
    assert boxes(["1|a:b", "x", "", "²|x", "3"]) == [(1, "a:b"), (3, "")]


def test_several_letters_are_prepared_at_once_and_nobody_is_told(desk: FlaskClient, letters: list[Letter]) -> None:
    answer = press(desk, letters, "accept")
    assert (answer.status_code, answer.location) == (303, f"/eclc/staff/board?round={letters[0].round.slug}")
    page = desk.get(answer.location).text
    assert outcomes() == ["accept"] * 3
    assert ["3 of 2 places" in page, "1\u00a0offer more than there are places" in page] == [True, True]
    assert owed() == []


def test_with_htmx_only_the_board_comes_back(desk: FlaskClient, letters: list[Letter]) -> None:
    answer = press(desk, letters[:1], "decline", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text.lstrip().startswith('<div id="board"')) == (200, True)
    assert "1\u00a0decision prepared. Nothing is sent yet." in answer.text


def test_with_htmx_the_sentence_stands_beside_the_buttons_too(desk: FlaskClient, letters: list[Letter]) -> None:
    done = press(desk, letters[:1], "accept", headers={"HX-Request": "true"}).text
    refused = desk.post(
        f"/eclc/staff/rounds/{letters[0].round_id}/board", data={"outcome": "accept"}, headers={"HX-Request": "true"}
    ).text
    beside = [page.partition('id="board-news"')[2].partition("</div>")[0] for page in (done, refused)]
    assert ["Nothing is sent yet." in beside[0], "Choose at least one letter first." in beside[1]] == [True, True]


def test_prepared_decisions_are_taken_back(desk: FlaskClient, letters: list[Letter]) -> None:
    press(desk, letters, "decline")
    press(desk, letters[:2], "clear")
    assert (db.session.query(Decision).count(), decision_of(letters[2]) is not None) == (1, True)


def test_what_was_noted_of_a_decision_that_is_taken_back_does_not_show_at_the_next_one(
    desk: FlaskClient, letters: list[Letter], staff: Account
) -> None:
    first = prepare_decision(letters[0], "decline", "The reasons of one district.", staff).id
    press(desk, letters[:1], "clear")
    second = prepare_decision(letters[1], "accept", "", staff)
    assert (second.id != first, [row.note for row in history_of(second)]) == (True, [""])


def test_nothing_chosen_is_said(desk: FlaskClient, letters: list[Letter]) -> None:
    answer = desk.post(f"/eclc/staff/rounds/{letters[0].round_id}/board", data={"outcome": "accept"})
    assert (answer.status_code, "Choose at least one letter first." in answer.text) == (409, True)


def test_the_enter_key_decides_nothing_and_what_was_chosen_stays_chosen(
    desk: FlaskClient, letters: list[Letter]
) -> None:
    answer = press(desk, letters[:1], "")
    assert (answer.status_code, "Press the button that says" in answer.text, outcomes()) == (409, True, [])
    assert answer.text.count("checked>") == 1


def test_a_page_that_is_old_tells_who_decided_and_changes_none_of_the_chosen(
    desk: FlaskClient, letters: list[Letter], community: Community
) -> None:
    old = [box(letter) for letter in letters]
    prepare_decision(letters[1], "decline", "", a_staff_member(community, "admin"))
    before = everything()
    data = {"letter": old, "outcome": "accept"}
    answer = desk.post(f"/eclc/staff/rounds/{letters[0].round_id}/board", data=data)
    assert (answer.status_code, "River: Already decided by Program admin: not this time." in answer.text) == (409, True)
    assert (everything(), outcomes()) == (before, ["decline"])
    clear = desk.post(f"/eclc/staff/rounds/{letters[0].round_id}/board", data={"letter": old[1:2], "outcome": "clear"})
    assert (clear.status_code, outcomes()) == (409, ["decline"])


@pytest.mark.parametrize("outcome", ["accept", "clear"])
def test_a_decision_that_was_taken_back_meanwhile_is_not_made_anew_in_silence(
    desk: FlaskClient, letters: list[Letter], staff: Account, outcome: str
) -> None:
    prepare_decision(letters[1], "decline", "", staff)
    old = [box(letter) for letter in letters]
    press(desk, letters[1:2], "clear")
    before = everything()
    data = {"letter": old, "outcome": outcome}
    answer = desk.post(f"/eclc/staff/rounds/{letters[0].round_id}/board", data=data)
    assert (answer.status_code, "River: The decision that you looked at was taken back" in answer.text) == (409, True)
    assert (everything(), outcomes()) == (before, [])


def test_taking_back_where_nothing_is_decided_says_so(desk: FlaskClient, letters: list[Letter]) -> None:
    before = everything()
    answer = press(desk, letters, "clear")
    assert (answer.status_code, "there is nothing to take back" in answer.text) == (409, True)
    assert everything() == before


def test_what_was_sent_is_neither_prepared_nor_taken_back(
    desk: FlaskClient, letters: list[Letter], staff: Account
) -> None:
    decided(letters[0], "decline", staff)
    before = everything()
    assert [press(desk, letters[:1], outcome).status_code for outcome in ("accept", "clear")] == [409, 409]
    assert everything() == before
    assert f'id="card-{letters[0].id}"' not in desk.get("/eclc/staff/board").text


def test_a_letter_in_conflict_is_no_row_no_count_and_cannot_be_decided(
    desk: FlaskClient, letters: list[Letter], staff: Account, community: Community
) -> None:
    prepare_decision(letters[0], "accept", "", a_staff_member(community, "admin"))
    affiliate(staff, community.id, letters[0].district, "teacher-sped", clock.now().date(), None)
    page = desk.get("/eclc/staff/board").text
    assert ["Harbor" in page, "0 of 2 places" in page, ">2</span>" in page] == [False, True, True]
    before = everything()
    answer = press(desk, letters[:1], "decline")
    assert (answer.status_code, everything(), outcomes()) == (409, before, ["accept"])
    moved = desk.post(
        f"/eclc/staff/rounds/{letters[0].round_id}/board/line", data={"move": f"{letters[0].id}:up"}
    )  # fmt: skip
    assert moved.status_code == 404


def test_the_waitlist_is_ordered_by_buttons(desk: FlaskClient, letters: list[Letter]) -> None:
    press(desk, letters, "waitlist")
    one, two, three = (letter.id for letter in letters)
    url = f"/eclc/staff/rounds/{letters[0].round_id}/board/line?show=waitlist"
    answer = desk.post(url, data={"move": f"{three}:up"})
    assert (answer.status_code, "show=waitlist" in answer.location, line()) == (303, True, [one, three, two])
    desk.post(url, data={"move": f"{one}:up"})  # the first stays the first
    page = desk.get("/eclc/staff/board?show=waitlist").text
    assert "is first already of those that can be moved." in page
    assert [f'value="{number}:{way}"' in page for number in (one, two, three) for way in ("up", "down")] == [
        False, True, True, False, True, True,
    ]  # fmt: skip
    desk.post(url, data={"move": f"{one}:down"})
    assert line() == [three, one, two]
    rows = re.findall(r'id="card-(\d+)"', desk.get("/eclc/staff/board?show=waitlist").text)
    assert [int(row) for row in rows] == [three, one, two]


def test_a_sent_place_on_the_waitlist_keeps_its_place(desk: FlaskClient, letters: list[Letter], staff: Account) -> None:
    decided(letters[0], "waitlist", staff)
    prepare_decision(letters[1], "waitlist", "", staff)
    url = f"/eclc/staff/rounds/{letters[0].round_id}/board/line"
    assert desk.post(url, data={"move": f"{letters[0].id}:down"}).status_code == 409
    desk.post(url, data={"move": f"{letters[1].id}:up"})
    assert line() == [letters[0].id, letters[1].id]


def test_beside_a_decision_that_was_sent_stands_what_became_of_its_offer(
    desk: FlaskClient, letters: list[Letter], staff: Account, at: At, sign_in: SignIn
) -> None:
    offers = [an_offer(letter, staff) for letter in letters[:2]]
    accept_offer(offers[0], None)
    page = desk.get("/eclc/staff/board?show=sent").text
    assert [page.count(words) for words in ("Waits for an answer", "Accepted")] == [1, 1]
    assert offers[1].reply_by is not None
    at(f"{offers[1].reply_by + timedelta(days=1):%Y-%m-%d %H:%M}")
    sign_in(desk, staff)
    assert "Not answered in time" in desk.get("/eclc/staff/board?show=sent").text


def test_what_became_of_an_offer_is_not_told_of_a_decision_that_came_after_it(
    desk: FlaskClient, letters: list[Letter], staff: Account
) -> None:
    an_offer(letters[0], staff)
    turn_decision(letters[0], "decline", "A reason.", by=staff)
    page = desk.get("/eclc/staff/board?show=sent").text
    assert ["Sent" in page, "Taken back" in page] == [True, False]


def test_a_round_that_is_open_is_looked_at_and_not_decided(desk: FlaskClient, letters: list[Letter]) -> None:
    letters[0].round.closes_at = moment_of("2026-12-20 17:00")
    db.session.commit()
    page = desk.get("/eclc/staff/board").text
    assert ["Harbor" in page, "The chosen letters" in page] == [True, False]
    assert press(desk, letters, "accept").status_code == 409


def test_a_card_tells_kind_size_score_spread_and_reviews(desk: FlaskClient, letters: list[Letter]) -> None:
    record_fact(letters[0].district, "students", "3600", "NCES", "2024-25")
    for name, level in (("one", 4), ("two", 2)):
        scored(letters[0], a_reader(letters[0], name), *[level for _ in letters[0].round.criteria])
    [card] = re.findall(rf'<tr id="row-{letters[0].id}">.*?</tr>', desk.get("/eclc/staff/board").text, re.S)
    told = lines_of(card)
    assert "School district · 3,600 students" in told
    assert ["3.00" in told, any("2 levels apart" in line for line in told)] == [True, True]
    assert any(line.startswith(("2, ", "2 of ")) for line in told)


def test_the_board_says_how_many_districts_each_of_the_staff_looks_after(
    desk: FlaskClient, community: Community, round: Round, staff: Account, letters: list[Letter]
) -> None:
    member = a_district("Member")
    begin_membership(community.id, member, clock.now().date(), None)
    affiliate(staff, community.id, member, "teacher-sped", clock.now().date(), None)
    an_offer(letters[0], staff)
    prepare_decision(letters[1], "accept", "", staff)
    a_staff_member(community, "admin")
    told = " ".join(lines_of(desk.get("/eclc/staff/board").text))
    assert "1.0 districts for each of 2 staff, 1.5 with what is prepared." in told
    assert "Counts 1 member district with 1 educator and 1 open offer" in told


def test_drafts_are_not_on_the_board(desk: FlaskClient, round: Round) -> None:
    a_letter(round, a_district("Dune"), status="draft")
    page = desk.get("/eclc/staff/board").text
    assert ["Dune" in page, "No letter to decide yet." in page] == [False, True]


def test_another_round_is_found_by_its_name_and_a_stranger_s_is_none(
    desk: FlaskClient, letters: list[Letter], community: Community
) -> None:
    a_closing_round(a_community("other"), slug="far")
    assert desk.get(f"/eclc/staff/board?round={letters[0].round.slug}").status_code == 200
    assert desk.get("/eclc/staff/board?round=far").status_code == 404


def test_the_board_asks_as_often_for_three_letters_as_for_ten(
    desk: FlaskClient, letters: list[Letter], round: Round, staff: Account, count_queries: Any
) -> None:
    prepare_decision(letters[0], "accept", "", staff)
    desk.get("/eclc/staff/board")
    with count_queries() as three:
        desk.get("/eclc/staff/board")
    for number in range(7):
        prepare_decision(a_led_letter(round, f"More{number}"), "waitlist", "", staff)
    with count_queries() as ten:
        desk.get("/eclc/staff/board")
    assert (len(three) == len(ten), len(ten) <= 11) == (True, True), len(ten)


def test_the_pages_are_sound(desk: FlaskClient, letters: list[Letter], staff: Account, tmp_path: Path) -> None:
    for letter in letters[:2]:
        prepare_decision(letter, "waitlist", "", staff)
    paths = ("", "?show=waitlist", "?sort=spread&flag=few", "?kind=charter")
    assert faults_of({path: desk.get(f"/eclc/staff/board{path}").text for path in paths}, tmp_path) == []
