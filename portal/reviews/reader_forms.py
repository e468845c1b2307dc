"""The shape of what is typed about readers: how many, who, and conflicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, SelectMultipleField, TextAreaField, ValidationError, widgets
from wtforms.validators import InputRequired, Length

from portal.accounts.models import Account
from portal.rounds.build_fields import Counted

NOTE = Length(max=1000, message="Up to 1,000 characters fit.")
WHOM = "Choose at least one reader."


def boxes(label: str) -> Any:
    """Readers, each with a box to check."""
    return SelectMultipleField(
        label, [InputRequired(WHOM)], coerce=int, validate_choice=False, widget=widgets.ListWidget(prefix_label=False),
        option_widget=widgets.CheckboxInput(),
    )  # fmt: skip


def number_or_none(text: Any) -> int | None:
    """The number of what was chosen; none where nothing was chosen yet."""
    return None if text in ("", None) else int(text)


class OthersForm(FlaskForm):
    """Who takes over what somebody had to read."""

    readers = boxes("Who takes them over?")

    def validate_readers(self, field: Any) -> None:
        """Nobody but those who are offered."""
        if not {one for one, *_ in field.choices} >= set(field.data or ()):
            raise ValidationError("One of these people does not read letters here. Choose from the list.")

    def offer(self, people: Iterable[Account]) -> None:
        """Offer these readers."""
        self.readers.choices = [(one.id, one.name) for one in people]

    def chosen(self, people: Iterable[Account]) -> list[Account]:
        """The readers whose boxes are checked."""
        return [one for one in people if one.id in (self.readers.data or ())]


class EvenlyForm(OthersForm):
    """How many readers each letter is to have, and who reads."""

    per_letter = IntegerField(
        "Readers for each letter",
        [InputRequired("Give a number from 1 to 20."), Counted(1, 20, "Give a number from 1 to 20.")],
        widget=widgets.TextInput(), render_kw={"inputmode": "numeric", "class": "w6"},
        description="Readers that a letter has already are counted.",
    )  # fmt: skip
    readers = boxes("Who reads?")


class ReaderForm(FlaskForm):
    """One reader more for a letter."""

    reader = SelectField(
        "Who reads it?", [InputRequired("Choose a reader.")], coerce=number_or_none, validate_choice=False
    )  # fmt: skip

    def offer(self, people: Sequence[tuple[int, str]]) -> None:
        """Offer these people, nobody of them chosen."""
        self.reader.choices = [("", "Choose a reader"), *people] if people else []


class DeclarationForm(FlaskForm):
    """A reader says that they have a conflict."""

    note = TextAreaField("What is the conflict?", [NOTE], description="Staff read this. You can leave it empty.")


class ConflictForm(FlaskForm):
    """Staff note somebody's conflict with a district."""

    reader = SelectField("Who has the conflict?", [InputRequired("Choose a person.")], coerce=number_or_none)
    district = SelectField("With which district?", [InputRequired("Choose a district.")], coerce=number_or_none)
    note = TextAreaField("Why?", [InputRequired("Say what the conflict is."), NOTE], description="Staff read this.")

    def offer(self, people: Sequence[Account], districts: Iterable[Any]) -> None:
        """Offer these people and districts, none of them chosen."""
        known = [(one.id, one.name) for one in districts]
        self.reader.choices = [("", "Choose a person"), *((one.id, one.name) for one in people)]
        self.district.choices = [("", "Choose a district"), *known] if known else []
