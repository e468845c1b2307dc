"""The shape of what staff type to ask something of whoever enrolls."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, StringField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Optional

from portal.rounds.build_fields import DayField, LinesField, as_line, at_most, offered

from .planning_models import ExperienceQuestion

KIND_WORDS = {
    "dietary": "What somebody eats",
    "access": "What somebody needs to take part",
    "text": "A short text",
    "choice": "One of several answers",
    "yes_no": "Yes or no",
}
KIND_HINTS = {
    "dietary": "Only staff and the facilitator see the answers.",
    "access": "Only staff and the facilitator see the answers.",
}


class QuestionForm(FlaskForm):
    """One question."""

    kind = RadioField("What kind of answer?", choices=offered(KIND_WORDS.items()))
    label = StringField("Question", [DataRequired("Write the question."), at_most(200)], filters=[as_line])
    help = StringField("A hint below it", [at_most(300)], filters=[as_line])
    options = LinesField("Answers to choose from", [Optional()], description="One a line. Only for one of several.")
    is_required = BooleanField("It has to be answered")
    erase_on = DayField(
        "Answers are kept until", [InputRequired("Give the day.")],
        description="The last day. After it they are erased for good.",
    )  # fmt: skip

    def __init__(self, erase_on: date, question: ExperienceQuestion | None = None) -> None:
        told = {"kind": "dietary", "erase_on": erase_on} if question is None else None
        super().__init__(obj=question, data=told)

    def validate_options(self, field: Any) -> None:
        """A few, each short; two or more where one is to be chosen."""
        lines = field.data or []
        if len(lines) > 20 or any(len(one) > 120 for one in lines):
            raise ValidationError("Keep it to 20 answers of 120 characters.")

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field, then that there is something to choose from."""
        if not super().validate(extra_validators):
            return False
        if self.kind.data == "choice" and len(set(self.options.data or [])) < 2:
            self.options.errors = ["Give two answers or more to choose from."]
        return not self.errors

    def values(self) -> dict[str, Any]:
        """What is to be kept."""
        told = {name: self[name].data for name in ("kind", "label", "is_required", "erase_on")}
        return {**told, "help": self.help.data or "", "options": list(dict.fromkeys(self.options.data or []))}
