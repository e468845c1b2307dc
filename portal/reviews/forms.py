"""The shape of what staff type about one letter: more time, what to change, a rule that is waived."""

from __future__ import annotations

from datetime import datetime

from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
    TimeField,
    ValidationError,
    widgets,
)  # fmt: skip
from wtforms.validators import InputRequired, Length

from portal.core.clock import to_utc
from portal.core.errors import RuleBroken

YEARS = (2000, 2100)


class UntilForm(FlaskForm):
    """A day and a time as the clocks of the community show them."""

    day = DateField("Until which day?", [InputRequired("Give the last day, such as November 20.")])
    time = TimeField("Until what time?", [InputRequired("Give a time, such as 5:00 PM.")])

    def validate_day(self, field: DateField) -> None:
        """A year that is meant."""
        if field.data and not YEARS[0] <= field.data.year <= YEARS[1]:
            raise ValidationError(f"Give a year from {YEARS[0]} to {YEARS[1]}.")

    def until(self, zone: str) -> datetime:
        """The moment. Where the clocks go back it is the later of two: a deadline is never shorter than it reads.

        Raises RuleBroken for a time that the clocks skip.
        """
        if self.day.data is None or self.time.data is None:
            raise RuleBroken("Give a day and a time.")
        return to_utc(datetime.combine(self.day.data, self.time.data), zone, fold=1)


class ExtensionForm(UntilForm):
    """More time for one district."""

    district = SelectField("Which district?", coerce=int)
    reason = TextAreaField(
        "Why?",
        [
            InputRequired("Say why this district gets more time."),
            Length(max=1000, message="Up to 1,000 characters fit."),
        ],
        description="It stands in the register of exceptions, and the district gets it in the mail.",
    )


class ReturnForm(UntilForm):
    """Sections that the district is asked to change."""

    sections = SelectMultipleField(
        "Which sections come back?",
        [InputRequired("Choose at least one section.")], description="Only these can be changed.",
        widget=widgets.ListWidget(prefix_label=False), option_widget=widgets.CheckboxInput(),
    )  # fmt: skip
    message = TextAreaField(
        "What should change?",
        [InputRequired("Say what should change."), Length(max=4000, message="Up to 4,000 characters fit.")],
        description="The district reads this above its letter and in the mail.",
    )


class WaiverForm(FlaskForm):
    """Which rule of the roster a district may do without, and why."""

    # Whether there is such a rule, and it may still be waived, the operation says.
    rule = SelectField(
        "Which rule of the team is not asked of this district?",
        [InputRequired("Choose the rule.")], validate_choice=False,
    )  # fmt: skip
    reason = TextAreaField(
        "Why?",
        [
            InputRequired("Say why this district’s team may do without the rule."),
            Length(max=1000, message="Up to 1,000 characters fit."),
        ],
        description="The district and the readers see this.",
    )
