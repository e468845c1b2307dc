"""The shape of what is typed about an offer of a place: the answer of the district, and what staff do with it."""

from __future__ import annotations

from datetime import datetime

from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, IntegerField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from portal.core.clock import to_utc
from portal.rounds.build_fields import Counted

from .offer_rules import CLOSING_TIME

YEARS = (2000, 2100)
NOT_TOO_LONG = Length(max=500, message="This is too long. Up to 500 characters fit.")
A_NUMBER = "Give a number from 1 to 500."


class TurnDownForm(FlaskForm):
    """Turn a place down."""

    note = TextAreaField(
        "Is there something we should know?", [NOT_TOO_LONG], description="The community’s staff read this."
    )


class DeferForm(FlaskForm):
    """Wait for the next round instead of taking a place."""

    note = TextAreaField(
        "Why does the next round suit you better?", [NOT_TOO_LONG], description="The community’s staff read this."
    )


class TakeBackForm(FlaskForm):
    """Take an offer back."""

    reason = TextAreaField(
        "Why?", [InputRequired("Say why the offer is taken back."), NOT_TOO_LONG],
        description="The district reads this in its mail.",
    )  # fmt: skip


class MoreTimeForm(FlaskForm):
    """More time for one district to answer."""

    day = DateField("Until which day?", [InputRequired("Give the last day, such as January 22.")])
    reason = TextAreaField(
        "Why?", [InputRequired("Say why this district gets more time."), NOT_TOO_LONG],
        description="The district reads this in its mail.",
    )  # fmt: skip

    def validate_day(self, field: DateField) -> None:
        """A year that is meant."""
        if field.data and not YEARS[0] <= field.data.year <= YEARS[1]:
            raise ValidationError(f"Give a year from {YEARS[0]} to {YEARS[1]}.")

    def until(self, zone: str) -> datetime:
        """Five in the afternoon of that day."""
        assert self.day.data is not None
        return to_utc(datetime.combine(self.day.data, CLOSING_TIME), zone, fold=1)


class PlacesForm(FlaskForm):
    """How many places a round has."""

    places = IntegerField("Places", [InputRequired(A_NUMBER), Counted(1, 500, message=A_NUMBER)])
    reason = TextAreaField(
        "Why?", [InputRequired("Say why the number of places changes."), NOT_TOO_LONG],
        description="It stands in the register of exceptions.",
    )  # fmt: skip
    seen = IntegerField(validators=[Optional()], widget=HiddenField.widget)
