"""Walks the portal as one person by its own links, so that a new page is looked at without being listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

EACH = 2  # pages of one kind are alike: two of them tell enough


class Links(HTMLParser):
    """The addresses that a page links to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = dict(attrs).get("href")
        if tag == "a" and target:
            self.found.append(target)


def walk(app: Flask, client: FlaskClient, starts: list[str]) -> Iterator[tuple[str, TestResponse]]:
    """Every page that can be reached from `starts`, at most two of each kind, with its answer."""
    waiting, seen, kinds = list(starts), set(starts), Counter[str]()
    while waiting:
        path = waiting.pop(0)
        kind = kind_of(app, path)
        if kinds[kind] >= EACH:
            continue
        kinds[kind] += 1
        response = client.get(path)
        yield path, response
        if response.status_code in {301, 302, 303, 308}:
            found = [response.location]
        else:
            found = Links(response.text).found if response.mimetype == "text/html" else []
        for target in filter(None, (inside(path, link) for link in found)):
            if target not in seen:
                seen.add(target)
                waiting.append(target)


def kind_of(app: Flask, path: str) -> str:
    """Which door a path leads to, and whether with a query; the community counts too."""
    parts = urlsplit(path)
    try:
        endpoint, values = app.url_map.bind("localhost").match(parts.path, method="GET")
    except HTTPException:
        return f"no door: {parts.path}"
    query = ",".join(sorted(pair.partition("=")[0] for pair in parts.query.split("&")))
    return f"{endpoint} {values.get('community', '')} {query}"


def inside(page: str, link: str) -> str | None:
    """The path that `link` on `page` leads to, or nothing when it leaves the site or is a file."""
    target = urlsplit(urldefrag(urljoin(f"http://localhost{page}", link)).url)
    if target.scheme not in {"http", "https"} or target.hostname not in {"localhost", "127.0.0.1"}:
        return None
    if target.path.startswith("/static/"):
        return None
    return f"{target.path}?{target.query}" if target.query else target.path
