"""What happened to a letter, told to staff: sentences with who and when, and no word of a draft."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.cohorts.timeline import TOLD, told
from portal.core.history import History
from portal.letters.endorsing import decline_endorsement
from portal.letters.extending import extend
from portal.letters.operations import save_answer
from portal.letters.withdrawing import withdraw
from portal.rounds.operations import invite, send_invitation
from tests.letters.builders import Place, a_bare_letter, an_asked_letter, base, enter
from tests.letters.conftest import place
from tests.letters.lives import LATER, a_sent_letter, staff_of
from tests.letters.pages import words

ZONE = "America/New_York"
__all__ = ["place"]


def a_row(table: str, verb: str, note: str = "", by_name: str = "Principal", **data: Any) -> History:
    return History(subject_table=table, verb=verb, by_name=by_name, note=note, data=data, at=datetime(2026, 10, 1))


def test_each_step_names_who_did_it() -> None:
    rows = [
        a_row("invitations", "pass on", by_name="", from_name="Superintendent", to_name="Principal"),
        a_row("letters", "submit", reference="EH-2026-0001"), a_row("letters", "submit", reference="EH-2026-0001-2"),
        a_row("letters", "return", "Say more.", "Coordinator", sections=["time"], until="2026-12-01T22:00:00+00:00"),
        a_row("letters", "last version stands", by_name=""),
        a_row("decisions", "release", "The committee’s own words.", "Director", outcome="accept"),
        a_row("letters", "a verb that nobody tells"),
    ]  # fmt: skip
    steps = told(rows, a_bare_letter(), ZONE)
    assert [(step.sentence.replace("\u00a0", " "), step.note) for step in steps] == [
        ("Superintendent passed the invitation on to Principal", ""),
        ("Principal submitted version 1: EH-2026-0001", ""),
        ("Principal submitted version 2: EH-2026-0001-2", ""),
        ("Coordinator returned Time and conditions, until Tue, Dec 1, 2026, 5:00 PM ET", "Say more."),
        ("The time for changes ended: version 2 stands", ""),
        ("Director sent the decision: offer a place", ""),
    ]


@pytest.mark.parametrize("key", TOLD)
def test_every_sentence_can_be_told_of_a_bare_row(key: tuple[str, str]) -> None:
    [step] = told([a_row(*key, by_name="")], a_bare_letter(), ZONE)
    assert (step.sentence != "", "{" in step.sentence) == (True, False)


def test_braces_in_what_somebody_typed_stay_as_they_are() -> None:
    [step] = told([a_row("letters", "reopen", by_name="{reference}")], a_bare_letter(), ZONE)
    assert step.sentence == "{reference} opened the letter again"


def test_staff_read_what_happened_and_nothing_of_the_draft(app: Flask, client: FlaskClient, place: Place) -> None:
    endorsement = an_asked_letter(place)
    letter, question = endorsement.letter, place.questions()["q3"]
    decline_endorsement(endorsement, "Leave the budget out.")
    save_answer(letter, question, "A secret of the draft.", base(letter, question), by=place.lead)
    extend(place.round, place.district, LATER, "The superintendent is ill.", by=staff_of(place))
    page = words(enter(client, staff_of(place)).get(f"/eclc/staff/letters/{letter.id}/timeline"))
    page = page.replace("\u00a0", " ")
    assert "Superintendent sent the letter back unsigned" in page
    assert "Coordinator gave more time, until Fri, Nov 20, 2026, 5:00 PM ET The superintendent is ill." in page
    assert ["Leave the budget out." in page, "secret" in page] == [False, False]


def test_invitation_letter_and_withdrawal_are_one_list(client: FlaskClient, place: Place) -> None:
    sent_by = staff_of(place)
    invitation = invite(place.round, place.district, to_name="Super", to_email="super@example.org", by=sent_by)
    send_invitation(invitation, by=sent_by)
    letter = a_sent_letter(place)
    withdraw(letter, reason="A new building.", by=place.lead)
    page = words(enter(client, sent_by).get(f"/eclc/staff/letters/{letter.id}/timeline"))
    places = [page.index(sentence) for sentence in (
        "Coordinator sent the invitation", "Assistant superintendent started the letter",
        "Superintendent signed the letter", "submitted version 1", "withdrew the letter A new building.",
    )]  # fmt: skip
    assert places == sorted(places)
