"""The letter on paper."""

from __future__ import annotations

from io import BytesIO

from pypdf import PdfReader

from portal.letters.operations import submit
from portal.letters.printing import pdf_of_submission, title_of
from tests.letters.builders import Place, a_signed_letter


def test_a_sent_letter_becomes_a_tagged_pdf_with_its_title(place: Place) -> None:
    submission = submit(a_signed_letter(place), by=place.lead)
    made = PdfReader(BytesIO(pdf_of_submission(submission)))
    words = " ".join(page.extract_text() for page in made.pages)
    assert made.metadata is not None
    assert made.metadata.title == title_of(submission)
    assert made.trailer["/Root"]["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a value of the PDF's own kind
    assert submission.reference in words


def test_the_title_names_district_and_reference(place: Place) -> None:
    submission = submit(a_signed_letter(place), by=place.lead)
    assert title_of(submission) == f"Interest letter of {place.district.name}, {submission.reference}"
