"""The shape of what is typed on the page of an invitation, and of what staff type about a round."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import EmailField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import AnyOf, InputRequired, Length

from portal.accounts.fields import SHORT
from portal.accounts.rules import NO_ADDRESS, is_address
from portal.core.careful import Careful, no_links

ANSWERS = {
    "interested": "We are interested",
    "not_this_year": "Not this year",
    "pass_on": "Somebody else here should answer",
    "question": "I have a question",
}
CHOOSE = "Choose one of the answers."
# answer: its fields, each with what is said when it is empty; "" where that is no slip
FIELDS = {
    "interested": {"name": "Give the name of the person who will write.", "email": NO_ADDRESS},
    "not_this_year": {"reason": ""},
    "pass_on": {"colleague": "Give the name of your colleague.", "colleague_email": NO_ADDRESS, "note": ""},
    "question": {"question": "Write your question.", "asker": "Give a name.", "asker_email": NO_ADDRESS},
}
MAIL = [Length(max=254, message="This address is too long.")]


class AnswerForm(Careful):
    """Interested, with who will write; not this year, perhaps why; a colleague who should answer; a question."""

    answer = RadioField(
        "Your answer",
        [InputRequired(CHOOSE), AnyOf(list(ANSWERS), CHOOSE)],
        choices=[SelectChoice(value, words) for value, words in ANSWERS.items()],
        validate_choice=False,
    )
    name = StringField(
        "Name of the person who will write",
        [Length(max=120, message="Shorten the name to 120 characters."), no_links],
        description="You, or whom you ask to write. They can bring in colleagues.",
        render_kw={"autocomplete": "name"},
    )
    email = EmailField(
        "Their work e-mail", MAIL, description="The link to the letter goes there.", render_kw={"autocomplete": "email"}
    )
    reason = TextAreaField(
        "What stands in the way?",
        [Length(max=1000, message="Shorten the reason to 1,000 characters.")],
        description="It helps us plan the next round. Please name no students.",
    )
    colleague = StringField("Name of your colleague", SHORT, render_kw={"autocomplete": "off"})
    colleague_email = EmailField(
        "Your colleague’s work e-mail",
        MAIL,
        description="A link of their own goes there. Yours then only tells who has the letter.",
        render_kw={"autocomplete": "off"},
    )
    note = TextAreaField("A note to them", [Length(max=500, message="Shorten the note to 500 characters."), no_links])
    question = TextAreaField(
        "Your question",
        [Length(max=2000, message="Shorten the question to 2,000 characters.")],
        description="We may publish question and answer, without your name. Please name no students.",
    )
    asker = StringField("Your name", SHORT, render_kw={"autocomplete": "name"})
    asker_email = EmailField(
        "Your e-mail", MAIL, description="The answer goes there.", render_kw={"autocomplete": "email"}
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields of the chosen answer. What was typed beside another answer stays, and counts for nothing."""
        super().validate(extra_validators)
        for field in self:
            if field not in self.counting():
                field.errors = []
        for name, sentence in FIELDS.get(self.answer.data or "", {}).items():
            if sentence and not (self[name].data or "").strip():
                self[name].errors = [sentence]
            elif sentence == NO_ADDRESS and not self[name].errors and not is_address(self[name].data):
                self[name].errors = [NO_ADDRESS]
        return not self.errors

    def counting(self) -> list[Any]:
        """The fields of the chosen answer, and those of none."""
        others = {name for answer, fields in FIELDS.items() if answer != self.answer.data for name in fields}
        return [field for field in self if field.name not in others]


class ClosingForm(FlaskForm):
    """Close a round early: why, and the words that confirm it."""

    reason = TextAreaField(
        "Why does it close early?",
        [
            InputRequired("Say why the round closes early."),
            Length(max=1000, message="Shorten the reason to 1,000 characters."),
        ],
        description="Kept with the round. Districts do not see it.",
    )
    typed = StringField("Words to confirm", [Length(max=200, message="Type only the words shown.")])
