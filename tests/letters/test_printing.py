"""The PDF of a letter that was sent: made once by the worker, kept, and given up after three tries."""

from __future__ import annotations

import logging
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from portal.core import storage
from portal.core.db import db
from portal.core.errors import CannotKeep
from portal.core.jobs import SWEEPS
from portal.letters.jobs import PRINTED_AT_ONCE, print_submissions
from portal.letters.models import Submission
from portal.letters.printing import PRINT_TRIES, keep_pdf
from tests.letters.builders import Place
from tests.letters.lives import a_sent_letter

Rush = Callable[..., list[Any]]


@pytest.fixture
def sent(place: Place) -> Submission:
    return a_sent_letter(place).submissions[0]


def test_the_worker_prints_what_was_sent_once(sent: Submission) -> None:
    assert (print_submissions(), print_submissions()) == (1, 0)
    assert (sent.pdf_tries, kept_files()) == (1, [sent.pdf_key])
    assert print_submissions in SWEEPS


def test_the_pdf_is_tagged_and_says_what_the_submission_holds(sent: Submission) -> None:
    print_submissions()
    document = PdfReader(BytesIO(storage.read(sent.pdf_key)))
    text = " ".join(page.extract_text() for page in document.pages)
    root = document.trailer["/Root"].get_object()
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a value of the PDF's own kind
    assert document.metadata is not None
    assert document.metadata.title == f"Interest letter of Example Harbor Public Schools, {sent.reference}"
    assert [words in text for words in (sent.reference, "Our two middle schools became one.", "Superintendent")] == [
        True
    ] * 3


def test_two_workers_keep_one_file(sent: Submission, two_at_once: Rush) -> None:
    number = sent.id
    answers = two_at_once(lambda n: keep_pdf(number))
    assert sorted(answers) == [False, True]
    assert kept_files() == [db.session.get_one(Submission, number).pdf_key]


def test_what_cannot_be_printed_is_tried_three_times_and_logged(
    sent: Submission, caplog: pytest.LogCaptureFixture
) -> None:
    sent.content = {}
    db.session.commit()
    with caplog.at_level(logging.ERROR, "portal.letters"):
        assert [print_submissions() for _ in range(5)] == [0] * 5
    assert (sent.pdf_tries, sent.pdf_key, kept_files()) == (PRINT_TRIES, "", [])
    assert caplog.text.count(f"submission {sent.id} could not be printed") == PRINT_TRIES


def test_a_full_disk_costs_no_try(sent: Submission, app: Any, tmp_path: Path) -> None:
    there = app.config["STORAGE_FOLDER"]
    (tmp_path / "no-folder").write_text("a file where the folder should be")
    app.config["STORAGE_FOLDER"] = str(tmp_path / "no-folder")
    with pytest.raises(CannotKeep):
        print_submissions()
    assert (sent.pdf_tries, sent.pdf_key) == (0, "")
    app.config["STORAGE_FOLDER"] = there
    assert print_submissions() == 1


def test_many_are_printed_some_at_a_time(sent: Submission, place: Place) -> None:
    columns = {"content": sent.content, "content_hash": sent.content_hash, "submitted_at": sent.submitted_at}
    for number in range(2, PRINTED_AT_ONCE + 3):
        db.session.add(Submission(letter_id=sent.letter_id, number=number, reference=f"R-{number}", **columns))
    db.session.commit()
    assert (print_submissions(), print_submissions()) == (PRINTED_AT_ONCE, 2)


def kept_files() -> list[str]:
    db.session.rollback()
    return [key for key, _ in storage.all_keys()]
