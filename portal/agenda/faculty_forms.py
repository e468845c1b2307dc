"""The shape of what staff type about the faculty."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import FileField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Optional

from portal.accounts.models import Account
from portal.accounts.queries import find_account
from portal.accounts.rules import is_address, normal_address
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.pictures import checked_picture
from portal.rounds.build_fields import LinesField, as_line, as_text, at_most, offered

from .models import Faculty
from .session_forms import ZONES

KINDS = {
    "guest": "Guest from outside",
    "facilitator": "Facilitator of the community",
    "educator": "Educators of member districts",
}


class FacultyForm(FlaskForm):
    """What is said of somebody who leads experiences."""

    title = StringField(
        "Name or what they do", [DataRequired("Give a name."), at_most(120)], filters=[as_line],
        description="Such as: Guest faculty: teaching artist.",
    )  # fmt: skip
    kind = SelectField("Who they are", choices=offered(KINDS.items()))
    topics = LinesField("Topics", [Optional()], description="One a line, such as: mental health.")
    bio = TextAreaField(
        "About them", [at_most(4000)], filters=[as_text], render_kw={"rows": 8},
        description="A few sentences. Leave a line empty for a new paragraph.",
    )  # fmt: skip
    time_zone = SelectField(
        "Their time zone", choices=offered([("", "The same as ours"), *ZONES.items()]),
        description="From elsewhere, times are shown in both zones.",
    )  # fmt: skip
    email = StringField(
        "Their mail address here", [Optional(), at_most(254)], filters=[as_line],
        description="If they have an account. Visitors do not see it.",
    )  # fmt: skip

    def __init__(self, person: Faculty | None = None) -> None:
        self.found: int | None = person.account_id if person else None
        account = db.session.get(Account, self.found) if self.found else None
        super().__init__(obj=person, data={"email": account.email if account else ""})

    def validate_topics(self, field: Any) -> None:
        """A few, each short."""
        if len(field.data or []) > 12 or any(len(one) > 60 for one in field.data or []):
            raise ValidationError("Keep it to 12 topics of 60 characters.")

    def validate_email(self, field: Any) -> None:
        """The address is one of an account."""
        account = find_account(normal_address(field.data)) if is_address(field.data or "") else None
        self.found = account.id if account is not None else None
        if field.data and account is None:
            raise ValidationError(
                "Nobody has an account with this address. Leave it empty, or ask them to sign in once."
            )

    def values(self) -> dict[str, Any]:
        """What is to be kept."""
        names = ("title", "kind", "topics", "bio", "time_zone")
        return {**{name: self[name].data for name in names}, "topics": self.topics.data or [], "account_id": self.found}


class PictureForm(FlaskForm):
    """A picture of somebody."""

    picture = FileField("Picture", description="PNG, JPEG or WebP, up to 8 MB. It is made small.")
    content = b""

    def validate_picture(self, field: Any) -> None:
        """It is a picture, by its content."""
        try:
            self.content = checked_picture(field.data if isinstance(field.data, FileStorage) else None)
        except RuleBroken as fault:
            raise ValidationError(fault.sentence) from fault
