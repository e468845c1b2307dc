"""The pages of a letter through its life: its own dates everywhere, what came back, what stays as it was sent."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.core.tokens import token_of
from portal.letters.extending import extend
from portal.letters.jobs import note_unsent_letters
from portal.letters.models import Letter
from portal.letters.operations import save_answer
from portal.letters.returning import return_sections
from tests.house.html import faults_of
from tests.letters.builders import AFTER, LATE, OPEN, Place, a_complete_letter, a_signed_letter, an_asked_letter, base
from tests.letters.lives import LATER, a_reopened_letter, a_returned_letter, a_sent_letter, staff_of, wanted
from tests.letters.pages import Stop, at_letter, values, words

Count = Callable[[], AbstractContextManager[list[str]]]
WRITTEN = ["", "/sections/time", "/check", "/endorsement"]
CLOSING = "Letters close Fri, Oct 30, 2026, 5:00 PM ET · in 10 days"
GRACE = "Yours still arrives until Fri, Oct 30, 2026, 6:00 PM ET, and is marked late"
MORE = "Your district has time until Fri, Nov 20, 2026, 5:00 PM ET"
AGAIN = "Submit it again by Tue, Dec 1, 2026, 5:00 PM ET"


def told(client: FlaskClient, letter: Letter, path: str = "") -> str:
    return words(client.get(at_letter(letter, path))).replace("\u00a0", " ")


@pytest.mark.parametrize("path", WRITTEN)
@pytest.mark.parametrize(("moment", "time"), [(OPEN, CLOSING), (LATE, GRACE)])
def test_every_page_says_until_when_letters_are_taken(
    writer: FlaskClient, place: Place, at: Stop, path: str, moment: str, time: str
) -> None:
    letter = a_complete_letter(place)
    at(moment)
    assert time in told(writer, letter, path)


@pytest.mark.parametrize("path", WRITTEN)
@pytest.mark.parametrize("moment", [OPEN, LATE, AFTER])
def test_a_district_with_more_time_reads_its_own_date_everywhere(
    writer: FlaskClient, place: Place, at: Stop, path: str, moment: str
) -> None:
    letter = a_complete_letter(place)
    extend(place.round, place.district, LATER, "Snow.", by=staff_of(place))
    at(moment)
    page = told(writer, letter, path)
    assert [MORE in page, "Oct 30" in page, "marked late" in page] == [True, False, False]


def test_whoever_is_asked_to_sign_reads_the_district_s_own_date(client: FlaskClient, place: Place, at: Stop) -> None:
    endorsement = an_asked_letter(place)
    extend(place.round, place.district, LATER, "Snow.", by=staff_of(place))
    at(AFTER)
    page = words(client.get(f"/eclc/endorsements/{token_of(endorsement, 'endorsement')}")).replace("\u00a0", " ")
    assert "Sign by Fri, Nov 20, 2026, 5:00 PM ET" in page


def test_more_time_opens_the_pages_of_a_letter_that_was_not_submitted(
    writer: FlaskClient, place: Place, at: Stop
) -> None:
    letter = a_complete_letter(place)
    at(AFTER)
    note_unsent_letters()
    assert "Your letter was not submitted" in told(writer, letter)
    extend(place.round, place.district, LATER, "Snow.", by=staff_of(place))
    assert "Your interest letter" in told(writer, letter)
    assert "<textarea" in writer.get(at_letter(letter, "/sections/time")).text


def test_a_letter_opened_again_says_which_version_counts(writer: FlaskClient, place: Place) -> None:
    letter = a_reopened_letter(place)
    page = told(writer, letter)
    assert "Version 1 counts until you submit the letter again." in page
    assert "If you have not submitted again by then, version 1 stands." in page
    assert "as version 2, which then counts" in told(writer, letter, "/check")


def test_a_first_letter_speaks_of_no_version(writer: FlaskClient, place: Place) -> None:
    letter = a_signed_letter(place)
    assert "ersion" not in told(writer, letter) + told(writer, letter, "/check")


@pytest.fixture
def returned(place: Place, at: Stop) -> Letter:
    letter = a_sent_letter(place)
    at("2026-11-09 10:00")
    return_sections(letter, wanted(), by=staff_of(place))
    return letter


def test_what_came_back_is_named_with_its_message_date_and_first_step(writer: FlaskClient, returned: Letter) -> None:
    page = told(writer, returned)
    assert [sentence in page for sentence in (AGAIN, "sent back: Time and conditions", "Say how many days.")] == [
        True
    ] * 3
    assert "Continue to Time and conditions" in page
    assert page.count("Stays as sent") == 3


@pytest.mark.parametrize("slug", ["your-district", "why-now", "your-team"])
def test_what_did_not_come_back_is_read_and_says_why_it_is_locked(
    writer: FlaskClient, returned: Letter, slug: str
) -> None:
    page = writer.get(at_letter(returned, f"/sections/{slug}"))
    assert ['name="q' in page.text, 'name="row-' in page.text] == [False, False]
    assert "Only what was sent back can be changed now: Time and conditions. This section stays as you sent it." in (
        words(page)
    )


def test_only_what_came_back_has_a_way_to_be_changed_on_the_check_page(writer: FlaskClient, returned: Letter) -> None:
    page = writer.get(at_letter(returned, "/check")).text
    assert ["/sections/time#q9" in page, "/sections/why-now#q3" in page] == [True, False]


def test_a_form_for_what_stays_is_refused_and_its_text_handed_back(
    writer: FlaskClient, place: Place, returned: Letter
) -> None:
    question = place.questions()["q3"]
    typed = {"q3": "A better reason than before.", "q3-base": base(returned, question)}
    answer = writer.post(at_letter(returned, "/sections/why-now"), data=typed)
    assert (answer.status_code, "A better reason than before." in answer.text) == (409, True)
    assert values(place)["q3"] == "Our two middle schools became one."


def test_a_changed_letter_leads_to_its_signature_and_then_to_submitting(
    writer: FlaskClient, place: Place, returned: Letter
) -> None:
    question = place.questions()["q9"]
    save_answer(returned, question, 6, base(returned, question), by=place.lead)
    assert "Continue to Endorsement" in told(writer, returned)
    assert "The answers changed since it was signed. Have it signed again." in told(writer, returned, "/endorsement")


@pytest.mark.parametrize("build", [a_reopened_letter, a_returned_letter])
@pytest.mark.parametrize("path", [*WRITTEN, "/sections/why-now", "/whole"])
def test_every_page_is_sound_and_asks_little(
    writer: FlaskClient, place: Place, count_queries: Count, tmp_path: Path, build: Callable[[Place], Letter], path: str
) -> None:
    letter = build(place)
    extend(place.round, place.district, LATER.replace(month=12), "Snow.", by=staff_of(place))
    address = at_letter(letter, path)
    with count_queries() as statements:
        page = writer.get(address).text
    assert (faults_of({path: page}, tmp_path), len(statements) <= 9) == ([], True)
