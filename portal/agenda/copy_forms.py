"""The shape of what staff type to copy an experience, or a year; and a new year."""

from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired

from portal.rounds.build_fields import as_line, at_most, number
from portal.rounds.chapters import short_name
from portal.rounds.dates import counted_up

from .models import Agenda, Experience
from .plan_forms import SeenForm, fits_slug, title_field

LATER = "52 keeps the weekdays of a whole year."


class CopyForm(SeenForm):
    """A copy of one experience."""

    decides = ("weeks",)
    title = title_field("Where it stays the same in the same year, “(copy)” is put behind it.")
    slug = StringField("Short name", fits_slug(), filters=[as_line], description="It stands in addresses.")
    year = SelectField("Year", coerce=int, choices=[])
    weeks = number("Weeks later", 0, 520, LATER)
    sessions = SelectMultipleField("Dates", coerce=int, choices=[], validate_choice=False)

    def __init__(self, experience: Experience, years: Sequence[tuple[int, str]], taken: Sequence[str]) -> None:
        slug = short_name(counted_up(experience.slug), taken, "experience")
        told = {"title": counted_up(experience.title), "slug": slug, "weeks": 52, "year": experience.agenda_id or 0}
        super().__init__(data=told)
        self.year.choices = [*years, (0, "No year")]


class YearForm(FlaskForm):
    """A year of the agenda."""

    title = StringField("Title", [DataRequired("Give the year a title."), at_most(120)], filters=[as_line])
    slug = StringField("Short name", fits_slug(), filters=[as_line], description="Such as 2027-28.")


class CopyYearForm(YearForm, SeenForm):
    """A year made of the year before."""

    decides = ("weeks",)

    weeks = number("Weeks later", 0, 520, LATER)
    experiences = SelectMultipleField("Experiences", coerce=int, choices=[], validate_choice=False)
    sessions = SelectMultipleField("Dates", coerce=int, choices=[], validate_choice=False)

    def __init__(self, agenda: Agenda) -> None:
        super().__init__(data={"title": counted_up(agenda.title), "slug": counted_up(agenda.slug), "weeks": 52})
