"""The register of exceptions, and more time by staff: who, when, why; nothing of a district of one's own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.core.audit import Audit
from portal.core.db import db, transaction
from portal.districts.models import District
from portal.districts.operations import affiliate
from portal.letters.models import Letter
from portal.letters.operations import start_letter, submit, waive_roster_rule
from portal.letters.withdrawing import withdraw
from portal.reviews.assigning import assign, tell_readers
from portal.reviews.exceptions import exceptions_of
from portal.reviews.moving import extend, return_sections
from portal.rounds.drafting import note
from portal.rounds.models import Extension
from portal.rounds.operations import close_now, invite
from portal.rounds.rules import closing_words
from tests.cohorts.builders import a_staff_member, everything
from tests.conftest import moment_of
from tests.districts.builders import a_district
from tests.house.html import faults_of
from tests.letters.builders import LATE, Place, a_letter, a_signed_letter
from tests.letters.lives import LATER, a_sent_letter, staff_of, wanted
from tests.letters.pages import Stop, words

Count = Callable[[], AbstractContextManager[list[str]]]
TYPED = {"day": "2026-11-20", "time": "17:00", "reason": "The superintendent is ill."}


@pytest.fixture
def register(place: Place) -> str:
    return f"/eclc/staff/rounds/{place.round.id}/exceptions"


@pytest.fixture
def door(place: Place) -> str:
    return f"/eclc/staff/rounds/{place.round.id}/extensions"


def a_full_round(place: Place, at: Stop) -> Letter:
    """A round in which everything went otherwise once."""
    letter, staff = a_signed_letter(place), staff_of(place)
    at("2026-10-21 10:00")
    waive_roster_rule(letter, "r1", "Its head of school counts.", by=staff)
    at("2026-10-22 10:00")
    note_change(place, "Letter of Invitation", "Letter of Invitation 2026")
    at(LATE)
    submit(letter, by=place.lead)
    at("2026-10-30 17:40")
    close_now(place.round, reason="Snow.", confirmation=closing_words(place.round), by=staff)
    at("2026-11-02 10:00")
    extend(place.round, a_writing_district(place), LATER, "The superintendent is ill.", by=staff)
    at("2026-11-09 10:00")
    return_sections(letter, wanted(), by=staff)
    return letter


def note_change(place: Place, before: str, after: str) -> None:
    with transaction():
        note(place.round, "change the letter", staff_of(place), changes={"title": [before, after]})


def a_writing_district(place: Place, name: str = "Example Falls") -> District:
    district = a_district(name)
    db.session.add(Letter(community_id=place.community.id, round_id=place.round.id, district_id=district.id,
                          started_at=place.round.opens_at))  # fmt: skip
    db.session.commit()
    return district


def test_everything_that_went_otherwise_is_listed_with_who_when_and_why(place: Place, at: Stop) -> None:
    a_full_round(place, at)
    found = exceptions_of(place.round, staff_of(place))
    assert [(one.kind, one.district, one.why, one.who) for one in found] == [
        ("Returned for changes", "Example Harbor", "Say how many days.", "Coordinator"),
        ("More time", "Example Falls", "The superintendent is ill.", "Coordinator"),
        ("Closed early", "", "Snow.", "Coordinator"),
        ("Late letter", "Example Harbor", "", "Assistant superintendent"),
        ("Changed after opening", "", "", "Coordinator"),
        ("Rule of the team waived", "Example Harbor", "Its head of school counts.", "Coordinator"),
    ]
    details = [one.detail.replace("\u00a0", " ") for one in found]
    assert details[0] == "Time and conditions, until Tue, Dec 1, 2026, 5:00 PM ET"
    assert details[1] == "Until Fri, Nov 20, 2026, 5:00 PM ET"
    assert details[3].endswith("30 minutes after closing")
    assert details[4] == "Change the letter; title: Letter of Invitation → Letter of Invitation 2026"
    assert details[5] == "At least one person from central office"


def test_more_time_for_what_was_sent_back_is_listed_with_its_reason(place: Place, at: Stop) -> None:
    letter, staff = a_sent_letter(place), staff_of(place)
    at("2026-11-09 10:00")
    return_sections(letter, wanted(), by=staff)
    at("2026-11-10 10:00")
    extend(place.round, place.district, moment_of("2026-12-08 17:00"), "Snow closed the office.", by=staff)
    more, first = exceptions_of(place.round, staff)
    assert (more.kind, more.district, more.why, more.who, more.letter_id) == (
        "More time for changes", "Example Harbor", "Snow closed the office.", "Coordinator", letter.id,
    )  # fmt: skip
    assert more.detail.replace("\u00a0", " ") == "Until Tue, Dec 8, 2026, 5:00 PM ET"
    assert first.kind == "Returned for changes"


def test_what_was_written_before_the_opening_is_no_exception(place: Place, at: Stop) -> None:
    at("2026-09-01 09:00")
    note_change(place, "a", "b")
    assert exceptions_of(place.round, staff_of(place)) == []


def test_telling_readers_is_routine_and_no_exception(place: Place, at: Stop) -> None:
    letter, staff = a_sent_letter(place), staff_of(place)
    at("2026-11-09 10:00")
    assign(letter, a_staff_member(place.community, "reviewer"), by=staff)
    assert tell_readers(place.round, by=staff) != []
    assert exceptions_of(place.round, staff) == []


def test_the_page_shows_them_and_a_round_without_any_says_what_would_come(
    staff: FlaskClient, place: Place, register: str, at: Stop
) -> None:
    assert "Nothing went otherwise so far." in words(staff.get(register))
    a_full_round(place, at)
    page = words(staff.get(register))
    assert [kind in page for kind in ("More time", "Late letter", "Closed early", "Snow.")] == [True] * 4


@pytest.mark.parametrize(("form", "start"), [("csv", b"\xef\xbb\xbfWhen,What,District"), ("xlsx", b"PK")])
def test_it_is_taken_away_as_a_table_and_that_is_on_record(
    staff: FlaskClient, place: Place, register: str, at: Stop, form: str, start: bytes
) -> None:
    a_full_round(place, at)
    answer = staff.get(f"{register}.{form}")
    assert (answer.status_code, answer.data[: len(start)]) == (200, start)
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="exceptions-round-2026.{form}"')
    [line] = db.session.query(Audit).filter_by(action="exported exceptions")
    assert line.note == f"{form}, 6 rows"


def test_a_reason_that_looks_like_a_formula_is_none(staff: FlaskClient, place: Place, register: str) -> None:
    a_letter(place)
    extend(place.round, place.district, LATER, '=HYPERLINK("http://example.org")', by=staff_of(place))
    assert "'=HYPERLINK" in staff.get(f"{register}.csv").data.decode("utf-8-sig")


def test_what_belongs_to_a_district_of_one_s_own_is_left_out(
    staff: FlaskClient, place: Place, register: str, door: str, at: Stop
) -> None:
    a_full_round(place, at)
    affiliate(staff_of(place), place.community.id, place.district, "principal", date(2024, 7, 1), None)
    page = words(staff.get(register))
    assert ["Example Harbor" in page, "Example Falls" in page] == [False, True]
    assert "Example Harbor" not in staff.get(f"{register}.csv").data.decode()
    before = everything()
    answer = staff.post(door, data={**TYPED, "district": place.district.id})
    assert (answer.status_code, everything()) == (422, before)


def test_the_register_asks_the_same_for_many_rows(
    staff: FlaskClient, place: Place, register: str, at: Stop, count_queries: Count
) -> None:
    a_full_round(place, at)
    asked = []
    for number in range(2):
        with count_queries() as statements:
            assert staff.get(register).status_code == 200
        asked.append(len(statements))
        for n in range(20 * (1 - number)):
            extend(place.round, a_writing_district(place, f"District {n}"), LATER, "Snow.", by=staff_of(place))
    assert asked[0] == asked[1]


def test_staff_give_an_invited_district_more_time_before_it_wrote_anything(
    staff: FlaskClient, place: Place, door: str
) -> None:
    falls = a_district("Example Falls")
    invite(place.round, falls, to_name="Superintendent", to_email="falls@example.org")
    assert "Example Falls" in staff.get(door).text
    answer = staff.post(door, data={**TYPED, "district": falls.id})
    assert (answer.status_code, answer.location) == (303, door.replace("extensions", "exceptions"))
    made = db.session.query(Extension).one()
    assert (made.district_id, made.until, made.reason) == (falls.id, LATER, "The superintendent is ill.")


def test_the_district_of_a_letter_is_chosen_already(staff: FlaskClient, place: Place, door: str) -> None:
    a_writing_district(place)
    a_letter(place)
    page = staff.get(f"{door}?district={place.district.id}").text
    assert f'<option selected value="{place.district.id}">' in page
    assert staff.get(f"{door}?district=999").status_code == 200


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"district": "999"}, 422), ({"district": "²"}, 422), ({"district": ""}, 422), ({"day": "soon"}, 422),
        ({"reason": ""}, 422), ({"reason": "x" * 1001}, 422), ({"day": "0001-01-01"}, 422),
        ({"day": "2026-10-20"}, 409), ({"day": "2026-10-30", "time": "18:00"}, 409),
    ],
)  # fmt: skip
def test_what_cannot_be_given_comes_back_as_typed(
    staff: FlaskClient, place: Place, door: str, changed: dict[str, str], status: int
) -> None:
    a_letter(place)
    typed = {**TYPED, "district": str(place.district.id), **changed}
    before = everything()
    answer = staff.post(door, data=typed)
    assert (answer.status_code, typed["reason"] in answer.text, everything()) == (status, True, before)


def test_a_time_that_comes_twice_is_the_later_one(staff: FlaskClient, place: Place, door: str) -> None:
    a_letter(place)
    staff.post(door, data={**TYPED, "district": place.district.id, "day": "2026-11-01", "time": "01:30"})
    assert db.session.query(Extension).one().until.isoformat() == "2026-11-01T06:30:00+00:00"


def test_a_round_without_districts_says_what_to_do(staff: FlaskClient, door: str) -> None:
    assert "No district was invited to this round yet." in words(staff.get(door))


def test_only_staff_come_in(reader: FlaskClient, place: Place, register: str, door: str) -> None:
    codes = [reader.get(path).status_code for path in (register, f"{register}.csv", door)]
    assert [*codes, reader.post(door, data=TYPED).status_code] == [403] * 4


def test_a_withdrawn_letter_can_have_more_time_to_undo_that(place: Place, at: Stop) -> None:
    letter = a_sent_letter(place)
    withdraw(letter, by=place.lead)
    extend(place.round, place.district, LATER, "They changed their mind.", by=staff_of(place))
    assert letter.status == "withdrawn"


def test_the_pages_are_sound(
    staff: FlaskClient, place: Place, register: str, door: str, at: Stop, tmp_path: Path
) -> None:
    a_full_round(place, at)
    start_letter(place.round, place.district, place.lead)
    assert faults_of({path: staff.get(path).text for path in (register, door)}, tmp_path) == []
