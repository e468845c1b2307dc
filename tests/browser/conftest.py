"""What the tests with a real browser may ask for: a live portal with the demo world, and pages that are watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.live import Live, make_demo_file, serve
from tests.browser.pages import CHROMIUM, Watch
from tests.postbox import Mail, Sink

# Milliseconds. Nobody waits so long for a portal that works; a machine that is busy with something else may.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**CHROMIUM)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo world, loaded once per process."""
    return make_demo_file(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def live(demo_file: Path, sink: tuple[Sink, str], tmp_path: Path) -> Iterator[Live]:
    """A running portal with a demo world of its own."""
    sink[0].take()
    with serve(demo_file, tmp_path, *sink) as portal:
        yield portal


@pytest.fixture
def deliver(live: Live) -> Callable[[], list[Mail]]:
    """The worker's step: sends what is owed and gives the mails that arrived."""
    return live.deliver


@pytest.fixture
def open_page(browser: Browser, live: Live) -> Iterator[Callable[..., Page]]:
    """open_page(width=1280, script=True, dark=False): a browser of one more person, with cookies of its own.

    The test fails at its end when a page logged an error, broke the policy or asked a foreign address.
    """
    watches: list[Watch] = []
    with ExitStack() as opened:

        def open_one(width: int = 1280, script: bool = True, dark: bool = False, **options: Any) -> Page:
            context = browser.new_context(
                base_url=live.url,
                viewport={"width": width, "height": 900 if width > 600 else 740},
                java_script_enabled=script,
                color_scheme="dark" if dark else "light",
                reduced_motion="reduce",
                locale="en-US",
                timezone_id="America/New_York",
                **options,
            )
            opened.callback(context.close)
            context.set_default_timeout(PATIENCE)
            watches.append(Watch(context, live.url))
            return context.new_page()

        yield open_one
    assert [trouble for watch in watches for trouble in watch.troubles] == []


@pytest.fixture
def sign_in_as(live: Live) -> Callable[[Page, str], Page]:
    """sign_in_as(page, email): this browser is signed in as that person from its next request on. Gives the page."""

    def enter(page: Page, email: str) -> Page:
        page.context.add_cookies([live.cookie_of(email)])
        return page

    return enter


@pytest.fixture
def page_js(open_page: Callable[..., Page]) -> Page:
    """A desk: 1280 pixels, with scripts."""
    return open_page()


@pytest.fixture
def page_plain(open_page: Callable[..., Page]) -> Page:
    """A browser without scripts."""
    return open_page(script=False)


@pytest.fixture
def page_phone(open_page: Callable[..., Page]) -> Page:
    """A phone: 360 pixels, with scripts."""
    return open_page(width=360, has_touch=True)


@pytest.fixture
def page_dark(open_page: Callable[..., Page]) -> Page:
    """A desk at night."""
    return open_page(dark=True)
