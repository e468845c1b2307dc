"""What app.js adds to a page, each thing tried on a page of its own: no portal behind it, only answers we choose."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from playwright.sync_api import Browser, Page, Route, expect

from portal.core.headers import HTMX_URL, POLICY
from tests.browser.pages import HTMX_FILE, axe, sideways
from tests.components import gallery

HOME = "http://portal.test"
TYPES = {".css": "text/css", ".js": "application/javascript", ".svg": "image/svg+xml"}
CASES = json.loads((Path(__file__).parents[1] / "core/word_cases.json").read_text())
PAGE = """{% extends "base.html" %}{% import "components/fields.html" as f %}
{% block title %}Try{% endblock %}{% block main %}"""
TEXT = (
    PAGE
    + """<form id="q" action="/q" hx-post="/q">
    {{ f.text_area("why", "why", "Why?", "", words=3) }}</form>{% endblock %}"""
)
FORM = (
    PAGE
    + """<form id="q" action="/q" method="post" hx-post="/send" hx-target="#q" hx-swap="outerHTML" hx-sync="this:drop">
    {{ f.text_field("name", "name", "Name") }}<button>Send</button></form>{% endblock %}"""
)
LEAVING = FORM.replace("<form", "<form data-leaving", 1).replace(
    "</form>",
    """</form><form id="other" action="/o" method="post" hx-post="/other" hx-target="#aside"><button>Other</button>
    </form><p id="aside"></p>""",
)
REFUSED = {"HX-Retarget": "#refusal", "HX-Reswap": "outerHTML", "Content-Type": "text/html"}
Answer = Callable[[Route], None]
Open = Callable[..., Page]


@pytest.fixture
def open_template(app: Flask, browser: Browser) -> Iterator[Open]:
    """open_template(source, answers={path: answer}, width=1280, dark=False, htmx=answer): a page as sent."""
    contexts = []

    def open_one(
        source: str | None, answers: dict[str, Answer] | None = None, htmx: Answer | None = None, **look: int
    ) -> Page:
        context = browser.new_context(
            viewport={"width": look.get("width", 1280), "height": 800},
            color_scheme="dark" if look.get("dark") else "light",
        )
        contexts.append(context)
        routes = {"/page": _page(app, source), **(answers or {})}
        context.route("**/*", lambda route: _answer(route, routes, htmx or _from_npm))
        page = context.new_page()
        page.goto(f"{HOME}/page", wait_until="domcontentloaded")
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def ready(open_template: Open) -> Open:
    """The same, once htmx runs."""

    def open_one(source: str | None, answers: dict[str, Answer] | None = None, **more: int) -> Page:
        page = open_template(source, answers, **more)
        page.wait_for_load_state("load")
        page.locator("[data-htmx-powered]").first.wait_for(state="attached")
        return page

    return open_one


@pytest.mark.parametrize("width", [360, 820, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_every_part_in_every_state_is_within_reach_of_everyone(ready: Open, width: int, dark: bool) -> None:
    page = ready(None, width=width, dark=dark)
    assert axe(page) == []
    assert sideways(page) == 0


@pytest.mark.parametrize("dark", [False, True])
def test_browsers_that_know_only_the_old_colors_can_be_read_too(ready: Open, dark: bool) -> None:
    css = (gallery.STATIC / "app.css").read_text()
    assert css.count("@supports(color:oklch(0 0 0))") == 1
    old = css.replace("@supports(color:oklch(0 0 0))", "@supports(color:unheard-of)")
    page = ready(
        None,
        {"/static/app.css": lambda route: route.fulfill(body=old, headers={"Content-Type": "text/css"})},
        dark=dark,
    )
    assert axe(page) == []


def test_the_cursor_lands_on_the_summary_and_its_lines_lead_to_the_fields(ready: Open) -> None:
    page = ready(None)
    expect(page.locator("#errors")).to_be_focused()
    page.get_by_role("link", name="Choose three at most").press("Enter")
    expect(page.locator("#learners-0")).to_be_focused()


def test_the_browser_counts_words_by_the_shared_rule(ready: Open) -> None:
    page = ready(TEXT)
    for case in CASES:
        page.evaluate(
            "text => { why.value = text; why.dispatchEvent(new Event('input', {bubbles: true})) }", case["text"]
        )
        assert (case["why"], page.locator("#why-count").inner_text()) == (case["why"], f"{case['words']} of 3 words")


def test_too_many_words_are_marked_while_typing(ready: Open) -> None:
    page = ready(TEXT)
    page.fill("#why", "one two three four")
    expect(page.locator("#why-count.bad-t")).to_have_text("4 of 3 words")
    page.fill("#why", "one two three")
    expect(page.locator("#why-count:not(.bad-t)")).to_have_text("3 of 3 words")


def test_a_form_that_cannot_be_sent_says_so_and_keeps_what_was_typed(ready: Open) -> None:
    page = ready(FORM, {"/send": lambda route: route.abort()})
    page.fill("#name", "Example Harbor")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text(
        "This did not go through. Check the connection; your text stays here."
    )
    expect(page.locator("#name")).to_have_value("Example Harbor")


def test_a_mistake_of_ours_is_never_swapped_into_the_page(ready: Open) -> None:
    page = ready(FORM, {"/send": lambda route: route.fulfill(status=500, body="<h1>Traceback</h1>")})
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("Something went wrong on our side.")
    expect(page.locator("#name")).to_be_visible()


@pytest.mark.parametrize(
    "answer",
    [
        lambda route: route.abort(),
        lambda route: route.fulfill(status=503, body="Later"),
        lambda route: route.fulfill(
            status=409, body='<div id="refusal" role="alert">It is closed.</div>', headers=REFUSED
        ),
    ],
    ids=["none", "ours", "refused"],
)
def test_what_was_sent_in_vain_is_asked_about_on_the_way_elsewhere(ready: Open, answer: Answer) -> None:
    page = ready(LEAVING, {"/send": answer})
    page.locator("#name").press_sequentially("Example Harbor")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).not_to_be_empty()
    assert asked_on_leaving(page) == ["beforeunload"]


def test_another_form_takes_nothing_off_what_is_not_saved(ready: Open) -> None:
    page = ready(LEAVING, {"/other": lambda route: route.fulfill(body="Done")})
    page.locator("#name").press_sequentially("Example Harbor")
    page.get_by_role("button", name="Other").click()
    expect(page.locator("#aside")).to_have_text("Done")
    assert asked_on_leaving(page) == ["beforeunload"]


def test_nobody_is_asked_about_what_was_saved(ready: Open) -> None:
    page = ready(LEAVING, {"/send": lambda route: route.fulfill(body='<form id="q" data-leaving>Saved.</form>')})
    page.locator("#name").press_sequentially("Example Harbor")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#q")).to_have_text("Saved.")
    assert asked_on_leaving(page) == []


def test_a_refusal_stays_until_the_next_try(ready: Open, app: Flask) -> None:
    with app.test_request_context():
        part = app.jinja_env.get_template("components/_refusal.html").render(sentence="The round is closed.")
    refused: Answer = lambda route: route.fulfill(  # noqa: E731 - one of two answers
        status=409,
        body=part,
        headers={"HX-Retarget": "#refusal", "HX-Reswap": "outerHTML", "Content-Type": "text/html"},
    )
    taken: Answer = lambda route: route.fulfill(body='<p id="q">Taken.</p>')  # noqa: E731
    answers = iter([refused, taken])
    page = ready(FORM, {"/send": lambda route: next(answers)(route)})
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text("The round is closed.")
    expect(page.locator("#name")).to_be_visible()
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#q")).to_have_text("Taken.")
    expect(page.locator("#refusal")).to_be_empty()


def test_what_was_done_is_said_and_the_keyboard_stays_where_it_was(ready: Open, app: Flask) -> None:
    with app.test_request_context():
        news = app.jinja_env.get_template("components/_said.html").render(said="You have a seat")
    page = ready(
        FORM, {"/send": lambda route: route.fulfill(body=f'<section id="q"><a href="/x">Calendar</a></section>{news}')}
    )
    page.get_by_role("button", name="Send").press("Enter")
    expect(page.locator("#said")).to_have_text("You have a seat")
    expect(page.locator("section#q")).to_be_focused()
    assert page.locator("hx-partial").count() == 0


def test_a_swap_elsewhere_leaves_the_cursor_alone(ready: Open) -> None:
    source = FORM.replace('<form id="q"', '<p id="other">Old</p><form id="q"').replace("#q", "#other")
    page = ready(source, {"/send": lambda route: route.fulfill(body='<p id="other">New</p>')})
    page.locator("#name").press("Enter")
    expect(page.locator("#other")).to_have_text("New")
    expect(page.locator("#name")).to_be_focused()


def test_where_the_delivery_network_is_blocked_our_own_copy_runs(ready: Open) -> None:
    page = ready(
        FORM, {"/send": lambda route: route.fulfill(body='<p id="q">Sent.</p>')}, htmx=lambda route: route.abort()
    )
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#q")).to_have_text("Sent.")


def test_a_delivery_network_that_answers_late_does_not_start_a_second_htmx(open_template: Open) -> None:
    held: list[Route] = []
    page = open_template(FORM, htmx=held.append)
    page.locator("[data-htmx-powered]").first.wait_for()
    page.evaluate("() => { window.htmx.first = true }")
    _from_npm(held[0])
    page.wait_for_load_state("load")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("() => window.htmx.first") is True


def test_a_script_that_is_not_the_one_we_looked_at_does_not_run(ready: Open) -> None:
    forged: Answer = lambda route: route.fulfill(  # noqa: E731
        body="window.forged = true",
        headers={"Access-Control-Allow-Origin": "*", "Content-Type": "application/javascript"},
    )
    page = ready(FORM, htmx=forged)
    assert page.evaluate("[typeof window.forged, typeof window.htmx]") == ["undefined", "object"]


def asked_on_leaving(page: Page) -> list[str]:
    """What the browser asks when somebody goes elsewhere."""
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(f"{HOME}/page")
    return asked


def _page(app: Flask, source: str | None) -> Answer:
    if source is None:
        html = gallery.render(app)
    else:
        with app.test_request_context("/page"):
            html = render_template_string(source)
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}
    return lambda route: route.fulfill(body=html, headers=headers)


def _answer(route: Route, routes: dict[str, Answer], htmx: Answer) -> None:
    path = route.request.url.removeprefix(HOME).split("?")[0]
    if route.request.url == HTMX_URL:
        htmx(route)
    elif path in routes:
        routes[path](route)
    elif path.startswith("/static/"):
        file = gallery.STATIC / path.removeprefix("/static/")
        route.fulfill(path=file, headers={"Content-Type": TYPES[file.suffix]})
    else:
        route.fulfill(status=404, body="")


def _from_npm(route: Route) -> None:
    headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/javascript"}
    route.fulfill(path=HTMX_FILE, headers=headers)
