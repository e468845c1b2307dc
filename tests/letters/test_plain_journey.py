"""From the first section to the receipt without scripts, through every kind of question."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.core import pdf
from portal.letters.models import Letter
from portal.letters.operations import start_letter
from portal.letters.printing import pdf_of_submission
from portal.letters.queries import last_submission
from portal.rounds.models import KINDS as ALL_KINDS
from portal.rounds.operations import create_round, publish_round
from tests.letters import builders, kinds
from tests.letters.builders import Place
from tests.letters.kind_pages import OTHER_PDF, PDF
from tests.letters.pages import at_letter, words
from tests.letters.plain import Plain
from tests.postbox import Mail
from tests.rounds.builders import PROMISES, fields


@pytest.fixture
def letter(place: Place) -> Letter:
    """Begun, in a round that asks every kind there is."""
    made = create_round(place.community, fields=fields(slug="everything"), sections=everything(), commitments=PROMISES)
    publish_round(made)
    assert {one.kind for section in made.sections for one in section.questions} == set(ALL_KINDS)
    return start_letter(made, place.district, place.lead)


def test_a_letter_of_every_kind_is_written_signed_and_sent_without_scripts(
    client: FlaskClient, writer: FlaskClient, letter: Letter, mailbox: Callable[[], list[Mail]]
) -> None:
    home, browser = at_letter(letter), Plain(writer)
    write_everything(browser, home)
    assert "0 of" not in words(browser.go(home))
    browser.go(f"{home}/endorsement")
    browser.press("Mail the private link", ask_name="Superintendent", ask_email="superintendent@example.org")
    link = re.search(r"/eclc/endorsements/\S+", mailbox()[-1].text)
    assert link
    signer = Plain(client.application.test_client())
    page = words(signer.go(link.group()))
    assert ("Better.pdf" in page, "November 3, 2026" in page, "The library" in page) == (True, True, True)
    signer.press("Sign the letter", accepted=["c1", "c2"], title="Superintendent")
    assert "The letter is signed" in words(signer.shown)
    browser.go(f"{home}/check")
    receipt = words(browser.press("Submit the letter"))
    assert ("Your letter is with us" in receipt, "Superintendent, Superintendent" in receipt) == (True, True)
    whole = words(browser.go(f"{home}/whole"))
    for text in READ:
        assert text in whole, text
    sent = last_submission(letter)
    assert sent is not None
    assert [one["code"] for section in sent.content["sections"] for one in section["questions"]] == SENT
    if pdf.is_available():
        assert pdf_of_submission(sent).startswith(b"%PDF")


def write_everything(browser: Plain, home: str) -> None:
    browser.go(f"{home}/sections/your-district")
    browser.press("Save and continue", q1="no", q1_students="2,950", q2_name="Director", q2_role="Director",
                  q2_email="director@example.org")  # fmt: skip
    browser.press("Save and continue", q3="Our two middle schools became one.", q4=["0", "3"], q4_other="Night school",
                  **{"q6-3": "1", "q6-0": "2", "q6-4": "3"})  # fmt: skip
    for number, (role, school, name, _) in enumerate(builders.TEAM, 1):
        browser.press("Add a person")
        row = max(int(found) for found in re.findall(r'name="row-(\d+)-role"', browser.shown.text))
        typed = {f"row-{row}-role": role, f"row-{row}-school": school, f"row-{row}-name": name}
        browser.press("Save and come back later", **typed)
        browser.go(f"{home}/sections/your-team")
        assert browser.shown.text.count('class="person"') == number
    browser.press("Save and continue", q8="1", q8_more="North")
    browser.press("Save and continue", q9="5", q10="August is covered by contract days.")
    browser.press(
        "Save and continue", q21="Reading together", q22="11/3/2026", q23="1.5", q24="2", q24_other="By phone"
    )
    assert "q26-asked" in browser.shown.text
    browser.press("Save and continue", q25="1")
    assert "One more question below: “Where?”" in words(browser.shown)
    browser.press("Save and continue", q26=["0", "2"], q26_other="The library")
    assert "One more question below: “Who runs that place?”" in words(browser.shown)
    browser.press("Save and continue", q27="The town")
    browser.press("Save and continue", q29="2")
    browser.press("Send the file", q30_file=("Plan.pdf", PDF))
    assert "Plan.pdf" in words(browser.shown)
    browser.press("Save and continue", q30_file=("Better.pdf", OTHER_PDF))
    browser.press("Save and continue to Endorsement", q32_c1="yes", q32_c2="no", q32_c2_why="Our contract")


def everything() -> list[dict[str, Any]]:
    """The sections of both rounds of these tests in one, the endorsement last."""
    first = [
        {"slug": slug, "title": title, "questions": [builders.a_question_row(code) for code in codes]}
        for slug, title, codes in builders.PAGES
    ]
    second = [
        {**section, "questions": [renamed(question) for question in section["questions"]]}
        for section in kinds.sections()
        if section["slug"] != "endorsement"
    ]
    return [*first[:-1], *second, first[-1]]


def renamed(question: dict[str, Any]) -> dict[str, Any]:
    """The same question twenty numbers on, with what it waits for."""
    condition = question.get("condition")
    on = {**condition, "question": later(condition["question"])} if condition else {}
    return {**question, "code": later(question["code"]), "condition": on}


def later(code: str) -> str:
    return f"q{int(code.removeprefix('q')) + 20}"


SENT = [
    "q1", "q2", "q3", "q4", "q6", "q7", "q8", "q9", "q10", "q21", "q22", "q23", "q24", "q25", "q26", "q27", "q29",
    "q30", "q31", "q32", "q12",
]  # fmt: skip
READ = (
    "Students: 2,950", "director@example.org", "Our two middle schools became one.", "Night school", "1. Transitions",
    "Harbor School", "North", "5 days", "August is covered by contract days.", "Reading together", "November 3, 2026",
    "1.5 hours", "By phone", "Some schools", "The library", "The town", "Better.pdf (1 KB)",
    "Not accepted: Bring the team to four gatherings a year. Why not: Our contract",
)  # fmt: skip
