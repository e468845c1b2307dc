"""The watch over pages sees what it is there for: each trouble here must be noticed, or other tests prove nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Route

from portal.core.headers import POLICY
from tests.browser.pages import Watch, axe, sideways

HOME = "http://127.0.0.1:9"
FINE = '<!doctype html><html lang="en"><head><title>Fine</title></head><body><main><h1>Fine</h1>{}</main></body></html>'


@pytest.mark.parametrize(
    "markup, trouble",
    [
        ("<script>1</script>", "Content Security Policy"),
        ('<p style="color:red">red</p>', "Content Security Policy"),
        ('<img src="https://example.org/a.png" alt="">', "Content Security Policy"),
        ('<img src="/missing.png" alt="">', "404 for image"),
    ],
)
def test_it_notices(browser: Browser, markup: str, trouble: str) -> None:
    page, watch = shown(browser, markup)
    page.wait_for_load_state("networkidle")
    page.context.close()
    assert [trouble in line for line in watch.troubles] == [True]


def test_it_has_nothing_to_say_about_a_good_page(browser: Browser) -> None:
    page, watch = shown(browser, "<p>Nothing to see.</p>")
    found = (axe(page), sideways(page), watch.troubles)
    page.context.close()
    assert found == ([], 0, [])


def test_axe_finds_a_field_without_a_label(browser: Browser) -> None:
    page, _ = shown(browser, '<input name="x">')
    found = axe(page)
    page.context.close()
    assert [line.partition(":")[0] for line in found] == ["label"]


def test_axe_asked_for_colors_finds_what_nobody_can_read_and_nothing_else(browser: Browser) -> None:
    page, _ = shown(browser, '<p><font color="#bbbbbb">pale</font></p><input name="x">')
    found, again = axe(page, colors_only=True), axe(page)
    page.context.close()
    assert [line.partition(":")[0] for line in found] == ["color-contrast"]
    assert {line.partition(":")[0] for line in again} == {"color-contrast", "label"}


def test_axe_is_not_waited_for_where_scripts_do_not_run(browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(FINE.format(""))
    with pytest.raises(AssertionError, match="never answers"):
        axe(page)
    context.close()


def test_a_page_that_is_too_wide_is_measured(browser: Browser) -> None:
    page, _ = shown(browser, '<svg width="2000" height="9"></svg>')
    wide = sideways(page)
    page.context.close()
    assert wide > 700


def shown(browser: Browser, markup: str) -> tuple[Page, Watch]:
    """A page under the portal's policy with `markup` in it, and its watch."""
    context = browser.new_context(base_url=HOME, viewport={"width": 1280, "height": 900})
    watch = Watch(context, HOME)

    def answer(route: Route) -> None:
        found = route.request.url == f"{HOME}/"
        headers = {"Content-Security-Policy": POLICY, "Content-Type": "text/html"}
        route.fulfill(status=200 if found else 404, headers=headers, body=FINE.format(markup) if found else "")

    context.route(f"{HOME}/**", answer)
    page = context.new_page()
    page.goto("/")
    return page, watch
