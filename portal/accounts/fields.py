"""Fields that forms of every feature ask people for: a name, and a mail address to which the portal can write."""

from __future__ import annotations

from typing import Any

from wtforms import EmailField, StringField, ValidationError
from wtforms.validators import DataRequired, Length

from portal.core.careful import no_links
from portal.core.errors import RuleBroken

from .rules import NO_ADDRESS, normal_address

SHORT = [Length(max=120, message="Shorten this to 120 characters."), no_links]


def is_address(form: Any, field: Any) -> None:
    """A validator: one mail address to which the portal can write."""
    try:
        normal_address(field.data or "")
    except RuleBroken as broken:
        raise ValidationError(broken.sentence) from broken


def mail_field(label: str, description: str = "") -> Any:
    """A field for one mail address, which has to be given."""
    checks = [DataRequired(NO_ADDRESS), is_address]
    return EmailField(label, checks, description=description, render_kw={"autocomplete": "email"})


def name_field(label: str, description: str = "") -> Any:
    """A field for a person's name, which has to be given."""
    checks = [DataRequired("Give a name."), *SHORT]
    return StringField(label, checks, description=description, render_kw={"autocomplete": "name"})
