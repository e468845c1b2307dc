"""What still lacks before a signature, when a letter has left its writers, and which submission holds."""

from __future__ import annotations

import pytest

from portal.core.db import transaction
from portal.letters.models import STATUSES
from portal.letters.operations import submit
from portal.letters.queries import submission_in_force
from portal.letters.rules import has_left, missing, missing_before_signature
from tests.letters.builders import Place, a_bare_letter, a_letter, a_signed_letter


def test_everything_but_the_signature_itself_lacks_before_it() -> None:
    letter = a_bare_letter()
    signing = {one.code for section in letter.round.sections for one in section.questions if one.kind == "endorsement"}
    before = missing_before_signature(letter)
    assert before == [problem for problem in missing(letter) if problem.code not in signing]
    assert len(before) == len(missing(letter)) - 1


@pytest.mark.parametrize("status", STATUSES)
def test_only_a_letter_that_was_sent_or_withdrawn_has_left_its_writers(status: str) -> None:
    assert has_left(a_bare_letter(status)) is (status in {"submitted", "withdrawn"})


def test_no_submission_is_in_force_before_the_first(place: Place) -> None:
    assert submission_in_force(a_letter(place)) is None


def test_the_last_submission_is_in_force_while_the_letter_stays_sent(place: Place) -> None:
    letter = a_signed_letter(place)
    assert submission_in_force(letter) is None
    sent = submit(letter, by=place.lead)
    assert submission_in_force(letter) == sent


@pytest.mark.parametrize("status", ["returned", "withdrawn"])
def test_a_letter_that_came_back_has_no_submission_in_force(place: Place, status: str) -> None:
    letter = a_signed_letter(place)
    submit(letter, by=place.lead)
    with transaction():
        letter.status = status
    assert submission_in_force(letter) is None
