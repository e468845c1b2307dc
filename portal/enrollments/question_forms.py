"""The questions of an experience as fields: one form for each seat that can be asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Field, RadioField, SelectField, StringField, ValidationError

from portal.core.careful import Careful
from portal.core.filters import day

from .question_rules import GUARDED, LONGEST, YES_NO, Question, options_of, wrong_answer

ERASED = "Answers are erased after {}."
GUARDED_WORDS = "Only staff and whoever leads this see your answer. It is erased after {}."


class QuestionForm(Careful):
    """What one experience asks; `form_of` makes one with a field for each question."""

    session_id: int | None = None

    def answers(self) -> dict[int, str]:
        """What was answered, by the number of the question."""
        return {int(field.short_name[1:]): field.data or "" for field in self.asking()}

    def asking(self) -> list[Any]:
        """The fields that are questions, in their order."""
        return [field for field in self if field.short_name[:1] == "q"]


def form_of(
    questions: Sequence[Any], session_id: int | None = None, answers: Mapping[int, str] | None = None,
    typed: MultiDict[str, str] | None = None,
) -> QuestionForm:  # fmt: skip
    """The form of these questions for all of it, or for the one meeting; filled with `answers`, or as `typed`."""
    fields = {f"q{question.id}": _field(question) for question in questions}
    made = type("AskedForm", (QuestionForm,), fields)
    data = {f"q{number}": value for number, value in (answers or {}).items()}
    form: QuestionForm = made(formdata=typed, data=data, prefix=f"s{session_id}" if session_id else "")
    form.session_id = session_id
    return form


class _Fits:
    """A validator that asks the rules about one question."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.field_flags = {"required": True} if question.is_required else {}

    def __call__(self, form: Any, field: Field) -> None:
        field.data = (field.data or "").strip()
        wrong = wrong_answer(self.question, field.data)
        if wrong:
            raise ValidationError(wrong)


def _field(question: Any) -> Any:
    given = {"label": question.label, "validators": [_Fits(question)], "description": _help(question)}
    if question.kind == "yes_no":
        return RadioField(**given, choices=YES_NO, validate_choice=False)
    options = options_of(question)
    if not options:
        return StringField(**given, render_kw={"maxlength": LONGEST})
    nothing = "Choose" if question.is_required else "Nothing chosen"
    return SelectField(**given, choices={"": nothing, **options}, validate_choice=False)


def _help(question: Any) -> str:
    kept = (GUARDED_WORDS if question.kind in GUARDED else ERASED).format(day(question.erase_on).striptags())
    return " ".join(part for part in (question.help, kept) if part)
