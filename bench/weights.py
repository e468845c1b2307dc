"""How heavy the public pages are for a phone in a corridor: bytes of HTML, of the whole page, and requests."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from portal.core.headers import HTMX_URL

from .load import TOKEN
from .results import Row, at_most
from .server import HOST, ROOT
from .world import SIGN_UP, Stage, cookie_of, portal_in_process

PAGES = {
    "front page": "/",
    "community": "/eclc/",
    "agenda": "/eclc/agenda",
    "gathering": "/eclc/agenda/fall-gathering-2026",
    "letter": "/eclc/letter",
}
# What a browser fetches to show a page. The small icon of the tab comes later and is not counted.
FETCHED = re.compile(r'<(?:link rel="stylesheet" href|script src|use href|img src)="([^"#]+)')
NETWORK_COPY = "vendor/htmx-4.0.1.min.js"


def measure(stage: Stage) -> Iterator[Row]:
    """Bytes and requests of each public page, and the size of a part."""
    with portal_in_process(stage, stage.copy()) as app:
        for name, path in PAGES.items():
            yield from _page(app.test_client(), name, path)
        yield at_most("bytes: a part, after a press of Take a seat", _part(app), 5_000, "B", digits=0)


def _page(client: FlaskClient, name: str, path: str) -> Iterator[Row]:
    answer = client.get(path)
    if answer.status_code != 200:
        yield Row(f"bytes: {name}", f"{path} answers {answer.status_code}", "the page", met=False)
        return
    files = fetched_by(answer.text)
    whole = sum(len(gzip.compress(body, 6)) for body in [answer.data, *files.values()])
    yield at_most(f"bytes: {name}, HTML", len(answer.data), 25_000, "B", digits=0)
    yield at_most(f"bytes: {name}, complete, compressed", whole, 45_000, "B", digits=0)
    yield at_most(f"requests: {name}, complete", 1 + len(files), 5, "", digits=0)


def fetched_by(html: str) -> dict[str, bytes]:
    """The files that a page needs, by address, with what is in them."""
    return {address: _file(address).read_bytes() for address in sorted(set(FETCHED.findall(html)))}


def _file(address: str) -> Path:
    name = NETWORK_COPY if address == HTMX_URL else address.partition("?")[0].removeprefix("/static/")
    return ROOT / "static" / name


def _part(app: Flask) -> int:
    client, page = app.test_client(), f"/bench/agenda/{SIGN_UP}"
    client.set_cookie("portal", cookie_of(1).partition("=")[2], domain=HOST)
    found = TOKEN.search(client.get(page).text)
    fields = {"csrf_token": found.group(1) if found else ""}
    answer = client.post(f"{page}/seat", data=fields, headers={"HX-Request": "true"})
    if answer.status_code != 200:
        raise RuntimeError(f"A sign-up answered {answer.status_code}")
    return len(answer.data)
