"""Files in a letter: they come in whole or not at all, belong to one letter, and go when nothing refers to them."""

from __future__ import annotations

import gc
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from portal.accounts.models import Account
from portal.core import storage
from portal.core.db import db
from portal.core.tokens import token_of
from portal.core.uploads import Upload
from portal.letters.content import content_hash, content_of
from portal.letters.files import SPARED, forget_unused_files
from portal.letters.models import AnswerRevision, Letter, Submission
from portal.letters.operations import ask_endorsement, save_answer, save_section
from portal.letters.queries import PURPOSE
from portal.letters.shapes import Filled, Handed
from portal.rounds.models import Question
from tests.districts.builders import a_person
from tests.letters.builders import AFTER, Place, base, enter
from tests.letters.kind_pages import (
    OTHER_PDF,
    PDF,
    files,
    give,
    ids,
    kept_keys,
    section_at,
    send,
    stored,
    summary,
    the_letter,
    upload,
)
from tests.letters.kinds import with_new_kinds
from tests.letters.pages import Stop, at_letter, button, words

Rush = Callable[..., list[Any]]
ODD: list[tuple[str, bytes, str]] = [  # name, content, what is said
    ("plan.svg", b"<svg onload=alert(1)>", "This file is not a PDF"),
    ("plan.pdf", b"<!doctype html><script>1</script>", "This file is not a PDF"),
    ("plan.png", b"<html>", "This file is not a PDF"),
    ("plan.pdf.exe", b"MZ\x90\x00", "This file is not a PDF"),
    ("plan.pdf", b"", "This file is empty"),
    ("plan.pdf", b"PK\x03\x04" + b"\x00" * 2000, "This file is not a PDF"),
    ("plan.pdf", PDF[:12], "The end of this PDF is missing"),
]


@pytest.fixture
def here(place: Place) -> Place:
    """The district, in a round that asks for files of one megabyte at most."""
    return with_new_kinds(place, file_limit_mb=1)


def test_a_file_is_kept_under_a_random_name_and_stands_in_the_answer(writer: FlaskClient, here: Place) -> None:
    answer = upload(writer, here)
    [row] = files()
    assert (answer.status_code, row.name, row.size, row.uploaded_by_id) == (200, "Plan.pdf", len(PDF), here.lead.id)
    assert stored(here) == {"q10": {"file": row.id, "name": "Plan.pdf", "size": len(PDF), "sha256": row.sha256}}
    assert (kept_keys(), storage.read(row.key)) == ({row.key}, PDF)
    assert "plan" not in row.key.lower()


def test_the_answer_is_the_question_with_the_file_in_it(writer: FlaskClient, here: Place) -> None:
    answer = upload(writer, here)
    assert answer.text.startswith('<div class="field" id="q10-field"')
    assert "Plan.pdf 1 KB" in words(answer)
    assert "Saved 9:00 AM" in words(answer)
    assert "Plan.pdf is in the letter now." in answer.text
    assert {"q10", "q10-out", "saved-q10"} <= ids(answer.text)


def test_a_file_comes_with_the_sections_form_too(writer: FlaskClient, here: Place) -> None:
    answer = send(writer, here, "papers", **{"q10-file": (BytesIO(PDF), "Plan.pdf"), "later": "1"})
    assert (answer.status_code, [row.name for row in files()]) == (303, ["Plan.pdf"])


def test_a_form_that_goes_on_leaves_the_file_alone(writer: FlaskClient, here: Place) -> None:
    upload(writer, here)
    before = stored(here)
    send(writer, here, "papers", later="1")
    assert stored(here) == before


def test_without_scripts_a_button_sends_the_file_and_stays(writer: FlaskClient, here: Place) -> None:
    answer = send(writer, here, "papers", **{"q10-file": (BytesIO(PDF), "Plan.pdf"), "do": "upload:q10"})
    assert answer.location.endswith("/sections/papers#q10-field")
    assert "Plan.pdf" in words(writer.get(answer.location))


def test_another_file_takes_its_place(writer: FlaskClient, here: Place) -> None:
    upload(writer, here)
    upload(writer, here, OTHER_PDF, "Better.pdf")
    old, new = files()
    assert (stored(here)["q10"]["file"], stored(here)["q10"]["name"]) == (new.id, "Better.pdf")
    assert kept_keys() == {old.key, new.key}


def test_the_same_file_sent_twice_is_there_once(writer: FlaskClient, here: Place) -> None:
    for _ in range(3):
        assert upload(writer, here).status_code == 200
    assert (len(files()), len(kept_keys())) == (1, 1)


def test_the_same_file_sent_five_times_at_once_is_there_once(here: Place, two_at_once: Rush) -> None:
    letter_id, question_id, account = the_letter(here).id, here.questions()["q10"].id, here.lead.id

    def press(turn: int) -> int:
        letter, question = db.session.get_one(Letter, letter_id), db.session.get_one(Question, question_id)
        filled = Filled(files=[Handed(question, Upload("Plan.pdf", PDF), "0:")])
        return len(save_section(letter, filled, by=db.session.get_one(Account, account)))

    assert two_at_once(press, 5) == [0] * 5
    assert (len(files()), len(kept_keys())) == (1, 1)


def test_a_file_is_taken_out(writer: FlaskClient, here: Place) -> None:
    upload(writer, here)
    answer = upload(writer, here, b"", "", do="remove-file:q10")
    assert (answer.status_code, stored(here)["q10"]) == (200, None)
    assert "The file is taken out." in answer.text
    assert "Plan.pdf" not in words(answer).partition("The file is taken out.")[0]


@pytest.mark.parametrize(("name", "content", "sentence"), ODD)
def test_what_is_no_pdf_is_refused_and_leaves_nothing(
    writer: FlaskClient, here: Place, name: str, content: bytes, sentence: str
) -> None:
    answer = upload(writer, here, content, name)
    assert (answer.status_code, sentence in words(answer)) == (422, True)
    assert 'id="q10-error"' in answer.text
    assert (files(), kept_keys(), stored(here)) == ([], set(), {})


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("x" * 400 + ".pdf", "x" * 116 + ".pdf"),
        ("..\\plan.pdf", "plan.pdf"),
        ("plan.pdf.exe.pdf", "plan.pdf.exe.pdf"),
        ("<b>plan.pdf", "<b>plan.pdf"),
        ("Плán für 2027.pdf", "Плán für 2027.pdf"),
    ],
)
def test_an_odd_name_becomes_a_plain_one(writer: FlaskClient, here: Place, name: str, shown: str) -> None:
    assert upload(writer, here, name=name).status_code == 200
    assert [row.name for row in files()] == [shown]


def test_a_file_over_the_rounds_limit_is_refused_and_the_rest_of_the_form_is_saved(
    writer: FlaskClient, here: Place
) -> None:
    large = PDF[:-6] + b"x" * 1024 * 1024 + b"%%EOF\n"
    bases = dict.fromkeys(("q10-base", "q11-base"), base(the_letter(here), here.questions()["q10"]))
    chosen = {"q10-file": pdf(large, "Large.pdf"), "q11-file": pdf(PDF, "Small.pdf")}
    answer = writer.post(section_at(here, "papers"), **body({**bases, **chosen, "later": "1"}))
    assert (answer.status_code, [row.name for row in files()]) == (422, ["Small.pdf"])
    assert summary(answer) == [("q10", "This file is larger than 1 MB. Save it smaller, or leave pages out.")]


@pytest.mark.parametrize("path", ["/answers/{}", "/sections/papers"])
def test_a_body_over_the_portals_limit_gets_an_answer_that_can_be_read(
    writer: FlaskClient, here: Place, path: str
) -> None:
    huge = {"q10-base": "0:", "q10-file": pdf(PDF + b"x" * 13 * 1024 * 1024, "Huge.pdf")}
    answer = writer.post(at_letter(the_letter(here), path.format(here.questions()["q10"].id)), **body(huge))
    assert (answer.status_code, "Send a smaller file" in words(answer)) == (413, True)
    assert (files(), kept_keys(), stored(here)) == ([], set(), {})


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # werkzeug drops the half that came
def test_an_upload_that_is_cut_leaves_nothing(writer: FlaskClient, here: Place) -> None:
    question = here.questions()["q10"]
    edge = "cut"
    body = (
        f'--{edge}\r\nContent-Disposition: form-data; name="q10-base"\r\n\r\n0:\r\n'
        f'--{edge}\r\nContent-Disposition: form-data; name="q10-file"; filename="Plan.pdf"\r\n'
        "Content-Type: application/pdf\r\n\r\n"
    ).encode() + PDF[:15]
    answer = writer.post(
        at_letter(the_letter(here), f"/answers/{question.id}"), data=body,
        headers={"Content-Type": f"multipart/form-data; boundary={edge}"},
    )  # fmt: skip
    assert answer.status_code < 500
    assert (files(), kept_keys(), stored(here)) == ([], set(), {})
    gc.collect()


def test_fifty_uploads_leave_as_many_rows_as_files(writer: FlaskClient, here: Place) -> None:
    for number in range(50):
        assert upload(writer, here, PDF.replace(b"first", str(number).encode())).status_code == 200
    assert {row.key for row in files()} == kept_keys()


def test_more_uploads_than_anybody_needs_are_told_to_wait(writer: FlaskClient, here: Place) -> None:
    answers = [upload(writer, here, PDF.replace(b"first", str(number).encode())) for number in range(61)]
    assert [answer.status_code for answer in answers[-2:]] == [200, 429]
    assert "Retry-After" in answers[-1].headers
    assert {row.key for row in files()} == kept_keys()


def test_a_full_disk_is_said_kindly_and_leaves_nothing(
    writer: FlaskClient, here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "_write", full)
    answer = upload(writer, here)
    assert (answer.status_code, "cannot keep files just now" in words(answer)) == (503, True)
    assert (files(), kept_keys(), stored(here)) == ([], set(), {})


def test_an_error_after_the_file_was_kept_takes_it_away_again(
    writer: FlaskClient, here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **more: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("portal.letters.operations.save_answers", broken)
    assert (upload(writer, here).status_code, files(), kept_keys()) == (500, [], set())


def test_a_file_that_comes_too_late_is_not_kept(writer: FlaskClient, here: Place, at: Stop) -> None:
    the_letter(here)
    at(AFTER)
    answer = upload(writer, here)
    assert (answer.status_code, files(), kept_keys()) == (409, [], set())
    assert "Plan.pdf. It was not kept. The file is still on your machine." in words(answer)


def test_two_files_sent_at_once_are_both_shown_and_one_is_chosen(writer: FlaskClient, here: Place) -> None:
    began = base(the_letter(here), here.questions()["q10"])
    other = enter(writer.application.test_client(), here.other)
    upload(other, here, OTHER_PDF, "Theirs.pdf")
    answer = upload(writer, here, PDF, "Mine.pdf", **{"q10-base": began})
    assert answer.status_code == 409
    assert "Yours Mine.pdf (1 KB)" in words(answer)
    assert "Theirs Theirs.pdf (1 KB)" in words(answer)
    assert stored(here)["q10"]["name"] == "Theirs.pdf"
    sent = {"q10-base": began, "q10": str(files()[1].id), "keep": button(answer.text, "Keep mine")}
    assert f'name="q10" value="{files()[1].id}"' in answer.text
    assert upload(writer, here, b"", "", **sent).status_code == 200
    assert (stored(here)["q10"]["name"], len(files())) == ("Mine.pdf", 2)


def test_keep_theirs_leaves_the_other_file(writer: FlaskClient, here: Place) -> None:
    began = base(the_letter(here), here.questions()["q10"])
    upload(enter(writer.application.test_client(), here.other), here, OTHER_PDF, "Theirs.pdf")
    upload(writer, here, PDF, "Mine.pdf", **{"q10-base": began})
    answer = upload(writer, here, b"", "", **{"q10-base": began, "keep": "theirs:q10"})
    assert (answer.status_code, stored(here)["q10"]["name"]) == (200, "Theirs.pdf")


@pytest.mark.parametrize("code", ["q11"])
def test_a_file_of_another_question_or_letter_cannot_be_named(writer: FlaskClient, here: Place, code: str) -> None:
    upload(writer, here)
    [row] = files()
    answer = upload(writer, here, b"", "", code, **{code: str(row.id), "keep": f"mine:{code}:0:"})
    assert (answer.status_code, "This file is not in this letter. Choose it again." in words(answer)) == (409, True)
    assert code not in stored(here)


def test_a_file_is_part_of_what_is_signed(writer: FlaskClient, here: Place) -> None:
    letter = give(here)
    upload(writer, here)
    signed = content_hash(content_of(the_letter(here)))
    upload(writer, here, OTHER_PDF)
    assert content_hash(content_of(the_letter(here))) != signed
    assert letter.id == the_letter(here).id


def test_a_replaced_file_stays_while_an_earlier_text_refers_to_it(writer: FlaskClient, here: Place, at: Stop) -> None:
    upload(writer, here)
    at("2026-10-20 10:00")
    upload(writer, here, OTHER_PDF)
    at("2026-10-25 10:00")
    assert (forget_unused_files(the_letter(here)), len(files())) == (0, 2)


def test_what_nobody_refers_to_goes_after_a_day(writer: FlaskClient, here: Place, at: Stop) -> None:
    upload(writer, here)
    upload(writer, here, OTHER_PDF)
    at("2026-10-21 08:59")
    assert (forget_unused_files(the_letter(here)), len(files())) == (0, 2)
    at("2026-10-21 09:01")
    assert (forget_unused_files(the_letter(here)), SPARED) == (1, timedelta(days=1))
    assert {row.key for row in files()} == kept_keys()
    assert [row.id for row in files()] == [stored(here)["q10"]["file"]]


def test_what_was_sent_keeps_its_files(writer: FlaskClient, here: Place, at: Stop) -> None:
    upload(writer, here)
    letter = the_letter(here)
    content = content_of(letter)
    db.session.add(
        Submission(
            letter_id=letter.id, number=1, reference="EH-1", content=content, content_hash="x",
            submitted_at=files()[0].uploaded_at,
        )
    )  # fmt: skip
    db.session.query(AnswerRevision).delete()
    db.session.commit()
    save_answer(letter, here.questions()["q10"], None, base(letter, here.questions()["q10"]), by=here.lead)
    at("2026-10-25 10:00")
    assert (forget_unused_files(the_letter(here)), len(files())) == (0, 1)


def test_a_writer_saves_the_file_and_nothing_acts_in_the_browser(writer: FlaskClient, here: Place) -> None:
    upload(writer, here, name="Plän.pdf")
    answer = writer.get(at_letter(the_letter(here), f"/files/{files()[0].id}"))
    assert (answer.status_code, answer.data, answer.mimetype) == (200, PDF, "application/pdf")
    assert answer.headers["Content-Disposition"] == "attachment; filename=\"Plan.pdf\"; filename*=UTF-8''Pl%C3%A4n.pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Cache-Control"] == "no-store"


def test_another_letters_number_and_other_people_find_nothing(
    client: FlaskClient, writer: FlaskClient, here: Place, letter: Letter
) -> None:
    upload(writer, here)
    number = files()[0].id
    paths = [at_letter(letter, f"/files/{number}"), at_letter(the_letter(here), "/files/999")]
    assert [writer.get(path).status_code for path in paths] == [404, 404]
    stranger = enter(client.application.test_client(), a_person())
    assert stranger.get(at_letter(the_letter(here), f"/files/{number}")).status_code == 404
    nobody = client.application.test_client().get(at_letter(the_letter(here), f"/files/{number}"))
    assert nobody.status_code in (302, 303)


def test_a_file_whose_content_is_gone_is_a_plain_404(writer: FlaskClient, here: Place) -> None:
    upload(writer, here)
    storage.forget(files()[0].key)
    assert writer.get(at_letter(the_letter(here), f"/files/{files()[0].id}")).status_code == 404


def test_who_is_asked_to_sign_reads_the_file_while_the_request_is_out(
    client: FlaskClient, writer: FlaskClient, here: Place
) -> None:
    give(here)
    upload(writer, here)
    upload(writer, here, OTHER_PDF, "Newer.pdf")
    old, new = (row.id for row in files())
    letter = the_letter(here)
    endorsement = ask_endorsement(letter, name="Superintendent", email="superintendent@example.org", by=here.lead)
    link = f"/eclc/endorsements/{token_of(endorsement, PURPOSE)}"
    signer = client.application.test_client()
    assert f'href="{link}/files/{new}"' in signer.get(link).text
    assert signer.get(f"{link}/files/{new}").data == OTHER_PDF
    assert [signer.get(f"{link}/files/{number}").status_code for number in (old, 999)] == [404, 404]
    writer.post(at_letter(letter, "/endorsement/withdrawal"))
    assert signer.get(f"{link}/files/{new}").status_code == 404


def test_the_page_of_a_section_with_files_sends_them(writer: FlaskClient, here: Place) -> None:
    page = writer.get(section_at(here, "papers")).text
    assert 'enctype="multipart/form-data"' in page
    assert "One PDF, up to 1 MB." in words(writer.get(section_at(here, "papers")))
    assert 'enctype="multipart/form-data"' not in writer.get(section_at(here, "basics")).text


def pdf(content: bytes, name: str) -> FileStorage:
    return FileStorage(BytesIO(content), name)


def body(fields: dict[str, Any]) -> dict[str, Any]:
    """A form with files in one piece: the test client would leave a large one lying in a temporary file."""
    boundary, data = encode_multipart(fields)
    return {"data": data, "content_type": f"multipart/form-data; boundary={boundary}"}
