"""The shape of what staff type to build a round: the forms of its chapters, and of what stands in lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Optional

from portal.core.uploads import LARGEST, MEGABYTE

from .build_base import BuildForm
from .build_fields import (
    DayField,
    LinesField,
    MomentField,
    WholeField,
    as_line,
    as_text,
    at_most,
    from_to,
    merge_fields,
    no_merge_fields,
    number,
    offered,
)
from .dates import date_faults
from .sheet import MODES

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
WHO = {
    "district": "The district", "team": "The team", "superintendent": "The superintendent", "everyone": "Everyone",
}  # fmt: skip


def is_slug(form: Any, field: Any) -> None:
    """A validator: a short name for addresses."""
    if not SLUG.fullmatch(field.data or ""):
        raise ValidationError("Use small letters, digits and hyphens, such as letter-2027.")


def title_field() -> Any:
    """The title of a round."""
    checks = [DataRequired("Give the letter a title."), at_most(160), no_merge_fields]
    return StringField("Title", checks, filters=[as_line], description="It stands over the letter and in mails.")


def slug_field() -> Any:
    """The short name of a round."""
    hint = "It stands in addresses. Small letters, digits and hyphens."
    return StringField("Short name", [DataRequired("Give a short name."), is_slug], description=hint)


class NewRoundForm(FlaskForm):
    """Begin a round. The short name is made from the title where none is typed."""

    title = title_field()
    slug = StringField(
        "Short name", [Optional(), is_slug],
        description="It stands in addresses, such as letter-2027. Leave it empty, and it is made from the title.",
    )  # fmt: skip


class LetterForm(BuildForm):
    """The letter itself."""

    title = title_field()
    slug = slug_field()
    summary = TextAreaField(
        "Summary", [at_most(600), no_merge_fields], filters=[as_text],
        description="Two or three sentences. They stand in the mail with the letter, and where the page is found.",
    )  # fmt: skip
    letter_text = TextAreaField(
        "The letter", [at_most(20_000), merge_fields], filters=[as_text],
        description="It begins after the salutation. Leave a line empty for a new paragraph; ## begins a heading.",
    )  # fmt: skip


class DatesForm(BuildForm):
    """The dates, in their order."""

    groups: ClassVar[dict[str, tuple[str, ...]]] = {
        "Writing": (
            "opens_at", "intent_by", "questions_until", "closes_at", "grace_minutes", "withdraw_until",
        ),
        "Reading and deciding": (
            "review_from", "review_to", "conversations_from", "conversations_to", "decisions_on", "reply_by",
        ),
        "Beginning": ("orientation_on", "term_from", "term_to"),
    }  # fmt: skip
    opens_at = MomentField("Letters open", [InputRequired("Say when letters open.")])
    intent_by = MomentField("Tell us if you plan to reply, by", [Optional()], description="Nobody has to.")
    questions_until = MomentField("Last moment for questions", [Optional()])
    closes_at = MomentField("Letters close", [InputRequired("Say when letters close.")])
    grace_minutes = number(
        "Minutes of grace", 0, 1440, "After closing everything still works for so long, and is marked late."
    )
    withdraw_until = MomentField(
        "A letter can be withdrawn until", [Optional()], description="Empty: until letters close."
    )
    review_from = DayField("Readers read from", [Optional()])
    review_to = DayField("Readers read to", [Optional()])
    conversations_from = DayField("Conversations with districts from", [Optional()])
    conversations_to = DayField("Conversations with districts to", [Optional()])
    decisions_on = DayField("Decisions go out on", [Optional()])
    reply_by = MomentField("Last moment to say yes or no to a place", [Optional()])
    orientation_on = DayField("Orientation for new districts", [Optional()])
    term_from = DayField("The term begins on", [Optional()])
    term_to = DayField("The term ends on", [Optional()])

    def faults(self) -> Iterator[tuple[str, str]]:
        """The dates that are out of order, at the date that is wrong."""
        for name, sentence in date_faults(self.wanted(), self.freedom.zone):
            # A date that may not change is right by law: then the other one of the two is wrong.
            yield (name if name in self else next(iter(self._moved()), "seen")), sentence

    def _moved(self) -> list[str]:
        return [name for name, value in self.wanted().items() if value != self.stored[name]]


class EligibilityForm(BuildForm):
    """Who may answer."""

    eligibility = LinesField(
        "Who can answer", [Optional()], description="One rule a line, such as: Public school district in our county."
    )
    eligibility_note = TextAreaField(
        "What else there is to know", [at_most(1000), no_merge_fields], filters=[as_text],
        description="A sentence below the rules, for those in between.",
    )  # fmt: skip

    def validate_eligibility(self, field: Any) -> None:
        """Each rule is a line that fits, without merge fields."""
        if any(len(one) > 300 for one in field.data or []):
            raise ValidationError("Shorten each rule to 300 characters.")
        if len(field.data or []) > 20:
            raise ValidationError("Keep it to 20 rules.")
        for one in field.data or []:
            no_merge_fields(self, type("Line", (), {"data": one}))


class PlacesForm(BuildForm):
    """How many places there are, and how much room writers and readers have."""

    capacity = number("Places", 0, 500, "How many districts can join.")
    has_waitlist = BooleanField("The round has a waitlist")
    max_co_editors = number("Co-editors per letter", 0, 20, "Colleagues a lead can ask to write, beside the lead.")
    file_limit_mb = number("Size of a file, in MB", 1, LARGEST // MEGABYTE, "For questions that ask for a PDF.")
    reviewers_per_letter = number("Readers per letter", 1, 20)


class InfoSessionForm(BuildForm):
    """A meeting before the deadline."""

    table = "info_sessions"
    at = MomentField("Begins", [InputRequired("Say when it begins.")])
    minutes = number("Minutes", 5, 600)
    mode = SelectField(
        "How", choices=offered((key, words[0].upper() + words[1:]) for key, words in MODES.items()),
        invalid_choice_message="Choose how it is held.",
    )  # fmt: skip
    place = StringField(
        "Place", [Optional(), at_most(200)], filters=[as_line], description="Building, room, street, town."
    )
    join_link = StringField(
        "Link to join", [Optional(), at_most(300)], filters=[as_line],
        description="Only those who signed up see it.", render_kw={"inputmode": "url", "autocomplete": "off"},
    )  # fmt: skip
    capacity = WholeField(
        "Seats", [Optional(), from_to(1, 100_000)], description="Empty: room for everybody.",
        render_kw={"inputmode": "numeric", "class": "w6"},
    )  # fmt: skip

    def validate_join_link(self, field: Any) -> None:
        """A link that a browser opens."""
        if field.data and not re.fullmatch(r"https?://[^\s<>\"]+", field.data):
            raise ValidationError("Give the whole link. It begins with https://")


class CommitmentForm(BuildForm):
    """One promise."""

    table = "commitments"
    text = TextAreaField(
        "What is promised", [DataRequired("Write the promise."), at_most(1000), no_merge_fields], filters=[as_line]
    )
    who = SelectField("Who keeps it", choices=offered(WHO.items()), invalid_choice_message="Choose who keeps it.")


class SectionForm(BuildForm):
    """The title of a section."""

    table = "sections"
    title = StringField(
        "Title", [DataRequired("Give the section a title."), at_most(120), no_merge_fields], filters=[as_line],
        description="Two or three words, such as: Your team. Each section is a page of the letter.",
    )  # fmt: skip


class PublishForm(FlaskForm):
    """Publish a round; what is typed is compared by the operation."""

    typed = StringField("Confirm")
