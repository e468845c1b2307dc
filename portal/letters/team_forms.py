"""The shape of what is typed about a letter's team: whom to ask, who looks after a section, the name of who joins."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    EmailField,
    FileField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, Optional

from portal.accounts.rules import normal_address
from portal.core.errors import RuleBroken


class EditorForm(FlaskForm):
    """A colleague who shall write in the letter too."""

    name = StringField(
        "Their name",
        [InputRequired("Give the colleague’s name."), Length(max=120, message="Shorten the name to 120 characters.")],
        render_kw={"autocomplete": "off"},
    )
    email = EmailField(
        "Their work e-mail",
        [InputRequired("Give the mail address to which the private link goes.")],
        description="They get a private link that works for 30 days.",
        render_kw={"autocomplete": "off"},
    )

    def validate_email(self, field: EmailField) -> None:
        try:
            normal_address(field.data or "")
        except RuleBroken as broken:
            raise ValidationError(broken.sentence) from broken


class PlanForm(FlaskForm):
    """Who looks after a section, and until when."""

    owner = SelectField("Looks after it", [Optional()], coerce=lambda value: int(value) if value else None)
    due = DateField("Until", [Optional()])


class TeamTableForm(FlaskForm):
    """A team that somebody has in a spreadsheet: pasted, or as a file."""

    table = TextAreaField(
        "Paste the lines here",
        description="One person a line: role, school or office, name, e-mail. A first line with the names of the "
        "columns helps, and then their order does not matter.",
    )
    file = FileField(
        "Or take a CSV file", description="In Excel or Google Sheets: save or download the sheet as CSV.",
        render_kw={"accept": ".csv,.tsv,.txt,text/csv,text/plain"},
    )  # fmt: skip
    once = HiddenField()
    seen = HiddenField()


class EditorJoinForm(FlaskForm):
    """The name under which somebody writes."""

    name = StringField(
        "Your name",
        [InputRequired("Give your name."), Length(max=120, message="Shorten the name to 120 characters.")],
        description="The others on the team see it beside what you write.",
        render_kw={"autocomplete": "name"},
    )
