"""The seal of the cookie is Flask's own; a key that is not the portal's opens nothing."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from portal.core.seals import Sealed

WORDS = {"who": "somebody"}


def test_what_flask_sealed_is_read_and_the_other_way_round(app: Flask) -> None:
    ours, flasks = app.session_interface, SecureCookieSessionInterface()
    assert ours.get_signing_serializer(app).loads(flasks.get_signing_serializer(app).dumps(WORDS)) == WORDS
    assert flasks.get_signing_serializer(app).loads(ours.get_signing_serializer(app).dumps(WORDS)) == WORDS


def test_the_seal_is_made_once_for_a_key_and_anew_for_another(app: Flask) -> None:
    sealed = Sealed()
    first = sealed.get_signing_serializer(app)
    assert sealed.get_signing_serializer(app) is first
    app.secret_key = "another key than before"
    assert sealed.get_signing_serializer(app) is not first


@pytest.mark.parametrize("key", ["", None])
def test_without_a_key_nothing_is_sealed(app: Flask, key: str | None) -> None:
    app.secret_key = key
    assert Sealed().get_signing_serializer(app) is None
