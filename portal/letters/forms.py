"""The shape of what is typed into a letter: plain inputs named by question code, read without any widget."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import DateField, EmailField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.core.careful import private_number
from portal.core.errors import RuleBroken
from portal.core.uploads import MEGABYTE, checked_pdf
from portal.rounds.models import Question

from .shapes import (
    CONTACT,
    JOINTS,
    ROW_LENGTHS,
    Filled,
    Handed,
    Typed,
    TypedRow,
    joined,
    normal,
    normal_row,
    settings_of,
    strings_in,
)

Form = MultiDict[str, str]
Files = MultiDict[str, FileStorage]
RANK = re.compile(r"[1-9][0-9]?")
NUMBER = re.compile(r"[1-9][0-9]{0,17}")
ROW = re.compile(r"row-([1-9][0-9]{0,17})-base")


@dataclass(frozen=True)
class Entry:
    """What was typed for a question or a line of the roster, from which text on, and why it cannot be kept."""

    raw: Any
    base: str
    error: str = ""


@dataclass
class Received:
    """A form as it came in. `entries` stand under the question's code or row-NUMBER."""

    entries: dict[str, Entry] = field(default_factory=dict)
    filled: Filled = field(default_factory=Filled)

    @property
    def errors(self) -> dict[str, str]:
        return {key: entry.error for key, entry in self.entries.items() if entry.error}

    def only(self, keys: Iterable[str]) -> Received:
        """The same with only these entries."""
        kept = {key: self.entries[key] for key in keys if key in self.entries}
        answers = [typed for typed in self.filled.answers if typed.question.code in kept]
        files = [handed for handed in self.filled.files if handed.question.code in kept]
        rows = [typed for typed in self.filled.rows if f"row-{typed.row_id}" in kept]
        return Received(kept, replace(self.filled, answers=answers, files=files, rows=rows))

    def line_only(self, key: str) -> Received:
        """The same with one line of the roster, which saves itself while somebody types in it."""
        one = self.only([key])
        return replace(one, filled=replace(one.filled, restores=False))


def read(
    questions: Iterable[Question], form: Form, roles: Mapping[str, str] | None, files: Files | None = None
) -> Received:
    """Take from `form` and its `files` what they bring for `questions`. A question whose base is not in the form was
    not asked. Without `roles` it is left to the save to look at those."""
    received = Received(filled=_filled(form))
    for question in questions:
        if question.kind == "roster":
            _read_rows(form, roles, received)
        elif f"{question.code}-base" not in form or form.get("keep") == f"theirs:{question.code}":
            continue
        elif question.kind == "file":
            _read_file(question, form, files.get(f"{question.code}-file") if files else None, received)
        else:
            _read_question(question, form, received)
    return received


def raw_of(question: Question, form: Form) -> Any:
    """What was typed for the question, as typed."""
    return READERS[question.kind](question, form)


def moved(ordered: list[str], option: str, way: str, most: int) -> list[str]:
    """The ranking after up or down was pressed: up brings an option in, down from the last place takes it out."""
    if option not in ordered:
        return [*ordered[: most - 1], option] if way == "up" else ordered
    place, rest = ordered.index(option), [one for one in ordered if one != option]
    if way == "down" and place == len(rest):
        return rest
    target = max(place - 1, 0) if way == "up" else place + 1
    return [*rest[:target], option, *rest[target:]]


def pressed(form: Form) -> tuple[str, str, str]:
    """Which button inside the form was pressed: its verb, the question's code, a number. Empty words for none."""
    verb, code, number = [*form.get("do", form.get("keep", "")).split(":"), "", "", ""][:3]
    return verb, code, number


def _filled(form: Form) -> Filled:
    verb, _, number = pressed(form)
    is_number = number.isascii() and number.isdigit() and len(number) < 19
    return Filled(add_row=verb == "add-row", remove_row=int(number) if verb == "remove-row" and is_number else None)


def _read_question(question: Question, form: Form, received: Received) -> None:
    code, raw, base = question.code, raw_of(question, form), _base(question.code, form)
    if question.kind in JOINTS and form.get("keep", "").startswith(f"join:{code}:"):
        raw = joined(question, raw, form.get(f"{code}-theirs", ""))
    try:
        value = normal(question, _pressed(question, form, _value(question, raw)))
        if f"{code}-sure" not in form:
            _check_private(value)
        received.filled.answers.append(Typed(question, value, base))
        received.entries[code] = Entry(raw, base)
    except RuleBroken as error:
        received.entries[code] = Entry(raw, base, error.sentence)


def _check_private(value: Any) -> None:
    words = private_number(" ".join(strings_in(value)))
    if words:
        raise RuleBroken(
            f"This looks like {words}. We never need one: please take it out. If it is something else, check the box."
        )


def _base(key: str, form: Form) -> str:
    # “Keep mine” and “Join” name the version that they replace. If a third text came since, that is a clash of its own.
    verb, pressed_at, base = [*form.get("keep", "").split(":", 2), "", ""][:3]
    return base if verb in ("mine", "join") and pressed_at == key else form[f"{key}-base"]


def _read_file(question: Question, form: Form, file: FileStorage | None, received: Received) -> None:
    """A new file, a file taken out, or one that was sent before and is to be kept now; else nothing was done here."""
    code, base = question.code, _base(question.code, form)
    verb, pressed_at, _ = pressed(form)
    sent = form.get(code, "") if verb == "mine" and pressed_at == code else ""
    if file is not None and file.filename:
        entry = Entry(None, base)
        try:
            upload = checked_pdf(file, settings_of(question)["limit_mb"] * MEGABYTE)
            received.filled.files.append(Handed(question, upload, base))
        except RuleBroken as error:
            entry = replace(entry, error=error.sentence)
        received.entries[code] = entry
    elif NUMBER.fullmatch(sent) or (verb == "remove-file" and pressed_at == code):
        value = {"file": int(sent)} if sent else None
        received.filled.answers.append(Typed(question, value, base))
        received.entries[code] = Entry(value, base)


def _value(question: Question, raw: Any) -> Any:
    return ordered(raw) if question.kind == "ranking" else raw


def ordered(raw: Mapping[str, str]) -> list[str]:
    """The options in the order of the numbers typed beside them. Raises RuleBroken for no number, or one twice."""
    typed = {option: text for option, text in raw.items() if text}
    if not all(RANK.fullmatch(text) for text in typed.values()):
        raise RuleBroken("Type the numbers 1, 2, 3 and so on, or use the buttons.")
    # Two lines with one number would be put in order by chance.
    for text in typed.values():
        if list(typed.values()).count(text) > 1:
            raise RuleBroken(f"Two lines have the number {text}. Give each number once.")
    return sorted(typed, key=lambda option: int(typed[option]))


def _pressed(question: Question, form: Form, value: Any) -> Any:
    way, code, index = pressed(form)
    if question.kind != "ranking" or code != question.code or way not in ("up", "down"):
        return value
    option = _option(question, index)
    limits = question.settings.get("limits") or {}
    return moved(value, option, way, limits.get("max_choices", len(question.settings["options"])))


def _read_rows(form: Form, roles: Mapping[str, str] | None, received: Received) -> None:
    for name in form:
        found = ROW.fullmatch(name)
        key = name.removesuffix("-base")
        if not found or form.get("keep") == f"theirs:{key}":
            continue
        raw, base = {part: form.get(f"{key}-{part}", "") for part in ROW_LENGTHS}, _base(key, form)
        try:
            received.filled.rows.append(TypedRow(int(found[1]), normal_row(raw, roles), base))
            received.entries[key] = Entry(raw, base)
        except RuleBroken as error:
            received.entries[key] = Entry(raw, base, error.sentence)


def _option(question: Question, index: str) -> str:
    options = question.settings["options"]
    if index.isascii() and index.isdigit() and len(index) < 4 and int(index) < len(options):
        return str(options[int(index)])
    return index


def _text(question: Question, form: Form) -> str:
    return form.get(question.code, "")


def _single(question: Question, form: Form) -> dict[str, str]:
    code, chosen = question.code, form.get(question.code, "")
    return {
        "choice": _option(question, chosen) if chosen else "",
        "follow_up": form.get(f"{code}-more", ""), "other": form.get(f"{code}-other", ""),
    }  # fmt: skip


def _multiple(question: Question, form: Form) -> dict[str, Any]:
    chosen = [_option(question, index) for index in form.getlist(question.code)]
    return {"choices": chosen, "other": form.get(f"{question.code}-other", "")}


def _ranking(question: Question, form: Form) -> dict[str, str]:
    options = question.settings["options"]
    return {option: form.get(f"{question.code}-{n}", "").strip() for n, option in enumerate(options)}


def _contact(question: Question, form: Form) -> dict[str, str]:
    return {name: form.get(f"{question.code}-{name}", "") for name in question.settings.get("fields", CONTACT)}


def _profile(question: Question, form: Form) -> dict[str, Any]:
    code, names = question.code, question.settings.get("prefill", [])
    return {"still_true": form.get(code, ""), "corrections": {name: form.get(f"{code}-{name}", "") for name in names}}


def _commitments(question: Question, form: Form) -> dict[str, dict[str, str]]:
    keys = {one["code"]: f"{question.code}-{one['code']}" for one in settings_of(question)["commitments"]}
    return {code: {"answer": form.get(key, ""), "why_not": form.get(f"{key}-why", "")} for code, key in keys.items()}


READERS: dict[str, Callable[[Question, Form], Any]] = {
    "short_text": _text, "long_text": _text, "number": _text, "date": _text, "single_choice": _single,
    "multiple_choice": _multiple, "ranking": _ranking, "contact": _contact, "district_profile": _profile,
    "commitments": _commitments,
}  # fmt: skip


class AskForm(FlaskForm):
    """Whom to ask for the signature."""

    name = StringField(
        "Their name", [InputRequired("Give the name of the superintendent or head of school."), Length(max=120)]
    )
    email = EmailField(
        "Their work e-mail", [InputRequired("Give the mail address to which the private link goes."), Length(max=254)],
        description="They get a private link. No account is needed.",
    )  # fmt: skip


class SignForm(FlaskForm):
    """The signature: every commitment, name, title, date."""

    accepted = SelectMultipleField(
        "The commitments", [InputRequired("Check every commitment you accept.")], validate_choice=False
    )
    name = StringField(
        "Your name", [InputRequired("Type your name."), Length(max=120)], render_kw={"autocomplete": "name"}
    )
    title = StringField(
        "Your title", [InputRequired("Type your title, such as Superintendent."), Length(max=120)],
        render_kw={"autocomplete": "organization-title"},
    )  # fmt: skip
    day = DateField("Date", [InputRequired("Give the date on which you sign.")])


class DeclineForm(FlaskForm):
    """Why the letter is not signed."""

    reason = TextAreaField(
        "What would have to change?",
        [
            InputRequired("Say what would have to change. The district reads it."),
            Length(max=2000, message="Keep it under 2,000 characters."),
        ],
    )
