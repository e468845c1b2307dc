"""A letter that is signed twice says why, to its district and to staff: a signature holds for one text only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from portal.cohorts.queries import happened_to
from portal.cohorts.standing import happened
from portal.cohorts.timeline import told
from portal.letters.models import Letter
from portal.letters.operations import ask_endorsement, save_answer, sign_endorsement, submit
from portal.letters.reopening import reopen
from tests.letters.builders import OPEN, Place, a_place, a_signature, a_signed_letter, base

ZONE = "America/New_York"


@pytest.fixture
def place(app: Flask, at: Callable[[str], Any]) -> Place:
    at(OPEN)
    return a_place()


def district_reads(letter: Letter) -> list[str]:
    return [step.title for step in happened(happened_to(letter, decision=None), letter, ZONE)]


def staff_read(letter: Letter) -> list[str]:
    return [step.sentence for step in told(happened_to(letter, decision=None), letter, ZONE)]


def test_one_signature_needs_no_reason(place: Place) -> None:
    letter = a_signed_letter(place)
    assert [line for line in district_reads(letter) if "endorsed" in line] == ["The letter was endorsed"]
    assert [line for line in staff_read(letter) if "signed" in line] == ["Superintendent signed the letter"]


def test_a_second_signature_says_that_the_text_had_changed(place: Place) -> None:
    letter, question = a_signed_letter(place), place.questions()["q9"]
    submit(letter, by=place.lead)
    reopen(letter, by=place.lead)
    save_answer(letter, question, 6, base(letter, question), by=place.lead)
    again = ask_endorsement(letter, name="Superintendent", email="superintendent@example.org", by=place.lead)
    sign_endorsement(again, a_signature())
    assert [line for line in district_reads(letter) if "endorsed" in line] == [
        "The letter was endorsed", "The letter was endorsed again, because its text had changed",
    ]  # fmt: skip
    assert [line for line in staff_read(letter) if " signed " in line] == [
        "Superintendent signed the letter", "Superintendent signed the letter again, because its text had changed",
    ]  # fmt: skip
