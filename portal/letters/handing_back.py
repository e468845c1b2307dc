"""Texts that came too late, or from somebody who writes in the letter no more: refused, and handed back to copy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from flask import abort, make_response, render_template, request
from werkzeug.datastructures import FileStorage

from portal.core.failures import show as show_error
from portal.core.web import is_htmx
from portal.rounds.models import Question

from .content import lines_of
from .forms import Received
from .rules import is_unchanged
from .shapes import settings_of, strings_in

OURS = {"csrf_token", "keep", "do", "later"}  # what a form sends that nobody typed
OUR_ENDS = ("-base", "-theirs", "-shows", "-sure")
NOT_THEIRS = (
    "You do not write in this letter any more, so nothing was saved. Your text stays on this page: copy it, and ask "
    "who acts for the district."
)
TEXTS = ("short_text", "long_text")
CHOICES = ("single_choice", "multiple_choice", "district_profile")
STILL_YOURS = "It was not kept. The file is still on your machine."


@dataclass(frozen=True)
class Text:
    """What was typed under one label, to be copied."""

    label: str
    text: str

    @property
    def rows(self) -> int:
        """How many lines of a box it fills, roughly."""
        return min(max(len(self.text) // 60 + self.text.count("\n") + 1, 2), 12)


def texts_of(questions: Iterable[Question], received: Received, roles: Mapping[str, str]) -> list[Text]:
    """What a form brought that is not stored: the answers that were changed in it, its files by name, its lines."""
    known = {question.code: question for question in questions}
    values = {typed.question.code: typed.value for typed in received.filled.answers}
    found = [
        Text(known[code].label, text)
        for code, entry in received.entries.items()
        if code in known and known[code].kind != "file"
        and not (code in values and is_unchanged(entry.base, values[code]))
        and (text := _words_of(known[code], values.get(code, entry.raw), code in values))
    ]  # fmt: skip
    found += [Text(one.question.label, f"{one.upload.name}. {STILL_YOURS}") for one in received.filled.files]
    return [*found, *_lines(received, roles)]


def not_theirs() -> NoReturn:
    """No such page; what was typed is handed back, for its writer may just have been taken off the team."""
    typed = [(name, text.strip()) for name, text in request.form.items() if name not in OURS]
    texts = [text for name, text in typed if len(text) > 2 and not name.endswith(OUR_ENDS)]
    texts += [f"{file.filename}. {STILL_YOURS}" for file in _files()]
    if not texts:
        abort(404)
    page = "" if is_htmx() else render_template("letters/team_left.html", texts=texts, here="letter")
    abort(make_response((page, 404) if page else show_error(404, NOT_THEIRS)))


def _files() -> Iterator[FileStorage]:
    return (file for file in request.files.values() if file.filename)


def _lines(received: Received, roles: Mapping[str, str]) -> Iterator[Text]:
    for key, entry in received.entries.items():
        if key.startswith("row-") and not is_unchanged(entry.base, entry.raw):
            parts = [roles.get(entry.raw["role"], entry.raw["role"]), *list(entry.raw.values())[1:]]
            yield Text("A person of the team", ", ".join(part for part in parts if part))


def _words_of(question: Question, value: Any, is_normal: bool) -> str:
    """Every word of an answer, also those that the letter would not show: typed below a choice that was taken back."""
    if not is_normal or question.kind in TEXTS:
        return "\n".join(strings_in(value))
    shown = "\n".join(lines_of(question.kind, settings_of(question), value))
    more = strings_in(value) if question.kind in CHOICES else []
    return "\n".join([shown, *(text for text in more if text.partition("\n")[0].strip() not in shown)]).strip()
