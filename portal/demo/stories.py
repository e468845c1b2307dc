"""The demo's interest letters: each brought to where it stands by a district's own operations, at their own times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from portal.accounts.models import Account
from portal.core import clock
from portal.core.db import db
from portal.districts.models import District
from portal.letters.endorsing import Signature, ask_endorsement, sign_endorsement
from portal.letters.models import Letter
from portal.letters.operations import start_letter
from portal.letters.rosters import add_roster_row
from portal.letters.submitting import submit
from portal.letters.writing import save_answer
from portal.rounds.models import Invitation, Question, Round
from portal.rounds.operations import answer_interested, answer_not_this_year, invite, send_invitation

from .people import People

FILE = Path(__file__).with_name("letters.yaml")
COLUMNS = ("role", "school", "name", "email")
INVITED = {
    "example-harbor": "superintendent.example-harbor",
    "sample-river": "assistant-superintendent.sample-river",
    "demo-hill": "superintendent.demo-hill",
    "test-cove": "principal.test-cove",
    "placeholder-valley": "superintendent.placeholder-valley",
    "trial-meadow": "superintendent.trial-meadow",
}
NOT_NOW = "A new building opens in the fall, and all our attention goes there. Please ask us again next year."
Row = dict[str, Any]


def write_letters(round: Round, districts: dict[str, District], people: People) -> None:
    """Invite the applicant districts and write what each of them did; Trial Meadow has not opened its letter yet."""
    letters: dict[str, Row] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    invitations = {
        slug: _invite(round, districts[slug], people[person], people["coordinator.hub"])
        for slug, person in INVITED.items()
    }
    with _days_ago(6):
        answer_not_this_year(
            invitations["placeholder-valley"], reason=NOT_NOW, by=people["superintendent.placeholder-valley"]
        )
    for slug, row in letters.items():
        _write(round, invitations[slug], people[row["writer"]], row)


def _invite(round: Round, district: District, person: Account, by: Account) -> Invitation:
    with clock.told(round.opens_at + timedelta(minutes=12)):
        invitation = invite(round, district, to_name=person.name.partition(",")[0], to_email=person.email, by=by)
        send_invitation(invitation, by=by)
    return invitation


def _write(round: Round, invitation: Invitation, writer: Account, row: Row) -> None:
    days = row["days_ago"]
    with _days_ago(days["interested"]):
        answer_interested(invitation, name=writer.name, by=writer)
        letter = start_letter(round, invitation.district, writer)
    with _days_ago(days["written"]):
        _answer(letter, row, writer)
    if "submitted" in days:
        _sign_and_send(letter, writer, days)


def _answer(letter: Letter, row: Row, writer: Account) -> None:
    questions = {
        question.code: question
        for question in db.session.scalars(
            select(Question).where(Question.round_id == letter.round_id).order_by(Question.id)
        )
    }
    answers = {**row["answers"], "q2": row["contact"]}
    if row["state"] != "draft":
        answers["q1"] = {"still_true": "yes", "corrections": {}}
    for code, value in answers.items():
        save_answer(letter, questions[code], value, by=writer)
    for line in row["roster"]:
        add_roster_row(letter, dict(zip(COLUMNS, line, strict=True)), by=writer)


def _sign_and_send(letter: Letter, writer: Account, days: dict[str, int]) -> None:
    district = letter.district
    with _days_ago(days["asked"]):
        address = f"superintendent.{district.slug}@example.org"
        endorsement = ask_endorsement(letter, name=f"Superintendent, {district.label}", email=address, by=writer)
    with _days_ago(days["signed"]):
        codes = [commitment.code for commitment in letter.round.commitments]
        today = clock.local(clock.now(), letter.round.community.time_zone).date()
        signed = Signature(name=f"Superintendent, {district.label}", title="Superintendent", day=today, accepted=codes)
        sign_endorsement(endorsement, signed)
    with _days_ago(days["submitted"]):
        submit(letter, by=writer)


@contextmanager
def _days_ago(days: int) -> Iterator[None]:
    with clock.told(clock.now() - timedelta(days=days, hours=2)):
        yield
