"""Two who write, a signer, staff, the worker and a clock, in any order, against a model of nothing but names and texts.

The model knows no table of moves. It says again, in its own way, what a letter may become, so that a wrong line in the
table and a wrong `if` in an operation are found by the same walk.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.core.db import db
from portal.core.errors import Conflict, RuleBroken
from portal.core.outbox import Outgoing
from portal.districts.operations import add_district, grant_lead
from portal.letters.content import row_values
from portal.letters.extending import extend
from portal.letters.models import Answer, AnswerRevision, Letter, Submission
from portal.letters.operations import (
    add_roster_row,
    ask_endorsement,
    decline_endorsement,
    lapse,
    save_answer,
    save_roster_row,
    sign_endorsement,
    start_letter,
    submit,
    take_back_endorsement,
)
from portal.letters.reopening import reopen
from portal.letters.returning import Wanted, return_sections
from portal.letters.rules import base_of, is_endorsed
from portal.letters.withdrawing import undo_withdrawal, withdraw
from portal.rounds.models import Round
from portal.rounds.operations import create_round, publish_round
from tests.letters.builders import ANSWERS, TEAM, Place, a_question_row, a_signature
from tests.letters.lives import staff_of
from tests.letters.model import CLOSES, END, HOME, STARTS, WRITING, Model
from tests.rounds.builders import PROMISES
from tests.rounds.builders import fields as round_fields

ASKED = {"q3": "why-now", "q10": "time", "q7": "your-team", "q12": "endorsement"}  # the questions of a short round
TEXTS = {"q3": "Our two schools wrote down text {}.", "q10": "We pay for days of plan {}.", "team": "Name {}"}
SECTIONS = list(ASKED.values())
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
PAUSES = [timedelta(minutes=1), timedelta(minutes=10), 30 * HOUR, 200 * HOUR]
STEPS = st.lists(st.tuples(st.integers(0, 9_999), st.integers(0, 1)), min_size=25, max_size=40)
Verb = Callable[..., object]


class Walk:
    """One letter, and what is done to it. `who` is one of two writers; `chance` chooses what else has to be chosen."""

    def __init__(self, place: Place, round: Round, at: Callable[[str], datetime]) -> None:
        self.place, self.round, self.stop = place, round, at
        self.people, self.staff = [place.lead, place.other], staff_of(place)
        self.questions = {one.code: one for section in round.sections for one in section.questions}
        self.model, self.count = Model(), 0
        self.move_to(STARTS)
        self.letter = self.a_letter()
        for part in HOME:
            self.model.write(part, 0, ANSWERS.get(part, ""))
        self.seen = [dict(self.model.texts) for _ in self.people]
        self.bases = [{part: self.base(part) for part in HOME} for _ in self.people]

    def step(self, chance: int, who: int) -> None:
        """Do something a second later: mostly what people do at such a letter, now and then anything at all."""
        usual = 3 * USUAL[self.model.status] + [Walk.write, Walk.wait_for_a_deadline, Walk.the_worker_looks]
        verbs = usual if chance % 4 else ANYTHING
        chance //= 4
        self.move_to(self.model.now + SECOND)
        verbs[chance % len(verbs)](self, who, chance // len(verbs))
        self.check()

    def write(self, who: int, chance: int) -> None:
        """Save a new text from whatever this person saw last, be it old or not."""
        part = list(HOME)[chance % 3]
        self.count += 1
        text = TEXTS[part].format(self.count)
        can, clashes = self.model.may_write(part), self.seen[who][part] != self.model.texts[part]
        answer = self.save(who, part, text)
        if not can:
            assert type(answer) is RuleBroken  # its text goes back to whoever typed it: see letters/handing_back
            return
        if clashes:
            assert self.theirs(answer, part) == self.model.texts[part]
        else:
            assert answer is None
            self.model.write(part, who, text)
        self.look(who, part)

    def reload_the_page(self, who: int, chance: int) -> None:
        for part in HOME:
            self.look(who, part)

    def ask(self, who: int, chance: int) -> None:
        self.count += 1
        whom = f"superintendent{self.letter.id}x{self.count}@example.org"
        can = self.model.status in WRITING and self.model.is_open
        if self.tries(can, ask_endorsement, name="Superintendent", email=whom, by=self.people[who]):
            self.model.status, self.model.out = "endorsing", True

    def sign(self, who: int, chance: int) -> None:
        asked = self.letter.endorsements[-1:]
        if asked and asked[0].signed_at is None:
            can = self.model.out and self.model.is_open
            if self.tries(can, lambda letter: sign_endorsement(asked[0], a_signature())):
                self.model.answered()
                self.model.signed = (self.model.as_signed(), self.model.now)

    def have_it_signed(self, who: int, chance: int) -> None:
        self.ask(who, chance)
        self.sign(who, chance)

    def have_it_signed_and_send(self, who: int, chance: int) -> None:
        self.have_it_signed(who, chance)
        self.send(1 - who, chance)

    def decline(self, who: int, chance: int) -> None:
        asked = self.letter.endorsements[-1:]
        if asked and asked[0].declined_at is None:
            can = self.model.out and self.model.is_open
            if self.tries(can, lambda letter: decline_endorsement(asked[0], "Say more.")):
                self.model.answered()

    def take_back(self, who: int, chance: int) -> None:
        can = self.model.out and self.model.is_open
        if self.tries(can or self.model.status in WRITING, take_back_endorsement, by=self.people[who]) and can:
            self.model.answered()

    def send(self, who: int, chance: int) -> None:
        can, late = self.model.may_send, self.model.is_late
        if self.tries(can or self.model.status == "submitted", submit, by=self.people[who]) and can:
            self.model.sent.append(frozen(self.letter.submissions[-1]))
            assert (self.letter.submissions[-1].is_late, self.letter.submissions[-1].number) == (
                late, len(self.model.sent),
            )  # fmt: skip
            self.model.leave("submitted")

    def open_again(self, who: int, chance: int) -> None:
        can = self.model.status == "submitted" and self.model.is_open
        if self.tries(can or self.model.status == "draft", reopen, by=self.people[who]):
            self.model.status = "draft"

    def take_out(self, who: int, chance: int) -> None:
        can = self.model.may_withdraw
        if self.tries(can or self.model.status == "withdrawn", withdraw, by=self.people[who]):
            self.model.leave("withdrawn")

    def put_back(self, who: int, chance: int) -> None:
        can = self.model.status == "withdrawn" and self.model.may_undo_by_date
        if self.tries(can or self.model.status == "submitted", undo_withdrawal, by=self.people[who]):
            self.model.status = "submitted"

    def send_back(self, who: int, chance: int) -> None:
        sections = [slug for number, slug in enumerate(SECTIONS) if (chance % 15 + 1) >> number & 1]
        wanted = Wanted(sections, "Say more.", self.model.now + (1 + chance % 300) * HOUR)
        if self.tries(self.model.status == "submitted", return_sections, wanted, by=self.staff):
            self.model.status, self.model.back = "returned", (sections, self.model.now, wanted.due_at)

    def give_time(self, who: int, chance: int) -> None:
        until = self.model.now + (1 + chance % 300) * HOUR
        district = self.letter.district
        if self.tries(until > self.model.end, lambda _: extend(self.round, district, until, "Snow.", by=self.staff)):
            self.model.give(until)

    def wait(self, who: int, chance: int) -> None:
        self.move_to(self.model.now + PAUSES[chance % len(PAUSES)])

    def wait_for_a_deadline(self, who: int, chance: int) -> None:
        end = [CLOSES, END, self.model.end, self.model.end][chance % 4]
        before = (
            end + (chance // 4 % 3 - 2) * SECOND
        )  # the next step begins a second later: before, on or after the end
        self.move_to(max(before, self.model.now))

    def the_worker_looks(self, who: int, chance: int) -> None:
        """What the job does every minute, for this letter."""
        is_over = self.model.is_over
        assert lapse(self.letter) == is_over
        if is_over:
            self.model.leave("submitted" if self.model.sent else "not_submitted")

    def check(self) -> None:
        """The letter is what the model says: no text lost, nothing sent changed, no signature under another text."""
        db.session.rollback()
        letter, model = self.letter, self.model
        assert (letter.status, is_endorsed(letter)) == (model.status, model.is_signed)
        assert {part: self.stored(part) for part in HOME} == model.texts
        for part in ("q3", "q10"):
            assert self.earlier(part) == [text for _, _, text in model.kept[part]]
        assert [frozen(one) for one in letter.submissions] == model.sent
        assert self.receipts() == sorted((one["id"], person.email) for one in model.sent for person in self.people)

    def tries(self, can: bool, verb: Verb, *args: Any, **kwargs: Any) -> bool:
        """Do it to the letter, and see that it is refused exactly where the model says so."""
        refused = ""
        try:
            verb(self.letter, *args, **kwargs)
        except RuleBroken as error:
            refused = error.sentence
        assert (refused == "") == can, f"{verb} at {self.model.now}: {refused or 'went through'}"
        return can

    def save(self, who: int, part: str, text: str) -> RuleBroken | None:
        """Save the text; gives what was said against it."""
        base, by, row = self.bases[who][part], self.people[who], self.letter.roster[1]
        try:
            if part == "team":
                save_roster_row(self.letter, row.id, {**row_values(row), "name": text}, base, by=by)
            else:
                save_answer(self.letter, self.questions[part], text, base, by=by)
        except RuleBroken as refused:
            return refused
        return None

    def theirs(self, clash: RuleBroken | None, part: str) -> str:
        """The other text, as the one who was refused is shown it."""
        assert isinstance(clash, Conflict)
        theirs: Any = clash.theirs
        return str(theirs.value["name"] if part == "team" else theirs.value)

    def look(self, who: int, part: str) -> None:
        self.seen[who][part], self.bases[who][part] = self.model.texts[part], self.base(part)

    def base(self, part: str) -> str:
        row = self.letter.roster[1]
        if part == "team":
            return base_of(row.version, row_values(row))
        return base_of(self.answer(part).version, self.answer(part).value)

    def stored(self, part: str) -> str:
        return self.letter.roster[1].name if part == "team" else self.answer(part).value

    def earlier(self, part: str) -> list[str]:
        chosen = db.session.query(AnswerRevision).filter_by(answer_id=self.answer(part).id)
        return [row.value for row in chosen.order_by(AnswerRevision.version)]

    def receipts(self) -> list[tuple[int, str]]:
        mine = {one["id"] for one in self.model.sent}
        owed = db.session.query(Outgoing.ids, Outgoing.to_address).filter_by(template="letter_submitted")
        return sorted((ids["submission_id"], to) for ids, to in owed if ids["submission_id"] in mine)

    def answer(self, part: str) -> Answer:
        return next(one for one in self.letter.answers if one.question_id == self.questions[part].id)

    def move_to(self, moment: datetime) -> None:
        self.model.now = moment
        self.stop(moment.isoformat())

    def a_letter(self) -> Letter:
        """A complete letter of a new district."""
        number = db.session.query(Letter).count() + 1
        district = add_district(name=f"District {number} Public Schools", city="Harbor", state="MA")
        for person in self.people:
            grant_lead(person, self.place.community.id, district, None)
        letter = start_letter(self.round, district, self.people[0])
        for part in ("q3", "q10"):
            save_answer(letter, self.questions[part], ANSWERS[part], by=self.people[0])
        for role, school, name, email in TEAM:
            add_roster_row(letter, {"role": role, "school": school, "name": name, "email": email}, by=self.people[0])
        return letter


USUAL: dict[str, list[Verb]] = {
    "draft": [Walk.write, Walk.have_it_signed_and_send, Walk.ask, Walk.take_out],
    "returned": [Walk.write, Walk.have_it_signed, Walk.have_it_signed_and_send, Walk.give_time, Walk.take_out],
    "endorsing": [Walk.sign, Walk.sign, Walk.decline, Walk.take_back],
    "submitted": [Walk.open_again, Walk.send_back, Walk.open_again, Walk.take_out],
    "withdrawn": [Walk.put_back],
    "not_submitted": [Walk.give_time],
}
ANYTHING: list[Verb] = [
    Walk.write, Walk.reload_the_page, Walk.ask, Walk.sign, Walk.decline, Walk.take_back, Walk.send, Walk.open_again,
    Walk.take_out, Walk.put_back, Walk.send_back, Walk.give_time, Walk.wait, Walk.the_worker_looks,
]  # fmt: skip


def test_any_order_of_moves_loses_no_text_and_reaches_no_state_that_is_none(
    place: Place, at: Callable[[str], datetime], request: pytest.FixtureRequest
) -> None:
    round, walks = a_short_round(place), 40 if request.config.getoption("--database") == "sqlite" else 10

    @settings(
        max_examples=walks, deadline=None, suppress_health_check=list(HealthCheck), derandomize="CI" in os.environ,
        database=None,
    )  # fmt: skip
    @given(steps=STEPS)
    def go(steps: list[tuple[int, int]]) -> None:
        walk = Walk(place, round, at)
        for chance, who in steps:
            walk.step(chance, who)

    go()


def a_short_round(place: Place) -> Round:
    """A round that asks little, so that a walk costs little."""
    sections = [{"slug": slug, "title": slug, "questions": [a_question_row(code)]} for code, slug in ASKED.items()]
    round = create_round(place.community, fields=round_fields(slug="short"), sections=sections, commitments=PROMISES)
    publish_round(round)
    return round


def frozen(sent: Submission) -> dict[str, Any]:
    names = ("id", "number", "reference", "content", "content_hash", "is_late", "submitted_at", "submitted_by_id")
    return {name: getattr(sent, name) for name in names}
