"""A district that said "not this year" and goes on with its letter is interested again: answers follow what is done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.letters.operations import start_letter, submit
from portal.rounds.models import Invitation
from portal.rounds.operations import answer_interested, answer_not_this_year
from tests.cohorts.builders import everything
from tests.letters.builders import AFTER, Place, a_complete_letter, a_signed_letter
from tests.rounds.builders import a_sent_invitation

Stop = Callable[[str], datetime]


def a_refused_invitation(place: Place) -> Invitation:
    """The district said "not this year"."""
    invitation = a_sent_invitation(place.round, place.district)
    answer_not_this_year(invitation, reason="A new building.", by=place.lead)
    return invitation


def verbs_of(invitation: Invitation) -> list[tuple[str, str]]:
    return [(row.verb, row.by_name) for row in history_of(invitation)][2:]


def test_starting_the_letter_after_not_this_year_says_interested(place: Place) -> None:
    invitation = a_refused_invitation(place)
    letter = start_letter(place.round, place.district, place.lead)
    assert (invitation.answer, invitation.reason, invitation.answered_at) == ("interested", "", letter.started_at)
    assert verbs_of(invitation)[-1] == ("interested after all", place.lead.name)


def test_sending_the_letter_after_not_this_year_says_interested(place: Place, at: Stop) -> None:
    letter, invitation = a_signed_letter(place), a_refused_invitation(place)
    now = at("2026-10-21 10:00")
    submit(letter, by=place.other)
    assert (invitation.answer, invitation.answered_at, invitation.reason) == ("interested", now, "")
    assert verbs_of(invitation)[-1] == ("interested after all", place.other.name)


def test_sending_it_again_says_nothing_more(place: Place) -> None:
    letter, invitation = a_signed_letter(place), a_refused_invitation(place)
    for _ in range(2):
        submit(letter, by=place.lead)
    assert [verb for verb, _ in verbs_of(invitation)].count("interested after all") == 1


def test_a_letter_that_cannot_be_sent_leaves_the_answer_as_it_is(place: Place) -> None:
    letter, invitation = a_complete_letter(place), a_refused_invitation(place)
    before = everything()
    with pytest.raises(RuleBroken):
        submit(letter, by=place.lead)
    assert (invitation.answer, invitation.reason, everything()) == ("not_this_year", "A new building.", before)


def test_a_letter_that_cannot_be_started_leaves_the_answer_as_it_is(place: Place, at: Stop) -> None:
    invitation = a_refused_invitation(place)
    at(AFTER)
    before = everything()
    with pytest.raises(RuleBroken):
        start_letter(place.round, place.district, place.lead)
    assert (invitation.answer, everything()) == ("not_this_year", before)


@pytest.mark.parametrize("answer", ["", "interested"])
def test_any_other_answer_stays_without_a_word(place: Place, answer: str) -> None:
    letter, invitation = a_signed_letter(place), a_sent_invitation(place.round, place.district)
    if answer:
        answer_interested(invitation, name="Director", by=place.lead)
    before = verbs_of(invitation)
    submit(letter, by=place.lead)
    assert (invitation.answer, verbs_of(invitation)) == (answer, before)


def test_a_withdrawn_invitation_and_none_at_all_are_left_alone(place: Place) -> None:
    invitation = a_refused_invitation(place)
    invitation.withdrawn_at = place.round.opens_at
    db.session.commit()
    submit(a_signed_letter(place), by=place.lead)
    assert invitation.answer == "not_this_year"
