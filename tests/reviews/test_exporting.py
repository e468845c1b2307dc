"""Letters taken away by staff: the table, one PDF, and the ZIP that the worker makes."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import delete, update

from portal.accounts.models import Account, Permission
from portal.core import clock, storage
from portal.core.audit import Audit
from portal.core.db import db, transaction
from portal.core.jobs import sweep
from portal.districts.operations import add_district, grant_lead
from portal.letters.models import Letter, Submission
from portal.letters.operations import save_answer, start_letter, submit
from portal.reviews.conflicts import lift_conflict, set_conflict
from portal.reviews.exporting import ask_export, build_export
from portal.reviews.jobs import build_exports, forget_old_exports
from portal.reviews.models import LetterExport
from portal.rounds.models import Round
from tests.cohorts.builders import a_staff_member
from tests.cohorts.rush import meet_at, no_lock
from tests.letters.builders import OPEN, Place, a_place, a_signed_letter

At = Callable[[str], Any]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
FORMULA = "=HYPERLINK(1)"


@pytest.fixture
def place(app: Flask, at: At) -> Place:
    at(OPEN)
    return a_place()


@pytest.fixture
def staff(place: Place) -> Account:
    return a_staff_member(place.community)


def a_sent_letter(place: Place) -> Letter:
    letter = a_signed_letter(place)
    submit(letter, by=place.lead)
    return letter


def a_draft_with_a_secret(place: Place) -> Letter:
    other = add_district(name="Sample River", city="River", state="MA")
    grant_lead(place.other, place.community.id, other, None)
    letter = start_letter(place.round, other, place.other)
    save_answer(letter, place.questions()["q3"], "Canary of a draft.", by=place.other)
    return letter


def table_at(client: FlaskClient, round_id: int, query: str = "") -> list[dict[str, str]]:
    sent = client.get(f"/eclc/staff/rounds/{round_id}/letters.csv{query}")
    return list(csv.DictReader(StringIO(sent.get_data().decode("utf-8-sig"))))


def zip_of(export: LetterExport) -> ZipFile:
    return ZipFile(BytesIO(storage.read(db.session.get_one(LetterExport, export.id).key)))


def test_the_table_has_a_row_a_letter_and_a_column_a_question(
    place: Place, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    a_sent_letter(place)
    [row] = table_at(sign_in(client, staff), place.round.id)
    assert (row["District"], row["Letter is"], row["Students"]) == (place.district.name, "Submitted", "2900")
    assert row["q3. Why now?"] == "Our two middle schools became one."
    assert row["q7. Who would be on the team?"].splitlines()[0].startswith("Superintendent, Central office")


def test_of_a_draft_the_table_tells_where_it_stands_and_never_its_text(
    place: Place, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    a_draft_with_a_secret(place)
    [row] = table_at(sign_in(client, staff), place.round.id)
    assert (row["District"], row["Letter is"], row["q3. Why now?"]) == ("Sample River", "In writing", "")


def test_the_table_holds_what_the_tab_shows(place: Place, staff: Account, client: FlaskClient, sign_in: SignIn) -> None:
    a_sent_letter(place)
    a_draft_with_a_secret(place)
    rows = table_at(sign_in(client, staff), place.round.id, "?state=submitted")
    assert [row["District"] for row in rows] == [place.district.name]


def test_an_answer_that_looks_like_a_formula_stays_a_text(
    place: Place, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    letter = a_signed_letter(place)
    submission = submit(letter, by=place.lead)
    answer = {"code": "q3", "kind": "long_text", "label": "Why now?", "value": FORMULA, "lines": [FORMULA]}
    with transaction():
        content = {**submission.content, "sections": [{"questions": [answer]}]}
        db.session.execute(update(Submission).values(content=content))
    browser = sign_in(client, staff)
    assert table_at(browser, place.round.id)[0]["q3. Why now?"] == f"'{FORMULA}"
    book = load_workbook(BytesIO(browser.get(f"/eclc/staff/rounds/{place.round.id}/letters.xlsx").get_data()))
    [cell] = [cell for row in book.active.iter_rows() for cell in row if cell.value == FORMULA]
    assert cell.data_type == "s"


def test_a_member_of_staff_does_not_get_the_letter_of_a_district_of_their_own(
    place: Place, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    letter = a_sent_letter(place)
    grant_lead(staff, place.community.id, place.district, None)
    browser = sign_in(client, staff)
    assert table_at(browser, place.round.id) == []
    assert browser.get(f"/eclc/staff/letters/{letter.id}.pdf").status_code == 404
    export = ask_export(place.round, "", by=staff)
    build_exports()
    assert zip_of(export).namelist() == ["index.csv"]


def test_taking_letters_away_is_on_record(place: Place, staff: Account, client: FlaskClient, sign_in: SignIn) -> None:
    a_sent_letter(place)
    table_at(sign_in(client, staff), place.round.id)
    [line] = db.session.query(Audit).filter_by(action="exported letters").all()
    assert (line.account_id, line.subject_id, line.note) == (staff.account_id, place.round.id, "csv, 1 letters")


def test_the_zip_holds_a_pdf_of_each_letter_and_an_index(place: Place, staff: Account) -> None:
    letter = a_sent_letter(place)
    export = ask_export(place.round, "", by=staff)
    while_printing(export)
    archive = zip_of(export)
    reference = letter.submissions[-1].reference
    assert archive.namelist() == [f"{reference}/letter.pdf", "index.csv"]
    assert archive.read(f"{reference}/letter.pdf")[:5] == b"%PDF-"
    [row] = csv.DictReader(StringIO(archive.read("index.csv").decode("utf-8-sig")))
    assert (row["Reference"], row["Letter"]) == (reference, f"{reference}/letter.pdf")


def while_printing(export: LetterExport) -> None:
    """What the worker does every minute, until the download is there."""
    sweep()
    sweep()
    assert db.session.get_one(LetterExport, export.id).ready_at is not None


def test_asked_twice_it_is_made_once(place: Place, staff: Account) -> None:
    assert ask_export(place.round, "", by=staff).id == ask_export(place.round, "", by=staff).id
    build_exports()
    assert build_exports() == 0


def downloads_of_a_double_press(place: Place, staff: Account, two_at_once: Callable[..., list[Any]]) -> int:
    number, by = place.round.id, staff.id
    two_at_once(lambda _: ask_export(db.session.get_one(Round, number), "", by=db.session.get_one(Account, by)))
    return db.session.query(LetterExport).count()


def test_a_double_press_asks_for_one_download(
    place: Place, staff: Account, two_at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, "portal.reviews.exporting", "export_under_way")
    assert downloads_of_a_double_press(place, staff, two_at_once) == 1


def test_without_the_lock_a_double_press_asks_for_two(
    place: Place, staff: Account, two_at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, "portal.reviews.exporting", "export_under_way", seconds=10)
    with no_lock(monkeypatch, "portal.reviews.exporting"):
        assert downloads_of_a_double_press(place, staff, two_at_once) == 2


def test_two_workers_do_not_make_the_same_one(place: Place, staff: Account) -> None:
    export = ask_export(place.round, "", by=staff)
    assert (build_export(export.id), build_export(export.id)) == (True, False)


def test_who_is_no_longer_staff_gets_nothing(place: Place, staff: Account) -> None:
    a_sent_letter(place)
    export = ask_export(place.round, "", by=staff)
    with transaction():
        db.session.execute(delete(Permission))
    build_exports()
    assert zip_of(export).namelist() == ["index.csv"]


def test_only_who_asked_can_take_it(place: Place, staff: Account, client: FlaskClient, sign_in: SignIn) -> None:
    export = ask_export(place.round, "", by=staff)
    build_exports()
    address = f"/eclc/staff/rounds/{place.round.id}/downloads/{export.id}.zip"
    other = a_staff_member(place.community, email="other@example.org")
    assert sign_in(client, other).get(address).status_code == 404
    taken = sign_in(client, staff).get(address)
    assert (taken.status_code, taken.mimetype) == (200, "application/zip")


def test_after_a_week_the_file_is_gone(place: Place, staff: Account) -> None:
    export = ask_export(place.round, "", by=staff)
    build_exports()
    key = db.session.get_one(LetterExport, export.id).key
    with clock.told(clock.now() + timedelta(days=8)):
        assert forget_old_exports() == 1
    assert (storage.is_there(key), db.session.get_one(LetterExport, export.id).key) == (False, "")


def test_the_page_shows_how_far_it_is_and_then_the_file(
    place: Place, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    browser, address = sign_in(client, staff), f"/eclc/staff/rounds/{place.round.id}/downloads"
    assert browser.post(address, data={"state": ""}).status_code == 303
    waiting = browser.get(address).text
    build_exports()
    ready = browser.get(address).text
    assert ("Being made" in waiting, "every 3s" in waiting) == (True, True)
    assert ("Ready" in ready, "every 3s" in ready, ".zip" in ready) == (True, False, True)


def test_a_file_made_before_a_conflict_is_not_handed_out_any_more(
    place: Place, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    letter, export = a_sent_letter(place), ask_export(place.round, "", by=staff)
    while_printing(export)
    sign_in(client, staff)
    page, file = (f"/eclc/staff/rounds/{place.round.id}/downloads{rest}" for rest in ("", f"/{export.id}.zip"))
    assert client.get(file).status_code == 200
    conflict = set_conflict(place.round, staff, letter.district, "Their child goes to school there.", by=place.lead)
    answer = client.get(file)
    assert (answer.status_code, "It holds a letter that you must not read." in client.get(page).text) == (409, True)
    assert [word in answer.text for word in ("Put the letters together again", place.district.name)] == [True, False]
    lift_conflict(conflict, by=place.lead)
    assert client.get(file).status_code == 200


def test_a_file_made_before_somebody_came_to_lead_a_district_is_not_handed_out_either(
    place: Place, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    a_sent_letter(place)
    export = ask_export(place.round, "", by=staff)
    while_printing(export)
    grant_lead(staff, place.community.id, place.district, None)
    assert (
        sign_in(client, staff).get(f"/eclc/staff/rounds/{place.round.id}/downloads/{export.id}.zip").status_code == 409
    )
