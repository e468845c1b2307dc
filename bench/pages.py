"""What reading costs: CPU of a page, as a ratio to the bare page of as many bytes, and its queries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from flask import Flask
from sqlalchemy import event

from portal.core.db import db

from .load import Browser, cpu_per_request
from .results import Row, at_most
from .server import HOST, Server, serve
from .world import SIGN_UP, Stage, cookie_of, portal_in_process

READER = cookie_of(0)
QUERIES = 6  # at most, the gate's one included


@dataclass(frozen=True)
class Page:
    """A page, who reads it, and how much of the bare page's CPU it may cost."""

    name: str
    path: str
    cookie: str
    goal: float


PAGES = (
    Page("agenda of 20 rows, visitor", "/bench/agenda", "", 1.0),
    Page("gathering page, visitor", f"/bench/agenda/{SIGN_UP}", "", 1.0),
    Page("agenda of 20 rows, signed in", "/bench/agenda", READER, 2.0),
    Page("gathering page, signed in", f"/bench/agenda/{SIGN_UP}", READER, 2.0),
    Page("my learning", "/my", READER, 3.0),
)


def measure(stage: Stage) -> Iterator[Row]:
    """CPU and queries of each page."""
    url = stage.copy()
    with serve("bench.served:app", stage.settings(url)) as portal, serve("bench.bare:app", {}) as bare:
        for page in PAGES:
            yield cost_of(stage, portal, bare, page)
    with portal_in_process(stage, url) as app:
        for page in PAGES:
            yield at_most(f"queries: {page.name}, {stage.store.name}", queries_of(app, page), QUERIES, "", digits=0)


def queries_of(app: Flask, page: Page) -> int:
    """How many statements a warm GET of the page sends, without BEGIN and COMMIT."""
    client, statements = app.test_client(), []
    if page.cookie:
        client.set_cookie("portal", page.cookie.partition("=")[2], domain=HOST)
    client.get(page.path)

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    status = client.get(page.path).status_code
    event.remove(engine, "before_cursor_execute", note)
    if status != 200:
        raise RuntimeError(f"{page.path} answered {status}")
    return len(statements)


def cost_of(stage: Stage, portal: Server, bare: Server, page: Page) -> Row:
    """CPU of the page, as a ratio to the bare page of as many bytes."""
    same = f"/page/{_filling(portal, bare, page)}"
    pairs = [
        (
            cpu_per_request(portal, page.path, stage.scale.requests, page.cookie),
            cpu_per_request(bare, same, stage.scale.requests),
        )
        for _ in range(stage.scale.repeats)
    ]
    own, other = (median(side) for side in zip(*pairs, strict=True))
    ratio = median(one / two for one, two in pairs)
    return at_most(
        f"CPU: {page.name}, {stage.store.name}", ratio, page.goal, "× bare", f"{own:.2f} ms against {other:.2f}"
    )


def _filling(portal: Server, bare: Server, page: Page) -> int:
    with Browser(portal, page.cookie) as browser, Browser(bare) as other:
        wanted, least = browser.get(page.path), other.get("/page/0")
    return max(0, len(wanted.body.encode()) - len(least.body.encode()))
