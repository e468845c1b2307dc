"""Reading without names: on no page, in no file and in no search does a reader learn whose letter it is."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from portal.core.db import db, transaction
from portal.letters.models import Letter, LetterFile, Submission
from portal.reviews.blind_rules import blind_content, is_blind, names_in
from portal.reviews.queries import Asker
from portal.reviews.reading_queries import is_blind_for, queue_of
from portal.reviews.search_queries import search_letters
from portal.rounds.models import Round
from tests.cohorts.builders import DECIDING, a_staff_member
from tests.reviews.builders import Desk, a_desk, a_reader, given, handed_in

SignIn = Callable[..., FlaskClient]
NAMES = ("Harbor", "lead.harbor", "teacher.harbor", "Director", "Superintendent Harbor", "harbor.example.org", "Merger")
ALL_OUT = [False] * len(NAMES)
WORDS = [
    "At Harbor Public Schools, HARBOR for short, everybody knows Director.",
    "Write to director@harbor.example.org or look at https://harbor.example.org/why.",
    "The harbormaster is not our name.",
]


@pytest.fixture(autouse=True)
def december(app: Flask, at: Callable[[str], Any]) -> None:
    at(DECIDING)


@pytest.fixture
def desk() -> Desk:
    """A blind round with two letters; the first names its district in its own words, and has a file."""
    desk = a_desk(2, is_blind=True)
    sent = db.session.query(Submission).filter_by(letter_id=desk.letters[0].id).one()
    content = {**sent.content}
    why = {**content["sections"][0]["questions"][0], "lines": WORDS}
    with transaction():
        kept = LetterFile(
            letter_id=desk.letters[0].id, question_id=desk.round.sections[0].questions[0].id, key="none-kept",
            name="Merger Harbor.pdf", size=1000, sha256="0" * 64, uploaded_at=sent.submitted_at,
        )  # fmt: skip
        db.session.add(kept)
        db.session.flush()
        plan = {"code": "q4", "label": "The plan?", "kind": "file", "statement": ""}
        plan |= {"value": {"file": kept.id, "name": kept.name}, "lines": ["Merger Harbor.pdf (1 KB)"]}
        rest = content["sections"][0]["questions"][1:]
        sent.content = {**content, "sections": [{**content["sections"][0], "questions": [why, *rest, plan]}]}
    return desk


@pytest.fixture
def reader(desk: Desk, client: FlaskClient, sign_in: SignIn) -> FlaskClient:
    """The browser of a reviewer who has both letters."""
    person = a_reader(desk.community)
    for letter in desk.letters:
        given(letter, person)
    return sign_in(client, person)


def pages_of(letter: Letter) -> list[str]:
    start = f"/eclc/staff/letters/{letter.id}"
    return ["/eclc/staff/queue", "/eclc/staff/letters", start, f"{start}/versions", f"{start}/conflict"]


def test_no_page_of_a_reviewer_names_the_district_its_people_or_its_files(desk: Desk, reader: FlaskClient) -> None:
    for path in pages_of(desk.letters[0]):
        answer = reader.get(path)
        page = answer.text.replace("everybody knows", "")
        assert (path, answer.status_code, [name in page for name in NAMES]) == (path, 200, ALL_OUT)
    page = reader.get(pages_of(desk.letters[0])[2]).text
    shown = ("Letter 1", "Attachment 1.pdf", "[hidden]", "School 1", "The harbormaster is not our name.", "Name hidden")
    assert [word in page for word in shown] == [True] * len(shown)


def test_the_pdf_of_a_reviewer_names_nobody_inside_or_as_a_file(desk: Desk, reader: FlaskClient) -> None:
    answer = reader.get(f"/eclc/staff/letters/{desk.letters[0].id}.pdf")
    if answer.status_code != 200:
        pytest.skip("This machine makes no PDFs.")
    pdf = PdfReader(BytesIO(answer.data))
    text = "\n".join(page.extract_text() for page in pdf.pages) + str(pdf.metadata)
    assert [name in text for name in NAMES] == ALL_OUT
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="Letter 1.pdf"')


def test_a_search_finds_only_what_a_reviewer_can_read(desk: Desk, reader: FlaskClient) -> None:
    for asked in ("Harbor Public", "Merger", "lead.harbor@example.org", "XX-2026-0001", "Middle"):
        assert "No letter holds these words." in reader.get("/eclc/staff/letters", query_string={"q": asked}).text
    page = reader.get("/eclc/staff/letters?q=harbormaster").text
    assert ["Letter 1<" in page, "Letter 2<" in page] == [True, False]


def test_the_order_of_a_blind_queue_is_not_that_of_the_names(desk: Desk, reader: FlaskClient) -> None:
    with transaction():
        desk.letters[0].district.name = "Zebra Public Schools"
    person = Asker(a_reader(desk.community).id)
    assert [one.label for one in queue_of(person, desk.round)] == ["Letter 1", "Letter 2"]
    page = reader.get("/eclc/staff/letters").text
    assert page.index("Letter 1<") < page.index("Letter 2<")


def test_the_mail_to_a_reviewer_names_nobody(
    desk: Desk, reader: FlaskClient, app: Flask, sign_in: SignIn, mailbox: Callable[[], list[Any]]
) -> None:
    staff = sign_in(app.test_client(), desk.staff)
    preview = staff.get(f"/eclc/staff/rounds/{desk.round.id}/readers/mail").text
    staff.post(f"/eclc/staff/rounds/{desk.round.id}/readers/mail")
    [mail] = mailbox()
    assert [name in mail.text + mail.html + mail.subject + preview for name in NAMES] == ALL_OUT
    assert "- Letter 1" in mail.text


def test_staff_see_names_but_who_is_to_score_reads_blind_until_that_is_handed_in(
    desk: Desk, app: Flask, sign_in: SignIn
) -> None:
    letter, scorer = desk.letters[0], a_staff_member(desk.community, "admin")
    path = f"/eclc/staff/letters/{letter.id}"
    onlooker = sign_in(app.test_client(), desk.staff)
    assert "Harbor Public Schools" in onlooker.get(path).text
    browser = sign_in(app.test_client(), scorer)
    given(letter, scorer)
    pages = "".join(browser.get(f"{path}{rest}").text for rest in ("", "/versions", "/conflict"))
    assert ["Harbor" in pages, "Letter 1" in pages] == [False, True]
    handed_in(letter, scorer)
    assert "Harbor Public Schools" in browser.get(path).text


def test_pages_say_plainly_that_names_are_hidden_from_reviewers_and_not_from_staff(
    desk: Desk, reader: FlaskClient, app: Flask, sign_in: SignIn
) -> None:
    letter, staff = desk.letters[0], sign_in(app.test_client(), desk.staff)
    plainly = "They are hidden from reviewers, not from staff"
    assert plainly in staff.get(f"/eclc/staff/rounds/{desk.round.id}/readers").text
    given(letter, desk.staff)
    paths = (f"/eclc/staff/letters/{letter.id}", "/eclc/staff/queue")
    told = ("lists still tell you whose letter it is", "but staff pages show them")
    assert [word in staff.get(path).text for path, word in zip(paths, told, strict=True)] == [True, True]
    assert [word in reader.get(path).text for path, word in zip(paths, told, strict=True)] == [False, False]
    assert "Harbor" in staff.get("/eclc/staff/letters").text


def test_a_round_that_is_not_blind_hides_nothing(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    open_desk = a_desk()
    person = a_reader(open_desk.community)
    given(open_desk.letters[0], person)
    assert "Harbor" in sign_in(client, person).get(pages_of(open_desk.letters[0])[2]).text
    assert not is_blind_for(Asker(person.id), open_desk.letters[0])


@pytest.mark.parametrize(
    ("is_staff", "is_assigned", "has_handed_in", "blind"),
    [
        (False, True, False, True), (False, True, True, True), (False, False, False, True),
        (True, False, False, False), (True, True, False, True), (True, True, True, False),
    ],
)  # fmt: skip
def test_who_reads_without_names(is_staff: bool, is_assigned: bool, has_handed_in: bool, blind: bool) -> None:
    asked = {"is_staff": is_staff, "is_assigned": is_assigned, "has_handed_in": has_handed_in}
    assert is_blind(Round(is_blind=True), **asked) == blind
    assert not is_blind(Round(is_blind=False), **asked)


def test_the_title_of_who_signed_names_neither_the_district_nor_them(desk: Desk, reader: FlaskClient) -> None:
    letter = desk.letters[0]
    sent = db.session.query(Submission).filter_by(letter_id=letter.id).one()
    signed = {"name": "Superintendent Harbor", "date": "November 1, 2026"}
    with transaction():
        title = "Superintendent of Harbor Public Schools, director@harbor.example.org"
        sent.content = {**sent.content, "endorsement": {**signed, "title": title}}
    page = reader.get(f"/eclc/staff/letters/{letter.id}").text
    assert ["Superintendent of [hidden], [hidden]" in page, "of Harbor" in page] == [True, False]
    assert blind_content(letter, {**sent.content, "endorsement": signed})["endorsement"]["title"] == ""


def test_what_was_sent_stays_as_it_was(desk: Desk) -> None:
    [sent] = db.session.query(Submission).filter_by(letter_id=desk.letters[0].id)
    before = repr(sent.content)
    blind_content(desk.letters[0], sent.content)
    assert repr(sent.content) == before
    assert {"Harbor Public Schools", "Harbor", "Harbor Middle", "Director"} <= names_in(desk.letters[0], sent.content)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("harbormaster", [1]), ("HARBOR public", [1, 2]), ("XX-2026-0002", [2]), ("merged last", [2]),
        ("River Cove", []), ("%", []), ("why now?", []), ("Merger", [1]), ("Harbor Middle", [1, 2]),
        ("x" * 500, []), ("public SCHOOLS river", [2]), ("rivër", [2]),
    ],
)  # fmt: skip
def test_staff_find_letters_by_district_reference_and_the_words_of_the_answers(
    desk: Desk, asked: str, found: list[int]
) -> None:
    assert search_letters(Asker(desk.staff.id), desk.round, asked, is_blind=False) == found
