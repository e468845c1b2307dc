"""The shape of what a person sends to ask for a seat. The token against forgery is checked before the door."""

from __future__ import annotations

from wtforms import Form, IntegerField, StringField
from wtforms.validators import AnyOf, NumberRange, Optional

from portal.agenda.models import MODES
from portal.core.inputs import LARGEST


class SeatForm(Form):
    """Which meeting of a space, and in which mode where there is a choice; both may be left out."""

    session = IntegerField(validators=[Optional(), NumberRange(1, LARGEST)])
    mode = StringField(validators=[Optional(), AnyOf(MODES)])
