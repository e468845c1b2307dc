"""The script that every page loads is the one we looked at."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

from flask import Flask
from flask.testing import FlaskClient

from portal.core.headers import HTMX_INTEGRITY, HTMX_URL
from tests.house.source import ROOT

FROM_NPM = ROOT / "node_modules/htmx.org/dist/htmx.min.js"
FALLBACK = ROOT / "static/vendor/htmx-4.0.1.min.js"


def test_the_integrity_is_the_hash_of_the_file_that_npm_has() -> None:
    assert sum_of(FROM_NPM.read_bytes()) == HTMX_INTEGRITY


def test_the_fallback_is_the_same_file() -> None:
    assert FALLBACK.read_bytes() == FROM_NPM.read_bytes()


def test_the_page_asks_for_that_address_with_that_integrity(app: Flask, client: FlaskClient) -> None:
    scripts = Scripts(client.get("/sign-in").text).found
    foreign = [script for script in scripts if str(script["src"]).startswith("http")]
    assert [(script["src"], script["integrity"], script["crossorigin"]) for script in foreign] == [
        (HTMX_URL, HTMX_INTEGRITY, "anonymous")
    ]
    own = [script for script in scripts if "data-htmx-sum" in script]
    assert [script["data-htmx-sum"] for script in own] == [HTMX_INTEGRITY]


def test_the_policy_lets_in_that_address_and_no_other(app: Flask, client: FlaskClient) -> None:
    policy = client.get("/sign-in").headers["Content-Security-Policy"]
    assert re.findall(r"https?://[^\s;]+", policy) == [HTMX_URL]


class Scripts(HTMLParser):
    """The attributes of every script that a page loads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self.found.append(dict(attrs))


def sum_of(content: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()
