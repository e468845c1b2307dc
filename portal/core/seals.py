"""The seal of the cookie: made once per process instead of twice for every answer."""

from __future__ import annotations

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


def install(app: Flask) -> None:
    """Sign sessions as Flask does. The key is settled before the first request and stays."""
    app.session_interface = Sealed()


class Sealed(SecureCookieSessionInterface):
    """Flask's own sessions, with one serializer for all requests of an app: it holds no state of a request."""

    def __init__(self) -> None:
        self.serializers: dict[object, URLSafeTimedSerializer | None] = {}

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if app.secret_key not in self.serializers:
            self.serializers = {app.secret_key: super().get_signing_serializer(app)}
        return self.serializers[app.secret_key]
