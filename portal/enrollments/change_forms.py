"""The shape of what staff type when a date changes, or when a district is closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, Optional, Regexp

from portal.accounts.fields import mail_field
from portal.districts.models import District
from portal.rounds.build_fields import (
    DIGITS,
    DayField,
    FractionField,
    MomentField,
    WholeField,
    as_line,
    from_to,
    offered,
)

from .change_rules import ASK_WORDS, DAY_CHOICES, NO_PLACE

NOT_TOO_LONG = Length(max=500, message="This is too long. Up to 500 characters fit.")
SURE = "Check the box once you have seen whom it concerns."
READS = "Everyone who has a seat reads it in the mail."
CONFIRMATION = "cancel"
LATEST = 300  # minutes


class WhenForm(FlaskForm):
    """A new time for a session, as the clocks of its zone show it."""

    starts = MomentField("Starts", [InputRequired("Give the day and the time at which it starts.")])
    ends = MomentField("Ends", [InputRequired("Give the day and the time at which it ends.")])


class ChangeForm(FlaskForm):
    """What every change of a date needs: why, and that somebody has looked whom it concerns."""

    reason = TextAreaField(
        "Why?", [InputRequired("Say why. Everyone who has a seat reads it."), NOT_TOO_LONG], description=READS
    )
    sure = BooleanField("I have seen whom this concerns", [InputRequired(SURE)])
    seen = IntegerField(validators=[Optional()], widget=HiddenField.widget)


class MoveForm(ChangeForm, WhenForm):
    """Give a session another date."""

    place = StringField(
        "Place", [Length(max=160, message="This is too long. Up to 160 characters fit.")], filters=[as_line],
        description="Empty: the place of the experience.",
    )  # fmt: skip
    asks = RadioField("Who is asked whether they can come?", choices=offered(ASK_WORDS.items()), default="clash")


class OnlineForm(ChangeForm):
    """Hold a session online."""

    capacity = WholeField(
        "Seats online", [InputRequired("Give the number of seats."), from_to(0, 100_000)], render_kw=DIGITS,
        description="With fewer seats than people nobody loses a seat.",
    )  # fmt: skip
    hours = FractionField(
        "Hours that count", [InputRequired("Give the hours."), from_to(0, 100)], places=None, render_kw=DIGITS
    )
    join_url = StringField(
        "Link to join", [Optional(), Length(max=500), Regexp(r"^https?://\S+\Z", message="Begin with https://.")],
        filters=[as_line], description="Only people with a seat get it, shortly before the start.",
    )  # fmt: skip

    @property
    def minutes(self) -> int:
        return round(float(self.hours.data or 0) * 60)


class RoomForm(ChangeForm):
    """Hold in the room again what was to be online."""

    place = StringField(
        "Place", [Length(max=160, message="This is too long. Up to 160 characters fit.")], filters=[as_line],
        description="Empty: the place of the experience.",
    )  # fmt: skip
    capacity = WholeField(
        "Seats in the room", [InputRequired("Give the number of seats."), from_to(0, 100_000)], render_kw=DIGITS,
        description="Look whether the room has as many. With fewer seats than people nobody loses a seat.",
    )  # fmt: skip

    def at(self, usual: str) -> Self:
        """The same form for an experience whose usual place is `usual`; where there is none, one is asked for."""
        if not usual:
            self.place.validators = [InputRequired(NO_PLACE), *self.place.validators]
            self.place.flags.required, self.place.description = True, ""
        return self


class CancelForm(ChangeForm):
    """Cancel one session."""


class CallOffForm(ChangeForm):
    """Cancel all of an experience: that is typed."""

    typed = StringField(
        validators=[AnyOf([CONFIRMATION], message=f"Type “{CONFIRMATION}” to confirm.")],
        filters=[lambda typed: (typed or "").strip().lower()],
    )


class ColleagueForm(FlaskForm):
    """Who comes in one's place."""

    UNKNOWN = (
        "Nobody who works in your district has an account with this address. Ask your colleague to sign in once, or "
        "choose another one."
    )
    email = mail_field("Mail address of your colleague")


class ClosingForm(FlaskForm):
    """A district is closed, late, or has school after all."""

    # Nothing is chosen for anybody: the first of the list would be closed by whoever overlooks the field.
    district = SelectField("District", [DataRequired("Choose the district.")], coerce=lambda typed: int(typed or 0))
    day = DayField("Day", [InputRequired("Give the day.")])
    kind = RadioField("What is it?", choices=offered(DAY_CHOICES.items()), default="closed")
    minutes = WholeField("Minutes later", render_kw=DIGITS, description="Only where it begins late.")
    label = StringField(
        "Name", [Length(max=120, message="This is too long. Up to 120 characters fit.")], filters=[as_line],
        description="Such as: Snow day. The district reads it.",
    )  # fmt: skip

    def offer(self, districts: Sequence[District]) -> None:
        """Let one of these member districts be chosen."""
        self.members = {one.id: one for one in districts}
        self.district.choices = offered([(0, "Choose a district"), *((one.id, one.label) for one in districts)])

    @property
    def chosen(self) -> District:
        return self.members[self.district.data]

    def validate_minutes(self, field: WholeField) -> None:
        """A late start says how late."""
        if self.kind.data == "delayed" and not 0 < (field.data or 0) <= LATEST:
            raise ValidationError(f"Say how many minutes later it begins. Give a number from 1 to {LATEST}.")
