"""The shape of what is typed around a release: the press itself, the words of a mail, another decision."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length

from portal.reviews.rules import OUTCOMES

from .wording_rules import LONGEST_SUBJECT, LONGEST_TEXT


class RoundReleaseForm(FlaskForm):
    """Send all prepared decisions that were looked at."""

    seen = HiddenField()
    without_mail = BooleanField("Send without mail to these")


class WordsForm(FlaskForm):
    """The words of a mail, with fields that are put in."""

    subject = StringField(
        "Subject",
        [
            InputRequired("Give the mail a subject."),
            Length(max=LONGEST_SUBJECT, message=f"Up to {LONGEST_SUBJECT} characters fit."),
        ],
        render_kw={"autocomplete": "off"},
    )
    text = TextAreaField(
        "Text",
        [
            InputRequired("Write what the mail says."),
            Length(max=LONGEST_TEXT, message=f"Up to {LONGEST_TEXT:,} characters fit."),
        ],
    )
    seen = HiddenField()


class TurnForm(FlaskForm):
    """Another decision in place of one that was sent."""

    outcome = StringField(
        "What is decided now?",
        [InputRequired("Choose one of these."), AnyOf(OUTCOMES, message="Choose one of these.")],
    )
    reason = TextAreaField(
        "Why?",
        [InputRequired("Say why the decision changes."), Length(max=2000, message="Up to 2,000 characters fit.")],
        description="For your own records. The district does not see it.",
    )
    typed = StringField("Type the district’s name to confirm", [InputRequired("Type the district’s name.")])
    seen = HiddenField()
