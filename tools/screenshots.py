"""Take the pictures of the README: the main pages of the demo world, at a desk and on a phone.

Starts a portal with a fresh demo world on a free port and goes there with Debian's Chromium. The clock is real, so
dates differ from run to run; the demo's dates move along with them.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, FloatRect, ViewportSize, sync_playwright

from tests.browser.live import Live, demo_people, make_demo_file, serve
from tests.browser.pages import CHROMIUM, Watch
from tests.postbox import open_sink

TARGET = Path(__file__).resolve().parents[1] / "docs/screenshots"
TALLEST = 1600  # pixels: what is below tells nothing new
SIZES: dict[str, ViewportSize] = {"1280": {"width": 1280, "height": 900}, "360": {"width": 360, "height": 740}}

# The name of the picture, who looks (a permission of the demo, or nobody), and where.
PAGES = [
    ("portal", None, "/"),
    ("home", None, "/eclc/"),
    ("letter", None, "/eclc/letter"),
    ("members", None, "/eclc/members"),
    ("agenda", None, "/eclc/agenda"),
    ("sign-in", None, "/sign-in"),
    ("my-learning", "member", "/my"),
    ("district", "lead", "/eclc/district"),
    ("staff", "staff", "/eclc/staff/"),
]


def main(names: list[str]) -> None:
    """Take all pictures, or only those named."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with portal() as live, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**CHROMIUM)
        for name, permission, path in PAGES:
            if not names or name in names:
                take(browser, live, name, permission, path)
        browser.close()


@contextmanager
def portal() -> Iterator[Live]:
    """A portal with the demo world in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder, open_sink() as (sink, mail_url):
        place = Path(folder)
        (place / "live").mkdir()
        with serve(make_demo_file(place), place / "live", sink, mail_url) as live:
            yield live


def take(browser: Browser, live: Live, name: str, permission: str | None, path: str) -> None:
    """One page in both sizes; anything that went wrong on it is said."""
    for size, viewport in SIZES.items():
        context = browser.new_context(base_url=live.url, viewport=viewport, timezone_id="America/New_York")
        watch = Watch(context, live.url)
        if permission:
            enter(context, live, permission)
        page = context.new_page()
        answer = page.goto(path, wait_until="networkidle")
        height = min(int(page.evaluate("document.documentElement.scrollHeight")), TALLEST)
        clip: FloatRect = {"x": 0, "y": 0, "width": viewport["width"], "height": height}
        page.screenshot(path=TARGET / f"{name}-{size}.png", full_page=True, clip=clip, animations="disabled")
        print(f"{name}-{size}.png {answer.status if answer else ''} {'; '.join(watch.troubles)}".rstrip())
        context.close()


def enter(context: BrowserContext, live: Live, permission: str) -> None:
    """Sign in as the first of the demo people who has `permission`."""
    person = next(person for person in demo_people(live.app) if person["permission"] == permission)
    context.add_cookies([live.cookie_of(person["email"])])


if __name__ == "__main__":
    main(sys.argv[1:])
