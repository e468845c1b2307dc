"""A section's form: saved field by field, sent back with what needs another look, with and without scripts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.letters.models import Letter
from portal.letters.operations import add_roster_row, save_answer, waive_roster_rule
from portal.letters.rules import CLOSED
from tests.districts.builders import a_person, a_staff_member
from tests.letters.builders import (
    AFTER,
    ANSWERS,
    Place,
    a_letter,
    a_signed_letter,
    an_asked_letter,
    base,
    enter,
)
from tests.letters.pages import Stop, at_letter, button, hidden, line, team, values, words


def test_a_form_saves_every_field_and_goes_on_to_the_next_section(writer: FlaskClient, place: Place) -> None:
    answer = send(writer, place, "your-district", q1="yes", **{
        "q2-name": "Dean", "q2-role": "Dean", "q2-email": "dean@example.org", "q2-phone": "",
    })  # fmt: skip
    assert (answer.status_code, answer.location) == (303, at_letter(a_letter(place), "/sections/why-now"))
    assert values(place) == {
        "q1": {"still_true": "yes", "corrections": {}},
        "q2": {"name": "Dean", "role": "Dean", "email": "dean@example.org", "phone": ""},
    }


def test_every_kind_is_saved_and_shown_again_as_it_was_typed(writer: FlaskClient, place: Place) -> None:
    send(writer, place, "why-now", q3="More <b>time</b> for five words.", q4=["0", "3"], **{
        "q4-other": "Night school", "q6-3": "1", "q6-0": "2", "q6-4": "3",
    })  # fmt: skip
    send(writer, place, "your-team", q8="1", **{"q8-more": "North only"})
    page = writer.get(at_letter(a_letter(place), "/sections/why-now")).text
    assert "More &lt;b&gt;time&lt;/b&gt; for five words.</textarea>" in page
    assert page.count(" checked>") == 2
    assert 'name="q6-3" value="1"' in page
    assert "North only</textarea>" in writer.get(at_letter(a_letter(place), "/sections/your-team")).text


def test_a_section_of_a_signed_letter_says_what_a_change_means(writer: FlaskClient, place: Place) -> None:
    warning = "If you change an answer, it has to be signed again."
    assert warning not in words(writer.get(at_letter(a_letter(place), "/sections/time")))
    signed = a_signed_letter(place)
    assert warning in words(writer.get(at_letter(signed, "/sections/time")))
    assert "answers changed since" not in words(writer.get(at_letter(signed)))
    send(writer, place, "time", q9="7", q10="We close early.")
    assert "The answers changed since it was signed. Have it signed again." in words(writer.get(at_letter(signed)))


def test_come_back_later_leads_to_the_task_list_whatever_is_missing(writer: FlaskClient, place: Place) -> None:
    answer = send(writer, place, "time", q9="15", q10="w " * 20, later="1")
    assert (answer.status_code, answer.location) == (303, at_letter(a_letter(place)))
    assert values(place) == {"q9": 15, "q10": ("w " * 20).strip()}


def test_what_does_not_fit_is_saved_and_shown_with_a_way_to_mend_it(writer: FlaskClient, place: Place) -> None:
    answer = send(writer, place, "time", q9="15", q10="w " * 9)
    assert answer.status_code == 422
    assert summary(answer) == [
        ("q9", "Give a whole number of days from 0 to 12."),
        ("q10", "Shorten “How will you make the time real?” by 1 word. It has 9; up to 8 fit."),
    ]
    assert 'id="q9"' in answer.text
    assert values(place)["q9"] == 15


def test_what_cannot_be_kept_comes_back_as_typed_and_the_rest_is_saved(writer: FlaskClient, place: Place) -> None:
    answer = send(writer, place, "time", q9="many", q10="By contract days.", later="1")
    assert (answer.status_code, summary(answer)) == (422, [("q9", "Give a number in digits, such as 4.")])
    assert 'value="many"' in answer.text
    assert values(place) == {"q10": "By contract days."}


def test_a_text_beyond_the_limit_is_a_field_error_and_stays_on_the_page(writer: FlaskClient, place: Place) -> None:
    answer = send(writer, place, "time", q9="5", q10="word " * 4_001)
    assert answer.status_code == 422
    assert summary(answer) == [("q10", "Shorten this answer: it has 20,004 characters; up to 20,000 fit.")]
    assert "word " * 4_000 in answer.text
    assert values(place) == {"q9": 5}


@pytest.mark.parametrize("typed", [{"q9": "4\x00"}, {"q10": "\x00"}, {"q9\x00": "4"}])
def test_a_sign_that_no_database_holds_is_refused(writer: FlaskClient, place: Place, typed: dict[str, str]) -> None:
    assert writer.post(at_letter(a_letter(place), "/sections/time"), data=typed).status_code == 400


@pytest.mark.parametrize(
    "typed", [{}, {"do": "x:y:z"}, {"keep": ":::"}, {"q9": "4"}, {"role": "staff", "status": "submitted"}]
)
def test_an_odd_form_changes_nothing(writer: FlaskClient, place: Place, typed: dict[str, str]) -> None:
    letter = a_letter(place)
    assert writer.post(at_letter(letter, "/sections/time"), data=typed).status_code == 303
    assert (values(place), letter.status) == ({}, "draft")


def test_a_text_that_somebody_else_changed_is_shown_beside_mine(writer: FlaskClient, place: Place) -> None:
    answer = clash(writer, place)
    page = words(answer)
    assert answer.status_code == 409
    assert "Principal, grades 6–8 saved this at 9:00 AM, while you were writing" in page
    assert "Mine. Keep mine" in page
    assert "Theirs. Keep theirs" in page
    assert "Mine.</textarea>" in answer.text
    assert values(place) == {"q9": 4, "q10": "Theirs."}


def test_the_clash_stays_until_one_is_chosen(writer: FlaskClient, place: Place) -> None:
    shown = clash(writer, place).text
    again = writer.post(at_letter(a_letter(place), "/sections/time"), data={"q10": "Mine.", "q10-base": hidden(shown)})
    assert (again.status_code, values(place)["q10"]) == (409, "Theirs.")


def test_keep_mine_works_without_scripts(writer: FlaskClient, place: Place) -> None:
    shown = clash(writer, place).text
    typed = {"q10": "Mine and theirs.", "q10-base": hidden(shown), "keep": button(shown, "Keep mine")}
    answer = writer.post(at_letter(a_letter(place), "/sections/time"), data=typed)
    assert answer.location == at_letter(a_letter(place), "/sections/time#q10-field")
    assert values(place)["q10"] == "Mine and theirs."


def test_keep_theirs_works_without_scripts(writer: FlaskClient, place: Place) -> None:
    shown = clash(writer, place).text
    typed = {"q10": "Mine.", "q10-base": hidden(shown), "keep": button(shown, "Keep theirs")}
    answer = writer.post(at_letter(a_letter(place), "/sections/time"), data=typed)
    assert "Theirs.</textarea>" in writer.get(answer.location).text
    assert values(place)["q10"] == "Theirs."


def test_after_the_end_nothing_is_saved_and_nothing_typed_is_lost(writer: FlaskClient, place: Place, at: Stop) -> None:
    a_letter(place)
    at(AFTER)
    answer = send(writer, place, "time", q10="Typed too late.")
    assert (answer.status_code, values(place)) == (409, {})
    assert CLOSED in words(answer)
    assert "Typed too late." in answer.text


def test_while_it_is_signed_nothing_is_saved_and_nothing_typed_is_lost(writer: FlaskClient, place: Place) -> None:
    an_asked_letter(place)
    answer = send(writer, place, "time", q10="Typed while it was out.")
    assert (answer.status_code, values(place)["q10"]) == (409, ANSWERS["q10"])
    assert "Typed while it was out." in answer.text


def test_a_stranger_saves_nothing(client: FlaskClient, place: Place) -> None:
    answer = send(enter(client, a_person()), place, "time", q10="Theirs.")
    assert (answer.status_code, values(place)) == (404, {})


def test_ranking_buttons_work_without_scripts(writer: FlaskClient, place: Place) -> None:
    answer = send(writer, place, "why-now", do="up:q6:3", **{"q6-0": "1", "q6-1": "2"})
    assert answer.location.endswith("/sections/why-now#q6-field")
    assert values(place)["q6"] == ["Belonging", "Teacher leadership", "Transitions"]


def test_a_person_is_added_and_taken_out_without_scripts_and_what_is_typed_is_saved_first(
    writer: FlaskClient, place: Place
) -> None:
    row = add_roster_row(a_letter(place), by=place.lead)
    answer = send(writer, place, "your-team", do="add-row:q7", **line(row, school="Harbor School"))
    assert answer.location.endswith(f"/sections/your-team#row-{team()[1].id}-role")
    assert [one.school for one in team()] == ["Harbor School", ""]
    send(writer, place, "your-team", do=f"remove-row:q7:{row.id}")
    assert [one.school for one in team()] == [""]


def test_a_line_with_a_foreign_role_comes_back_with_a_sentence(writer: FlaskClient, place: Place) -> None:
    row = add_roster_row(a_letter(place), by=place.lead)
    answer = send(writer, place, "your-team", **line(row, role="reviewer", name="Kept here"))
    assert (answer.status_code, summary(answer)) == (422, [(f"row-{row.id}-role", "Choose a role from the list.")])
    assert "Kept here" in answer.text


def test_a_waived_rule_is_shown_with_its_reason(writer: FlaskClient, place: Place, letter: Letter) -> None:
    waive_roster_rule(letter, "r1", "Its head of school counts.", by=a_staff_member(place.community))
    page = words(writer.get(at_letter(letter, "/sections/your-team")))
    assert "Not asked of your district: Its head of school counts. Waived" in page


def send(client: FlaskClient, place: Place, slug: str, **typed: Any) -> TestResponse:
    """Send a section's form as a browser does: every question of it with its base."""
    letter = a_letter(place)
    section = next(one for one in letter.round.sections if one.slug == slug)
    bases = {f"{one.code}-base": base(letter, one) for one in section.questions}
    return client.post(at_letter(letter, f"/sections/{slug}"), data={**bases, **typed})


def clash(client: FlaskClient, place: Place) -> TestResponse:
    """Both typed into q10, the other one was quicker; q9 is mine alone."""
    letter, question = a_letter(place), place.questions()["q10"]
    began = base(letter, question)
    save_answer(letter, question, "Theirs.", began, by=place.other)
    return send(client, place, "time", q9="4", q10="Mine.", **{"q10-base": began})


def summary(answer: TestResponse) -> list[tuple[str, str]]:
    box = re.search(r'<div class="errors.*?</div>', answer.text, re.DOTALL)
    return re.findall(r'<a href="#([^"]+)">([^<]+)</a>', box.group()) if box else []
