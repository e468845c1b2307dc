"""The pages on which a district writes: task list, sections, autosave, check, submission, receipt."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.core.db import db
from portal.letters.content import row_values
from portal.letters.models import Answer, Letter, RosterRow, Submission
from portal.letters.operations import add_roster_row, save_answer, submit, waive_roster_rule
from portal.letters.rules import CLOSED, STANDS, base_of
from tests.districts.builders import a_person, a_staff_member
from tests.house.html import faults_of
from tests.letters.builders import (
    AFTER,
    ANSWERS,
    LATE,
    Place,
    a_complete_letter,
    a_letter,
    a_signed_letter,
    an_asked_letter,
    base,
    enter,
)

Stop = Callable[[str], datetime]
Count = Callable[[], AbstractContextManager[list[str]]]
PART = {"HX-Request": "true"}
PAGES = ["", "/sections/your-district", "/sections/why-now", "/sections/your-team", "/sections/time", "/endorsement",
         "/check", "/whole"]  # fmt: skip


@pytest.fixture
def writer(client: FlaskClient, place: Place) -> FlaskClient:
    """The browser of somebody who acts for the district."""
    return enter(client, place.lead)


@pytest.fixture
def letter(place: Place) -> Letter:
    return a_letter(place)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_with_six_queries_at_most(
    writer: FlaskClient, place: Place, count_queries: Count, path: str
) -> None:
    address = at_letter(a_complete_letter(place), path)
    with count_queries() as statements:
        answer = writer.get(address)
    assert (answer.status_code, len(statements) <= 6) == (200, True)


@pytest.mark.parametrize("build", [a_letter, a_complete_letter, a_signed_letter])
def test_every_page_is_sound_html(
    writer: FlaskClient, place: Place, tmp_path: Path, build: Callable[[Place], Letter]
) -> None:
    letter = build(place)
    add_roster_row(letter, by=place.lead)
    pages = {path: writer.get(at_letter(letter, path)).text for path in PAGES}
    assert faults_of(pages, tmp_path) == []


@pytest.mark.parametrize("path", [*PAGES, "/receipt"])
def test_a_stranger_finds_no_letter(client: FlaskClient, letter: Letter, path: str) -> None:
    assert enter(client, a_person()).get(at_letter(letter, path)).status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_a_visitor_is_asked_to_sign_in_first(client: FlaskClient, letter: Letter, path: str) -> None:
    answer = client.get(at_letter(letter, path))
    assert (answer.status_code, answer.location.startswith("/sign-in?next=")) == (303, True)


@pytest.mark.parametrize("number", ["0", "99", "99999999999999999999", "%C2%B2"])
def test_a_number_that_is_no_letter_is_no_page(writer: FlaskClient, number: str) -> None:
    assert writer.get(f"/eclc/letters/{number}").status_code == 404


def test_the_task_list_says_what_is_done_and_what_is_next(writer: FlaskClient, place: Place, letter: Letter) -> None:
    for code in ("q1", "q2"):
        save_answer(letter, place.questions()[code], ANSWERS[code], by=place.lead)
    page = words(writer.get(at_letter(letter)))
    assert "One of five sections is done. Next is Why now." in page
    assert "Opens when all others are done" in page


def test_the_task_list_of_a_signed_letter_leads_to_its_submission(writer: FlaskClient, place: Place) -> None:
    page = words(writer.get(at_letter(a_signed_letter(place))))
    assert "Check your answers and submit" in page


def test_a_letter_that_was_sent_is_shown_where_it_stands(writer: FlaskClient, place: Place) -> None:
    letter = a_signed_letter(place)
    submit(letter, by=place.lead)
    answer = writer.get(at_letter(letter))
    assert (answer.status_code, answer.location) == (303, at_letter(letter, "/standing"))


def test_a_letter_that_was_not_sent_in_time_can_be_read_and_copied(writer: FlaskClient, place: Place, at: Stop) -> None:
    letter = a_complete_letter(place)
    at(AFTER)
    page = words(writer.get(at_letter(letter)))
    assert "Your letter was not submitted" in page
    assert "Our two middle schools became one." in page
    assert "<textarea" not in writer.get(at_letter(letter, "/sections/why-now")).text


def test_a_section_that_does_not_exist_is_no_page(writer: FlaskClient, letter: Letter) -> None:
    assert writer.get(at_letter(letter, "/sections/nowhere")).status_code == 404


def test_the_endorsement_has_a_page_of_its_own(writer: FlaskClient, letter: Letter) -> None:
    answer = writer.get(at_letter(letter, "/sections/endorsement"))
    assert (answer.status_code, answer.location) == (303, at_letter(letter, "/endorsement"))


def test_the_district_is_shown_what_public_data_says_with_source_and_year(writer: FlaskClient, letter: Letter) -> None:
    assert "Students 2900 NCES, 2024-25" in words(writer.get(at_letter(letter, "/sections/your-district")))


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
    assert answer.location.endswith("/sections/your-team#q7-field")
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


def test_the_check_page_shows_every_answer_and_what_is_missing(writer: FlaskClient, place: Place) -> None:
    letter = a_letter(place)
    save_answer(letter, place.questions()["q3"], ANSWERS["q3"], by=place.lead)
    answer = writer.get(at_letter(letter, "/check"))
    assert "Our two middle schools became one." in words(answer)
    assert f'<a href="{at_letter(letter, "/sections/time#q9")}">Answer “On how many days?”.</a>' in answer.text
    assert "Submit the letter" not in answer.text


def test_submitting_leads_to_a_receipt_that_says_what_the_database_holds(writer: FlaskClient, place: Place) -> None:
    letter = a_signed_letter(place)
    assert "Submit the letter" in writer.get(at_letter(letter, "/check")).text
    answer = writer.post(at_letter(letter, "/submission"))
    assert (answer.status_code, answer.location) == (303, at_letter(letter, "/receipt"))
    page, sent = words(writer.get(answer.location)), db.session.query(Submission).one()
    assert f"Reference {sent.reference}" in page
    assert "Submitted Tue, Oct 20, 2026, 9:00 AM ET" in page
    assert f"Fingerprint {sent.content_hash[:16]}" in page


def test_pressing_submit_twice_gives_the_same_receipt(writer: FlaskClient, place: Place) -> None:
    letter = a_signed_letter(place)
    answers = [writer.post(at_letter(letter, "/submission")) for _ in range(2)]
    assert {answer.location for answer in answers} == {at_letter(letter, "/receipt")}
    assert db.session.query(Submission).count() == 1


def test_the_server_refuses_a_letter_that_is_not_ready(writer: FlaskClient, letter: Letter) -> None:
    writer.post(at_letter(letter, "/submission"))
    assert (letter.status, db.session.query(Submission).count()) == ("draft", 0)


def test_there_is_no_receipt_before_submission(writer: FlaskClient, letter: Letter) -> None:
    assert writer.get(at_letter(letter, "/receipt")).status_code == 404


def test_the_whole_letter_reads_as_a_letter_and_stays_as_it_was_sent(writer: FlaskClient, place: Place) -> None:
    letter = a_signed_letter(place)
    sent = submit(letter, by=place.lead)
    page = words(writer.get(at_letter(letter, "/whole")))
    assert sent.reference in page
    assert "Name a team of about twelve educators." in page
    assert "Superintendent signed October 20, 2026" in page


def test_staff_waive_a_rule_of_the_roster(app: Flask, client: FlaskClient, place: Place, letter: Letter) -> None:
    staff = enter(client, a_staff_member(place.community))
    typed = {"rule": "r1", "reason": "Its head of school counts."}
    assert staff.post(f"/eclc/staff/letters/{letter.id}/waivers", data=typed).status_code == 303
    assert [waiver.rule_code for waiver in letter.waivers] == ["r1"]


@pytest.mark.parametrize(
    "typed", [{}, {"rule": "r1"}, {"rule": "r9", "reason": "x"}, {"rule": "r1", "reason": "x" * 1001}]
)
def test_a_waiver_that_lacks_something_is_refused(
    client: FlaskClient, place: Place, letter: Letter, typed: dict[str, str]
) -> None:
    enter(client, a_staff_member(place.community)).post(f"/eclc/staff/letters/{letter.id}/waivers", data=typed)
    assert letter.waivers == []


def test_only_staff_waive(writer: FlaskClient, letter: Letter) -> None:
    answer = writer.post(f"/eclc/staff/letters/{letter.id}/waivers", data={"rule": "r1", "reason": "x"})
    assert (answer.status_code, letter.waivers) == (403, [])


def at_letter(letter: Letter, path: str = "") -> str:
    return f"/eclc/letters/{letter.id}{path}"


def send(client: FlaskClient, place: Place, slug: str, **typed: Any) -> TestResponse:
    """Send a section's form as a browser does: every question of it with its base."""
    letter = a_letter(place)
    section = next(one for one in letter.round.sections if one.slug == slug)
    bases = {f"{one.code}-base": base(letter, one) for one in section.questions}
    return client.post(at_letter(letter, f"/sections/{slug}"), data={**bases, **typed})


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


def line(row: RosterRow, **typed: str) -> dict[str, str]:
    fields = {**row_values(row), **typed}
    base = base_of(row.version, row_values(row))
    return {f"row-{row.id}-base": base, **{f"row-{row.id}-{name}": text for name, text in fields.items()}}


def clash(client: FlaskClient, place: Place) -> TestResponse:
    """Both typed into q10, the other one was quicker; q9 is mine alone."""
    letter, question = a_letter(place), place.questions()["q10"]
    began = base(letter, question)
    save_answer(letter, question, "Theirs.", began, by=place.other)
    return send(client, place, "time", q9="4", q10="Mine.", **{"q10-base": began})


def values(place: Place) -> dict[str, Any]:
    db.session.rollback()
    codes = {question.id: code for code, question in place.questions().items()}
    return {codes[row.question_id]: row.value for row in db.session.query(Answer).order_by(Answer.question_id)}


def team() -> list[RosterRow]:
    db.session.rollback()
    return db.session.query(RosterRow).order_by(RosterRow.position).all()


def words(answer: TestResponse) -> str:
    main = answer.text.partition("<body>")[2] or answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", main).split()).replace(" .", ".").replace(" ,", ",")


def summary(answer: TestResponse) -> list[tuple[str, str]]:
    box = re.search(r'<div class="errors.*?</div>', answer.text, re.DOTALL)
    return re.findall(r'<a href="#([^"]+)">([^<]+)</a>', box.group()) if box else []


def hidden(html: str) -> str:
    found = re.search(r'name="q10-base" value="([^"]+)"', html)
    assert found
    return found.group(1)


def button(html: str, label: str) -> str:
    found = re.search(rf'name="keep" value="([^"]+)"[^>]*>{label}<', html)
    assert found
    return found.group(1)
