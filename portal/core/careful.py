"""What nobody should type into a form, noticed before anything is kept: numbers of persons and cards, links in a mail.

One place for it. A form that takes free text is `Careful`: a text that looks like a Social Security or card number is
not kept until it is taken out, or until the person says that it is something else. Where texts save themselves, ask
`private_number`.
"""

from __future__ import annotations

import re
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField, ValidationError
from wtforms.fields import EmailField

# Source: Social Security Administration, "Social Security number randomization": no area 000, 666 or 900–999.
PERSON = re.compile(r"(?<![0-9-])(?!000|666|9[0-9]{2})[0-9]{3}([- ])(?!00)[0-9]{2}\1(?!0000)[0-9]{4}(?![0-9-])")
PERSON_NAMED = re.compile(r"(?:\bssn\b|social security)[^0-9\n]{0,30}[0-9]{9}(?![0-9])", re.IGNORECASE)
CARD = re.compile(r"(?<![0-9])[3-6](?:[ -]?[0-9]){12,18}(?![0-9])")  # Source: ISO/IEC 7812, 13 to 19 digits
ENDINGS = "com|net|org|edu|gov|us|info|biz|io|co|me|ru|cn|xyz|top|site|online|link|click|app|dev|shop"
LINK = re.compile(rf"://|\bwww\.|(?<![@.\w-])(?:[a-z0-9-]+\.)+(?:{ENDINGS})\b", re.IGNORECASE)


def private_number(text: str) -> str:
    """What a number in `text` looks like: “a Social Security number”, “a card number”, or "" when there is none."""
    if PERSON.search(text) or PERSON_NAMED.search(text):
        return "a Social Security number"
    return "a card number" if any(_is_card(found.group()) for found in CARD.finditer(text)) else ""


def has_link(text: str) -> bool:
    """Whether a mail program would make a link of something in `text`. A mail address is none."""
    return LINK.search(text) is not None


class Careful(FlaskForm):
    """A form whose texts are looked at for private numbers. Draw `sure` when it `is_warned`."""

    sure = BooleanField("It is no such number. Keep the text as it is.")
    is_warned = False

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields as always, then look for private numbers in what was typed."""
        is_right = bool(super().validate(extra_validators))
        if self.sure.data:
            return is_right
        found = {field: private_number(field.data or "") for field in self.counting() if _is_text(field)}
        warned = {field: words for field, words in found.items() if words}
        for field, words in warned.items():
            field.errors = [*field.errors, _warning(words)]
        self.is_warned = bool(warned)
        return is_right and not warned

    def counting(self) -> list[Any]:
        """The fields that count: all, unless an answer leaves some of them out of play."""
        return list(self)


def no_links(form: FlaskForm, field: StringField) -> None:
    """A validator for what is put into a mail to somebody else: nobody gets a stranger's link from the portal."""
    if has_link(field.data or ""):
        raise ValidationError("Leave out links and web addresses. They do not go into the mail.")


def _warning(words: str) -> str:
    return f"This looks like {words}. We never need one: please take it out. If it is something else, check the box."


def _is_text(field: Any) -> bool:
    return isinstance(field, StringField) and not isinstance(field, EmailField)


def _is_card(text: str) -> bool:
    digits = [int(sign) for sign in text if sign.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]  # Luhn: ISO/IEC 7812-1, annex B
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0
