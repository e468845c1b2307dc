"""The shape of what visitors type: a question, an inquiry, a seat at an info session."""

from __future__ import annotations

from typing import Any

from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from portal.accounts.fields import SHORT, mail_field, name_field
from portal.core.careful import Careful, no_links
from portal.districts.models import District
from portal.districts.queries import search_districts

OTHER = "0"
OFFERED = 6  # districts to choose from
PLACE = [Optional(), Length(max=160, message="Shorten this to 160 characters."), no_links]


class QuestionForm(Careful):
    """A question about the round."""

    text = TextAreaField(
        "Your question",
        [DataRequired("Write your question."), Length(max=2000, message="Shorten it to 2,000 characters.")],
        description="We may publish question and answer, without your name. Please name no students.",
    )
    name = name_field("Your name")
    email = mail_field("Your e-mail", "The answer goes there.")


class ContactForm(Careful):
    """What somebody who does not know us tells of themselves, and would like to know."""

    message = TextAreaField(
        "What would you like to know?",
        [
            DataRequired("Write what you would like to know."),
            Length(max=4000, message="Shorten it to 4,000 characters."),
        ],
        description="Please name no students.",
    )
    name = name_field("Your name")
    email = mail_field("Your e-mail", "We answer there.")
    role = StringField("Your role", [Optional(), *SHORT], description="Such as teacher, principal or parent.")
    district_text = StringField(
        "Your district or school", PLACE, description="Its name or the town, such as Beverly MA. Slips are fine."
    )
    district = RadioField("Which one do you mean?", [Optional()], choices=[], validate_choice=False)

    @property
    def district_id(self) -> int | None:
        """The district that is meant, when it is one of the directory."""
        return int(self.district.data) if self.district.data not in (None, "", OTHER) else None

    def validate(self, extra_validators: Any = None) -> bool:
        """Check what was typed; a name that several districts could have is asked back once."""
        is_right = super().validate(extra_validators)
        return self._is_one_meant() and is_right

    def _is_one_meant(self) -> bool:
        asked = (self.district_text.data or "").strip()
        found = [one for one in search_districts(asked, 3 * OFFERED) if one.is_open][:OFFERED] if asked else []
        named = [one for one in found if asked.casefold() in (one.name.casefold(), one.short_name.casefold())]
        self.district.choices = _choices(found)
        if self.district.data not in [value for value, _ in self.district.choices]:
            self.district.data = str(named[0].id) if len(named) == 1 else OTHER if not found else None
        if self.district.data is None:
            self.district.errors = ["Choose the one you mean, or “None of these”."]
        return self.district.data is not None


class SeatForm(Careful):
    """Who comes to an info session."""

    name = name_field("Your name")
    email = mail_field("Your e-mail", "We mail you how to come.")
    district_text = StringField("Your district or school", PLACE)


def _choices(found: list[District]) -> list[tuple[str, str]]:
    rows = [(str(one.id), f"{one.name}, {', '.join(filter(None, [one.city, one.state]))}") for one in found]
    return [*rows, (OTHER, "None of these")] if rows else []
