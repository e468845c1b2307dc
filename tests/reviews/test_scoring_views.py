"""The letter beside the rubric: drafts that save themselves, handing in, the others' scores only after one's own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.core.audit import Audit
from portal.core.db import db
from portal.letters.models import Letter
from portal.reviews.operations import prepare_decision
from portal.reviews.queries import Asker
from portal.reviews.reading_mails import reader_queue
from portal.reviews.scoring import save_score
from portal.reviews.scoring_pages import queue_at
from portal.reviews.scoring_queries import marks_of, review_of
from portal.reviews.scoring_rules import Mark
from portal.reviews.talk import say
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
from tests.house.html import faults_of

from .readers import SCALE, a_reader, given_to, marks, scored, sent_again, taken_from

At = Callable[[str], Any]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
Counting = Callable[[], AbstractContextManager[list[str]]]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def letter(app: Flask, at: At) -> Letter:
    at(DECIDING)
    return a_led_letter(a_closing_round(a_community(), scale=SCALE))


@pytest.fixture
def reader(letter: Letter) -> Account:
    return a_reader(letter)


@pytest.fixture
def desk(client: FlaskClient, sign_in: SignIn, reader: Account) -> FlaskClient:
    """The reader's browser."""
    return sign_in(client, reader)


def page_of(letter: Letter) -> str:
    return f"/eclc/staff/letters/{letter.id}"


def typed(letter: Letter, *levels: int | str, why: str = "Because.", **more: str) -> dict[str, str]:
    fields = {}
    for one, level in zip(letter.round.criteria, levels, strict=False):
        fields |= {f"k{one.id}-level": str(level), f"k{one.id}-comment": why, f"k{one.id}-base": Mark().stamp}
    return {**fields, "seen": "1", "do": "hand-in", **more}


def kept(letter: Letter, reader: Account) -> list[tuple[int | None, str]]:
    return [(mark.level, mark.comment) for _, mark in sorted(marks_of(review_of(letter, reader.id)).items())]


def test_the_form_shows_the_rubric_and_says_which_letter_of_how_many_it_is(letter: Letter, desk: FlaskClient) -> None:
    page = desk.get(page_of(letter)).text
    words = (
        "Letter 1 of 1, 0 handed in",
        "weight 60",
        "<b>4</b> Strong",
        "Needed for level 1",
        "I have a conflict",
        ">Hand in<",
    )
    assert [word for word in words if word not in page] == []


def test_a_mark_saves_itself_and_the_part_says_when(letter: Letter, reader: Account, desk: FlaskClient) -> None:
    need = letter.round.criteria[0].id
    form = {f"k{need}-level": "3", f"k{need}-comment": " Clear. ", f"k{need}-base": Mark().stamp}
    part = desk.post(f"{page_of(letter)}/scores/{need}", data=form, headers=HTMX)
    assert (part.status_code, kept(letter, reader)) == (200, [(3, "Clear.")])
    assert [word in part.text for word in (f'id="saved-k{need}"', "Saved", Mark(3, "Clear.").stamp)] == [True] * 3


def test_the_comment_on_the_whole_saves_itself_too(letter: Letter, reader: Account, desk: FlaskClient) -> None:
    part = desk.post(f"{page_of(letter)}/scores/whole", data={"whole": "A warm letter."}, headers=HTMX)
    review = review_of(letter, reader.id)
    assert (part.status_code, review.comment if review else None) == (200, "A warm letter.")
    assert 'id="saved-whole"' in part.text


def test_a_second_window_is_told_what_the_first_one_chose(letter: Letter, reader: Account, desk: FlaskClient) -> None:
    need = letter.round.criteria[0].id
    save_score(letter, {need: Mark(2, "Thin.")}, by=reader)
    form = {f"k{need}-level": "4", f"k{need}-comment": "", f"k{need}-base": Mark().stamp}
    part = desk.post(f"{page_of(letter)}/scores/{need}", data=form, headers=HTMX)
    assert (part.status_code, kept(letter, reader)) == (409, [(2, "Thin.")])
    assert [word in part.text for word in ("level 2, “Thin.”", "Not saved.", Mark(2, "Thin.").stamp)] == [True] * 3
    again = {**form, f"k{need}-base": Mark(2, "Thin.").stamp}
    assert desk.post(f"{page_of(letter)}/scores/{need}", data=again, headers=HTMX).status_code == 200
    assert kept(letter, reader) == [(4, "")]


def test_a_comment_that_does_not_fit_is_told_and_nothing_is_saved(
    letter: Letter, reader: Account, desk: FlaskClient
) -> None:
    need, before = letter.round.criteria[0].id, everything()
    form = {f"k{need}-level": "3", f"k{need}-comment": "x" * 4001}
    part = desk.post(f"{page_of(letter)}/scores/{need}", data=form, headers=HTMX)
    assert (part.status_code, "Up to 4,000 characters fit in a comment." in part.text, everything()) == (
        409,
        True,
        before,
    )


def test_without_scripts_a_button_saves_and_the_page_says_so(
    letter: Letter, reader: Account, desk: FlaskClient
) -> None:
    answer = desk.post(f"{page_of(letter)}/scores", data=typed(letter, 3, do="save", whole="Good."))
    assert (answer.status_code, answer.location, kept(letter, reader)) == (303, page_of(letter), [(3, "Because.")])
    page = desk.get(page_of(letter)).text
    assert [word in page for word in ("Saved, not handed in yet.", "Because.", "Good.", 'value="3" checked')] == [
        True
    ] * 4


def test_handing_in_leads_to_the_next_letter_and_at_the_end_to_the_queue(
    letter: Letter, reader: Account, desk: FlaskClient
) -> None:
    other = a_led_letter(letter.round, "River")
    given_to(other, reader)
    answer = desk.post(f"{page_of(letter)}/scores", data=typed(letter, 3, 3))
    assert (answer.status_code, answer.location) == (303, page_of(other))
    page = desk.get(page_of(other)).text
    assert [word in page for word in ("Handed in. 1 of 2 letters are done.", "Letter 2 of 2, 1 handed in")] == [
        True,
        True,
    ]
    answer = desk.post(f"{page_of(other)}/scores", data=typed(other, 3, 3))
    assert answer.location.startswith("/eclc/staff/queue")
    assert db.session.query(Audit).filter_by(action="handed in scores").count() == 2


def test_save_and_next_and_skip_leave_the_letter_for_later(letter: Letter, reader: Account, desk: FlaskClient) -> None:
    other = a_led_letter(letter.round, "River")
    given_to(other, reader)
    assert f'href="{page_of(other)}">Skip for now' in desk.get(page_of(letter)).text
    assert desk.post(f"{page_of(letter)}/scores", data=typed(letter, 3, do="next")).location == page_of(other)
    # From the last one the way goes on at the top, to what is still waiting.
    assert f'href="{page_of(letter)}">Skip for now' in desk.get(page_of(other)).text


def test_what_is_missing_is_told_at_its_field_and_what_was_typed_stays(
    letter: Letter, reader: Account, desk: FlaskClient
) -> None:
    before = everything()
    answer = desk.post(f"{page_of(letter)}/scores", data=typed(letter, 1, why="", whole="Typed words."))
    need, time = (one.id for one in letter.round.criteria)
    assert (answer.status_code, everything()) == (422, before)
    words = (
        f'href="#k{need}-comment"', "Say why “Need” gets level 1.", f'href="#k{time}-level"',
        "Choose a level for “Time”.", "Typed words.", 'value="1" checked', "<title>Problem: ",
    )  # fmt: skip
    assert [word for word in words if word not in answer.text] == []


@pytest.mark.parametrize("door", ["scores", "remarks"])
def test_loading_anew_what_was_refused_leads_back_to_the_letter(
    letter: Letter, reader: Account, desk: FlaskClient, door: str
) -> None:
    address = f"{page_of(letter)}/{door}"
    assert desk.post(address, data=typed(letter, 1, why="")).status_code in (409, 422)
    answer = desk.get(address)
    assert (answer.status_code, answer.location) == (303, page_of(letter))
    taken_from(letter, reader)
    assert desk.get(address).status_code == 404


def test_levels_that_are_no_levels_are_read_as_none(letter: Letter, reader: Account, desk: FlaskClient) -> None:
    for strange in ("²", "٣", "9" * 30, "-1", "NaN"):
        assert desk.post(f"{page_of(letter)}/scores", data=typed(letter, strange, 3)).status_code == 422
    assert desk.post(f"{page_of(letter)}/scores", data=typed(letter, 9, 3)).status_code == 409
    assert review_of(letter, reader.id) is None


def test_who_reads_sees_the_others_only_after_handing_in(letter: Letter, reader: Account, desk: FlaskClient) -> None:
    other = a_reader(letter, "two")
    scored(letter, other, 1, 4, comment="Secret reason.")
    save_score(letter, marks(letter.round, 3, 3), by=reader)
    assert [word in desk.get(page_of(letter)).text for word in ("Secret reason.", "What readers say")] == [False, False]
    scored(letter, reader, 3, 3)
    page = desk.get(page_of(letter)).text
    assert [word in page for word in ("Secret reason.", "2\u00a0levels apart", "Readers disagree", "2.60")] == [
        True
    ] * 4


def test_a_draft_of_another_reader_is_seen_by_nobody(
    letter: Letter, reader: Account, desk: FlaskClient, app: Flask, sign_in: SignIn
) -> None:
    save_score(letter, marks(letter.round, 3, 3, comment="Only a draft."), by=a_reader(letter, "two"))
    scored(letter, reader, 3, 3)
    staff = sign_in(app.test_client(), a_staff_member(letter.round.community))
    assert ["Only a draft." in one.get(page_of(letter)).text for one in (desk, staff)] == [False, False]


def test_staff_who_are_not_asked_to_read_see_all_scores_and_no_form(
    letter: Letter, reader: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    scored(letter, reader, 1, 4, comment="A reason.")
    page = sign_in(client, a_staff_member(letter.round.community)).get(page_of(letter)).text
    assert [word in page for word in ("A reason.", "The decision", 'id="scores"')] == [True, True, False]


def test_staff_who_are_asked_to_read_score_before_they_see_anything(
    letter: Letter, client: FlaskClient, sign_in: SignIn
) -> None:
    staff = a_reader(letter, "staff", kind="staff")
    scored(letter, a_reader(letter, "two"), 1, 4, comment="A reason.")
    prepare_decision(letter, "decline", "", staff)
    sign_in(client, staff)
    words = ("A reason.", "The decision", "Not this time")
    assert [word in client.get(page_of(letter)).text for word in words] == [False] * 3
    scored(letter, staff, 3, 3)
    assert [word in client.get(page_of(letter)).text for word in words] == [True] * 3


def test_a_changed_letter_shows_what_changed_and_asks_whether_the_scores_stand(
    letter: Letter, reader: Account, desk: FlaskClient
) -> None:
    scored(letter, reader, 3, 3)
    content = sent_again(letter).content
    sections = [{**one, "questions": [dict(asked) for asked in one["questions"]]} for one in content["sections"]]
    sections[0]["questions"][0]["lines"] = ["Because our river rose."]
    sent_again(letter, content={**content, "sections": sections})
    page = desk.get(page_of(letter)).text
    assert [word in page for word in ("changed since you handed in", "river rose", "<ins>")] == [True] * 3
    assert desk.post(f"{page_of(letter)}/affirmation", data={"seen": "2"}).status_code == 303
    assert review_of(letter, reader.id).number == 1  # type: ignore[union-attr]
    assert desk.post(f"{page_of(letter)}/affirmation", data={"seen": "3"}).location == page_of(letter)
    page = desk.get(page_of(letter)).text
    assert ["Your scores stand for the new version." in page, "changed since you" in page] == [True, False]


def test_a_letter_that_changed_waits_again_in_the_queue_beside_the_letter_and_in_the_mail(
    letter: Letter, reader: Account, desk: FlaskClient
) -> None:
    other = a_led_letter(letter.round, "River")
    given_to(other, reader)
    for one in (letter, other):
        scored(one, reader, 3, 3)
    with current_app.test_request_context():
        assert reader_queue(letter.round_id, reader.id) is None
    sent_again(letter)
    assert "Letter 2 of 2, 1 handed in" in desk.get(page_of(other)).text
    assert queue_at(Asker(reader.id), other)[2:] == (1, letter.id)
    queue = desk.get("/eclc/staff/queue").text.replace("\xa0", " ")
    assert ["1 of 2 handed in" in queue, "All of them are handed in" in queue] == [True, False]
    with current_app.test_request_context():
        told = reader_queue(letter.round_id, reader.id)
    assert told is not None
    assert [one.letter_id for one in told["queue"]] == [letter.id]
    decided(letter, "decline", a_staff_member(letter.round.community))
    assert queue_at(Asker(reader.id), other)[2:] == (2, None)


def test_a_handed_in_review_is_changed_on_the_same_page(letter: Letter, reader: Account, desk: FlaskClient) -> None:
    scored(letter, reader, 3, 3)
    form = {name: text for name, text in typed(letter, 4, 3, then="stay").items() if not name.endswith("-base")}
    answer = desk.post(f"{page_of(letter)}/scores", data=form)
    assert (answer.location, kept(letter, reader)[0]) == (page_of(letter), (4, "Because."))


def test_once_the_decision_is_sent_the_form_is_gone_and_a_late_press_is_refused(
    letter: Letter, reader: Account, desk: FlaskClient
) -> None:
    scored(letter, reader, 3, 3)
    decided(letter, "decline", a_staff_member(letter.round.community))
    before = everything()
    assert 'id="scores"' not in desk.get(page_of(letter)).text
    answer = desk.post(f"{page_of(letter)}/scores", data=typed(letter, 4, 4))
    assert (answer.status_code, "decision about this letter was sent" in answer.text, everything()) == (
        409,
        True,
        before,
    )


DOORS = ("scores", "scores/1", "scores/whole", "affirmation")


@pytest.mark.parametrize("door", DOORS)
def test_strangers_and_readers_of_other_letters_find_no_door(
    letter: Letter, reader: Account, app: Flask, sign_in: SignIn, door: str
) -> None:
    taken_from(letter, reader, "conflict")
    lead = a_lead(letter.round.community, letter.district)
    for person, status in ((reader, 404), (lead, 403)):
        client = sign_in(app.test_client(), person)
        before = everything()
        assert client.post(f"{page_of(letter)}/{door}", data=typed(letter, 3, 3)).status_code == status
        assert everything() == before


def test_staff_who_were_not_asked_to_read_are_refused(letter: Letter, client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, a_staff_member(letter.round.community))
    before = everything()
    answer = client.post(f"{page_of(letter)}/scores", data=typed(letter, 3, 3))
    assert (answer.status_code, "not on your list" in answer.text, everything()) == (409, True, before)


def test_a_criterion_of_another_round_has_no_door(letter: Letter, desk: FlaskClient) -> None:
    assert desk.post(f"{page_of(letter)}/scores/999", data={"k999-level": "3"}, headers=HTMX).status_code == 404


def test_a_fresh_token_is_for_readers_of_the_letter(letter: Letter, reader: Account, desk: FlaskClient) -> None:
    assert f'data-who="{reader.id}"' in desk.get(f"{page_of(letter)}/token").text
    taken_from(letter, reader)
    assert desk.get(f"{page_of(letter)}/token").status_code == 404


def test_looking_at_a_letter_begins_no_review(letter: Letter, reader: Account, desk: FlaskClient) -> None:
    before = everything()
    desk.get(page_of(letter))
    assert everything() == before


def test_a_blind_round_shows_what_changed_and_the_others_without_a_name_of_the_district(
    app: Flask, at: At, client: FlaskClient, sign_in: SignIn
) -> None:
    at(DECIDING)
    letter = a_led_letter(a_closing_round(a_community(), scale=SCALE, is_blind=True))
    reader = a_reader(letter)
    scored(letter, reader, 3, 3)
    scored(letter, a_reader(letter, "two"), 1, 3)
    content = sent_again(letter).content
    sections = [{**one, "questions": [dict(asked) for asked in one["questions"]]} for one in content["sections"]]
    sections[0]["questions"][0]["lines"] = ["Because Harbor Public Schools and its river rose."]
    sent_again(letter, content={**content, "sections": sections})
    sign_in(client, reader)
    pages = (
        client.get(page_of(letter)).text + client.post(f"{page_of(letter)}/scores", data=typed(letter, 1, why="")).text
    )
    assert [word in pages for word in ("river rose", "What readers say", "Harbor", "Teacher.Harbor")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert f"<title>Letter {letter.id}" in pages


def test_the_pages_are_sound(
    letter: Letter, reader: Account, desk: FlaskClient, app: Flask, sign_in: SignIn, tmp_path: Path
) -> None:
    staff, address = sign_in(app.test_client(), a_staff_member(letter.round.community)), page_of(letter)
    pages = {"draft": desk.get(address).text}
    pages["slip"] = desk.post(f"{address}/scores", data=typed(letter, 1, why="")).text
    scored(letter, reader, 3, 1)
    scored(letter, a_reader(letter, "two"), 1, 4)
    say(letter, "Two lines.\n\nOf talk.", "readers", by=reader)
    sent_again(letter)
    pages |= {"changed": desk.get(address).text, "staff": staff.get(address).text}
    meetings = f"/eclc/staff/rounds/{letter.round_id}/meetings"
    at = staff.post(meetings, data={"held_on": "2026-12-15", "present": "Director"}).location
    pages |= {"agenda": staff.get(f"/eclc/staff/rounds/{letter.round_id}/agenda").text, "letter": staff.get(at).text}
    minutes = staff.post(at, data={"outcome": "accept", "rationale": "Ready.", "do": "next"}).location
    pages |= {"minutes": staff.get(minutes).text, "preview": staff.get(minutes.replace("minutes", "decisions")).text}
    assert faults_of(pages, tmp_path) == []


def test_the_page_asks_as_often_for_one_reader_as_for_three(
    letter: Letter, reader: Account, desk: FlaskClient, count_queries: Counting
) -> None:
    scored(letter, reader, 3, 3)
    counts = []
    for names in ((), ("two", "three")):
        for name in names:
            scored(letter, a_reader(letter, name), 3, 3)
            say(letter, f"By {name}.", "readers", by=reader)
        with count_queries() as statements:
            assert desk.get(page_of(letter)).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]
