"""The shape of what is typed on the page of an invitation, and of what staff type about a round."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import EmailField, RadioField, StringField, TextAreaField, ValidationError
from wtforms.fields import SelectChoice
from wtforms.validators import AnyOf, InputRequired, Length

from portal.accounts.rules import normal_address
from portal.core.errors import RuleBroken

ANSWERS = {"interested": "We are interested", "not_this_year": "Not this year"}
CHOOSE = "Choose one of the two answers."


class AnswerForm(FlaskForm):
    """Interested, with who will write, or not this year, perhaps with a reason."""

    answer = RadioField(
        "Your answer",
        [InputRequired(CHOOSE), AnyOf(list(ANSWERS), CHOOSE)],
        choices=[SelectChoice(value, words) for value, words in ANSWERS.items()],
        validate_choice=False,
    )
    name = StringField(
        "Name of the person who will write",
        [Length(max=120, message="Shorten the name to 120 characters.")],
        description="You, or whom you ask to write. They can bring in colleagues.",
        render_kw={"autocomplete": "name"},
    )
    email = EmailField(
        "Their work e-mail",
        [Length(max=254, message="This address is too long.")],
        description="The link to the letter goes there.",
        render_kw={"autocomplete": "email"},
    )
    reason = TextAreaField(
        "What stands in the way?",
        [Length(max=1000, message="Shorten the reason to 1,000 characters.")],
        description="It helps us plan the next round. Please name no students.",
    )

    def validate_name(self, field: StringField) -> None:
        if self.answer.data == "interested" and not (field.data or "").strip():
            raise ValidationError("Give the name of the person who will write.")

    def validate_email(self, field: EmailField) -> None:
        if self.answer.data != "interested":
            return
        try:
            normal_address(field.data or "")
        except RuleBroken as broken:
            raise ValidationError(broken.sentence) from broken


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
