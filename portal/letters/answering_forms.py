"""The shape of what somebody types who answers without an invitation."""

from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Optional

from portal.accounts.fields import SHORT, mail_field, name_field
from portal.core.careful import Careful
from portal.districts.models import District

WHICH = "Choose your district."


class AddressForm(FlaskForm):
    """A work mail, from which the district may follow."""

    email = mail_field("Your work e-mail", "Often it tells which district is yours.")


class AskerForm(Careful):
    """Who wants to answer, and for which district."""

    district = RadioField("Your district", [InputRequired(WHICH)], choices=[], validate_choice=False)
    name = name_field("Your name")
    role = StringField("Your role", [Optional(), *SHORT], description="Such as superintendent or principal.")
    email = mail_field("Your work e-mail", "A link goes there. With an address of your district it is the only step.")

    def offer(self, districts: Sequence[District]) -> None:
        """Let them choose among these districts; a single one is chosen already."""
        self.district.choices = [
            (str(one.id), f"{one.name}, {', '.join(filter(None, [one.city, one.state]))}") for one in districts
        ]
        if len(districts) == 1 and not self.district.data:
            self.district.data = str(districts[0].id)
