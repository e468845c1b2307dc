"""The shape of what somebody types who asks to join a member district's team."""

from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from portal.accounts.fields import mail_field, name_field
from portal.communities.models import Role
from portal.core.careful import no_links
from portal.districts.models import Membership

SCHOOL = [Optional(), Length(max=80, message="Shorten this to 80 characters."), no_links]


class JoinAskForm(FlaskForm):
    """Who asks to join, and with which job: by the lead's link."""

    name = name_field("Your name", "As your colleagues know you.")
    email = mail_field(
        "Your work e-mail", "A link goes there. If we know the address as one of your district, it is the only step."
    )
    role = SelectField("Your job", [InputRequired("Choose your job.")], choices=[], validate_choice=False)
    school = StringField("Your school or office", SCHOOL)

    def offer_roles(self, roles: Sequence[Role]) -> None:
        """Let them choose among the community's jobs."""
        self.role.choices = [("", "Choose one"), *((role.slug, role.label) for role in roles)]


class JoinDomainForm(JoinAskForm):
    """The same by the domain of an address; which district it is follows from that, or is chosen."""

    district = SelectField(
        "Your district", [Optional()], choices=[], validate_choice=False,
        description="You can leave this open: your address often tells.",
    )  # fmt: skip

    def offer_districts(self, members: Sequence[Membership]) -> None:
        """Let them choose among the member districts."""
        names = ((str(one.district_id), one.district.name) for one in members)
        self.district.choices = [("", "My address tells"), *names]
