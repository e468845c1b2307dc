"""The doors of a letter that was sent: opening it again, withdrawing it, undoing that; and the page where it stands."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.core.db import db
from portal.letters.extending import extend
from portal.letters.jobs import note_unsent_letters, print_submissions
from portal.letters.models import Letter
from portal.letters.operations import submit
from portal.letters.reopening import reopen
from portal.letters.withdrawing import withdraw
from portal.reviews.operations import prepare_decision
from portal.rounds.models import Extension
from tests.cohorts.builders import decided, everything
from tests.conftest import moment_of
from tests.districts.builders import a_district, a_person
from tests.house.html import faults_of
from tests.letters.builders import AFTER, LATE, Place, a_complete_letter, a_lead, a_letter, enter
from tests.letters.conftest import place, writer
from tests.letters.lives import LATER, a_returned_letter, a_sent_letter, staff_of, verbs
from tests.letters.pages import Stop, at_letter, words

Count = Callable[[], AbstractContextManager[list[str]]]
STANDING, BACK = "/standing", "/withdrawal/undoing"
__all__ = ["place", "writer"]


@pytest.fixture
def sent(place: Place) -> Letter:
    return a_sent_letter(place)


def test_a_lead_opens_the_letter_again_and_goes_on_writing(writer: FlaskClient, sent: Letter) -> None:
    assert "Open the letter again" in writer.get(at_letter(sent, STANDING)).text
    answer = writer.post(at_letter(sent, "/reopening"))
    assert (answer.status_code, answer.location, sent.status) == (303, at_letter(sent), "draft")
    page = words(writer.get(at_letter(sent, STANDING)))
    assert "Your letter is open for changes" in page
    assert "What you sent counts until you submit the letter again." in page


def test_a_lead_withdraws_with_a_reason_and_undoes_it(writer: FlaskClient, sent: Letter) -> None:
    assert "You can undo this until" in words(writer.get(at_letter(sent, "/withdrawal")))
    answer = writer.post(at_letter(sent, "/withdrawal"), data={"reason": "A new building."})
    assert (answer.status_code, answer.location, sent.status) == (303, at_letter(sent, STANDING), "withdrawn")
    page = words(writer.get(at_letter(sent, STANDING)))
    assert ["Your letter was withdrawn" in page, "Undo the withdrawal" in page] == [True, True]
    assert writer.post(at_letter(sent, BACK)).location == at_letter(sent, STANDING)
    page = words(writer.get(at_letter(sent, STANDING)))
    assert (sent.status, "Your letter has arrived" in page, "The withdrawal was undone" in page) == (
        "submitted", True, True,
    )  # fmt: skip


def test_a_reason_that_is_too_long_comes_back_as_typed(writer: FlaskClient, sent: Letter) -> None:
    answer = writer.post(at_letter(sent, "/withdrawal"), data={"reason": "x" * 1001})
    assert (answer.status_code, "x" * 1001 in answer.text, sent.status) == (422, True, "submitted")


def test_a_refused_withdrawal_gives_the_reason_back(writer: FlaskClient, sent: Letter, at: Stop) -> None:
    at(AFTER)
    answer = writer.post(at_letter(sent, "/withdrawal"), data={"reason": "A new building."})
    assert (answer.status_code, "The time to withdraw a letter is over." in answer.text) == (409, True)
    assert ("A new building." in answer.text, sent.status) == (True, "submitted")


def test_what_cannot_be_done_has_no_button_and_no_page(writer: FlaskClient, sent: Letter, at: Stop) -> None:
    at(AFTER)
    page = writer.get(at_letter(sent, STANDING)).text
    assert ["/reopening" in page, "/withdrawal" in page] == [False, False]
    assert writer.get(at_letter(sent, "/withdrawal")).location == at_letter(sent, STANDING)


def test_after_a_decision_went_out_nothing_of_it_is_offered(
    writer: FlaskClient, place: Place, sent: Letter, at: Stop
) -> None:
    extend(place.round, place.district, LATER, "Snow.", by=staff_of(place))
    at(AFTER)
    prepare_decision(sent, "decline", "", staff_of(place))
    assert "/reopening" in writer.get(at_letter(sent, STANDING)).text
    decided(sent, "decline", staff_of(place))
    page = writer.get(at_letter(sent, STANDING)).text
    assert ["/reopening" in page, "/withdrawal" in page] == [False, False]
    before = everything()
    for path in ("/reopening", "/withdrawal", BACK):
        writer.post(at_letter(sent, path))
    assert (sent.status, everything()) == ("submitted", before)


def test_a_stranger_finds_no_door(client: FlaskClient, place: Place, sent: Letter) -> None:
    falls = a_district("Example Falls")
    for who in (a_person(), a_lead(place.community, falls, "Superintendent of Falls"), staff_of(place)):
        enter(client, who)
        codes = [client.post(at_letter(sent, path)).status_code for path in ("/reopening", "/withdrawal", BACK)]
        assert [*codes, client.get(at_letter(sent, "/withdrawal")).status_code] == [404] * 4
    assert verbs(sent) == ["submit"]


def test_in_the_grace_minutes_the_page_says_that_it_is_late(writer: FlaskClient, place: Place, at: Stop) -> None:
    letter = a_letter(place)
    at(LATE)
    page = words(writer.get(at_letter(letter, STANDING)))
    assert "Yours still arrives until Fri, Oct 30, 2026, 6:00 PM ET, and is marked late" in page.replace("\u00a0", " ")


def test_before_closing_every_line_of_the_page_tells_the_same_hour(writer: FlaskClient, place: Place) -> None:
    sent = words(writer.get(at_letter(a_sent_letter(place), STANDING))).replace("\u00a0", " ")
    assert "submit it again until Fri, Oct 30, 2026, 5:00 PM ET" in sent
    writer.post(at_letter(a_letter(place), "/reopening"))
    again = words(writer.get(at_letter(a_letter(place), STANDING))).replace("\u00a0", " ")
    assert "Your district, until Fri, Oct 30, 2026, 5:00 PM ET" in again
    assert "6:00 PM" not in sent.partition("withdraw the letter until")[0] + again.partition("withdraw the letter")[0]


def test_more_time_is_on_the_page_with_its_own_end(writer: FlaskClient, place: Place, at: Stop) -> None:
    letter = a_letter(place)
    extend(place.round, place.district, LATER, "Snow.", by=staff_of(place))
    at(AFTER)
    page = words(writer.get(at_letter(letter, STANDING))).replace("\u00a0", " ")
    assert "Your district got more time, until Fri, Nov 20, 2026, 5:00 PM ET" in page
    assert "Your district, until Fri, Nov 20, 2026, 5:00 PM ET" in page
    assert "Your district has time until Fri, Nov 20, 2026, 5:00 PM ET · in 21 days" in page
    assert "marked late" not in page


def test_what_came_back_is_shown_with_its_message(writer: FlaskClient, place: Place, at: Stop) -> None:
    letter = a_returned_letter(place)
    page = words(writer.get(at_letter(letter, STANDING)))
    assert "Your letter came back for changes" in page
    assert "Say how many days." in page
    assert "Some of it came back for changes: Time and conditions" in page


def test_between_the_end_and_the_worker_a_reopened_letter_stands_already(
    writer: FlaskClient, sent: Letter, place: Place, at: Stop
) -> None:
    reopen(sent, by=place.lead)
    at(AFTER)
    before = words(writer.get(at_letter(sent, STANDING)))
    note_unsent_letters()
    after = words(writer.get(at_letter(sent, STANDING)))
    assert ["Your letter is being read" in page for page in (before, after)] == [True, True]
    assert "The time for changes ended: version 1 stands" in after


def test_the_pdf_is_offered_once_it_is_there(writer: FlaskClient, sent: Letter) -> None:
    assert "Save as PDF" not in writer.get(at_letter(sent, STANDING)).text
    print_submissions()
    assert f'href="{at_letter(sent, "/versions/1.pdf")}"' in writer.get(at_letter(sent, STANDING)).text


def test_much_that_happened_is_folded(writer: FlaskClient, place: Place, sent: Letter, at: Stop) -> None:
    for hour in range(10, 14):
        at(f"2026-10-21 {hour}:00")
        reopen(sent, by=place.lead)
        submit(sent, by=place.lead)
    page = writer.get(at_letter(sent, STANDING)).text
    assert "What happened before: 5\u00a0steps" in page
    assert page.count("The letter was submitted as version") == 4


@pytest.mark.parametrize("build", [a_complete_letter, a_sent_letter, a_returned_letter])
def test_the_page_opens_with_few_queries_and_is_sound(
    writer: FlaskClient, place: Place, count_queries: Count, tmp_path: Path, build: Callable[[Place], Letter]
) -> None:
    letter = build(place)
    extend(place.round, place.district, moment_of("2026-12-20 17:00"), "Snow.", by=staff_of(place))
    address = at_letter(letter, STANDING)
    with count_queries() as statements:
        page = writer.get(address).text
    assert (faults_of({"standing": page}, tmp_path), len(statements) <= 8) == ([], True)


def test_the_page_before_a_withdrawal_is_sound(writer: FlaskClient, sent: Letter, tmp_path: Path) -> None:
    pages = {"withdrawal": writer.get(at_letter(sent, "/withdrawal")).text}
    withdraw(sent, by=None)
    assert faults_of(pages | {"withdrawn": writer.get(at_letter(sent, STANDING)).text}, tmp_path) == []


def test_an_extension_of_another_district_is_not_told(writer: FlaskClient, place: Place) -> None:
    letter, falls = a_letter(place), a_district("Example Falls")
    extend(place.round, falls, LATER, "Snow.", by=staff_of(place))
    assert db.session.query(Extension).count() == 1
    assert "more time" not in writer.get(at_letter(letter, STANDING)).text
