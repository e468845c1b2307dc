"""Numbers of persons and cards are noticed before they are kept, and strangers' links stay out of mail."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from wtforms import EmailField, StringField, TextAreaField

from portal.core.careful import Careful, has_link, no_links, private_number

SSN, CARD = "a Social Security number", "a card number"


class Form(Careful):
    name = StringField("Name", [no_links])
    email = EmailField("Mail")
    text = TextAreaField("Text")


def filled(app: Flask, **typed: str) -> Any:
    with app.test_request_context("/", method="POST", data=typed):
        form = Form()
        form.validate()
        return form


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It is 123-45-6789.", SSN),
        ("123 45 6789", SSN),
        ("SSN: 123456789", SSN),
        ("my Social Security number is 123456789", SSN),
        ("Card 4111 1111 1111 1111", CARD),
        ("4111111111111111", CARD),
        ("3782-822463-10005", CARD),
        ("4111 1111 1111 1112", ""),  # the last digit does not fit
        ("978-555-0100", ""),  # a phone number
        ("000-12-3456 and 666-12-3456 and 900-12-3456", ""),
        ("123-45 6789", ""),
        ("123456789", ""),  # a ZIP code with its four, without a dash
        ("NCES 2501860, 2,900 students, 2026-10-23", ""),
        ("", ""),
    ],
)
def test_numbers_of_persons_and_cards_are_told_from_others(text: str, found: str) -> None:
    assert private_number(text) == found


@pytest.mark.parametrize(
    ("text", "is_link"),
    [
        ("http://evil.example", True),
        ("see www.evil", True),
        ("Cheap pills evil.com now", True),
        ("a.b-c.xyz/path", True),
        ("Write to director@example.org.", False),
        ("Director, St. Mary’s", False),
        ("J.R. of Harbor", False),
        ("Thanks.And more", False),
    ],
)
def test_what_a_mail_program_would_link_is_noticed(text: str, is_link: bool) -> None:
    assert has_link(text) == is_link


def test_a_text_with_a_private_number_is_warned_about_and_not_taken(app: Flask) -> None:
    form = filled(app, text="It is 123-45-6789.")
    assert (form.is_warned, form.errors.keys()) == (True, {"text"})
    assert form.errors["text"][0].startswith("This looks like a Social Security number.")


def test_whoever_says_that_it_is_something_else_is_believed(app: Flask) -> None:
    form = filled(app, text="Part 123-45-6789", sure="y")
    assert (form.is_warned, form.errors) == (False, {})


def test_a_text_without_one_is_taken_and_nothing_is_asked(app: Flask) -> None:
    form = filled(app, name="Director", text="How many days?", email="4111111111111111@example.org")
    assert (form.is_warned, form.errors) == (False, {})


def test_other_slips_are_still_named_when_somebody_is_sure(app: Flask) -> None:
    assert filled(app, name="evil.com", sure="y").errors.keys() == {"name"}
