"""The letter on paper."""

from __future__ import annotations

from portal.core import pdf
from portal.letters.operations import submit
from portal.letters.printing import pdf_of_submission, title_of
from tests.letters.builders import Place, a_signed_letter


def test_a_sent_letter_becomes_a_tagged_pdf_with_its_title(place: Place) -> None:
    assert pdf.why_not() == ""
    submission = submit(a_signed_letter(place), by=place.lead)
    made = pdf_of_submission(submission)
    assert (made[:5], b"/MarkInfo" in made or b"/StructTreeRoot" in made) == (b"%PDF-", True)


def test_the_title_names_district_and_reference(place: Place) -> None:
    submission = submit(a_signed_letter(place), by=place.lead)
    assert title_of(submission) == f"Interest letter of {place.district.name}, {submission.reference}"
