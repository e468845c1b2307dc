"""The script that every page loads is the one we looked at."""

from __future__ import annotations

import base64
import hashlib
import re

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
    page = client.get("/nowhere-at-all").text
    found = re.findall(r'<script src="(https:[^"]+)" integrity="([^"]+)" crossorigin="anonymous"', page)
    assert found == [(HTMX_URL, HTMX_INTEGRITY)]
    assert f'data-htmx-sum="{HTMX_INTEGRITY}"' in page


def test_the_policy_lets_in_that_address_and_no_other(app: Flask, client: FlaskClient) -> None:
    policy = client.get("/nowhere-at-all").headers["Content-Security-Policy"]
    assert re.findall(r"https?://[^\s;]+", policy) == [HTMX_URL]


def sum_of(content: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()
