"""What a district sent: every version to read, to take away and to compare, for those who write the letter alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.core import pdf
from portal.core.db import db
from portal.letters.jobs import print_submissions
from portal.letters.models import Letter, Submission
from portal.letters.operations import save_answer, submit
from portal.letters.printing import PRINT_TRIES
from portal.letters.reopening import reopen
from portal.letters.withdrawing import withdraw
from tests.districts.builders import a_district, a_person
from tests.house.html import faults_of
from tests.letters.builders import Place, a_lead, a_letter, base, enter
from tests.letters.lives import a_sent_letter, staff_of
from tests.letters.pages import at_letter, words

Count = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def sent(place: Place) -> Letter:
    return a_sent_letter(place)


@pytest.fixture
def twice(place: Place, sent: Letter) -> Letter:
    """Sent, opened again and sent once more."""
    reopen(sent, by=place.lead)
    submit(sent, by=place.other)
    return sent


def test_the_list_says_when_and_by_whom_each_version_was_sent(writer: FlaskClient, twice: Letter) -> None:
    page = words(writer.get(at_letter(twice, "/versions")))
    reference = f"EH-2026-{twice.id:04d}"
    assert "Version 2 Counts Tue, Oct 20, 2026, 9:00 AM ET Principal, grades 6–8" in page.replace("\u00a0", " ")
    assert [reference in page, f"{reference}-2" in page] == [True, True]
    assert "Nothing differs between version 1 and version 2" in page


def test_what_is_being_written_is_compared_with_what_was_sent(writer: FlaskClient, place: Place, sent: Letter) -> None:
    reopen(sent, by=place.lead)
    question = place.questions()["q10"]
    save_answer(sent, question, "August is covered by days we pay.", base(sent, question), by=place.lead)
    page = writer.get(at_letter(sent, "/versions")).text
    assert '<del><span class="vh">taken out: </span>contract days.<span class="vh"> (end of what was taken out)' in page
    assert (
        '<ins><span class="vh">added: </span>days we pay.<span class="vh"> (end of what was added)</span></ins>' in page
    )
    assert "Why now?" not in page.partition('id="changes"')[2]


def test_any_two_are_compared(writer: FlaskClient, twice: Letter, place: Place) -> None:
    third = db.session.query(Submission).filter_by(letter_id=twice.id, number=2).one()
    third.content = {**third.content, "commitments": []}
    db.session.commit()
    page = writer.get(at_letter(twice, "/versions?from=2&to=1")).text
    assert "Version 1 against version 2" in words(writer.get(at_letter(twice, "/versions?from=2&to=1")))
    assert "Name a team of about twelve educators." in page.partition('id="changes"')[2]


@pytest.mark.parametrize("query", ["from=9&to=8", "from=x&to=", "from=-1&to=99999999999999999999", "from=2&to=2"])
def test_versions_that_do_not_exist_are_not_asked_for(writer: FlaskClient, twice: Letter, query: str) -> None:
    assert writer.get(at_letter(twice, f"/versions?{query}")).status_code == 200


def test_each_version_is_read_as_it_was_sent(writer: FlaskClient, twice: Letter) -> None:
    page = words(writer.get(at_letter(twice, "/versions/1")))
    assert f"EH-2026-{twice.id:04d} " in page
    assert f"EH-2026-{twice.id:04d}-2" not in page
    assert writer.get(at_letter(twice, "/versions/3")).status_code == 404


def test_a_letter_that_was_never_sent_has_no_versions(writer: FlaskClient, place: Place) -> None:
    letter = a_letter(place)
    paths = ("/versions", "/versions/1", "/versions/1.pdf", "/receipt")
    assert [writer.get(at_letter(letter, path)).status_code for path in paths] == [404] * 4


def test_the_receipt_says_how_the_pdf_stands_and_always_offers_print(writer: FlaskClient, sent: Letter) -> None:
    page = writer.get(at_letter(sent, "/receipt")).text
    assert ["The PDF is being made" in page, 'hx-trigger="load delay:4s"' in page] == [True, True]
    assert 'hx-trigger="every 30s"' in writer.get(at_letter(sent, "/receipt?again=1")).text
    print_submissions()
    page = writer.get(at_letter(sent, "/receipt")).text
    assert [f'href="{at_letter(sent, "/versions/1.pdf")}"' in page, "hx-trigger" in page] == [True, False]
    assert f'href="{at_letter(sent, "/versions/1")}"' in page


def test_a_pdf_that_could_not_be_made_says_so(writer: FlaskClient, sent: Letter) -> None:
    sent.submissions[0].pdf_tries = PRINT_TRIES
    db.session.commit()
    page = words(writer.get(at_letter(sent, "/receipt")))
    assert "The PDF of this letter could not be made. Print it instead" in page


def test_where_no_pdf_is_made_the_receipt_says_so(
    writer: FlaskClient, sent: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "LIBRARIES", ("no-such-library",))
    pdf.is_available.cache_clear()
    try:
        assert print_submissions() == 0
        assert "PDFs are not made here. Print the letter" in words(writer.get(at_letter(sent, "/receipt")))
    finally:
        pdf.is_available.cache_clear()


def test_the_pdf_is_saved_and_never_shown_inside_the_portal(writer: FlaskClient, sent: Letter) -> None:
    address = at_letter(sent, "/versions/1.pdf")
    assert writer.get(address).status_code == 404
    print_submissions()
    answer = writer.get(address)
    assert (answer.status_code, answer.mimetype, answer.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert (answer.headers["X-Content-Type-Options"], answer.headers["Cache-Control"]) == ("nosniff", "no-store")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert writer.head(address).status_code == 200


@pytest.mark.parametrize("path", ["/versions", "/versions/1", "/versions/1.pdf"])
def test_nobody_else_gets_at_a_version(client: FlaskClient, place: Place, sent: Letter, path: str) -> None:
    print_submissions()
    falls = a_lead(place.community, a_district("Example Falls"), "Superintendent of Falls")
    for who in (a_person(), falls, staff_of(place)):
        assert enter(client, who).get(at_letter(sent, path)).status_code == 404


def test_after_signing_out_the_address_leads_to_the_sign_in(writer: FlaskClient, sent: Letter) -> None:
    print_submissions()
    writer.post("/sign-out")
    assert writer.get(at_letter(sent, "/versions/1.pdf")).location.startswith("/sign-in?")


def test_the_district_keeps_what_it_withdrew(writer: FlaskClient, place: Place, sent: Letter) -> None:
    print_submissions()
    withdraw(sent, by=place.lead)
    assert writer.get(at_letter(sent, "/versions/1.pdf")).status_code == 200
    page = words(writer.get(at_letter(sent, "/receipt")))
    assert "Withdrawn. Nobody reads it any more" in page
    assert "Counts" not in words(writer.get(at_letter(sent, "/versions")))


def test_the_pages_are_sound_and_ask_little(
    writer: FlaskClient, twice: Letter, place: Place, count_queries: Count, tmp_path: Path
) -> None:
    reopen(twice, by=place.lead)
    asked = []
    for path in ("/versions", "/versions?from=1&to=2", "/versions/1", "/receipt"):
        with count_queries() as statements:
            page = writer.get(at_letter(twice, path)).text
        asked.append(len(statements))
        assert faults_of({path: page}, tmp_path) == []
    assert max(asked) <= 11
