"""The demo's interest letters: each brought to where it stands by a district's own operations, at their own times."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from portal.accounts.models import Account
from portal.core import clock
from portal.districts.models import District
from portal.letters.endorsing import Signature, ask_endorsement, sign_endorsement
from portal.letters.models import Letter
from portal.letters.operations import start_letter
from portal.letters.rosters import add_roster_row
from portal.letters.rules import base_of
from portal.letters.submitting import submit
from portal.letters.writing import save_answer
from portal.reviews.moving import reopen
from portal.rounds.models import Invitation, Question, Round
from portal.rounds.operations import answer_interested, answer_not_this_year, invite, send_invitation

from .days import days_ago
from .people import People
from .teams import gather_team, talk_and_tick, written_by

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
        slug: invite_district(round, districts[slug], people[person], people["coordinator.hub"])
        for slug, person in INVITED.items()
    }
    with days_ago(6):
        answer_not_this_year(
            invitations["placeholder-valley"], reason=NOT_NOW, by=people["superintendent.placeholder-valley"]
        )
    for slug, row in letters.items():
        write_letter(round, invitations[slug], row, people)


def invite_district(round: Round, district: District, person: Account, by: Account) -> Invitation:
    """Send the letter to this person of the district, right after the opening."""
    with clock.told(round.opens_at + timedelta(minutes=12)):
        invitation = invite(round, district, to_name=person.name.partition(",")[0], to_email=person.email, by=by)
        send_invitation(invitation, by=by)
    return invitation


def write_letter(round: Round, invitation: Invitation, row: Row, people: People) -> Letter:
    """Do what the row says that a district did with its letter: written alone or together, sent or not, sent again."""
    writer, days = people[row["writer"]], row["days_ago"]
    with days_ago(days["interested"]):
        answer_interested(invitation, name=writer.name, by=writer)
        letter = start_letter(round, invitation.district, writer)
    gather_team(letter, row, people)
    _answer(letter, row, people)
    talk_and_tick(letter, row, people)
    if "submitted" in days:
        sign_and_send(letter, writer, days)
    if "again" in row:
        _send_again(letter, writer, row["again"])
    return letter


def _answer(letter: Letter, row: Row, people: People) -> None:
    answers = {**row["answers"], "q2": row["contact"]}
    if row["state"] != "draft":
        answers["q1"] = {"still_true": "yes", "corrections": {}}
    for section in letter.round.sections:
        name, days = written_by(row, section.slug)
        with days_ago(days):
            _fill(letter, [one for one in section.questions if one.code in answers], answers, people[name])
            if any(one.kind == "roster" for one in section.questions):
                _name_team(letter, row["roster"], people[name])


def _fill(letter: Letter, questions: list[Question], answers: Row, by: Account) -> None:
    for question in questions:
        stored = next((answer for answer in letter.answers if answer.question_id == question.id), None)
        base = base_of(stored.version, stored.value) if stored else "0:"
        save_answer(letter, question, answers[question.code], base, by=by)


def _name_team(letter: Letter, lines: list[list[str]], by: Account) -> None:
    for line in lines:
        add_roster_row(letter, dict(zip(COLUMNS, line, strict=True)), by=by)


def rewrite(letter: Letter, writer: Account, row: Row) -> None:
    """Change some answers of a letter that was sent, name more of its team, have it signed anew and send it again."""
    with days_ago(row["days_ago"]["written"]):
        questions = [one for section in letter.round.sections for one in section.questions]
        _fill(letter, [one for one in questions if one.code in row["answers"]], row["answers"], writer)
        _name_team(letter, row.get("roster", []), writer)
    sign_and_send(letter, writer, row["days_ago"])


def sign_and_send(letter: Letter, writer: Account, days: dict[str, float]) -> None:
    """Ask for the signature, sign and send the letter, each on its day."""
    district = letter.district
    with days_ago(days["asked"]):
        address = f"superintendent.{district.slug}@example.org"
        endorsement = ask_endorsement(letter, name=f"Superintendent, {district.label}", email=address, by=writer)
    with days_ago(days["signed"]):
        codes = [commitment.code for commitment in letter.round.commitments]
        today = clock.local(clock.now(), letter.round.community.time_zone).date()
        signed = Signature(name=f"Superintendent, {district.label}", title="Superintendent", day=today, accepted=codes)
        sign_endorsement(endorsement, signed)
    with days_ago(days["submitted"]):
        submit(letter, by=writer)


def _send_again(letter: Letter, writer: Account, row: Row) -> None:
    """Open a letter that was sent, change some answers, have it signed anew and send its second version."""
    with days_ago(row["days_ago"]["reopened"]):
        reopen(letter, by=writer)
    rewrite(letter, writer, row)
