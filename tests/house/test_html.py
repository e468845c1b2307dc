"""Every page that anybody of the demo world can reach by links is there, is valid HTML, and is small enough."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.models import Account
from portal.accounts.queries import find_account
from tests.browser.live import demo_people
from tests.house.crawl import walk
from tests.house.html import faults_of

SignIn = Callable[[FlaskClient, Account], FlaskClient]
VISITOR = "visitor"


@pytest.fixture
def pages(demo: Flask, sign_in: SignIn) -> dict[str, TestResponse]:
    """Who saw it and where, to the answer: the walks of a visitor and of one person per permission and community."""
    found = {f"{VISITOR} {path}": answer for path, answer in walk(demo, demo.test_client(), ["/"])}
    for person in one_per_permission(demo):
        account = find_account(person["email"])
        assert account is not None
        client = sign_in(demo.test_client(), account)
        who = f"{person['permission']} of {person['community']}"
        found |= {f"{who} {path}": answer for path, answer in walk(demo, client, ["/", "/my"])}
    return found


def test_every_page_that_is_linked_is_sound(pages: dict[str, TestResponse], tmp_path: Path) -> None:
    assert [f"{page}: {answer.status_code}" for page, answer in pages.items() if answer.status_code >= 400] == []
    html = {page: answer.text for page, answer in pages.items() if is_page(answer)}
    assert faults_of(html, tmp_path) == []
    assert [f"{page}: {len(body)} bytes" for page, body in sizes(pages) if len(body) > 25_000] == []


def one_per_permission(app: Flask) -> list[dict[str, str]]:
    people = {(person["community"], person["permission"]): person for person in reversed(demo_people(app))}
    assert len(people) > 0
    return list(people.values())


def is_page(answer: TestResponse) -> bool:
    return answer.status_code == 200 and answer.mimetype == "text/html"


def sizes(pages: dict[str, TestResponse]) -> list[tuple[str, bytes]]:
    """What a visitor's pages weigh on the way: compressed, as the proxy sends them."""
    public = [(page, answer) for page, answer in pages.items() if page.startswith(VISITOR) and is_page(answer)]
    return [(page, gzip.compress(answer.data, 5)) for page, answer in public]
