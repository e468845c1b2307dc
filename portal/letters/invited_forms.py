"""The shape of what staff type about an invitation: what was said, and whom it is addressed to."""

from __future__ import annotations

from wtforms import EmailField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from portal.accounts.rules import normal_address
from portal.core.careful import Careful
from portal.core.errors import RuleBroken
from portal.rounds.inviting_rules import LONGEST_NOTE


class SaidForm(Careful):
    """What somebody said: on the phone, as a reason, or as a mail system."""

    said = TextAreaField(
        "What was said",
        [
            InputRequired("Write what was said, in a few words."),
            Length(max=LONGEST_NOTE, message=f"Shorten the note to {LONGEST_NOTE:,} characters."),
        ],
    )


class ContactForm(Careful):
    """Whom a letter is addressed to."""

    to_name = StringField(
        "Name",
        [
            InputRequired("Give the name of the person whom the letter is addressed to."),
            Length(max=120, message="Shorten the name to 120 characters."),
        ],
        description="As it stands in the salutation.",
        render_kw={"autocomplete": "off"},
    )
    to_email = EmailField(
        "E-mail",
        [InputRequired("Give one mail address, such as name@example.org.")],
        render_kw={"autocomplete": "off"},
    )

    def validate_to_email(self, field: EmailField) -> None:
        try:
            normal_address(field.data or "")
        except RuleBroken as broken:
            raise ValidationError(broken.sentence) from broken
