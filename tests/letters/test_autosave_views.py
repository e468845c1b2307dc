"""Fields and lines that save themselves while somebody writes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.core.db import db
from portal.letters.models import RosterRow
from portal.letters.operations import add_roster_row, save_answer, submit
from portal.letters.rules import CLOSED, STANDS, base_of
from tests.districts.builders import a_person
from tests.letters.builders import AFTER, ANSWERS, LATE, Place, a_letter, a_signed_letter, base, enter
from tests.letters.pages import Stop, at_letter, button, hidden, line, team, values, words

PART = {"HX-Request": "true"}


def test_a_field_saves_itself_and_only_its_state_comes_back(writer: FlaskClient, place: Place) -> None:
    answer = autosave(writer, place, "q10", q10="By contract days.")
    assert (answer.status_code, answer.text.startswith('<div id="saved-q10">')) == (200, True)
    assert ("<textarea" in answer.text, "3 of 8 words" in answer.text) == (False, True)
    assert "Saved 9:00 AM" in words(answer)
    assert hidden(answer.text) == base_of(1, "By contract days.")
    assert values(place) == {"q10": "By contract days."}


def test_a_save_with_the_base_that_came_back_goes_through(writer: FlaskClient, place: Place) -> None:
    shown = autosave(writer, place, "q10", q10="By contract").text
    assert autosave(writer, place, "q10", q10="By contract days.", **{"q10-base": hidden(shown)}).status_code == 200
    assert values(place) == {"q10": "By contract days."}


def test_a_draft_over_the_limit_is_saved_and_flagged(writer: FlaskClient, place: Place) -> None:
    answer = autosave(writer, place, "q10", q10="w " * 9)
    assert (answer.status_code, '<span id="q10-count" class="bad-t">9 of 8 words</span>' in answer.text) == (200, True)
    flagged = autosave(writer, place, "q9", q9="15")
    assert "Saved 9:00 AM. Give a whole number of days from 0 to 12." in words(flagged)
    assert values(place) == {"q9": 15, "q10": ("w " * 9).strip()}


@pytest.mark.parametrize(("code", "typed"), [("q9", "many"), ("q9", "9" * 20), ("q10", "x" * 20_001)])
def test_what_cannot_be_kept_is_said_under_the_field(writer: FlaskClient, place: Place, code: str, typed: str) -> None:
    answer = autosave(writer, place, code, **{code: typed})
    assert (answer.status_code, "Not saved." in answer.text, values(place)) == (422, True, {})


def test_a_clash_is_shown_under_the_field_with_both_texts(writer: FlaskClient, place: Place) -> None:
    letter, question = a_letter(place), place.questions()["q10"]
    began = base(letter, question)
    save_answer(letter, question, "Theirs.", began, by=place.other)
    answer = autosave(writer, place, "q10", q10="Mine.", **{"q10-base": began})
    assert (answer.status_code, answer.text.startswith('<div id="saved-q10">')) == (409, True)
    assert "Yours Mine. Keep mine Theirs Theirs. Keep theirs" in words(answer)
    assert hidden(answer.text) == began


@pytest.mark.parametrize(("choice", "kept"), [("Keep mine", "Mine."), ("Keep theirs", "Theirs.")])
def test_a_choice_brings_the_whole_field_back(writer: FlaskClient, place: Place, choice: str, kept: str) -> None:
    letter, question = a_letter(place), place.questions()["q10"]
    save_answer(letter, question, "Theirs.", by=place.other)
    shown = autosave(writer, place, "q10", q10="Mine.", **{"q10-base": "0:x"}).text
    typed = {"q10": "Mine.", "q10-base": "0:x", "keep": button(shown, choice)}
    answer = autosave(writer, place, "q10", **typed)
    assert (answer.status_code, f"{kept}</textarea>" in answer.text) == (200, True)
    assert values(place) == {"q10": kept}


@pytest.mark.parametrize(("moment", "status"), [(LATE, 200), (AFTER, 409)])
def test_autosave_ends_with_the_grace_minutes(
    writer: FlaskClient, place: Place, at: Stop, moment: str, status: int
) -> None:
    a_letter(place)
    at(moment)
    answer = autosave(writer, place, "q10", q10="At the end.")
    assert (answer.status_code, bool(values(place)), CLOSED in words(answer)) == (status, status == 200, status == 409)


def test_autosave_never_writes_into_a_letter_that_was_sent(writer: FlaskClient, place: Place) -> None:
    submit(a_signed_letter(place), by=place.lead)
    answer = autosave(writer, place, "q10", q10="Too late.")
    assert (answer.status_code, STANDS["submitted"] in words(answer)) == (409, True)
    assert values(place)["q10"] == ANSWERS["q10"]


def test_autosave_without_scripts_leads_back_to_the_section(writer: FlaskClient, place: Place) -> None:
    answer = autosave(writer, place, "q10", headers={}, q10="By contract days.")
    assert (answer.status_code, answer.location) == (303, at_letter(a_letter(place), "/sections/time#q10-field"))


def test_a_refusal_without_scripts_shows_the_section_with_what_was_typed(
    writer: FlaskClient, place: Place, at: Stop
) -> None:
    a_letter(place)
    at(AFTER)
    answer = autosave(writer, place, "q10", headers={}, q10="Too late.")
    assert (answer.status_code, "Too late." in answer.text, "<main" in answer.text) == (409, True, True)


@pytest.mark.parametrize("number", [0, 999, "endorsement"])
def test_only_questions_of_this_letter_save_themselves(writer: FlaskClient, place: Place, number: Any) -> None:
    question = place.questions()["q12"].id if number == "endorsement" else number
    address = at_letter(a_letter(place), f"/answers/{question}")
    assert writer.post(address, data={"q12": "x", "q12-base": "0:"}, headers=PART).status_code == 404


def test_a_stranger_does_not_autosave(client: FlaskClient, place: Place) -> None:
    answer = autosave(enter(client, a_person()), place, "q10", q10="Theirs.")
    assert (answer.status_code, values(place)) == (404, {})


def test_after_signing_out_autosave_asks_to_sign_in(client: FlaskClient, place: Place) -> None:
    answer = autosave(client, place, "q10", q10="Mine.")
    assert (answer.status_code, answer.headers["HX-Redirect"].startswith("/sign-in")) == (401, True)


def test_ranking_buttons_bring_the_list_in_its_new_order(writer: FlaskClient, place: Place) -> None:
    answer = autosave(writer, place, "q6", do="up:q6:1", **{"q6-0": "1", "q6-1": "2"})
    assert re.findall(r'name="q6-(\d)" value="(\d?)"', answer.text)[:2] == [("1", "1"), ("0", "2")]


def test_a_line_of_the_team_saves_itself_and_the_list_of_needs_follows(writer: FlaskClient, place: Place) -> None:
    row = add_roster_row(a_letter(place), by=place.lead)
    answer = save_line(writer, place, row, role="principal", school="Harbor School")
    assert answer.text.startswith(f'<div id="saved-row-{row.id}">')
    assert '<hx-partial id="rules-news" hx-target="#q7-rules"' in answer.text
    assert [(one.role, one.school) for one in team()] == [("principal", "Harbor School")]


def test_a_line_that_somebody_changed_is_shown_beside_mine(writer: FlaskClient, place: Place) -> None:
    row = add_roster_row(a_letter(place), {"role": "nurse", "school": "North"}, by=place.other)
    answer = save_line(writer, place, row, role="principal", school="Harbor", **{f"row-{row.id}-base": "0:x"})
    assert answer.status_code == 409
    assert "Yours principal Harbor Keep mine Theirs nurse North Keep theirs" in words(answer)


def test_a_line_that_somebody_took_out_says_so(writer: FlaskClient, place: Place) -> None:
    row = add_roster_row(a_letter(place), by=place.lead)
    gone = {"id": row.id, "typed": line(row, role="nurse")}
    db.session.delete(db.session.get_one(RosterRow, row.id))
    db.session.commit()
    address = at_letter(a_letter(place), f"/answers/{place.questions()['q7'].id}/lines/{gone['id']}")
    answer = writer.post(address, data=gone["typed"], headers=PART)
    assert (answer.status_code, "Somebody took this person out meanwhile" in words(answer)) == (409, True)


def test_buttons_bring_the_whole_team_back(writer: FlaskClient, place: Place) -> None:
    answer = autosave(writer, place, "q7", do="add-row:q7")
    assert (answer.text.startswith('<div class="field" id="q7-field">'), len(team())) == (True, 1)
    answer = autosave(writer, place, "q7", do=f"remove-row:q7:{team()[0].id}")
    assert (answer.status_code, team()) == (200, [])


def autosave(
    client: FlaskClient, place: Place, code: str, headers: dict[str, str] | None = None, **typed: Any
) -> TestResponse:
    letter, question = a_letter(place), place.questions()[code]
    data = {f"{code}-base": base(letter, question), **typed}
    return client.post(
        at_letter(letter, f"/answers/{question.id}"), data=data, headers=PART if headers is None else headers
    )


def save_line(client: FlaskClient, place: Place, row: RosterRow, **typed: str) -> TestResponse:
    address = at_letter(a_letter(place), f"/answers/{place.questions()['q7'].id}/lines/{row.id}")
    more = {name: text for name, text in typed.items() if name.startswith("row-")}
    fields = {name: text for name, text in typed.items() if not name.startswith("row-")}
    return client.post(address, data={**line(row, **fields), **more}, headers=PART)
