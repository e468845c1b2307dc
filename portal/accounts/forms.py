"""The shape of what people type to sign in."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, PasswordField
from wtforms.validators import InputRequired, Length


class LinkForm(FlaskForm):
    """Ask for a mailed link."""

    email = EmailField(
        "Your work e-mail",
        [
            InputRequired("Give the mail address that your district writes to."),
            Length(max=254, message="This address is too long."),
        ],
        description="The one your district writes to",
        render_kw={"autocomplete": "email"},
    )
    next = HiddenField()


class PasswordForm(LinkForm):
    """Sign in with a password."""

    password = PasswordField(
        "Password",
        [
            InputRequired("Give your password, or have a link mailed."),
            Length(max=200, message="This password is too long."),
        ],
        render_kw={"autocomplete": "current-password"},
    )


class NewPasswordForm(FlaskForm):
    """Choose a password; the current one is asked for unless one has just come by a mailed link."""

    current = PasswordField(
        "Current password",
        [Length(max=200, message="This password is too long.")],
        render_kw={"autocomplete": "current-password"},
    )
    password = PasswordField(
        "New password",
        [InputRequired("Give a password of at least 12 characters.")],
        description="At least 12 characters. A short sentence works well.",
        render_kw={"autocomplete": "new-password"},
    )
