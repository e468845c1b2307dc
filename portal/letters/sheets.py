"""A section as a page shows it: each question with its text, what it began from, and what to mend."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.core.careful import private_number
from portal.core.text import count_words
from portal.rounds.conditions import CHOOSING
from portal.rounds.models import Question

from .completeness import (
    Problem,
    RuleState,
    anchor_of,
    date_reach,
    most_characters,
    most_words,
    number_sentence,
    problems_of,
    row_problems,
    rule_states,
)
from .conditions import asked_in, questions_of, waiting_for
from .content import lines_of, row_values, size_words
from .forms import Received, ordered
from .models import Answer, Letter, RosterRow
from .rules import base_of, question_problems
from .shapes import Theirs, normal, settings_of, strings_in

EMPTY: dict[str, Any] = {
    "short_text": "", "long_text": "", "number": "", "date": "",
    "single_choice": {"choice": "", "follow_up": "", "other": ""}, "multiple_choice": {"choices": [], "other": ""},
    "ranking": [], "contact": {}, "district_profile": {"still_true": "", "corrections": {}}, "file": None,
    "commitments": {},
}  # fmt: skip
ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass
class Line:
    """One line of the roster on the page."""

    row: RosterRow
    values: Mapping[str, str]
    base: str
    errors: list[Problem] = field(default_factory=list)
    error: str = ""
    theirs: Theirs | None = None

    count, most = 0, None

    @property
    def key(self) -> str:
        return f"row-{self.row.id}"

    @property
    def wrong(self) -> list[Problem]:
        return self.errors

    def texts(self) -> tuple[list[str], list[str]]:
        """Both texts of a clash as lines: mine, theirs."""
        theirs = self.theirs.value if self.theirs else {}
        return [text for text in self.values.values() if text], [text for text in theirs.values() if text]

    @property
    def saved_at(self) -> datetime | None:
        return None if self.error or self.theirs else self.row.saved_at

    @property
    def fresh_base(self) -> str:
        return base_of(self.theirs.version, self.theirs.value) if self.theirs else self.base


@dataclass
class Field:
    """One question on the page. `value` is what its inputs show: the stored answer, or what was typed and not kept."""

    question: Question
    value: Any
    base: str
    saved_at: datetime | None = None
    problems: list[Problem] = field(default_factory=list)
    error: str = ""
    theirs: Theirs | None = None
    lines: list[Line] = field(default_factory=list)
    rules: list[RuleState] = field(default_factory=list)
    is_asked: bool = True
    waiting: list[tuple[Question, bool]] = field(default_factory=list)  # on its page, and whether they are asked

    @property
    def key(self) -> str:
        return self.question.code

    @property
    def settings(self) -> Mapping[str, Any]:
        return settings_of(self.question)

    @property
    def hint(self) -> str:
        """What stands between label and input: the help, and what fits."""
        fits = HINTS[self.question.kind](self.settings) if self.question.kind in HINTS else ""
        return f"{self.question.help} {fits}".strip()

    @property
    def is_private(self) -> bool:
        """Whether something in it looks like a number that nobody should give: a box asks whether it is none."""
        return bool(private_number(" ".join(strings_in(self.value))))

    @property
    def is_shown(self) -> bool:
        """Whether the page shows it: asked, or with something to settle that must not be hidden."""
        return self.is_asked or bool(self.error or self.theirs)

    @property
    def shows(self) -> str:
        """Which of the questions that wait for this one the page shows; the form brings it back."""
        return " ".join(one.code for one, is_asked in self.waiting if is_asked)

    @property
    def date_type(self) -> str:
        """The type of a date's input: a text where what was typed is no date, or the browser would drop it."""
        return "date" if not self.value or ISO.fullmatch(self.value) else "text"

    @property
    def mine(self) -> Any:
        """The file that came with a save that was refused: still there to be chosen."""
        return self.theirs.mine if self.theirs else None

    @property
    def size(self) -> str:
        """The size of the file that stands in the letter."""
        return size_words(self.value["size"])

    @property
    def wrong(self) -> list[Problem]:
        """What does not fit, as against what is only missing yet."""
        return [problem for problem in self.problems if problem.is_wrong]

    @property
    def fresh_base(self) -> str:
        """The base with which the typed text may replace the other one."""
        return base_of(self.theirs.version, self.theirs.value) if self.theirs else self.base

    @property
    def most(self) -> int | None:
        follow_up = self.settings.get("follow_up") or {}
        return most_words(self.settings) or follow_up.get("max_words")

    @property
    def count(self) -> int:
        text = self.value if isinstance(self.value, str) else (self.value or {}).get("follow_up", "")
        return count_words(text)

    @property
    def count_id(self) -> str:
        """The id of the word count, which the script finds by the text's own id."""
        return f"{self.key}-more-count" if self.question.kind == "single_choice" else f"{self.key}-count"

    def texts(self) -> tuple[list[str], list[str]]:
        """Both texts of a clash as lines: mine, theirs."""
        kind, settings = self.question.kind, self.settings
        mine = self.mine if kind == "file" else _kept(self.question, self.value)
        return lines_of(kind, settings, mine), lines_of(kind, settings, self.theirs.value if self.theirs else None)

    def ranked(self) -> list[tuple[int, str, str]]:
        """The options of a ranking, those in order first: number of the option, its words, its place as text."""
        options = list(enumerate(self.settings["options"]))
        places = self.value if isinstance(self.value, Mapping) else {one: str(n) for n, one in enumerate(self.value, 1)}
        rows = [(n, option, str(places.get(option, ""))) for n, option in options]
        return sorted(rows, key=lambda row: (int(row[2]) if row[2].isascii() and row[2].isdigit() else 999, row[0]))


def sheet_of(
    letter: Letter, questions: Iterable[Question], received: Received | None = None,
    clashes: Mapping[str, Theirs] | None = None,
) -> list[Field]:  # fmt: skip
    """The questions as the page shows them. `received` holds what was typed and could not be kept."""
    received, clashes = received or Received(), clashes or {}
    answers = {answer.question_id: answer for answer in letter.answers}
    shown = [question for question in questions if question.kind != "endorsement"]
    fields = [
        _roster(letter, question, received, clashes)
        if question.kind == "roster"
        else _field(letter, question, answers.get(question.id), received, clashes)
        for question in shown
    ]
    # The whole round is looked at only where it matters: an answer that saves itself mostly decides nothing.
    if any(question.condition or question.kind in CHOOSING for question in shown):
        _mark(fields, letter)
    return fields


def faults_of(fields: Iterable[Field], only: Container[str] | None = None) -> list[tuple[str, str]]:
    """What the error summary lists: anchor and sentence of what could not be kept, clashes, and what does not fit.

    With `only`, a set of keys, just what stands in the way of those being kept.
    """
    faults: list[tuple[str, str]] = []
    for one in fields:
        if not one.is_shown:
            continue
        faults += _faults(anchor_of(one.question), one.error, one.theirs)
        for line in one.lines:
            faults += _faults(f"{line.key}-role", line.error, line.theirs)
        if only is None and not one.error and not one.theirs:
            faults += [(problem.anchor, problem.sentence) for problem in one.wrong]
    return faults


def _faults(anchor: str, error: str, theirs: Theirs | None) -> list[tuple[str, str]]:
    if error:
        return [(anchor, error)]
    if theirs:
        return [(anchor, f"{theirs.name} saved this while you were writing. Choose one of the two.")]
    return []


def _mark(fields: Iterable[Field], letter: Letter) -> None:
    """Say of each field whether it is asked, and what on its page waits for it."""
    asked, everything = asked_in(letter), questions_of(letter)
    for one in fields:
        one.is_asked = one.key in asked
        near = [each for each in everything if each.section_id == one.question.section_id]
        one.waiting = [(each, each.code in asked) for each in waiting_for(one.question, near)]


def _field(
    letter: Letter, question: Question, answer: Answer | None, received: Received, clashes: Mapping[str, Theirs]
) -> Field:
    entry = received.entries.get(question.code)
    stored = answer.value if answer else None
    if entry is None:
        value = EMPTY[question.kind] if stored is None else stored
        base = base_of(answer.version if answer else 0, stored)
        return Field(question, value, base, answer.saved_at if answer else None, question_problems(letter, question))
    if question.kind == "file":
        return Field(question, stored, entry.base, None, [], entry.error, clashes.get(question.code))
    problems = [] if entry.error else problems_of(question, _kept(question, entry.raw))
    return Field(question, entry.raw, entry.base, None, problems, entry.error, clashes.get(question.code))


def _kept(question: Question, raw: Any) -> Any:
    return normal(question, ordered(raw) if question.kind == "ranking" else raw)


def _roster(letter: Letter, question: Question, received: Received, clashes: Mapping[str, Theirs]) -> Field:
    waived = {waiver.rule_code: waiver.reason for waiver in letter.waivers}
    lines = [_line(question, row, received, clashes) for row in letter.roster]
    problems = question_problems(letter, question)
    rules = rule_states(question, letter.roster, waived)
    return Field(question, None, "", None, problems, lines=lines, rules=rules)


def _line(question: Question, row: RosterRow, received: Received, clashes: Mapping[str, Theirs]) -> Line:
    key, stored = f"row-{row.id}", row_values(row)
    entry = received.entries.get(key)
    if entry is None:
        wrong = [problem for problem in row_problems(question, row) if problem.is_wrong]
        return Line(row, stored, base_of(row.version, stored), wrong)
    return Line(row, entry.raw, entry.base, [], entry.error, clashes.get(key))


def _words_hint(settings: Mapping[str, Any]) -> str:
    least, most = (settings.get("limits") or {}).get("min_words"), most_words(settings)
    if least:
        return f"Write {least} to {most} words." if most else f"Write at least {least} words."
    return ""


def _date_hint(settings: Mapping[str, Any]) -> str:
    reach = date_reach(settings)
    return f"A date {reach}." if reach else ""


HINTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "short_text": lambda settings: f"One line, up to {most_characters(settings)} characters.",
    "long_text": _words_hint,
    "number": lambda settings: number_sentence(settings) if settings.get("limits") else "",
    "date": _date_hint,
    "file": lambda settings: f"One PDF, up to {settings['limit_mb']} MB.",
    "commitments": lambda settings: "Say yes or no to each. If it is a no, a word why helps us.",
}
