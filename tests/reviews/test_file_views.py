"""Files of a letter for those who read it: as it was sent, not with a conflict, not once it was withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.core import storage
from portal.core.audit import Audit
from portal.core.db import db, transaction
from portal.core.jobs import sweep
from portal.core.uploads import Upload
from portal.districts.operations import grant_lead
from portal.letters.models import Letter, LetterFile
from portal.letters.operations import ask_endorsement, save_section, sign_endorsement, submit
from portal.letters.shapes import Filled, Handed
from portal.reviews.assigning import assign
from portal.reviews.exporting import ask_export
from portal.reviews.models import LetterExport
from tests.cohorts.builders import a_staff_member
from tests.letters.builders import OPEN, Place, a_place, a_signature, base, enter
from tests.letters.kind_pages import OTHER_PDF, PDF, give
from tests.letters.kinds import with_new_kinds
from tests.letters.pages import words


@pytest.fixture
def place(app: Flask, at: Callable[[str], Any]) -> Place:
    at(OPEN)
    return with_new_kinds(a_place())


@pytest.fixture
def letter(place: Place) -> Letter:
    """Submitted, with Plan.pdf in it."""
    written = give(place)
    put(written, place, PDF, "Plan.pdf", "0:")
    signed = ask_endorsement(written, name="Superintendent", email="superintendent@example.org", by=place.lead)
    sign_endorsement(signed, a_signature())
    submit(written, by=place.lead)
    return written


def test_who_reads_the_letter_saves_its_file_and_that_is_on_record(
    client: FlaskClient, place: Place, letter: Letter
) -> None:
    staff = enter(client, a_staff_member(place.community))
    page = staff.get(f"/eclc/staff/letters/{letter.id}")
    path = f"/eclc/staff/letters/{letter.id}/files/{plan().id}"
    assert f'href="{path}"' in page.text
    assert "Plan.pdf (1 KB)" in words(page)
    answer = staff.get(path)
    assert (answer.status_code, answer.data) == (200, PDF)
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="Plan.pdf"')
    [row] = db.session.query(Audit).filter_by(action="read file of a letter")
    assert row.note == "Plan.pdf"


def test_a_reviewer_to_whom_it_was_given_reads_it_too(client: FlaskClient, place: Place, letter: Letter) -> None:
    person = a_staff_member(place.community, "reviewer")
    reader = enter(client, person)
    assert reader.get(f"/eclc/staff/letters/{letter.id}/files/{plan().id}").status_code == 404
    assign(letter, person, by=None)
    assert reader.get(f"/eclc/staff/letters/{letter.id}/files/{plan().id}").data == PDF


def test_in_a_blind_round_a_reviewer_saves_the_file_under_a_number(
    client: FlaskClient, place: Place, letter: Letter
) -> None:
    person = a_staff_member(place.community, "reviewer")
    assign(letter, person, by=None)
    with transaction():
        letter.round.is_blind = True
    answer = enter(client, person).get(f"/eclc/staff/letters/{letter.id}/files/{plan().id}")
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="Attachment 1.pdf"')


def test_the_zip_of_all_letters_holds_the_files_that_stand_in_them(place: Place, letter: Letter) -> None:
    export = ask_export(place.round, "", by=a_staff_member(place.community))
    sweep()
    sweep()
    archive = ZipFile(BytesIO(storage.read(db.session.get_one(LetterExport, export.id).key)))
    [name] = [one for one in archive.namelist() if one.endswith("Plan.pdf")]
    assert (archive.read(name), name.startswith(f"{letter.submissions[-1].reference}/")) == (PDF, True)
    assert "Plan.pdf" in archive.read("index.csv").decode("utf-8-sig")


def test_a_file_that_was_not_sent_is_nobodys_but_the_writers(client: FlaskClient, place: Place, letter: Letter) -> None:
    letter.status = "draft"
    db.session.commit()
    put(letter, place, OTHER_PDF, "Newer.pdf", base_now(letter, place))
    staff = enter(client, a_staff_member(place.community))
    newer = db.session.query(LetterFile).filter_by(name="Newer.pdf").one()
    codes = [staff.get(f"/eclc/staff/letters/{letter.id}/files/{number}").status_code for number in (newer.id, 999)]
    assert codes == [404, 404]
    assert staff.get(f"/eclc/staff/letters/{letter.id}/files/{plan().id}").data == PDF


def test_a_withdrawn_letter_shows_no_file(client: FlaskClient, place: Place, letter: Letter) -> None:
    letter.status = "withdrawn"
    db.session.commit()
    staff = enter(client, a_staff_member(place.community))
    assert staff.get(f"/eclc/staff/letters/{letter.id}/files/{plan().id}").status_code == 404


def test_who_has_a_conflict_or_another_role_reads_nothing(client: FlaskClient, place: Place, letter: Letter) -> None:
    path = f"/eclc/staff/letters/{letter.id}/files/{plan().id}"
    member = a_staff_member(place.community)

    grant_lead(member, place.community.id, place.district, None)
    assert enter(client.application.test_client(), member).get(path).status_code == 404
    assert enter(client.application.test_client(), place.lead).get(path).status_code == 403
    assert client.application.test_client().get(path).status_code in (302, 303)


def put(letter: Letter, place: Place, content: bytes, name: str, base: str) -> None:
    handed = Handed(place.questions()["q10"], Upload(name, content), base)
    assert save_section(letter, Filled(files=[handed]), by=place.lead) == {}


def base_now(letter: Letter, place: Place) -> str:

    return base(letter, place.questions()["q10"])


def plan() -> LetterFile:
    return db.session.query(LetterFile).filter_by(name="Plan.pdf").one()
