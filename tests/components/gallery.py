"""What the gallery of components shows: a form with slips in it, a moment, a list, pebbles."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Flask, render_template
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import EmailField, SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from portal.core.web import Page
from portal.home.pebbles import Pebble, cluster
from portal.settings import ROOT

STATIC = ROOT / "static"
MOMENT = datetime(2026, 11, 3, 13, 30, tzinfo=UTC)  # 8:30 in the morning in New York
SCOPES = [SelectChoice("all", "All schools"), SelectChoice("some", "Some schools")]
STATUSES = [
    ("ring", "Not started", ""),
    ("pen", "In progress", "now"),
    ("check", "Done", "good"),
    ("lock", "Locked while it is being signed", ""),
    ("clock", "Waits for signature", "now"),
    ("send", "Submitted", "good"),
    ("search", "In review", "here"),
    ("line", "2nd in line", "now"),
    ("off", "Not this year", ""),
    ("alert", "Bounced", "bad"),
]
LEARNERS = ["Students with disabilities", "Multilingual learners", "Students from low-income families", "Newcomers"]


class Boxes(SelectMultipleField):
    """Several of a list, by checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class GalleryForm(Form):
    """A field of each kind."""

    email = EmailField("Your work e-mail", [DataRequired()], description="The one your district writes to")
    days = IntegerField(
        "Days a year", [NumberRange(0, 12, "Give a number of days from 0 to 12")], description="From 0 to 12"
    )
    why = TextAreaField("How will you make the time real?", [DataRequired()])
    kind = SelectField("Kind", choices=[SelectChoice("district", "District"), SelectChoice("charter", "Charter")])
    scope = RadioField(
        "Would all schools take part, or some?",
        choices=[SelectChoice("all", "All schools"), SelectChoice("some", "Some schools")],
    )
    which = StringField("Which?", [Length(max=80)])
    learners = Boxes(
        "Which learners do you most want to serve better?",
        [Length(max=3, message="Choose three at most. Four are chosen.")],
        choices=[SelectChoice(name.lower(), name) for name in LEARNERS],
        description="Choose up to three.",
    )
    accept = BooleanField("I accept these promises", [DataRequired("Say that you accept these promises")])


def filled_form() -> GalleryForm:
    """The form as somebody typed it, checked."""
    typed = [("days", "15"), ("why", "August is covered by contract days."), ("kind", "district"), ("scope", "some")]
    typed += [("email", "lead@example.org"), *(("learners", name.lower()) for name in LEARNERS)]
    form = GalleryForm(MultiDict(typed))
    form.validate()
    return form


def context() -> dict[str, Any]:
    """What templates/components/gallery.html needs."""
    sizes = [
        ("Beverly", 4525),
        ("Danvers", 3379),
        ("Gloucester", 2930),
        ("Haverhill", 7452),
        ("Rockport", 928),
        ("Here", None),
    ]
    return {
        "form": filled_form(),
        "statuses": STATUSES,
        "moment": MOMENT,
        "zone": "America/New_York",
        "page": Page(list(range(12)), 2, 12, 40),
        "pebbles": cluster(Pebble(name, students) for name, students in sizes),
        "places": cluster([Pebble("A place in Cohort 4", kind="place")] * 5),
    }


def render(app: Flask, path: str = "/gallery?kind=series&page=2") -> str:
    """The gallery as a visitor would get it."""
    with app.test_request_context(path):
        return render_template("components/gallery.html", **context())
