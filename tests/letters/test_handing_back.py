"""Texts that came too late: refused with the reason, and handed back to be copied, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.core.db import db
from portal.letters.models import Letter
from portal.letters.operations import add_roster_row
from portal.letters.returning import return_sections
from portal.letters.rules import CLOSED, STANDS
from tests.districts.builders import a_person
from tests.letters.builders import AFTER, ANSWERS, Place, a_letter, a_signed_letter, an_asked_letter, base, enter
from tests.letters.kind_pages import PART
from tests.letters.lives import a_sent_letter, staff_of, wanted
from tests.letters.pages import Stop, at_letter, hidden, line, team, values, words

COPY = "Nothing is lost. Copy your text from here"


def closed(place: Place, at: Stop) -> Letter:
    letter = a_letter(place)
    at(AFTER)
    return letter


def being_signed(place: Place, at: Stop) -> Letter:
    return an_asked_letter(place).letter


def sent_by_a_colleague(place: Place, at: Stop) -> Letter:
    letter = a_signed_letter(place)
    letter.status = "submitted"
    db.session.commit()
    return letter


LATE: list[tuple[Callable[[Place, Stop], Letter], str]] = [
    (closed, CLOSED), (being_signed, STANDS["endorsing"]), (sent_by_a_colleague, STANDS["submitted"]),
]  # fmt: skip


@pytest.mark.parametrize(("late", "why"), LATE)
def test_a_section_that_comes_too_late_is_handed_back(
    writer: FlaskClient, place: Place, at: Stop, late: Callable[[Place, Stop], Letter], why: str
) -> None:
    letter = late(place, at)
    before = values(place)
    answer = post(writer, place, letter, "time", q9="12", q10="Typed <b>too</b> late.\r\nTwo lines.")
    page = words(answer)
    assert (answer.status_code, values(place)) == (409, before)
    assert why in page
    assert COPY in page
    assert box(answer, "How will you make the time real?") == "Typed &lt;b&gt;too&lt;/b&gt; late.\nTwo lines."
    assert box(answer, "On how many days?") == "12 days"
    assert "It saves itself" not in page
    assert answer.text.count("<textarea") == answer.text.count(" readonly")


@pytest.mark.parametrize(("late", "why"), LATE)
def test_what_saves_itself_too_late_is_handed_back_under_its_field(
    writer: FlaskClient, place: Place, at: Stop, late: Callable[[Place, Stop], Letter], why: str
) -> None:
    letter, question = late(place, at), place.questions()["q10"]
    data = {"q10": "Typed too late.", "q10-base": base(letter, question)}
    answer = writer.post(at_letter(letter, f"/answers/{question.id}"), data=data, headers=PART)
    assert (answer.status_code, answer.text.startswith('<div id="saved-q10"')) == (409, True)
    assert (why in words(answer), COPY in words(answer)) == (True, True)
    assert box(answer, "How will you make the time real?") == "Typed too late."
    assert hidden(answer.text) == data["q10-base"]


def test_typing_on_hands_it_back_again(writer: FlaskClient, place: Place, at: Stop) -> None:
    letter, question = closed(place, at), place.questions()["q10"]
    data = {"q10": "Typed", "q10-base": base(letter, question)}
    shown = writer.post(at_letter(letter, f"/answers/{question.id}"), data=data, headers=PART)
    data = {"q10": "Typed on", "q10-base": hidden(shown.text)}
    shown = writer.post(at_letter(letter, f"/answers/{question.id}"), data=data, headers=PART)
    assert box(shown, "How will you make the time real?") == "Typed on"


def test_a_line_of_the_team_is_handed_back(writer: FlaskClient, place: Place, at: Stop) -> None:
    letter = a_letter(place)
    row = add_roster_row(letter, {"role": "principal", "school": "Harbor School"}, by=place.lead)
    typed = line(row, name="Example Person")
    at(AFTER)
    question = place.questions()["q7"]
    path = at_letter(letter, f"/answers/{question.id}/lines/{row.id}")
    answer = writer.post(path, data={"q7-base": "rows", **typed}, headers=PART)
    assert (answer.status_code, answer.text.startswith(f'<div id="saved-row-{row.id}"')) == (409, True)
    assert box(answer, "A person of the team") == "Principal, Harbor School, Example Person"
    plain = post(writer, place, letter, "your-team", **typed)
    assert box(plain, "A person of the team") == "Principal, Harbor School, Example Person"
    assert [one.name for one in team()] == [""]


def test_a_button_of_the_question_is_answered_in_its_place(writer: FlaskClient, place: Place, at: Stop) -> None:
    letter, question = closed(place, at), place.questions()["q6"]
    data = {"q6-0": "1", "q6-2": "2", "q6-base": base(letter, question), "do": "up:q6:2"}
    answer = writer.post(at_letter(letter, f"/answers/{question.id}"), data=data, headers=PART)
    assert answer.text.startswith('<div id="q6-field"')
    assert box(answer, "Put three in order.") == "1. Family engagement\n2. Belonging"


def test_every_word_is_handed_back_also_what_the_letter_would_not_show(
    writer: FlaskClient, place: Place, at: Stop
) -> None:
    letter = closed(place, at)
    answer = post(writer, place, letter, "your-team", q8="0", **{"q8-more": "North, and perhaps South"})
    assert box(answer, "All schools, or some?") == "All schools\nNorth, and perhaps South"
    answer = post(writer, place, letter, "time", q9="a dozen")
    assert box(answer, "On how many days?") == "a dozen"
    answer = post(writer, place, letter, "your-district", q1="no", **{"q1-students": "2,950", "q2-name": "Director"})
    assert "2,950" in box(answer, "Is what we know still true?")
    assert box(answer, "Who should we talk to?") == "Name: Director"


def test_what_was_saved_before_is_not_handed_back(writer: FlaskClient, place: Place) -> None:
    letter = an_asked_letter(place).letter
    answer = post(writer, place, letter, "time", q9=str(ANSWERS["q9"]), q10=ANSWERS["q10"])
    assert (answer.status_code, "<textarea" in answer.text) == (409, False)
    assert "Nothing that you typed is missing in the letter." in words(answer)


def test_a_refusal_that_can_be_mended_brings_the_form_back(writer: FlaskClient, place: Place) -> None:
    letter = a_letter(place)
    for _ in range(5):
        add_roster_row(letter, by=place.lead)
    answer = post(writer, place, letter, "your-team", q8="1", do="add-row:q7", **{"q8-more": "North"})
    assert (answer.status_code, 'id="section-form"' in answer.text) == (409, True)
    assert "A team has 5 people at most." in words(answer)
    assert "North</textarea>" in answer.text


def test_a_returned_letter_hands_back_what_is_typed_in_a_section_that_stays(
    writer: FlaskClient, place: Place, at: Stop
) -> None:
    letter = a_sent_letter(place)
    at("2026-11-09 10:00")
    return_sections(letter, wanted(), by=staff_of(place))
    answer = post(writer, place, letter, "why-now", q3="Typed in a section that stays.")
    assert (answer.status_code, box(answer, "Why now?")) == (409, "Typed in a section that stays.")
    assert "Only what was sent back can be changed now: Time and conditions." in words(answer)


def test_who_writes_in_the_letter_no_more_gets_the_text_back(client: FlaskClient, place: Place) -> None:
    letter = a_letter(place)
    answer = post(enter(client, a_person()), place, letter, "time", q10="Typed by somebody who left.")
    assert (answer.status_code, "Typed by somebody who left." in answer.text) == (404, True)
    assert values(place) == {}


def post(client: FlaskClient, place: Place, letter: Letter, slug: str, **typed: Any) -> TestResponse:
    section = next(one for one in letter.round.sections if one.slug == slug)
    bases = {f"{one.code}-base": base(letter, one) for one in section.questions}
    return client.post(at_letter(letter, f"/sections/{slug}"), data={**bases, **typed})


def box(answer: TestResponse, label: str) -> str:
    """What stands in the read-only box of this label."""
    after = answer.text.partition(f">{label}</label>")[2]
    assert after, f"no box “{label}” in: {words(answer)}"
    inside = after.partition("</textarea>")[0]
    assert "readonly" in inside
    return inside.rpartition(">\n")[2]
