"""The shape of what is typed to decide, to name a colleague, to join."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import DateField, EmailField, HiddenField, StringField, TextAreaField
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, Optional

from portal.reviews.rules import OUTCOMES

LONG_NAME = "This name is too long. Up to 80 characters fit."


class DecisionForm(FlaskForm):
    """Prepare a decision about a letter."""

    outcome = StringField(
        "What do you mean to decide?",
        [InputRequired("Choose one of these."), AnyOf(OUTCOMES, message="Choose one of these.")],
    )
    rationale = TextAreaField(
        "Why?",
        [Length(max=5000, message="This is too long. Up to 5,000 characters fit.")],
        description="For your own records. The district does not see it.",
    )
    seen = HiddenField()


class WithdrawForm(FlaskForm):
    """Withdraw a letter that was sent."""

    reason = TextAreaField(
        "Why?",
        [Length(max=1000, message="This is too long. Up to 1,000 characters fit.")],
        description="Everyone who writes the letter and the community’s staff read this.",
    )


class SeatForm(FlaskForm):
    """Give a seat of the team to a colleague."""

    name = StringField(
        "Name", [InputRequired("Give your colleague’s name."), Length(max=80, message=LONG_NAME)],
        render_kw={"autocomplete": "off"},
    )  # fmt: skip
    email = EmailField(
        "Work e-mail",
        [InputRequired("Give your colleague’s mail address."), Length(max=254, message="This address is too long.")],
        render_kw={"autocomplete": "off"},
    )


class JoinForm(FlaskForm):
    """Join a team."""

    name = StringField(
        "Your name", [InputRequired("Give your name."), Length(max=80, message=LONG_NAME)],
        description="As your colleagues know you", render_kw={"autocomplete": "name"},
    )  # fmt: skip


class ReleaseForm(FlaskForm):
    """Send a decision that was looked at."""

    seen = HiddenField()


class CohortForm(FlaskForm):
    """Open the cohort that a round fills."""

    name = StringField("Name", [DataRequired("Give the cohort a name."), Length(max=80, message=LONG_NAME)])
    starts_on = DateField("Begins on", [InputRequired("Say when the cohort begins.")])
    ends_on = DateField("Ends on", [Optional()])
