"""What the demo's visitors and districts brought to the staff's desk, and what staff answered."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from portal.core import clock
from portal.core.db import db
from portal.districts.models import District
from portal.letters.answering import Asker, confirm_request, request_answer
from portal.rounds.asking import Asked, Visitor, ask_question, inquire
from portal.rounds.info_seats import Guest, sign_up
from portal.rounds.models import AnswerRequest, AskedQuestion, InfoSession, Round
from portal.rounds.queries import invitation_for
from portal.rounds.settling import Reply, answer_question, write_question

from .days import days_ago
from .people import People

FILE = Path(__file__).with_name("desk.yaml")
Row = dict[str, Any]


def fill_desk(round: Round, districts: dict[str, District], people: People) -> None:
    """Seats at info sessions, questions with and without an answer, two inquiries, and one request to answer."""
    rows: Row = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    for session, guests in zip(round.info_sessions, rows["guests"], strict=True):
        for guest in guests:
            _sit_in(session, guest)
    _questions(round, rows, districts, people)
    for row in rows["inquiries"]:
        with days_ago(row.pop("before")):
            inquire(round.community_id, Visitor(**row))
    _request(round, districts[rows["request"]["district"]], rows["request"])


def _sit_in(session: InfoSession, row: Row) -> None:
    # The second meeting lies ahead: nobody signs up tomorrow.
    with clock.told(min(session.at, clock.now()) - timedelta(days=row["before"])):
        sign_up(session, Guest(row["name"], row["email"], row["district"]))


def _questions(round: Round, rows: Row, districts: dict[str, District], people: People) -> None:
    staff, asked = people["coordinator.hub"], rows["asked"]
    for row in rows["written"]:
        with days_ago(row["before"]):
            write_question(round, public_text=row["public_text"], answer=row["answer"], by=staff)
    question = _ask(round, districts, asked)
    with days_ago(asked["answered"]):
        answer_question(question, Reply(asked["answer"], public_text=asked["public_text"]), by=staff)
    _ask(round, districts, rows["waiting"])


def _ask(round: Round, districts: dict[str, District], row: Row) -> AskedQuestion:
    with days_ago(row["before"]):
        invitation = invitation_for(round.id, districts[row["district"]].id)
        return ask_question(round, Asked(row["name"], row["email"], row["text"]), invitation=invitation)


def _request(round: Round, district: District, row: Row) -> None:
    """Somebody of a district, with an address that is not the district's: staff decide."""
    with days_ago(row["before"]):
        request_answer(round, district, Asker(row["name"], row["email"], row["role"]))
        confirm_request(db.session.scalars(select(AnswerRequest).filter_by(email=row["email"])).one())
