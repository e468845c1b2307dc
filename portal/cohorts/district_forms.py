"""The shape of what a lead types about the team, its people and the lead itself."""

from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length

from portal.accounts.fields import mail_field, name_field
from portal.communities.models import Role
from portal.core.careful import Careful, no_links
from portal.districts.models import Membership

WHOLE = "Give the whole date."
NOWHERE = "0"  # stands for no member district, in a list of them


class PromiseForm(Careful):
    """A word about how a promise is kept."""

    note = StringField(
        "How do you keep it?", [Length(max=300, message="Shorten this to 300 characters.")],
        description="A word or two. The community’s staff read it.",
    )  # fmt: skip


class LastDayForm(FlaskForm):
    """The last day of a job or of a seat."""

    last_day = DateField("Last day", [InputRequired(WHOLE)], description="That day still counts.")


class HandOverForm(FlaskForm):
    """To whom the lead goes, and whether it is shared."""

    name = name_field("Their name")
    email = mail_field("Their work e-mail", "A link goes there. Nothing changes until they accept.")
    keeps = RadioField(
        "And you?", [InputRequired("Say whether you go on.")],
        choices=[SelectChoice("yes", "We lead together"), SelectChoice("no", "I stop when they accept")],
    )  # fmt: skip


class LeadForm(FlaskForm):
    """Whom staff name to act for a district."""

    name = name_field("Their name")
    email = mail_field("Their work e-mail", "They are told by mail.")


class EndingForm(Careful):
    """The last day of a district's membership, and why."""

    last_day = DateField("Last day", [InputRequired(WHOLE)], description="That day still counts.")
    reason = StringField(
        "Why does the district leave?",
        [InputRequired("Write why the district leaves."), Length(max=500, message="Shorten this to 500 characters."),
         no_links],
        description="It goes into the mail to the district’s leads.",
    )  # fmt: skip


class MoveForm(FlaskForm):
    """Where an educator goes on, as which job, from which day."""

    district = SelectField("To which district?", [InputRequired("Choose the district.")], choices=[])
    role = SelectField("As what?", [InputRequired("Choose the job.")], choices=[])
    from_day = DateField("From which day?", [InputRequired(WHOLE)], description="The day before is the last one here.")

    def offer(self, members: Sequence[Membership], roles: Sequence[Role]) -> None:
        """Let staff choose among the other member districts and the community's jobs."""
        names = ((str(one.id), one.district.name) for one in members)
        self.district.choices = [("", "Choose one"), *names, (NOWHERE, "None of our members: they leave")]
        self.role.choices = [(role.slug, role.label) for role in roles]
