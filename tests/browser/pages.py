"""Pages of a real browser that report what nobody would see: script errors, refused content, foreign addresses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Response, Route

from portal.core.headers import HTMX_URL

HTMX_FILE = Path(__file__).parents[2] / "node_modules/htmx.org/dist/htmx.min.js"
CHROMIUM = {
    "executable_path": "/usr/bin/chromium",
    "args": [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ],
}

AXE = Axe().axe_script
# Only what is wrong is told: to name and send everything that is right takes longer than to find out.
ALL_RULES: dict[str, Any] = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
COLORS: dict[str, Any] = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": ["cat.color"]}}
RUNS_SCRIPTS = """() => {  // where they do not, what is in a noscript is a part of the page
  const box = document.createElement("div");
  box.innerHTML = "<noscript><i></i></noscript>";
  return box.querySelector("i") === null;
}"""
RUN_AXE = """options => axe.run(options).then(found => found.violations.flatMap(fault => fault.nodes.map(
  node => `${fault.id}: ${JSON.stringify(node.target)} ${node.html.slice(0, 160)}`)))"""


class Watch:
    """What went wrong behind the pages of one browser context."""

    def __init__(self, context: BrowserContext, home: str) -> None:
        self.home = home
        self.troubles: list[str] = []
        context.route("**/*", self._answer)
        context.on("console", self._note_message)
        context.on("weberror", lambda error: self.troubles.append(f"script error: {error.error}"))
        context.on("response", self._note_response)

    def _answer(self, route: Route) -> None:
        url = route.request.url
        if url.startswith(f"{self.home}/"):
            route.continue_()
        elif url == HTMX_URL:
            headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/javascript; charset=utf-8"}
            route.fulfill(path=HTMX_FILE, headers=headers)
        else:
            self.troubles.append(f"asked a foreign address: {url}")
            route.abort()

    def _note_message(self, message: ConsoleMessage) -> None:
        # An answer such as 409 is logged by the browser too; those are judged in _note_response.
        if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource"):
            self.troubles.append(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def _note_response(self, response: Response) -> None:
        kind = response.request.resource_type
        if response.status >= 500 or (response.status >= 400 and kind not in {"document", "fetch", "xhr"}):
            self.troubles.append(f"{response.status} for {kind} {response.url}")


def axe(page: Page, *, colors_only: bool = False) -> list[str]:
    """What axe finds wrong with the page as it stands, one line each; an empty list is what tests ask for.

    `colors_only` is enough for a page that was looked at already and is now seen at night.
    """
    page.wait_for_load_state()  # a press of a button may just have led to another page
    assert page.evaluate(RUNS_SCRIPTS), "axe never answers where scripts do not run: do not ask it there"
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE)
    found: list[str] = page.evaluate(RUN_AXE, COLORS if colors_only else ALL_RULES)
    return found


def go(way: Locator) -> None:
    """Press what leads to another page, and wait for that page: what is looked at next is not this one."""
    with way.page.expect_navigation():
        way.click()


def first_of(page: Page, held: list[Route]) -> Route:
    """The first request that was held back, once the browser's message of it has come."""
    next(filter(None, (page.evaluate("1") and held for _ in range(5_000))))
    return held[0]


def sideways(page: Page) -> int:
    """How many pixels the page is wider than the window: 0 is what tests ask for."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
