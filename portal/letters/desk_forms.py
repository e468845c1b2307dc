"""The shape of what staff type on their desk: answers, questions for everybody, notes, refusals, an invitation."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import BooleanField, EmailField, RadioField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from portal.accounts.rules import normal_address
from portal.core.careful import Careful
from portal.core.errors import RuleBroken
from portal.districts.models import District
from portal.rounds.desk_rules import LONGEST
from portal.rounds.models import Round

SHORTER = Length(max=LONGEST, message=f"Shorten the text to {LONGEST:,} characters.")
PUBLIC_HINT = "Everybody reads it: name no person and no district."


def _public_field(sentence: str = "") -> TextAreaField:
    asked = [InputRequired(sentence)] if sentence else []
    return TextAreaField("The question, as everybody reads it", [*asked, SHORTER], description=PUBLIC_HINT)


class ReplyForm(Careful):
    """An answer to a question: mailed, published, both or only kept."""

    answer = TextAreaField("Your answer", [InputRequired("Write the answer."), SHORTER])
    mail = BooleanField("Mail this answer", default=True)
    publish = BooleanField("Publish question and answer")
    public_text = _public_field()

    def validate_public_text(self, field: TextAreaField) -> None:
        if self.publish.data and not (field.data or "").strip():
            raise ValidationError("Write the question as everybody may read it, or do not publish it.")


class PublicForm(Careful):
    """A question with its answer, for everybody."""

    public_text = _public_field("Write the question as everybody may read it.")
    answer = TextAreaField("The answer", [InputRequired("Write the answer."), SHORTER], description=PUBLIC_HINT)


class OwnQuestionForm(PublicForm):
    """The same for a question that nobody asked in writing; it belongs to a round."""

    round_id = SelectField("Round", [InputRequired("Choose the round.")], coerce=str)

    def offer(self, rounds: Iterable[Round]) -> None:
        """Let staff choose among these rounds."""
        self.round_id.choices = [(str(one.id), one.title) for one in rounds]


class InquiryAnswerForm(Careful):
    """An answer to a visitor."""

    answer = TextAreaField("Your answer", [InputRequired("Write the answer."), SHORTER])


class AsideForm(Careful):
    """Why an inquiry gets no answer."""

    note = TextAreaField(
        "Why is it set aside?",
        [InputRequired("Say in a few words why it is set aside."), SHORTER],
        description="Only staff read this.",
    )


class InquiryInviteForm(Careful):
    """The invitation that an inquiry becomes: for which district and round, and to whom."""

    district = RadioField("District", [InputRequired("Choose the district, or look for it.")], choices=[], coerce=str)
    round_id = SelectField("Round", [InputRequired("Choose the round.")], choices=[], coerce=str)
    to_name = StringField(
        "Addressed to",
        [
            InputRequired("Give the name of the person whom the letter is addressed to."),
            Length(max=120, message="Shorten the name to 120 characters."),
        ],
    )
    to_email = EmailField("Their e-mail", [InputRequired("Give one mail address, such as name@example.org.")])

    def offer(self, districts: Iterable[District], rounds: Iterable[Round]) -> None:
        """Let staff choose among these districts and rounds."""
        self.district.choices = [(str(one.id), _place(one)) for one in districts]
        self.round_id.choices = [(str(one.id), one.title) for one in rounds]

    def validate_to_email(self, field: EmailField) -> None:
        try:
            normal_address(field.data or "")
        except RuleBroken as broken:
            raise ValidationError(broken.sentence) from broken


class DeclineForm(Careful):
    """Why somebody cannot answer for a district."""

    reason = TextAreaField(
        "Why can they not answer for this district?",
        [InputRequired("Say why. The person gets these words by mail."), SHORTER],
        description="The person gets these words by mail.",
    )


def _place(district: District) -> str:
    return ", ".join(part for part in (district.name, district.city, district.state) if part)
