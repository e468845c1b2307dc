"""The next letter of a district, with its old one beside it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.districts.operations import add_district
from portal.letters.earlier import put_back, use_earlier
from portal.letters.models import Letter
from portal.letters.operations import save_answer, start_letter, submit
from portal.letters.queries import answer_to
from portal.letters.reopening import reopen
from portal.rounds.models import Question
from portal.rounds.operations import create_round
from tests.conftest import moment_of
from tests.house.html import faults_of
from tests.letters.builders import (
    ANSWERS,
    PAGES,
    Place,
    a_complete_letter,
    a_lead,
    a_question_row,
    a_signed_letter,
    base,
    enter,
)
from tests.letters.pages import at_letter
from tests.rounds.builders import PROMISES, fields, published

Stop = Callable[[str], Any]
Count = Callable[[], AbstractContextManager[list[str]]]
NEXT = "2027-10-20 09:00"
YEAR = {
    "slug": "round-2027", "title": "Letter of Invitation 2027", "opens_at": moment_of("2027-09-14 09:00"),
    "closes_at": moment_of("2027-10-30 17:00"), "intent_by": None, "questions_until": None, "review_from": None,
    "review_to": None, "conversations_from": None, "conversations_to": None, "decisions_on": None, "reply_by": None,
    "orientation_on": None, "term_from": None, "term_to": None,
}  # fmt: skip


def the_next_letter(place: Place, at: Stop, **changed: Any) -> Letter:
    """The same district's letter a year later, in a round that asks the same but for what is `changed` by code."""
    at(NEXT)
    sections = [
        {
            "slug": slug,
            "title": title,
            "questions": [{**a_question_row(code), **changed.get(code, {})} for code in codes],
        }
        for slug, title, codes in PAGES
    ]
    made = create_round(place.community, fields=fields(**YEAR), sections=sections, commitments=PROMISES)
    return start_letter(published(made), place.district, by=place.lead)


def asked(letter: Letter, code: str) -> Question:
    return db.session.query(Question).filter_by(round_id=letter.round_id, code=code).one()


def value_of(letter: Letter, code: str) -> Any:
    db.session.rollback()
    answer = answer_to(letter, asked(letter, code).id)
    return answer.value if answer else None


@pytest.fixture
def new(place: Place, at: Stop) -> Letter:
    """The letter of the next round; the old one was written in the round before."""
    a_complete_letter(place)
    return the_next_letter(place, at)


@pytest.fixture
def writer(client: FlaskClient, place: Place, new: Letter) -> FlaskClient:
    return enter(client, place.lead)


def section(writer: FlaskClient, letter: Letter, slug: str) -> str:
    return writer.get(at_letter(letter, f"/sections/{slug}")).text


def inputs(page: str) -> dict[str, Any]:
    """What a browser sends of the section's form as it stands on the page."""
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    texts = re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>\n?([^<]*)</textarea>', page)
    return {name: html.unescape(value) for name, value in [*hidden, *texts] if name != "comment"}


def press(writer: FlaskClient, letter: Letter, slug: str, pressed: str, **typed: Any) -> TestResponse:
    data = {**inputs(section(writer, letter, slug)), **typed, "earlier": pressed}
    return writer.post(at_letter(letter, f"/sections/{slug}/earlier"), data=data)


@pytest.mark.parametrize(
    "slug, words",
    [("why-now", ANSWERS["q3"]), ("time", ANSWERS["q10"]), ("your-district", "E-mail: director@example.org"),
     ("your-team", "Superintendent, Superintendent, Central office")],
)  # fmt: skip
def test_the_old_answers_stand_beside_the_new_questions(
    writer: FlaskClient, new: Letter, slug: str, words: str, tmp_path: Path
) -> None:
    page = section(writer, new, slug)
    assert ["Your earlier letter" in page, words in page] == [True, True]
    assert faults_of({slug: page}, tmp_path) == []


def test_without_an_earlier_letter_there_is_nothing_beside(client: FlaskClient, place: Place, at: Stop) -> None:
    letter = the_next_letter(place, at)
    assert "Your earlier letter" not in section(enter(client, place.lead), letter, "why-now")


def test_an_earlier_letter_without_a_word_is_none(client: FlaskClient, place: Place, at: Stop) -> None:
    start_letter(place.round, place.district, by=place.lead)
    letter = the_next_letter(place, at)
    assert "Your earlier letter" not in section(enter(client, place.lead), letter, "why-now")


def test_nobody_sees_the_letter_of_another_district(client: FlaskClient, place: Place, at: Stop) -> None:
    a_complete_letter(place)
    mine = the_next_letter(place, at)
    other = add_district(name="Sample River Public Schools", slug="river", city="River", state="MA")
    lead = a_lead(place.community, other, "Lead of River")
    theirs = start_letter(mine.round, other, by=lead)
    page = section(enter(client, lead), theirs, "why-now")
    assert ["Your earlier letter" in page, ANSWERS["q3"] in page] == [False, False]


def test_an_old_text_is_used_by_a_button(writer: FlaskClient, new: Letter) -> None:
    assert value_of(new, "q3") is None
    answer = press(writer, new, "why-now", "use:q3")
    assert (answer.status_code, value_of(new, "q3")) == (303, ANSWERS["q3"])
    assert "Take it out again" in section(writer, new, "why-now")


def test_using_it_is_undone_to_nothing_where_nothing_stood(writer: FlaskClient, new: Letter) -> None:
    press(writer, new, "why-now", "use:q3")
    press(writer, new, "why-now", "undo:q3")
    assert value_of(new, "q3") is None


def test_what_was_written_before_is_kept_and_comes_back(writer: FlaskClient, new: Letter, place: Place) -> None:
    save_answer(new, asked(new, "q3"), "What we say this year.", by=place.lead)
    assert "Replace your text with this" in section(writer, new, "why-now")
    press(writer, new, "why-now", "use:q3")
    assert value_of(new, "q3") == ANSWERS["q3"]
    assert "Put back what stood here before" in section(writer, new, "why-now")
    press(writer, new, "why-now", "undo:q3")
    assert value_of(new, "q3") == "What we say this year."


def test_what_was_just_typed_is_saved_first_and_comes_back(writer: FlaskClient, new: Letter) -> None:
    press(writer, new, "why-now", "use:q3", q3="Typed a second ago, without scripts.")
    assert value_of(new, "q3") == ANSWERS["q3"]
    press(writer, new, "why-now", "undo:q3")
    assert value_of(new, "q3") == "Typed a second ago, without scripts."


def test_other_texts_of_the_section_are_saved_along(writer: FlaskClient, new: Letter) -> None:
    press(writer, new, "time", "use:q10", q9="7")
    assert (value_of(new, "q9"), value_of(new, "q10")) == (7, ANSWERS["q10"])


@pytest.mark.parametrize("code, slug", [("q4", "why-now"), ("q6", "why-now"), ("q9", "time"), ("q2", "your-district")])
def test_choices_numbers_and_contacts_are_used_too(new: Letter, place: Place, code: str, slug: str) -> None:
    use_earlier(new, asked(new, code), None, by=place.lead)
    assert value_of(new, code) == ANSWERS[code]


def test_a_colleagues_newer_text_is_not_replaced_unseen(new: Letter, place: Place) -> None:
    save_answer(new, asked(new, "q3"), "A colleague wrote this.", by=place.other)
    with pytest.raises(RuleBroken, match="Somebody changed this answer meanwhile"):
        use_earlier(new, asked(new, "q3"), None, by=place.lead)
    with pytest.raises(RuleBroken, match="Somebody changed this answer meanwhile"):
        put_back(new, asked(new, "q3"), None, by=place.lead)
    assert value_of(new, "q3") == "A colleague wrote this."


def test_a_page_that_is_older_than_a_colleagues_text_replaces_nothing(
    writer: FlaskClient, new: Letter, place: Place
) -> None:
    old = inputs(section(writer, new, "why-now"))
    save_answer(new, asked(new, "q3"), "A colleague wrote this.", by=place.other)
    answer = writer.post(at_letter(new, "/sections/why-now/earlier"), data={**old, "earlier": "use:q3"})
    assert (answer.status_code, value_of(new, "q3")) == (409, "A colleague wrote this.")


def test_an_option_that_is_not_offered_any_more_can_only_be_read(place: Place, at: Stop) -> None:
    a_complete_letter(place)
    letter = the_next_letter(place, at, q4={"settings": {"options": ["Other learners"], "limits": {"max_choices": 2}}})
    with pytest.raises(RuleBroken, match="no text for this question"):
        use_earlier(letter, asked(letter, "q4"), None, by=place.lead)
    assert value_of(letter, "q4") is None


def test_the_same_words_go_before_the_same_code(place: Place, at: Stop) -> None:
    a_complete_letter(place)
    changed = {"q3": {"label": "How will you make the time real?"}, "q10": {"label": "Why now?"}}
    letter = the_next_letter(place, at, **changed)
    use_earlier(letter, asked(letter, "q3"), None, by=place.lead)
    assert value_of(letter, "q3") == ANSWERS["q10"]


def test_a_question_in_other_words_says_so(client: FlaskClient, place: Place, at: Stop) -> None:
    a_complete_letter(place)
    letter = the_next_letter(place, at, q3={"label": "Why this year?"})
    page = section(enter(client, place.lead), letter, "why-now")
    assert ["Asked now: Why this year?" in page, ANSWERS["q3"] in page] == [True, True]


def test_nothing_is_used_once_the_round_has_closed(writer: FlaskClient, new: Letter, place: Place, at: Stop) -> None:
    at("2027-10-30 18:00:01")
    with pytest.raises(RuleBroken):
        use_earlier(new, asked(new, "q3"), None, by=place.lead)
    assert value_of(new, "q3") is None


def test_a_word_that_is_no_button_is_no_page(writer: FlaskClient, new: Letter) -> None:
    for word in ("use:q99", "burn:q3", ""):
        assert press(writer, new, "why-now", word).status_code == 404


def test_the_page_costs_two_queries_more_than_without(
    client: FlaskClient, place: Place, at: Stop, count_queries: Count
) -> None:
    submit(a_signed_letter(place), by=place.lead)
    path = at_letter(the_next_letter(place, at), "/sections/why-now")
    writer = enter(client, place.lead)
    with count_queries() as sent:
        writer.get(path)
    assert len(sent) <= 8, "\n".join(one[:150] for one in sent)


def test_what_was_sent_stands_beside_not_what_was_changed_since(client: FlaskClient, place: Place, at: Stop) -> None:
    old = submit(a_signed_letter(place), by=place.lead).letter
    reopen(old, by=place.lead)
    question = place.questions()["q3"]
    save_answer(old, question, "Changed and never sent.", base(old, question), by=place.lead)
    letter = the_next_letter(place, at)
    page = section(enter(client, place.lead), letter, "why-now")
    assert [ANSWERS["q3"] in page, "Changed and never sent." in page] == [True, False]
