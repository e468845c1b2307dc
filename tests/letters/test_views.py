"""The pages on which a district writes: task list, check, submission, receipt, and who may see them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.core.db import db
from portal.letters.models import Letter, Submission
from portal.letters.operations import add_roster_row, save_answer, submit
from tests.districts.builders import a_person
from tests.house.html import faults_of
from tests.letters.builders import AFTER, ANSWERS, Place, a_complete_letter, a_letter, a_signed_letter, enter
from tests.letters.pages import Stop, at_letter, words

Count = Callable[[], AbstractContextManager[list[str]]]
PAGES = ["", "/sections/your-district", "/sections/why-now", "/sections/your-team", "/sections/time", "/endorsement",
         "/check", "/whole"]  # fmt: skip


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
    assert "Students 2,900 NCES, 2024-25" in words(writer.get(at_letter(letter, "/sections/your-district")))


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
