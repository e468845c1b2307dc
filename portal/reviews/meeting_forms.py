"""The shape of what staff type in a meeting: the day and who is there, and the outcome for one letter."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length, Optional

from .meeting_rules import LONGEST, NOTED
from .meetings import PRESENT


class MeetingForm(FlaskForm):
    """Open a meeting."""

    held_on = DateField("Day of the meeting", [InputRequired("Give the day, such as December 3, 2026.")])
    present = TextAreaField(
        "Who is there?", [Length(max=PRESENT, message="Up to 2,000 characters fit.")],
        description="It stands at the top of the minutes.",
    )  # fmt: skip


class NoteForm(FlaskForm):
    """What came of the talk about one letter."""

    outcome = StringField("What came of it?", [Optional(), AnyOf(NOTED, message="Choose one of these.")])
    rationale = TextAreaField(
        "Why?", [Length(max=LONGEST, message="Up to 5,000 characters fit.")],
        description="It stands in the minutes, and with the decision for staff. The district does not see it.",
    )  # fmt: skip
    seen = HiddenField()
