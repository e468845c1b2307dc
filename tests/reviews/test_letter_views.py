"""One letter for those who read it: while it is being changed, what changed, what comes back, who may not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.core.audit import Audit
from portal.core.db import db
from portal.districts.operations import affiliate
from portal.letters.jobs import note_unsent_letters
from portal.letters.models import Letter, Return
from portal.letters.operations import save_answer, submit
from portal.letters.reopening import reopen
from portal.letters.withdrawing import withdraw
from portal.reviews.moving import return_sections
from tests.cohorts.builders import decided, everything
from tests.house.html import faults_of
from tests.letters.builders import AFTER, Place, base
from tests.letters.lives import DUE, a_returned_letter, staff_of, wanted
from tests.letters.pages import Stop, words

Count = Callable[[], AbstractContextManager[list[str]]]
LIST = "/eclc/staff/letters"
TYPED = {"sections": ["time"], "message": "Say how many days.", "day": "2026-12-01", "time": "17:00"}


def at_letter(letter: Letter, path: str = "") -> str:
    return f"{LIST}/{letter.id}{path}"


def told(answer: object) -> str:
    return words(answer).replace("\u00a0", " ").replace(" :", ":")  # type: ignore[arg-type]


def test_a_letter_that_is_open_again_is_read_as_it_was_sent(
    staff: FlaskClient, reader: FlaskClient, place: Place, given: Letter
) -> None:
    reopen(given, by=place.lead)
    question = place.questions()["q3"]
    save_answer(given, question, "A secret of the new draft.", base(given, question), by=place.lead)
    for client in (staff, reader):
        page = told(client.get(at_letter(given)))
        assert "The district opened its letter again, until Fri, Oct 30, 2026, 5:00 PM ET." in page
        assert "Our two middle schools became one." in page
        assert "A secret of the new draft." not in page + client.get(at_letter(given, "/versions")).text
    assert ["Open again" in client.get(LIST).text for client in (staff, reader)] == [True, True]


def test_a_returned_letter_says_what_came_back_and_until_when(staff: FlaskClient, place: Place) -> None:
    letter = a_returned_letter(place)
    page = told(staff.get(at_letter(letter)))
    assert "Returned for changes until Tue, Dec 1, 2026, 5:00 PM ET: Time and conditions." in page
    assert "Returned" in staff.get(LIST).text


def test_a_withdrawn_letter_is_not_read_any_more(
    staff: FlaskClient, reader: FlaskClient, place: Place, given: Letter
) -> None:
    withdraw(given, by=place.lead)
    page = words(staff.get(at_letter(given)))
    assert ["The district withdrew its letter" in page, "Our two middle schools" in page] == [True, False]
    paths = ("", "/versions", ".pdf", "/return")
    assert [reader.get(at_letter(given, path)).status_code for path in paths] == [404, 404, 404, 403]
    assert [staff.get(at_letter(given, path)).status_code for path in paths] == [200, 404, 404, 303]


def test_what_changed_since_the_version_before_is_marked_for_readers(
    staff: FlaskClient, reader: FlaskClient, place: Place, given: Letter
) -> None:
    assert "What changed since" not in reader.get(at_letter(given)).text
    reopen(given, by=place.lead)
    submit(given, by=place.lead)
    second = given.submissions[-1]
    second.content = {**second.content, "commitments": [{"code": "c1", "text": "Name a team of ten."}]}
    db.session.commit()
    for client in (staff, reader):
        assert "What changed since version 1" in client.get(at_letter(given)).text
        page = client.get(at_letter(given, "/versions?from=1&to=2"))
        assert "added: </span>Name a team of ten." in page.text
        assert "Version 2 against version 1" in words(page)
    notes = [row.note for row in db.session.query(Audit).filter_by(action="read letter").order_by(Audit.id)]
    assert notes.count("versions 1 and 2") == 2


def test_staff_return_sections_with_a_message_and_a_date(staff: FlaskClient, sent: Letter, at: Stop) -> None:
    at("2026-11-09 10:00")
    assert f'href="{at_letter(sent, "/return")}"' in staff.get(at_letter(sent)).text
    answer = staff.post(at_letter(sent, "/return"), data=TYPED)
    assert (answer.status_code, answer.location, sent.status) == (303, at_letter(sent), "returned")
    made = db.session.query(Return).one()
    assert (made.sections, made.message, made.due_at.isoformat()) == (
        ["time"], "Say how many days.", "2026-12-01T22:00:00+00:00",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"sections": []}, 422), ({"sections": ["nowhere"]}, 422), ({"message": ""}, 422), ({"day": ""}, 422),
        ({"day": "9999-12-31"}, 422), ({"time": "25:00"}, 422), ({"message": "x" * 4001}, 422),
        ({"day": "2026-10-01"}, 409), ({"day": "2027-03-14", "time": "02:30"}, 409),
    ],
)  # fmt: skip
def test_a_return_that_lacks_something_comes_back_as_typed(
    staff: FlaskClient, sent: Letter, changed: dict[str, str], status: int
) -> None:
    typed = {**TYPED, "message": "Please say more.", **changed}
    before = everything()
    answer = staff.post(at_letter(sent, "/return"), data=typed)
    assert (answer.status_code, str(typed["message"]) in answer.text) == (status, True)
    assert (sent.status, everything()) == ("submitted", before)


def test_after_a_decision_nothing_is_returned(staff: FlaskClient, place: Place, sent: Letter, at: Stop) -> None:
    at(AFTER)
    decided(sent, "decline", staff_of(place))
    page = staff.get(at_letter(sent)).text
    assert ["/return" in page, "Give more time" in page] == [False, False]
    assert staff.get(at_letter(sent, "/return")).location == at_letter(sent)
    answer = staff.post(at_letter(sent, "/return"), data={**TYPED, "day": "2026-12-20"})
    assert (answer.status_code, "The decision about this letter was sent" in answer.text) == (409, True)


def test_who_belongs_to_the_district_has_no_door(staff: FlaskClient, place: Place, sent: Letter) -> None:
    affiliate(staff_of(place), place.community.id, place.district, "principal", date(2024, 7, 1), None)
    before = everything()
    codes = [staff.get(at_letter(sent, path)).status_code for path in ("", "/versions", "/return", "/timeline")]
    codes += [staff.post(at_letter(sent, path), data=TYPED).status_code for path in ("/return", "/waivers")]
    assert (codes, everything()) == ([404] * 6, before)


def test_a_reviewer_returns_nothing(reader: FlaskClient, given: Letter) -> None:
    assert "/return" not in reader.get(at_letter(given)).text
    codes = [reader.post(at_letter(given, path), data=TYPED).status_code for path in ("/return", "/waivers")]
    assert (codes, given.status) == ([403, 403], "submitted")


def test_after_its_date_the_version_before_stands_for_readers_too(
    reader: FlaskClient, place: Place, given: Letter, at: Stop
) -> None:
    return_sections(given, wanted(), by=staff_of(place))
    at(f"{DUE}:01")
    pages = [words(reader.get(at_letter(given)))]
    note_unsent_letters()
    pages.append(words(reader.get(at_letter(given))))
    assert ["Returned for changes" in page for page in pages] == [False, False]


def test_a_decision_prepared_before_stays_in_sight_while_the_letter_is_with_its_district(
    staff: FlaskClient, place: Place, sent: Letter, at: Stop
) -> None:
    at("2026-11-09 10:00")
    return_sections(sent, wanted(), by=staff_of(place))
    page = words(staff.get(at_letter(sent, "/decision")))
    assert "It can be decided when it is back." in page


@pytest.mark.parametrize("path", ["", "/versions", "/return", "/timeline"])
def test_the_pages_are_sound(staff: FlaskClient, place: Place, sent: Letter, path: str, tmp_path: Path) -> None:
    reopen(sent, by=place.lead)
    submit(sent, by=place.lead)
    assert faults_of({path: staff.get(at_letter(sent, path)).text}, tmp_path) == []
