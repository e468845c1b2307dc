"""Small steps of a browser that tests of signing in share."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from tests.accounts.builders import PASSWORD

HTMX = {"HX-Request": "true"}


def typed(password: str = PASSWORD, **more: str) -> dict[str, str]:
    return {"p-email": "teacher@example.org", "p-password": password} | {
        f"p-{name}": value for name, value in more.items()
    }


def cookie_of(client: FlaskClient) -> str:
    found = client.get_cookie("portal", domain="127.0.0.1") or client.get_cookie("portal")
    return found.value if found else ""


def comes_in(app: Flask, cookie: str) -> bool:
    other = app.test_client(use_cookies=False)
    return other.get("/my/account", headers={"Cookie": f"portal={cookie}"}).status_code == 200
