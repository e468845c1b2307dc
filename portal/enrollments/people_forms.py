"""The shape of what leads and staff type about other people's seats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from portal.accounts.fields import mail_field, name_field
from portal.core.careful import Careful, no_links

from .hold_rules import MOST_HELD

HOW = [SelectChoice("in_person", "In person"), SelectChoice("online", "Online")]
SHARES = [SelectChoice("district", "People of one district"), SelectChoice("role", "People with one job")]
WHOLE = "Give the whole date."
MANY = 1000
REASON = [InputRequired("Write a reason."), Length(max=300, message="Shorten this to 300 characters.")]


def _number(chosen: Any) -> int:
    return int(chosen or 0)


class People(SelectMultipleField):
    """Colleagues, each with a box to check."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class Whole(IntegerField):
    """A number from 1 to `most`; whatever else is typed gets one sentence that says so."""

    def __init__(self, label: str, most: int, **more: Any) -> None:
        self.wrong = f"Give a whole number from 1 to {most}."
        super().__init__(label, [InputRequired(self.wrong), NumberRange(1, most, self.wrong)], **more)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take the number that was typed."""
        try:
            super().process_formdata(valuelist)
        except ValueError as wrong:
            raise ValueError(self.wrong) from wrong

    def pre_validate(self, form: Any) -> None:
        """Say nothing more about what is no number."""
        if self.process_errors:
            raise StopValidation


class ModeForm(FlaskForm):
    """How people come, asked only where seats in the room and online stand side by side."""

    mode = SelectField("How will they come?", choices=HOW)

    def offer_modes(self, modes: Sequence[str], words: Mapping[str, str] = MappingProxyType({})) -> None:
        """Ask only where there is a choice; `words`: what stands beside a way to come, such as how many are left."""
        if len(modes) < 2:
            del self.mode
            return
        self.mode.choices = [SelectChoice(one.value, f"{one.label}{words.get(one.value, '')}") for one in HOW]


class EnrollForm(ModeForm):
    """Which colleagues a lead enrolls in one go."""

    people = People("Who comes?", [InputRequired("Choose at least one person.")], coerce=int, validate_choice=False)
    together = BooleanField(
        "If there are not seats for all, they wait together",
        description="Then all of them get a seat or none. Else those wait for whom there is none.",
    )


class HoldForm(ModeForm):
    """How many seats a lead keeps, and until when."""

    seats = Whole("How many seats?", MOST_HELD)
    until = DateField(
        "Until which day?", [InputRequired(WHOLE)], description="What has no name at its end goes to others."
    )


class SizeForm(FlaskForm):
    """Another number of kept seats."""

    seats = Whole("Seats in all", MANY)


class KeptForm(FlaskForm):
    """Another number of seats that a lead keeps."""

    seats = Whole("Seats in all", MOST_HELD)


class PersonForm(FlaskForm):
    """One colleague out of a list."""

    person = SelectField("Who?", [InputRequired("Choose a person.")], coerce=_number)

    def offer(self, people: Iterable[Any]) -> None:
        """Let the lead choose among these people; nobody is chosen before."""
        found = [SelectChoice(one.id, one.name) for one in people]
        self.person.choices = [SelectChoice("", "Choose a person"), *found] if found else []


class ReasonForm(Careful):
    """Why somebody is told no, or taken out: it goes into a mail to them."""

    reason = StringField(
        "Why?", [*REASON, no_links], description="It goes into the mail to them.",
    )  # fmt: skip


class AddForm(ModeForm, Careful):
    """Whom staff or the facilitator add, and why."""

    name = name_field("Their name")
    email = mail_field("Their work e-mail", "They are told by mail.")
    session = SelectField("Which meeting?", coerce=int, validators=[Optional()])
    reason = StringField(
        "Why?", REASON,
        description="It is kept and shown in this list. A speaker, somebody who was forgotten, a helper …",
    )  # fmt: skip

    def offer(self, modes: Sequence[str], meetings: Sequence[tuple[int, str]]) -> None:
        """Ask for mode and meeting only where there is a choice."""
        self.offer_modes(modes)
        self.session.choices = [SelectChoice(*one) for one in meetings]
        if not meetings:
            del self.session


class ShareForm(HoldForm):
    """For whom staff keep seats."""

    seats = Whole("How many seats?", MANY)
    kind = RadioField("For whom?", [InputRequired("Say for whom.")], choices=SHARES)
    district = SelectField("District", coerce=int, validators=[Optional()])
    role = SelectField("Job", validators=[Optional()])
    session = SelectField("Which meeting?", coerce=int, validators=[Optional()])

    def offer(
        self, districts: Sequence[tuple[int, str]], roles: Sequence[tuple[str, str]], modes: Sequence[str],
        meetings: Sequence[tuple[int, str]],
    ) -> None:  # fmt: skip
        """Let staff choose among the member districts, the jobs, the modes and the meetings."""
        self.district.choices = [SelectChoice(*one) for one in districts]
        self.role.choices = [SelectChoice(*one) for one in roles]
        self.offer_modes(modes)
        self.session.choices = [SelectChoice(*one) for one in meetings]
        if not meetings:
            del self.session
